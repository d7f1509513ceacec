/**
 * libseccomp: makes the programs that the kernel decides about system calls by.
 *
 * Opened only when a configuration has a filter, and never asked to load one: what it makes is exported. Each symbol's
 * last parameter keeps Deno from compiling a trampoline, as in ../libc.ts. Numbers that C takes as 32 bits are passed as
 * words, of which the callee reads the lower half; results are declared as C has them, since their upper half is noise.
 *
 * @module
 */
import { check } from "../check.ts";
import { Printed } from "../errno.ts";
import { memfd_create } from "../memfd.ts";
import { scratch } from "../memory.ts";
import { readAll, rewind } from "../open.ts";
import { SCMP_ACT, SCMP_ARCH, SCMP_CMP, type ScmpArch, X32_SYSCALL_BIT } from "./constants.ts";
import { scmp_arg_cmp } from "./layouts.ts";

const WORD = "isize" as const;
const NO_TRAMPOLINE = { struct: ["u64"] } as const;
const IGNORED = new Uint8Array(8);

/** Version 2.5 of the library (2020) has all of it. */
const SYMBOLS = {
  // const struct scmp_version *seccomp_version(void);
  seccomp_version: { parameters: [NO_TRAMPOLINE], result: "pointer" },
  // scmp_filter_ctx seccomp_init(uint32_t def_action);
  seccomp_init: { parameters: [WORD, NO_TRAMPOLINE], result: WORD },
  // void seccomp_release(scmp_filter_ctx ctx);
  seccomp_release: { parameters: [WORD, NO_TRAMPOLINE], result: "void" },
  // int seccomp_arch_add(scmp_filter_ctx ctx, uint32_t arch_token);
  seccomp_arch_add: { parameters: [WORD, WORD, NO_TRAMPOLINE], result: "i32" },
  // int seccomp_syscall_resolve_name(const char *name);
  seccomp_syscall_resolve_name: { parameters: [WORD, NO_TRAMPOLINE], result: "i32" },
  // char *seccomp_syscall_resolve_num_arch(uint32_t arch_token, int num);
  seccomp_syscall_resolve_num_arch: { parameters: [WORD, WORD, NO_TRAMPOLINE], result: WORD },
  // int seccomp_rule_add_array(scmp_filter_ctx ctx, uint32_t action, int syscall, unsigned int arg_cnt,
  //                            const struct scmp_arg_cmp *arg_array);
  seccomp_rule_add_array: {
    parameters: [WORD, WORD, WORD, WORD, WORD, NO_TRAMPOLINE],
    result: "i32",
  },
  // int seccomp_export_bpf(const scmp_filter_ctx ctx, int fd);
  seccomp_export_bpf: { parameters: [WORD, WORD, NO_TRAMPOLINE], result: "i32" },
  // void free(void *ptr); found in the C library, which the other one is linked with
  free: { parameters: [WORD, NO_TRAMPOLINE], result: "void" },
} as const satisfies Deno.ForeignLibraryInterface;

type Library = Readonly<Record<keyof typeof SYMBOLS, (...words: unknown[]) => unknown>>;

let library: Library | undefined;

function open(): Library {
  try {
    return Deno.dlopen("libseccomp.so.2", SYMBOLS).symbols as unknown as Library;
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new Error(`Cannot open libseccomp.so.2: ${why}`, { cause: error });
  }
}

function call(name: keyof typeof SYMBOLS, ...words: readonly number[]): number {
  return Number((library ??= open())[name](...words, IGNORED));
}

/** The library's version, such as `2.5.4`. @see seccomp_version(3) */
export function libseccompVersion(): string {
  // struct scmp_version { unsigned int major, minor, micro; };
  const version = (library ??= open()).seccomp_version(IGNORED) as Deno.PointerValue;
  if (version === null) throw new Error("Cannot read the version of libseccomp: it is NULL");
  const view = new Deno.UnsafePointerView(version);
  return [0, 4, 8].map((offset) => view.getUint32(offset)).join(".");
}

/**
 * The number of a system call for {@linkcode ScmpFilter.addRule}: this machine's, or one below -1 of the library's own
 * invention if only other machines have the call. `undefined` if the library has never heard of it.
 *
 * @see seccomp_syscall_resolve_name(3)
 */
export function syscallNumber(name: string): number | undefined {
  const __NR_SCMP_ERROR = -1;
  using m = scratch();
  const number = call("seccomp_syscall_resolve_name", m.cstring(name));
  return number === __NR_SCMP_ERROR ? undefined : number;
}

/** From here on (Linux 5.1) new calls have the same number on all machines, and there are hardly any gaps. */
const FIRST_COMMON = 424;
/** Arbitrary, and longer than any gap. */
const LONGEST_GAP = 32;

/** The highest number that the library has a name for, without the bit of x32 and that convention's own block above. */
export function newestSyscall(arch: ScmpArch): number {
  const bit = arch === "SCMP_ARCH_X32" ? X32_SYSCALL_BIT : 0;
  let newest = FIRST_COMMON;
  for (let number = newest; number <= newest + LONGEST_GAP; number++) {
    if (hasName(SCMP_ARCH[arch], number + bit)) newest = number;
  }
  return newest;
}

function hasName(token: number, number: number): boolean {
  const name = call("seccomp_syscall_resolve_num_arch", token, number);
  if (name !== 0) call("free", name);
  return name !== 0;
}

/** A condition on one argument of a system call. */
export interface ArgComparison {
  /** 0 to 5. */
  readonly index: number;
  readonly op: keyof typeof SCMP_CMP;
  /** For SCMP_CMP_MASKED_EQ the mask. */
  readonly datum_a: bigint;
  /** For SCMP_CMP_MASKED_EQ what the masked argument is compared with. */
  readonly datum_b: bigint;
}

/** `scmp_filter_ctx`: a filter that is being made, for this machine's own calling convention and those that are added. */
export class ScmpFilter implements Disposable {
  #context: number;

  /** @param defaultAction What happens to calls without a rule. @see seccomp_init(3) */
  constructor(defaultAction: number) {
    this.#context = call("seccomp_init", defaultAction);
    // It does not say why. The action is none, or the memory is used up.
    if (this.#context === 0) {
      throw new Error(`seccomp_init(${actionText(defaultAction).text}) returned NULL`);
    }
  }

  [Symbol.dispose](): void {
    if (this.#context !== 0) call("seccomp_release", this.#context);
    this.#context = 0;
  }

  /** Lets the filter know another calling convention; without this a call of it kills. @see seccomp_arch_add(3) */
  addArch(arch: ScmpArch): void {
    const result = call("seccomp_arch_add", this.#context, SCMP_ARCH[arch]);
    check(result, "seccomp_arch_add", new Printed("ctx"), new Printed(arch));
  }

  /**
   * Adds a rule for one system call, in all calling conventions that have it. Its conditions must all hold, and no two
   * may concern the same argument. A rule like the default action is refused.
   *
   * @param name For the message.
   * @see seccomp_rule_add(3)
   */
  addRule(action: number, number: number, name: string, args: readonly ArgComparison[]): void {
    using m = scratch();
    const array = m.zeros(args.length * scmp_arg_cmp.size);
    const view = m.view(array, args.length * scmp_arg_cmp.size);
    args.forEach(({ index, op, datum_a, datum_b }, i) =>
      scmp_arg_cmp.encode(
        { arg: index, op: SCMP_CMP[op], datum_a, datum_b },
        view,
        i * scmp_arg_cmp.size,
      )
    );
    check(
      call("seccomp_rule_add_array", this.#context, action, number, args.length, array),
      "seccomp_rule_add_array",
      new Printed("ctx"),
      actionText(action),
      new Printed(name),
      args.length,
      new Printed("…"),
    );
  }

  /** The program: `struct sock_filter[]`. @see seccomp_export_bpf(3) */
  exportBpf(): Uint8Array<ArrayBuffer> {
    using file = memfd_create("runts-seccomp");
    const result = call("seccomp_export_bpf", this.#context, file.fd);
    check(result, "seccomp_export_bpf", new Printed("ctx"), file);
    rewind(file.fd);
    return readAll(file.fd);
  }
}

/** As C has it: `SCMP_ACT_ERRNO(1)`. */
function actionText(action: number): Printed {
  return new Printed(() => {
    const data = action % 0x1_0000;
    const [name] = Object.entries(SCMP_ACT).find(([, value]) => value === action - data) ?? [];
    if (name === undefined) return `0x${action.toString(16)}`;
    return name === "SCMP_ACT_ERRNO" || name === "SCMP_ACT_TRACE" ? `${name}(${data})` : name;
  });
}
