/**
 * The static ELF image around a tape: headers and loop in one page that can be executed, and
 * everything else behind it in pages that can be written.
 *
 * ```text
 *   file        memory
 *   0x0000      0x400000  ┌─────────────────────────┐ R X
 *                         │ Elf64_Ehdr, Elf64_Phdr×3│
 *   0x0100      0x400100  │ the loop                │ ◄ e_entry
 *                         └─────────────────────────┘
 *   0x1000      0x411000  ┌─────────────────────────┐ R W
 *                         │ strings, arrays, buffers│
 *                         │ records                 │
 *                         │ stores                  │
 *                         └─────────────────────────┘
 * ```
 *
 * There are no other pages: the kernel's stack holds the auxiliary vector, which nobody reads.
 *
 * @see elf(5)
 */

/** Where the data is in memory, on every machine: known before the machine is. */
export const DATA_BASE = 0x411000;

/** Where the code starts in the file; the page before it is headers. */
export const CODE_OFFSET = 0x100;

const CODE_BASE = 0x400000;
const DATA_OFFSET = 0x1000;

// aarch64 kernels with pages of 64 KiB map both segments from the same page of the file. That is
// lawful as long as file offset and address agree modulo the alignment, and saves 60 KiB in the
// file where pages are small.
const ALIGNMENT = 0x10000;

// include/uapi/linux/elf.h
const ELFCLASS64 = 2;
const ELFDATA2LSB = 1;
const EV_CURRENT = 1;
const ET_EXEC = 2;
const PT_LOAD = 1;
const PT_GNU_STACK = 0x6474e551;
const PF_X = 1;
const PF_W = 2;
const PF_R = 4;
const EHDR_SIZE = 64;
const PHDR_SIZE = 56;

/** A struct member: its size in bytes and its value. */
type Member = readonly [size: 1 | 2 | 4 | 8, value: number];

/** Makes the image; `code` is position-dependent and runs from its first byte. */
export function elfImage(
  e_machine: number,
  code: Uint8Array,
  data: readonly Uint8Array[],
): Uint8Array<ArrayBuffer> {
  if (CODE_OFFSET + code.length > DATA_OFFSET) {
    throw new RangeError("Cannot make the image: the code is longer than its page");
  }
  const dataSize = data.reduce((sum, { length }) => sum + length, 0);
  const image = new Uint8Array(DATA_OFFSET + dataSize);
  writeMembers(image, 0, ehdr(e_machine));
  const phdrs = [
    phdr(PT_LOAD, PF_R | PF_X, 0, CODE_BASE, CODE_OFFSET + code.length, ALIGNMENT),
    phdr(PT_LOAD, PF_R | PF_W, DATA_OFFSET, DATA_BASE, dataSize, ALIGNMENT),
    // Without this header the kernel would make the stack executable (and more: READ_IMPLIES_EXEC).
    phdr(PT_GNU_STACK, PF_R | PF_W, 0, 0, 0, 16),
  ];
  phdrs.forEach((members, i) => writeMembers(image, EHDR_SIZE + i * PHDR_SIZE, members));
  image.set(code, CODE_OFFSET);
  let at = DATA_OFFSET;
  for (const part of data) {
    image.set(part, at);
    at += part.length;
  }
  return image;
}

/** `Elf64_Ehdr` — include/uapi/linux/elf.h. */
// deno-fmt-ignore
function ehdr(e_machine: number): Member[] {
  return [
    [1, 0x7f], [1, 0x45], [1, 0x4c], [1, 0x46],                    // e_ident: "\x7fELF"
    [1, ELFCLASS64], [1, ELFDATA2LSB], [1, EV_CURRENT], [1, 0],    // e_ident: class, data, …
    [8, 0],                                                        // e_ident: padding
    [2, ET_EXEC],                                                  // e_type
    [2, e_machine],                                                // e_machine
    [4, EV_CURRENT],                                               // e_version
    [8, CODE_BASE + CODE_OFFSET],                                  // e_entry
    [8, EHDR_SIZE],                                                // e_phoff
    [8, 0],                                                        // e_shoff
    [4, 0],                                                        // e_flags
    [2, EHDR_SIZE],                                                // e_ehsize
    [2, PHDR_SIZE],                                                // e_phentsize
    [2, 3],                                                        // e_phnum
    [2, 0],                                                        // e_shentsize
    [2, 0],                                                        // e_shnum
    [2, 0],                                                        // e_shstrndx
  ];
}

/** `Elf64_Phdr` — include/uapi/linux/elf.h. */
// deno-fmt-ignore
function phdr(
  p_type: number, p_flags: number, p_offset: number, p_vaddr: number, size: number, p_align: number,
): Member[] {
  return [
    [4, p_type],
    [4, p_flags],
    [8, p_offset],
    [8, p_vaddr],
    [8, p_vaddr],                                                  // p_paddr
    [8, size],                                                     // p_filesz
    [8, size],                                                     // p_memsz
    [8, p_align],
  ];
}

function writeMembers(image: Uint8Array, offset: number, members: readonly Member[]): void {
  const view = new DataView(image.buffer, image.byteOffset);
  for (const [size, value] of members) {
    if (size === 8) view.setBigUint64(offset, BigInt(value), true);
    else if (size === 4) view.setUint32(offset, value, true);
    else if (size === 2) view.setUint16(offset, value, true);
    else view.setUint8(offset, value);
    offset += size;
  }
}
