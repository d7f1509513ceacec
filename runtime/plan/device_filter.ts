/**
 * Device rules as a program for cgroup v2, which has no files for them: the kernel runs it at each mknod(2) and open(2) of
 * a device, and it says yes (1) or no (0).
 *
 * The program asks the last rule first. What is asked for is a set of accesses; a rule that speaks of the device decides on
 * those it names, and takes them out of the set:
 *
 * ```text
 *        r2 = type, r3 = accesses not decided on, r4 = major, r5 = minor
 *        rule n:     if it is about another device: goto rule n-1
 *                    it allows:  r3 &= ~its accesses; if r3 is empty: return 1
 *                    it denies:  if r3 holds any of its accesses: return 0
 *        rule n-1:   …
 *        no rule:    return 0
 * ```
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
  const program = [
    // access_type: the type in the lower half, the accesses in the upper.
    I.loadWord(R.r2, R.r1, ACCESS_TYPE),
    I.move(R.r3, R.r2),
    I.andWord(R.r2, 0xffff),
    I.shiftRightWord(R.r3, 16),
    I.loadWord(R.r4, R.r1, MAJOR),
    I.loadWord(R.r5, R.r1, MINOR),
  ];
  for (const rule of rules.toReversed()) {
    if ((rule.major ?? 0) > MAJOR_MAX || (rule.minor ?? 0) > MINOR_MAX) continue;
    const conditions = conditionsOf(rule);
    const decision = decisionOf(rule);
    conditions.forEach(([register, value], index) => {
      const over = conditions.length - index - 1 + decision.length;
      program.push(I.jumpIfNot(register, value, over));
    });
    program.push(...decision);
    // The kernel refuses a program with a part that nothing leads to.
    if (conditions.length === 0 && rule.access === ALL_ACCESS) return program;
  }
  return [...program, ...answer(0)];
}

/** What has to be equal for the rule to be about the device. */
function conditionsOf({ type, major, minor }: DeviceRule): [number, number][] {
  const conditions: [number, number][] = [];
  if (type !== "a") {
    const { BPF_DEVCG_DEV_BLOCK, BPF_DEVCG_DEV_CHAR } = BPF_DEVCG_DEV;
    conditions.push([R.r2, type === "b" ? BPF_DEVCG_DEV_BLOCK : BPF_DEVCG_DEV_CHAR]);
  }
  if (major !== undefined) conditions.push([R.r4, major]);
  if (minor !== undefined) conditions.push([R.r5, minor]);
  return conditions;
}

/** With all accesses named nothing is left to be decided on. */
function decisionOf({ allow, access }: DeviceRule): BpfInsn[] {
  if (access === ALL_ACCESS) return answer(allow ? 1 : 0);
  return allow
    ? [I.andWord(R.r3, ALL_ACCESS & ~access), I.jumpIfNot(R.r3, 0, 2), ...answer(1)]
    : [I.jumpIfAny(R.r3, access, 1), I.jump(2), ...answer(0)];
}

function answer(value: 0 | 1): BpfInsn[] {
  return [I.set(R.r0, value), I.exit()];
}
