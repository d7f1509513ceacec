/**
 * What the demonstrations share: commands, the wish for them to be there, and a network to play in.
 *
 * @module
 */
import { CLONE } from "../ffi/constants.ts";
import type { OwnedFd } from "../ffi/fd.ts";
import { setns, unshare } from "../ffi/namespace.ts";
import { inNetworkNamespace, openOwnNetworkNamespace } from "../ffi/netlink/namespace.ts";
import { runtsCommand } from "./08_bundle_by_hand.ts";
import { findBusybox } from "./make_bundle.ts";

/** Ends the program with one sentence when it cannot work here. */
export function demandWhatItTakes(what: string): void {
  const missing = [
    ...(findBusybox() === undefined ? ["busybox-static"] : []),
    ...(hasIp() ? [] : ["iproute2"]),
  ];
  const why = Deno.uid() !== 0
    ? "making namespaces and devices takes root"
    : missing.length > 0
    ? `this machine lacks ${missing.join(" and ")}, as Debian's packages are called`
    : undefined;
  if (why === undefined) return;
  console.error(`Cannot run the ${what}: ${why}`);
  Deno.exit(1);
}

function hasIp(): boolean {
  try {
    return run(["ip", "-V"]).success;
  } catch {
    return false;
  }
}

/** Runs a command to its end, with nothing on its stdin. */
export function run(words: readonly string[]): Deno.CommandOutput {
  const [program, ...args] = words;
  return new Deno.Command(program!, { args, stdin: "null", stdout: "piped", stderr: "piped" })
    .outputSync();
}

/** What a command prints; throws what it complains of when it fails. */
export function output(...words: string[]): string {
  const { success, stdout, stderr } = run(words);
  if (success) return new TextDecoder().decode(stdout);
  throw new Error(`Cannot run "${words.join(" ")}": ${new TextDecoder().decode(stderr).trim()}`);
}

/** ip(8). */
export function ip(words: string): string {
  return output("ip", ...words.split(" "));
}

/** The words of a command of the runtime. */
export function runts(...words: string[]): string[] {
  return [...runtsCommand(), ...words];
}

/**
 * Puts this thread into a new network namespace, and with it every command that it starts from now on:
 * what plays the host's network here is nobody's. It is gone when nothing refers to it any more.
 *
 * @returns What leads back.
 */
export function leaveTheHostsNetwork(): Disposable {
  const host = openOwnNetworkNamespace();
  unshare(CLONE.CLONE_NEWNET);
  return {
    [Symbol.dispose](): void {
      setns(host, CLONE.CLONE_NEWNET);
      host.close();
    },
  };
}

/** Makes one more network namespace, which lasts as long as its descriptor. */
export function makeNetwork(): OwnedFd {
  using here = openOwnNetworkNamespace();
  // From "here" to here: that comes back when the function has unshared.
  return inNetworkNamespace(here, () => {
    unshare(CLONE.CLONE_NEWNET);
    return openOwnNetworkNamespace();
  });
}

/** A device of ip(8)'s JSON, as far as it is shown here. */
interface IpDevice {
  readonly ifname: string;
  readonly flags: readonly string[];
  readonly addr_info: readonly { readonly local?: string; readonly prefixlen?: number }[];
}

/** The devices here but for lo, a line each: name, up or down, addresses. */
export function devices(): string[] {
  return (JSON.parse(ip("-j addr show")) as IpDevice[]).filter(({ ifname }) => ifname !== "lo")
    .map(({ ifname, flags, addr_info }) => {
      const addresses = addr_info.map(({ local, prefixlen }) => `${local}/${prefixlen}`);
      return [ifname, flags.includes("UP") ? "up" : "down", ...addresses].join(" ");
    }).sort();
}

/** Waits for the devices that ended with their namespace: the kernel destroys it a moment after its last process. */
export function waitUntilDevicesAreGone(): void {
  for (let patience = 500; patience > 0 && devices().length > 0; patience--) sleep(20);
}

/** Makes a veth pair: cable0 is to stay, cable1 to go, with an address of each family. */
export function layCable(): void {
  ip("link add cable0 type veth peer name cable1");
  for (const name of ["cable0", "cable1"]) {
    // No link-local addresses, which would come and go by themselves and confuse the picture.
    ipIfAny(`link set ${name} addrgenmode none`);
  }
  ip("addr add 192.0.2.1/24 dev cable0");
  ip("addr add 192.0.2.2/24 dev cable1");
  ipIfAny("addr add 2001:db8::2/64 dev cable1 nodad");
  for (const name of ["cable0", "cable1"]) ip(`link set ${name} up`);
}

/** For what concerns IPv6, which a machine may have switched off. */
function ipIfAny(words: string): void {
  run(["ip", ...words.split(" ")]);
}

/** Blocks the thread. */
export function sleep(milliseconds: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
}
