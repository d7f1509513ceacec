/**
 * From `linux.seccomp` to the rules of a filter, in libseccomp's terms.
 *
 * @module
 */
import {
  OWN_ARCHS,
  SCMP_ACT,
  type ScmpArch,
  SECCOMP_FILTER_FLAG,
} from "../../ffi/seccomp/constants.ts";
import type { ArgComparison } from "../../ffi/seccomp/libseccomp.ts";
import { ConfigError } from "../../spec/issue.ts";
import type { Seccomp, SyscallRule } from "../../spec/schema/seccomp.ts";
import type { SeccompAction } from "../../spec/seccomp.ts";

/** One rule on one system call. */
export interface RulePlan {
  /** The property it comes from, for messages. */
  readonly path: string;
  readonly name: string;
  /** An action with its error number, as the kernel has it. */
  readonly action: number;
  /** All must hold; no two of them concern the same argument. */
  readonly args: readonly ArgComparison[];
}

/** Where the descriptor goes by which SCMP_ACT_NOTIFY is answered. */
export interface ListenerPlan {
  /** A stream socket. */
  readonly path: string;
  /** Passed on as it is. */
  readonly metadata: string | undefined;
}

/** A filter, before libseccomp has made a program of it. */
export interface SeccompPlan {
  readonly defaultAction: number;
  /** Calling conventions beside the machine's own, which is always there. */
  readonly archs: readonly ScmpArch[];
  readonly rules: readonly RulePlan[];
  /** Whether calls that are too new for anybody to have named them fail with ENOSYS. */
  readonly newerAreUnknown: boolean;
  /** For seccomp(2). */
  readonly flags: number;
  /** Set if, and only if, some call is answered by a listener. */
  readonly listener: ListenerPlan | undefined;
}

/** Makes the plan. `own` are the calling conventions of the machine, its own first. */
export function planSeccomp(seccomp: Seccomp, own: readonly ScmpArch[] = OWN_ARCHS): SeccompPlan {
  const { defaultAction, defaultErrnoRet, listenerPath = "", listenerMetadata } = seccomp;
  const action = actionOf(defaultAction, defaultErrnoRet);
  const rules = (seccomp.syscalls ?? []).flatMap(planRules)
    // libseccomp refuses rules that say what holds without them.
    .filter((rule) => rule.action !== action);
  const notifies = [action, ...rules.map((rule) => rule.action)].includes(SCMP_ACT.SCMP_ACT_NOTIFY);
  if (notifies) refuseSilence(seccomp);
  return {
    defaultAction: action,
    archs: planArchs(seccomp, own),
    rules,
    newerAreUnknown: REFUSING.includes(defaultAction),
    flags: planFlags(seccomp, notifies),
    listener: notifies ? { path: listenerPath, metadata: listenerMetadata } : undefined,
  };
}

/**
 * Default actions behind which a newer C library would not find out that a newer call is not there: on ENOSYS it goes
 * back to the older call, on EPERM it fails. The other actions let the call pass, or somebody else decide.
 */
const REFUSING: readonly SeccompAction[] = [
  "SCMP_ACT_ERRNO",
  "SCMP_ACT_KILL",
  "SCMP_ACT_KILL_PROCESS",
  "SCMP_ACT_KILL_THREAD",
];

const EPERM = 1;

function actionOf(name: SeccompAction, errnoRet = EPERM): number {
  const takesData = name === "SCMP_ACT_ERRNO" || name === "SCMP_ACT_TRACE";
  return SCMP_ACT[name] + (takesData ? errnoRet : 0);
}

function planRules(rule: SyscallRule, index: number): RulePlan[] {
  const { names, action, errnoRet, args = [] } = rule;
  const planned = args.map(({ index, op, value, valueTwo = 0 }) => ({
    index,
    op,
    datum_a: BigInt(value),
    datum_b: BigInt(valueTwo),
  }));
  const indices = new Set(planned.map(({ index }) => index));
  // The conditions of one rule are joined by "and", and libseccomp takes one of them an argument. The spec does not say
  // what two mean; other runtimes then make a rule of each condition, which joins all of them by "or".
  const conjunctions = indices.size < planned.length ? planned.map((arg) => [arg]) : [planned];
  const number = actionOf(action, errnoRet);
  const path = `linux.seccomp.syscalls[${index}]`;
  return names.flatMap((name) =>
    conjunctions.map((conjunction) => ({ path, name, action: number, args: conjunction }))
  );
}

/**
 * The conventions that the machine's kernel may serve. Others can be listed (a profile is often written for all machines)
 * and change nothing: no call of theirs ever gets to this filter.
 */
function planArchs({ architectures = [] }: Seccomp, own: readonly ScmpArch[]): ScmpArch[] {
  return own.slice(1).filter((arch) => architectures.includes(arch));
}

function planFlags({ flags = [] }: Seccomp, notifies: boolean): number {
  const {
    SECCOMP_FILTER_FLAG_NEW_LISTENER,
    SECCOMP_FILTER_FLAG_TSYNC,
    SECCOMP_FILTER_FLAG_TSYNC_ESRCH,
    SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV,
  } = SECCOMP_FILTER_FLAG;
  let bits = 0;
  for (const flag of flags) bits |= SECCOMP_FILTER_FLAG[flag];
  // It is about notifications, and EINVAL where there are none.
  if (!notifies) return bits & ~SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV;
  bits |= SECCOMP_FILTER_FLAG_NEW_LISTENER;
  // Else a positive result could mean the descriptor or a thread, and the kernel refuses the two together.
  if ((bits & SECCOMP_FILTER_FLAG_TSYNC) !== 0) bits |= SECCOMP_FILTER_FLAG_TSYNC_ESRCH;
  return bits;
}

/**
 * The listener's descriptor leaves the container by sendmsg(2), with the filter already in force: if that call waited
 * for an answer, nobody could ever give one.
 */
function refuseSilence({ defaultAction, syscalls = [] }: Seccomp): void {
  const refuse = (path: string, why: string): never => {
    const message = `must not be SCMP_ACT_NOTIFY${why}: the listener is handed over by that call`;
    throw new ConfigError([{ path, spec: "config-linux.md#configLinuxSeccomp", message }]);
  };
  let isDecided = false;
  for (const [index, { names, action, args = [] }] of syscalls.entries()) {
    if (!names.includes("sendmsg")) continue;
    if (action === "SCMP_ACT_NOTIFY") {
      refuse(`linux.seccomp.syscalls[${index}].action`, ' for "sendmsg"');
    }
    isDecided ||= args.length === 0;
  }
  if (defaultAction === "SCMP_ACT_NOTIFY" && !isDecided) {
    refuse("linux.seccomp.defaultAction", ' without another rule for "sendmsg"');
  }
}
