/**
 * The loop that plays a tape, for x86-64.
 *
 * The system call takes its number in rax and its arguments in rdi, rsi, rdx, r10, r8, r9; it
 * destroys rcx and r11 besides rax. So the position (rbx, the current record) survives, and no
 * stack is needed.
 *
 * @see syscall(2)
 */
import {
  assemble,
  type Assembly,
  type Instruction,
  label,
  littleEndian,
  type LoopConstants,
} from "./assemble.ts";

/** `EM_X86_64` — include/uapi/linux/elf-em.h. */
export const EM_X86_64 = 62;

/** The numbers of the only two calls that the loop makes by itself. */
export const SYSCALLS_X86_64 = { write: 1, exit_group: 231 } as const;

/** Assembles the loop; the offsets into a record are those of the diagram in record.ts. */
export function loopX86_64({ records, errorFd, exitCode }: LoopConstants): Assembly {
  const { write, exit_group } = SYSCALLS_X86_64;
  // deno-fmt-ignore
  return assemble([
    // Writing ebx clears the upper half of rbx; the image lies below 4 GiB.
    op(`mov ebx,${hex(records)}`,     0xbb, ...littleEndian(records, 4)),

    label("play"),
    op("mov rax,[rbx]",               0x48, 0x8b, 0x03),
    op("mov rdi,[rbx+0x8]",           0x48, 0x8b, 0x7b, 0x08),
    op("mov rsi,[rbx+0x10]",          0x48, 0x8b, 0x73, 0x10),
    op("mov rdx,[rbx+0x18]",          0x48, 0x8b, 0x53, 0x18),
    op("mov r10,[rbx+0x20]",          0x4c, 0x8b, 0x53, 0x20),
    op("mov r8,[rbx+0x28]",           0x4c, 0x8b, 0x43, 0x28),
    op("mov r9,[rbx+0x30]",           0x4c, 0x8b, 0x4b, 0x30),
    op("syscall",                     0x0f, 0x05),
    op("mov edx,[rbx+0x44]",          0x8b, 0x53, 0x44),            // flags
    op("test rax,rax",                0x48, 0x85, 0xc0),
    jump("js", "failed",              0x78),
    jump("jne", "succeeded",          0x75),
    op("test dl,0x4",                 0xf6, 0xc2, 0x04),            // ZERO_IS_FATAL
    jump("jne", "fatal",              0x75),                        // with errno 0

    label("succeeded"),
    op("mov rcx,[rbx+0x38]",          0x48, 0x8b, 0x4b, 0x38),      // stores

    label("store"),
    op("test rcx,rcx",                0x48, 0x85, 0xc9),
    jump("je", "stored",              0x74),
    op("mov rsi,[rcx]",               0x48, 0x8b, 0x31),            // target
    op("mov [rsi],eax",               0x89, 0x06),
    op("mov rcx,[rcx+0x8]",           0x48, 0x8b, 0x49, 0x08),      // next
    jump("jmp", "store",              0xeb),

    label("stored"),
    op("test dl,0x8",                 0xf6, 0xc2, 0x08),            // SKIP_NEXT_ON_SUCCESS
    jump("je", "next",                0x74),
    op("add rbx,0x48",                0x48, 0x83, 0xc3, 0x48),

    label("next"),
    op("add rbx,0x48",                0x48, 0x83, 0xc3, 0x48),
    jump("jmp", "play",               0xeb),

    label("failed"),
    op("test dl,0x2",                 0xf6, 0xc2, 0x02),            // RETRY_ON_EINTR
    jump("je", "final",               0x74),
    op("cmp rax,0xfffffffffffffffc",  0x48, 0x83, 0xf8, 0xfc),      // -EINTR
    jump("je", "play",                0x74),

    label("final"),
    op("test dl,0x1",                 0xf6, 0xc2, 0x01),            // MAY_FAIL
    jump("jne", "next",               0x75),

    // The errno takes the place of the flags: then the last word of the record is the report.
    label("fatal"),
    op("neg eax",                     0xf7, 0xd8),
    op("mov [rbx+0x44],eax",          0x89, 0x43, 0x44),
    op(`mov edi,${hex(errorFd)}`,     0xbf, ...littleEndian(errorFd, 4)),
    op("lea rsi,[rbx+0x40]",          0x48, 0x8d, 0x73, 0x40),
    op("mov edx,0x8",                 0xba, ...littleEndian(8, 4)),
    op(`mov eax,${hex(write)}`,       0xb8, ...littleEndian(write, 4)),
    op("syscall",                     0x0f, 0x05),
    op(`mov edi,${hex(exitCode)}`,    0xbf, ...littleEndian(exitCode, 4)),
    op(`mov eax,${hex(exit_group)}`,  0xb8, ...littleEndian(exit_group, 4)),
    op("syscall",                     0x0f, 0x05),
    // Reached only if a filter on the tape refuses exit_group with an errno.
    op("ud2",                         0x0f, 0x0b),
  ]);
}

function op(text: string, ...bytes: number[]): Instruction {
  return { text, size: bytes.length, encode: () => bytes };
}

/** A jump with an eight-bit distance, which counts from the end of its two bytes. */
function jump(mnemonic: string, target: string, opcode: number): Instruction {
  return {
    text: `${mnemonic} ${target}`,
    size: 2,
    target,
    encode(distance) {
      const rel8 = distance - 2;
      if (rel8 < -128 || rel8 > 127) throw new RangeError(`Cannot assemble: ${target} is too far`);
      return [opcode, rel8 & 0xff];
    },
  };
}

function hex(value: number): string {
  return `0x${value.toString(16)}`;
}
