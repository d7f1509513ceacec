/**
 * Device rules as a program for cgroup v2, which has no files for them: the kernel runs it at each mknod(2) and open(2) of
 * a device, and it says yes (1) or no (0).
 *
 * The program asks the last rule first. What is asked for is a set of accesses; a rule that speaks of the device decides on
 * those it names, and takes them out of the set:
 *
 * ```text
 *        r1 = what is asked for, r2 = accesses not decided on, r0 = for the moment
 *        rule n:     if it is about another device: goto rule n-1
 *                    it allows:  r2 &= ~its accesses; if r2 is empty: return 1
 *                    it denies:  if r2 holds any of its accesses: return 0
 *        rule n-1:   …
 *        no rule:    return 0
 * ```
 *
 * Type and numbers are read anew for each rule. Kept in registers, what a comparison tells of them would be one more case
 * for the kernel's verifier to follow to the end: it took a second for 800 rules, and refused 1600.
 *
 * @see Documentation/admin-guide/cgroup-v2.rst, "Device controller"
 * @module
 */
import { BPF_DEVCG_DEV, type BpfInsn, BpfInsns as I, R } from "../../ffi/bpf_layouts.ts";
import { ALL_ACCESS, type DeviceRule } from "./device_rules.ts";

/** The kernel's dev_t has room for 12 bits of major and 20 of minor; a rule with more is about no device. */
const MAJOR_MAX = 0xfff;
const MINOR_MAX = 0xfffff;

/** Where `struct bpf_cgroup_dev_ctx` has what: { __u32 access_type; __u32 major; __u32 minor; } */
const ACCESS_TYPE = 0;
const MAJOR = 4;
const MINOR = 8;

/** Makes the program. */
export function deviceFilter(rules: readonly DeviceRule[]): BpfInsn[] {
  // access_type: the type in the lower half, the accesses in the upper.
  const program = [I.loadWord(R.r2, R.r1, ACCESS_TYPE), I.shiftRightWord(R.r2, 16)];
  for (const rule of rules.toReversed()) {
    if ((rule.major ?? 0) > MAJOR_MAX || (rule.minor ?? 0) > MINOR_MAX) continue;
    const decision = decisionOf(rule);
    const conditions = conditionsOf(rule, decision.length);
    program.push(...conditions, ...decision);
    // The kernel refuses a program with a part that nothing leads to.
    if (conditions.length === 0 && rule.access === ALL_ACCESS) return program;
  }
  return [...program, ...answer(0)];
}

/** What has to be equal for the rule to be about the device; else the jump goes over what follows. */
function conditionsOf({ type, major, minor }: DeviceRule, following: number): BpfInsn[] {
  const { BPF_DEVCG_DEV_BLOCK, BPF_DEVCG_DEV_CHAR } = BPF_DEVCG_DEV;
  let conditions: BpfInsn[] = [];
  // From the last one on, since a jump counts what it goes over.
  const require = (value: number | undefined, ...load: BpfInsn[]): void => {
    if (value === undefined) return;
    const jump = I.jumpIfNot(R.r0, value, conditions.length + following);
    conditions = [...load, jump, ...conditions];
  };
  require(minor, I.loadWord(R.r0, R.r1, MINOR));
  require(major, I.loadWord(R.r0, R.r1, MAJOR));
  const kind = { a: undefined, b: BPF_DEVCG_DEV_BLOCK, c: BPF_DEVCG_DEV_CHAR }[type];
  require(kind, I.loadWord(R.r0, R.r1, ACCESS_TYPE), I.andWord(R.r0, 0xffff));
  return conditions;
}

/** With all accesses named nothing is left to be decided on. */
function decisionOf({ allow, access }: DeviceRule): BpfInsn[] {
  if (access === ALL_ACCESS) return answer(allow ? 1 : 0);
  return allow
    ? [I.andWord(R.r2, ALL_ACCESS & ~access), I.jumpIfNot(R.r2, 0, 2), ...answer(1)]
    : [I.jumpIfAny(R.r2, access, 1), I.jump(2), ...answer(0)];
}

function answer(value: 0 | 1): BpfInsn[] {
  return [I.set(R.r0, value), I.exit()];
}
