/**
 * From `linux.memoryPolicy` to what set_mempolicy(2) takes.
 *
 * @module
 */
import { MPOL_F } from "../../ffi/constants.ts";
import { MEMORY_POLICY_MODES } from "../../spec/scheduling.ts";
import type { MemoryPolicy } from "../../spec/schema/linux.ts";
import { planBitMask } from "./number_list.ts";

/** What set_mempolicy(2) gets. */
export interface MemoryPolicyPlan {
  /** The mode and its flags. */
  readonly mode: number;
  /** Whole 64-bit words; empty for none. */
  readonly nodemask: Uint8Array;
  /** The arguments as strace prints them. */
  readonly text: string;
}

/** Translates `linux.memoryPolicy`. The position of a mode's name is its number. */
export function planMemoryPolicy({ mode, nodes = "", flags = [] }: MemoryPolicy): MemoryPolicyPlan {
  const { bytes, text } = planBitMask(nodes);
  return {
    mode: flags.reduce((bits, flag) => bits | MPOL_F[flag], MEMORY_POLICY_MODES.indexOf(mode)),
    nodemask: bytes,
    text: `${[mode, ...flags].join("|")}, [${text}]`,
  };
}
