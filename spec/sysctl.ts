/** Keys of `linux.sysctl`. @module */

/**
 * The names of the directories, and last of the file, below /proc/sys that `key` leads to.
 *
 * A key is written with dots, `net.ipv4.ip_forward`, or as a path, `net/ipv4/ip_forward`; whichever of
 * the two comes first separates, and the other one stands for it within a name:
 * `net.ipv4.conf.eth0/1.forwarding` is of the device `eth0.1`. `undefined` for a key with an empty
 * name, or with one that would lead out of its directory.
 *
 * @see sysctl(8)
 */
export function sysctlSegments(key: string): string[] | undefined {
  const separator = /[./]/.exec(key)?.[0] ?? ".";
  const inner = separator === "." ? "/" : ".";
  const segments = key.split(separator);
  // "net.ipv4.//.x" would otherwise come out as net/ipv4/../x.
  const names = separator === "." ? segments.map((name) => name.replaceAll(inner, ".")) : segments;
  return names.some((name) => name === "" || name === "." || name === "..") ? undefined : names;
}
