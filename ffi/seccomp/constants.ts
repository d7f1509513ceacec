/**
 * The numbers of seccomp: of the kernel's interface, and of libseccomp's.
 *
 * Values from include/uapi/linux/seccomp.h, audit.h and bpf_common.h, and from libseccomp's seccomp.h.
 *
 * @module
 */

/** Operations of seccomp(2). */
export const SECCOMP = {
  SECCOMP_SET_MODE_FILTER: 1,
} as const;

/** Flags of `SECCOMP_SET_MODE_FILTER`. @see seccomp(2) */
export const SECCOMP_FILTER_FLAG = {
  SECCOMP_FILTER_FLAG_TSYNC: 1 << 0,
  SECCOMP_FILTER_FLAG_LOG: 1 << 1,
  SECCOMP_FILTER_FLAG_SPEC_ALLOW: 1 << 2,
  SECCOMP_FILTER_FLAG_NEW_LISTENER: 1 << 3,
  /** Since Linux 5.7: TSYNC's failure is ESRCH, no thread's ID, so that the result can be a descriptor. */
  SECCOMP_FILTER_FLAG_TSYNC_ESRCH: 1 << 4,
  /** Since Linux 5.19, and only beside NEW_LISTENER. */
  SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV: 1 << 5,
} as const;

/**
 * What a filter returns for a system call. `SCMP_ACT_ERRNO` and `SCMP_ACT_TRACE` take 16 bits of data, to be added.
 *
 * libseccomp's values are the kernel's `SECCOMP_RET_*`.
 */
export const SCMP_ACT = {
  SCMP_ACT_KILL_PROCESS: 0x8000_0000,
  SCMP_ACT_KILL_THREAD: 0x0000_0000,
  /** The older name of `SCMP_ACT_KILL_THREAD`. */
  SCMP_ACT_KILL: 0x0000_0000,
  SCMP_ACT_TRAP: 0x0003_0000,
  SCMP_ACT_ERRNO: 0x0005_0000,
  SCMP_ACT_NOTIFY: 0x7fc0_0000,
  SCMP_ACT_TRACE: 0x7ff0_0000,
  SCMP_ACT_LOG: 0x7ffc_0000,
  SCMP_ACT_ALLOW: 0x7fff_0000,
} as const;

/** Comparisons of an argument; `enum scmp_compare`. */
export const SCMP_CMP = {
  SCMP_CMP_NE: 1,
  SCMP_CMP_LT: 2,
  SCMP_CMP_LE: 3,
  SCMP_CMP_EQ: 4,
  SCMP_CMP_GE: 5,
  SCMP_CMP_GT: 6,
  SCMP_CMP_MASKED_EQ: 7,
} as const;

/** Calling conventions, by libseccomp's tokens. Only those that a kernel for one of our machines may serve. */
export const SCMP_ARCH = {
  SCMP_ARCH_X86_64: 0xc000_003e,
  SCMP_ARCH_X86: 0x4000_0003,
  /** The kernel shows its calls as x86-64's, with {@linkcode X32_SYSCALL_BIT} in their numbers. */
  SCMP_ARCH_X32: 0x4000_003e,
  SCMP_ARCH_AARCH64: 0xc000_00b7,
  SCMP_ARCH_ARM: 0x4000_0028,
} as const;

/** One of {@linkcode SCMP_ARCH}. */
export type ScmpArch = keyof typeof SCMP_ARCH;

/** `__X32_SYSCALL_BIT` — arch/x86/include/uapi/asm/unistd.h. */
export const X32_SYSCALL_BIT = 0x4000_0000;

/** The calling conventions of each machine, its own first. */
const MACHINE_ARCHS = {
  x86_64: ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32"],
  aarch64: ["SCMP_ARCH_AARCH64", "SCMP_ARCH_ARM"],
} as const satisfies Record<string, readonly ScmpArch[]>;

/** The calling conventions of the machine named, in Deno's spelling (`Deno.build.arch`); its own first. */
export function machineArchs(machine: "x86_64" | "aarch64"): readonly ScmpArch[] {
  return MACHINE_ARCHS[machine];
}

/** The calling conventions of the machine that this program runs on; its own first. */
export const OWN_ARCHS: readonly ScmpArch[] = machineArchs(Deno.build.arch);

/** Opcodes of classic BPF, as far as a filter of ours needs them. */
export const BPF = {
  /** `A = *(u32 *)(seccomp_data + k)` */
  BPF_LD_W_ABS: 0x20,
  /** `goto pc + k` */
  BPF_JMP_JA: 0x05,
  /** `A == k ? jt : jf` */
  BPF_JMP_JEQ_K: 0x15,
  /** `A > k ? jt : jf` */
  BPF_JMP_JGT_K: 0x25,
  /** `A >= k ? jt : jf` */
  BPF_JMP_JGE_K: 0x35,
  /** `return k` */
  BPF_RET_K: 0x06,
} as const;

/** `BPF_MAXINSNS`: the longest program that the kernel takes, in instructions. */
export const BPF_MAXINSNS = 4096;
