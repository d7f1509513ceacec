/**
 * The three system calls of a fork as one call of machine code.
 *
 * Nothing may come between madvise(MADV_DOFORK) and clone3(2): every call from JavaScript allocates a little (its result
 * is a BigInt), and once in a few thousand times that little needs a new page of V8's, which the child then does not have.
 * So the three are made in a row by a function of some 60 bytes.
 *
 * Its argument is the address of six 64-bit words: start and length of the first range, start and length of the second,
 * `struct clone_args *` and its size. Its result is clone3's: the pid, 0 in the child, or -errno.
 *
 * @module
 */

// deno-fmt-ignore
const X86_64: readonly number[] = [
  0x53,                         // push rbx               the callee's to keep; survives system calls
  0x48, 0x89, 0xfb,             // mov  rbx, rdi
  0xb8, 0x1c, 0x00, 0x00, 0x00, // mov  eax, 28           madvise
  0x48, 0x8b, 0x3b,             // mov  rdi, [rbx]
  0x48, 0x8b, 0x73, 0x08,       // mov  rsi, [rbx+8]
  0xba, 0x0b, 0x00, 0x00, 0x00, // mov  edx, 11           MADV_DOFORK; rdx survives as well
  0x0f, 0x05,                   // syscall
  0xb8, 0x1c, 0x00, 0x00, 0x00, // mov  eax, 28
  0x48, 0x8b, 0x7b, 0x10,       // mov  rdi, [rbx+16]
  0x48, 0x8b, 0x73, 0x18,       // mov  rsi, [rbx+24]
  0x0f, 0x05,                   // syscall
  0xb8, 0xb3, 0x01, 0x00, 0x00, // mov  eax, 435          clone3
  0x48, 0x8b, 0x7b, 0x20,       // mov  rdi, [rbx+32]
  0x48, 0x8b, 0x73, 0x28,       // mov  rsi, [rbx+40]
  0x0f, 0x05,                   // syscall                both processes go on here, each with a stack of its own
  0x5b,                         // pop  rbx
  0xc3,                         // ret
];

// deno-fmt-ignore
const AARCH64: readonly number[] = [
  0xaa0003e9, // mov x9, x0            system calls keep all registers but x0
  0xa9400520, // ldp x0, x1, [x9]
  0xd2800162, // mov x2, #11           MADV_DOFORK
  0xd2801d28, // mov x8, #233          madvise
  0xd4000001, // svc #0
  0xa9410520, // ldp x0, x1, [x9, #16]
  0xd2800162, // mov x2, #11
  0xd4000001, // svc #0
  0xa9420520, // ldp x0, x1, [x9, #32]
  0xd2803668, // mov x8, #435          clone3
  0xd4000001, // svc #0
  0xd65f03c0, // ret
];

/** The function's bytes for a machine, in Deno's spelling. */
export function forkCode(arch: "x86_64" | "aarch64"): Uint8Array<ArrayBuffer> {
  return arch === "x86_64"
    ? Uint8Array.from(X86_64)
    : new Uint8Array(Uint32Array.from(AARCH64).buffer);
}
