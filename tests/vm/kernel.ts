/**
 * Makes of Debian's kernel package what starts fast: a bare kernel, and few modules that need no unpacking.
 *
 * @module
 */
import { gunzipSync, zstdDecompressSync } from "node:zlib";
import { command, say } from "./host.ts";

/**
 * The kernel out of a compressed image: unpacking it is the slowest part of a start without KVM. The payload stands behind
 * the real-mode sectors, and ends in four bytes that give its plain length.
 *
 * @param unxz Unpacks an xz stream, which Deno cannot.
 * @see https://docs.kernel.org/arch/x86/boot.html
 */
export function vmlinuxOf(image: Uint8Array, unxz: (packed: Uint8Array) => Uint8Array): Uint8Array {
  const header = new DataView(image.buffer, image.byteOffset, image.byteLength);
  const setup_sects = header.getUint8(0x1f1);
  const payload_offset = header.getUint32(0x248, true);
  const payload_length = header.getUint32(0x24c, true);
  const start = (1 + setup_sects) * 512 + payload_offset;
  const payload = image.subarray(start, start + payload_length - 4);
  const kernel = unpack(payload, unxz);
  if (magicOf(kernel) !== "7f454c46") {
    throw new Error("Cannot find an ELF file in the kernel image");
  }
  return kernel;
}

function unpack(packed: Uint8Array, unxz: (packed: Uint8Array) => Uint8Array): Uint8Array {
  const magic = magicOf(packed);
  if (magic === "28b52ffd") return zstdDecompressSync(packed);
  if (magic === "fd377a58") return unxz(packed);
  if (magic.startsWith("1f8b")) return gunzipSync(packed);
  throw new Error(`Cannot unpack a kernel that begins with ${magic}`);
}

function magicOf(bytes: Uint8Array): string {
  return [...bytes.subarray(0, 4)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** The files of modules.dep, each with what it needs, in the order of loading. */
export function readDependencies(text: string): Map<string, string[]> {
  return new Map(
    text.trimEnd().split("\n").map((line) => {
      const [file = "", needed = ""] = line.split(":");
      return [file, [...needed.trim().split(" ").filter((name) => name !== "").reverse(), file]];
    }),
  );
}

/** A module's name, as modprobe(8) compares it. */
function moduleName(file: string): string {
  return file.replace(/^.*\//, "").replace(/\.ko(?:\.[a-z]+)?$/, "").replaceAll("-", "_");
}

/** The files of the named modules and of all that they need, in the order of loading. */
export function moduleFiles(
  dependencies: Map<string, string[]>,
  names: readonly string[],
): string[] {
  const byName = new Map([...dependencies].map(([file, needed]) => [moduleName(file), needed]));
  return [...new Set(names.flatMap((name) => byName.get(moduleName(name)) ?? []))];
}

/**
 * Leaves in the machine's root the named modules alone, unpacked (busybox cannot load packed ones, and emulated unpacking
 * is slow), and returns the paths of those that the initrd needs.
 *
 * @param busybox A static one, for unpacking.
 */
export function trimModules(
  root: string,
  version: string,
  names: readonly string[],
  initrdNames: readonly string[],
  busybox: string,
): string[] {
  const directory = `${root}/usr/lib/modules/${version}`;
  const depmod = (): Map<string, string[]> => {
    command("chroot", root, "depmod", version);
    return readDependencies(Deno.readTextFileSync(`${directory}/modules.dep`));
  };
  const all = depmod();
  const builtIn = Deno.readTextFileSync(`${directory}/modules.builtin`).split("\n").map(moduleName);
  const known = new Set([...all.keys()].map(moduleName).concat(builtIn));
  const unknown = names.filter((name) => !known.has(moduleName(name)));
  if (unknown.length > 0) say(`the kernel has no ${unknown.join(", ")}: left out`);
  const kept = new Set(moduleFiles(all, names));
  for (const file of all.keys()) if (!kept.has(file)) Deno.removeSync(`${directory}/${file}`);
  for (const file of kept) {
    if (file.endsWith(".xz")) command(busybox, "unxz", `${directory}/${file}`);
  }
  return moduleFiles(depmod(), initrdNames).map((file) => `${directory}/${file}`);
}
