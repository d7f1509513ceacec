import { gzipSync, zstdCompressSync } from "node:zlib";
import { assertEquals } from "#assert";
import { throws } from "node:assert/strict";
import { moduleFiles, readDependencies, vmlinuxOf } from "./kernel.ts";

const KERNEL = new Uint8Array([0x7f, 0x45, 0x4c, 0x46, 1, 2, 3]);

/** An image as Documentation/arch/x86/boot.rst has it: two real-mode sectors after the first one, 16 bytes, the payload. */
function imageOf(payload: Uint8Array): Uint8Array {
  const image = new Uint8Array(3 * 512 + 16 + payload.length + 4 + 100);
  const header = new DataView(image.buffer);
  header.setUint8(0x1f1, 2);
  header.setUint32(0x248, 16, true);
  header.setUint32(0x24c, payload.length + 4, true);
  image.set(payload, 3 * 512 + 16);
  return image;
}

function noXz(): never {
  throw new Error("This is no xz stream");
}

Deno.test("vmlinuxOf() unpacks the kernel, however it is packed", () => {
  assertEquals([...vmlinuxOf(imageOf(gzipSync(KERNEL)), noXz)], [...KERNEL]);
  assertEquals([...vmlinuxOf(imageOf(zstdCompressSync(KERNEL)), noXz)], [...KERNEL]);
  const xz = new Uint8Array([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0, 9]);
  const unxz = (packed: Uint8Array): Uint8Array => {
    assertEquals([...packed], [...xz]);
    return KERNEL;
  };
  assertEquals([...vmlinuxOf(imageOf(xz), unxz)], [...KERNEL]);
});

Deno.test("vmlinuxOf() refuses what is no kernel", () => {
  throws(() => vmlinuxOf(imageOf(new Uint8Array([1, 2, 3, 4, 5])), noXz), /begins with 01020304/);
  throws(() => vmlinuxOf(imageOf(gzipSync(new Uint8Array(9))), noXz), /Cannot find an ELF file/);
});

Deno.test("moduleFiles() names a module's dependencies before it, and nothing twice", () => {
  // As depmod(8) writes it: what a module needs stands in the order of unloading.
  const dependencies = readDependencies(
    "kernel/ext4.ko.xz: kernel/jbd2.ko.xz kernel/mbcache.ko.xz\n" +
      "kernel/jbd2.ko.xz:\nkernel/mbcache.ko.xz:\nkernel/crc32c-intel.ko:\nkernel/dummy.ko:\n",
  );
  assertEquals(moduleFiles(dependencies, ["crc32c_intel", "mbcache", "ext4", "nosuch"]), [
    "kernel/crc32c-intel.ko",
    "kernel/mbcache.ko.xz",
    "kernel/jbd2.ko.xz",
    "kernel/ext4.ko.xz",
  ]);
});
