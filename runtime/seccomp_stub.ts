/**
 * What stands before a filter: a system call that is newer than the filter's author could know does not exist.
 *
 * A C library tries its newest call first and goes on to an older one when it hears ENOSYS. A filter that knows only
 * "allowed" and "not permitted" answers EPERM to a call that was not invented when it was written, the library takes
 * that for the answer, and programs stop working with every new version of it. So numbers beyond those that libseccomp
 * has names for (a configuration cannot name them either) get the answer that a kernel without the call would give.
 *
 * @module
 */
import { E } from "../ffi/errno.ts";
import { assembleBpf, type BpfLine, goTo, jumpIf, load, ret } from "../ffi/seccomp/bpf.ts";
import { SCMP_ACT, SCMP_ARCH, type ScmpArch, X32_SYSCALL_BIT } from "../ffi/seccomp/constants.ts";
import { seccomp_data } from "../ffi/seccomp/layouts.ts";

/** From the first to the last number, both included. */
type Range = readonly [first: number, last: number];

/** A calling convention of the filter, and the newest call that is known of it. */
export interface KnownArch {
  readonly arch: ScmpArch;
  readonly newest: number;
}

const MAX = 0xffff_ffff;

/** The numbers that nobody has given away when `newest` was. */
function unknownNumbers({ arch, newest }: KnownArch): readonly Range[] {
  switch (arch) {
    // What has the bit of x32 is left to the filter itself, which kills if x32 is not in it.
    case "SCMP_ARCH_X86_64":
      return [[newest + 1, X32_SYSCALL_BIT - 1]];
    // 512 to 547 are its own variants of older calls (arch/x86/entry/syscalls/syscall_64.tbl).
    case "SCMP_ARCH_X32":
      return [
        [X32_SYSCALL_BIT + newest + 1, X32_SYSCALL_BIT + 511],
        [X32_SYSCALL_BIT + 548, MAX],
      ];
    // From 0xf0000 on are calls of the processor's own, such as cacheflush (arch/arm/include/uapi/asm/unistd.h).
    case "SCMP_ARCH_ARM":
      return [[newest + 1, 0xeffff]];
    case "SCMP_ARCH_X86":
    case "SCMP_ARCH_AARCH64":
      return [[newest + 1, MAX]];
  }
}

/** As the kernel shows the convention to a filter. */
function auditArch(arch: ScmpArch): number {
  return SCMP_ARCH[arch === "SCMP_ARCH_X32" ? "SCMP_ARCH_X86_64" : arch];
}

/** Makes the instructions; the filter is to follow at once. `archs` has the machine's own convention first. */
export function enosysStub(archs: readonly KnownArch[]): Uint8Array<ArrayBuffer> {
  const ranges = new Map<number, Range[]>();
  for (const known of archs) {
    const audit = auditArch(known.arch);
    ranges.set(audit, [...ranges.get(audit) ?? [], ...unknownNumbers(known)]);
  }
  const { offsets } = seccomp_data;
  const lines: BpfLine[] = [load(offsets.arch)];
  for (const [audit, unknown] of ranges) {
    const name = audit.toString(16);
    lines.push(jumpIf("==", audit, { no: `not ${name}` }), load(offsets.nr));
    for (const [first, last] of unknown) {
      const next = `${name} after ${first}`;
      lines.push(jumpIf(">=", first, { no: next }), jumpIf(">", last, { no: "unknown" }));
      lines.push({ label: next });
    }
    lines.push(goTo("filter"), { label: `not ${name}` });
  }
  lines.push(goTo("filter"));
  lines.push({ label: "unknown" }, ret(SCMP_ACT.SCMP_ACT_ERRNO + E.ENOSYS), { label: "filter" });
  return assembleBpf(lines);
}
