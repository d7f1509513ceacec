/**
 * Runs a seccomp filter as the kernel does, on a system call that nobody makes.
 *
 * @module
 */
import { sock_filter } from "../../ffi/layouts.ts";

/** A system call as a filter sees it; arguments that are left out are 0. */
export interface FilteredCall {
  /** AUDIT_ARCH_* */
  readonly arch: number;
  readonly nr: number;
  readonly args?: readonly bigint[];
}

/** `struct seccomp_data`. */
function seccompData({ arch, nr, args = [] }: FilteredCall): DataView {
  const view = new DataView(new ArrayBuffer(64));
  view.setUint32(0, nr, true);
  view.setUint32(4, arch, true);
  args.forEach((arg, i) => view.setBigUint64(16 + 8 * i, arg, true));
  return view;
}

const JUMPS: Readonly<Record<number, (a: number, k: number) => boolean>> = {
  0x15: (a, k) => a === k,
  0x25: (a, k) => a > k,
  0x35: (a, k) => a >= k,
  0x45: (a, k) => (a & k) !== 0,
};

/**
 * What the filter returns (net/core/filter.c, kernel/seccomp.c). Opcodes that libseccomp does not use are an error, and
 * so is whatever the kernel's checker refuses.
 */
export function runFilter(program: Uint8Array, call: FilteredCall): number {
  const data = seccompData(call);
  const scratch = new Uint32Array(16);
  let a = 0;
  for (let pc = 0;;) {
    const { code, jt, jf, k } = sock_filter.decode(program, pc * sock_filter.size);
    pc++;
    const jump = JUMPS[code];
    if (jump !== undefined) pc += jump(a, k) ? jt : jf;
    else if (code === 0x05) pc += k;
    else if (code === 0x06) return k;
    else if (code === 0x20) a = data.getUint32(k, true);
    else if (code === 0x54) a = (a & k) >>> 0;
    else if (code === 0x02) scratch[k] = a;
    else if (code === 0x60) a = scratch[k]!;
    else throw new Error(`instruction ${pc - 1} has the unexpected code 0x${code.toString(16)}`);
  }
}

/** How many instructions a program has. */
export function lengthOf(program: Uint8Array): number {
  return program.length / sock_filter.size;
}
