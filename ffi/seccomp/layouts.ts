/**
 * The structs of seccomp, as field lists in C order and C spelling. `sock_filter` and `sock_fprog` stand in ../layouts.ts.
 *
 * @module
 */
import { Struct } from "../struct.ts";

/** `struct seccomp_data`: what a filter decides by. @see seccomp(2) */
export const seccomp_data = new Struct("seccomp_data", {
  nr: "s32",
  arch: "u32",
  instruction_pointer: "u64",
  args: "u8[48]",
});

/** `struct scmp_arg_cmp`: a condition on an argument. `datum_b` is of use to SCMP_CMP_MASKED_EQ only. @see seccomp_rule_add(3) */
export const scmp_arg_cmp = new Struct("scmp_arg_cmp", {
  arg: "u32",
  op: "u32",
  datum_a: "u64",
  datum_b: "u64",
});
