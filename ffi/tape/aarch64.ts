/**
 * The loop that plays a tape, for aarch64.
 *
 * The system call takes its number in x8 and its arguments in x0 to x5, and destroys only x0. So
 * the position (x19, the current record) survives, and no stack is needed.
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

/** `EM_AARCH64` — include/uapi/linux/elf-em.h. */
export const EM_AARCH64 = 183;

/** The numbers of the only two calls that the loop makes by itself. */
export const SYSCALLS_AARCH64 = { write: 64, exit_group: 94 } as const;

// Where a jump keeps its distance, counted in instructions (Arm ARM, section C6.2).
const IMM26 = { bits: 26, shift: 0 }; // b
const IMM19 = { bits: 19, shift: 5 }; // b.cond, cbz, cbnz
const IMM14 = { bits: 14, shift: 5 }; // tbz, tbnz

/** Assembles the loop; the offsets into a record are those of the diagram in record.ts. */
export function loopAarch64({ records, errorFd, exitCode }: LoopConstants): Assembly {
  const { write, exit_group } = SYSCALLS_AARCH64;
  const low = records & 0xffff;
  const high = records >>> 16;
  // deno-fmt-ignore
  return assemble([
    op(`mov x19, ${hex(low)}`,              0xd2800013 | low << 5),
    op(`movk x19, ${hex(high)}, lsl #16`,   0xf2a00013 | high << 5),

    label("play"),
    op("ldp x8, x0, [x19]",                 0xa9400268),
    op("ldp x1, x2, [x19, #16]",            0xa9410a61),
    op("ldp x3, x4, [x19, #32]",            0xa9421263),
    op("ldp x5, x9, [x19, #48]",            0xa9432665),            // x9: stores
    op("svc #0x0",                          0xd4000001),
    op("ldr w10, [x19, #68]",               0xb940466a),            // flags
    jump("tbnz x0, #63,", "failed",         0xb7f80000, IMM14),
    jump("cbnz x0,", "store",               0xb5000000, IMM19),
    jump("tbnz w10, #2,", "fatal",          0x3710000a, IMM14),     // ZERO_IS_FATAL, errno 0

    label("store"),
    jump("cbz x9,", "stored",               0xb4000009, IMM19),
    op("ldp x11, x9, [x9]",                 0xa940252b),            // target, next
    op("str w0, [x11]",                     0xb9000160),
    jump("b", "store",                      0x14000000, IMM26),

    label("stored"),
    jump("tbz w10, #3,", "next",            0x3618000a, IMM14),     // SKIP_NEXT_ON_SUCCESS
    op("add x19, x19, #0x48",               0x91012273),

    label("next"),
    op("add x19, x19, #0x48",               0x91012273),
    jump("b", "play",                       0x14000000, IMM26),

    label("failed"),
    jump("tbz w10, #1,", "final",           0x3608000a, IMM14),     // RETRY_ON_EINTR
    op("cmn x0, #0x4",                      0xb100101f),            // -EINTR
    jump("b.eq", "play",                    0x54000000, IMM19),

    label("final"),
    jump("tbnz w10, #0,", "next",           0x3700000a, IMM14),     // MAY_FAIL

    // The errno takes the place of the flags: then the last word of the record is the report.
    label("fatal"),
    op("neg w0, w0",                        0x4b0003e0),
    op("str w0, [x19, #68]",                0xb9004660),
    op(`mov w0, ${hex(errorFd)}`,           0x52800000 | errorFd << 5),
    op("add x1, x19, #0x40",                0x91010261),
    op("mov x2, #0x8",                      0xd2800102),
    op(`mov x8, ${hex(write)}`,             0xd2800008 | write << 5),
    op("svc #0x0",                          0xd4000001),
    op(`mov w0, ${hex(exitCode)}`,          0x52800000 | exitCode << 5),
    op(`mov x8, ${hex(exit_group)}`,        0xd2800008 | exit_group << 5),
    op("svc #0x0",                          0xd4000001),
    // Reached only if a filter on the tape refuses exit_group with an errno.
    op("udf #0",                            0x00000000),
  ]);
}

function op(text: string, word: number): Instruction {
  return { text, size: 4, encode: () => littleEndian(word, 4) };
}

/** A jump whose distance, counted from its own start, goes into the given field. */
function jump(text: string, target: string, word: number, field: typeof IMM26): Instruction {
  return {
    text: `${text} ${target}`,
    size: 4,
    target,
    encode(distance) {
      const mask = 2 ** field.bits - 1;
      return littleEndian(word | ((distance / 4) & mask) << field.shift, 4);
    },
  };
}

function hex(value: number): string {
  return `#0x${value.toString(16)}`;
}
