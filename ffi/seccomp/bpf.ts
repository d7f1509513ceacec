/**
 * Classic BPF as text that a person can follow: instructions with named jump targets.
 *
 * @see seccomp(2), Documentation/networking/filter.rst
 * @module
 */
import { sock_filter } from "../layouts.ts";
import { BPF } from "./constants.ts";

/** An instruction, or a label for the one that follows. A target that is left out is the next instruction. */
export type BpfLine =
  | { readonly label: string }
  | { readonly code: number; readonly k: number; readonly yes?: string; readonly no?: string }
  | { readonly code: number; readonly goto: string };

/** Loads a word of `seccomp_data`. */
export function load(offset: number): BpfLine {
  return { code: BPF.BPF_LD_W_ABS, k: offset };
}

/** Ends the program with an action. */
export function ret(action: number): BpfLine {
  return { code: BPF.BPF_RET_K, k: action };
}

/** Jumps in any case. */
export function goTo(label: string): BpfLine {
  return { code: BPF.BPF_JMP_JA, goto: label };
}

/** Jumps by a comparison of what was loaded with a number, unsigned. */
export function jumpIf(
  comparison: "==" | ">" | ">=",
  k: number,
  targets: { readonly yes?: string; readonly no?: string },
): BpfLine {
  return { code: COMPARISONS[comparison], k, ...targets };
}

const COMPARISONS = {
  "==": BPF.BPF_JMP_JEQ_K,
  ">": BPF.BPF_JMP_JGT_K,
  ">=": BPF.BPF_JMP_JGE_K,
} as const;

/** Makes `struct sock_filter[]`. A label may stand at the very end: there goes on what is appended. */
export function assembleBpf(lines: readonly BpfLine[]): Uint8Array<ArrayBuffer> {
  const labels = new Map<string, number>();
  const instructions: Exclude<BpfLine, { label: string }>[] = [];
  for (const line of lines) {
    if (!("label" in line)) instructions.push(line);
    else if (labels.has(line.label)) {
      throw new Error(`Cannot assemble BPF: two labels "${line.label}"`);
    } else labels.set(line.label, instructions.length);
  }
  const bytes = new Uint8Array(instructions.length * sock_filter.size);
  instructions.forEach((line, at) => {
    const distance = (label: string | undefined): number => {
      if (label === undefined) return 0;
      const target = labels.get(label);
      if (target === undefined) throw new Error(`Cannot assemble BPF: no label "${label}"`);
      if (target <= at) throw new RangeError(`Cannot assemble BPF: "${label}" lies behind`);
      return target - at - 1;
    };
    const values = "goto" in line
      ? { code: line.code, k: distance(line.goto) }
      : { code: line.code, k: line.k, jt: distance(line.yes), jf: distance(line.no) };
    sock_filter.encode(values, bytes, at * sock_filter.size);
  });
  return bytes;
}
