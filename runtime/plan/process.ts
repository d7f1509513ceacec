/**
 * From `process` to what the last system calls before the program need.
 *
 * @module
 */
import { CAPABILITIES } from "../../spec/capabilities.ts";
import type { Process } from "../../spec/schema/process.ts";
import { RLIMIT_TYPES } from "../../spec/rlimits.ts";
import {
  type AffinityPlan,
  type IOPriorityPlan,
  planAffinity,
  planIOPriority,
  planScheduler,
  type SchedulerPlan,
} from "./scheduling.ts";

/** The five sets as bit masks, capability N as bit N (capabilities(7)). */
export interface CapabilityPlan {
  readonly bounding: bigint;
  readonly effective: bigint;
  readonly permitted: bigint;
  readonly inheritable: bigint;
  readonly ambient: bigint;
}

/** One resource limit. */
export interface RlimitPlan {
  /** The number of the resource. */
  readonly resource: number;
  readonly type: string;
  readonly soft: bigint;
  readonly hard: bigint;
}

/** What the container's process is to be. */
export interface ProcessPlan {
  readonly args: readonly string[];
  readonly env: readonly string[];
  readonly cwd: string;
  readonly uid: number;
  readonly gid: number;
  readonly additionalGids: readonly number[];
  /** undefined: as the caller's. */
  readonly umask: number | undefined;
  readonly capabilities: CapabilityPlan;
  readonly noNewPrivileges: boolean;
  readonly rlimits: readonly RlimitPlan[];
  /** undefined: MUST NOT be changed. */
  readonly oomScoreAdj: number | undefined;
  /** undefined: as the runtime's. */
  readonly scheduler: SchedulerPlan | undefined;
  /** undefined: as the runtime's. */
  readonly ioPriority: IOPriorityPlan | undefined;
  /** For `exec` alone. */
  readonly execCPUAffinity: AffinityPlan;
  readonly terminal: boolean;
  /** Only for a terminal, else MUST be ignored. */
  readonly consoleSize: { readonly height: number; readonly width: number } | undefined;
  /** What the configuration asks for and this runtime does not know: to be logged (config.md#configLinuxProcess). */
  readonly warnings: readonly string[];
}

/** Translates `process`; a container may be created without one, and is then nobody in particular. */
export function planProcess(process: Process | undefined): ProcessPlan {
  const { user, terminal = false, consoleSize, scheduler, ioPriority } = process ?? {};
  const { sets, warnings } = planCapabilities(process?.capabilities);
  return {
    args: process?.args ?? [],
    env: process?.env ?? [],
    cwd: process?.cwd ?? "/",
    uid: user?.uid ?? 0,
    gid: user?.gid ?? 0,
    additionalGids: user?.additionalGids ?? [],
    umask: user?.umask,
    capabilities: sets,
    noNewPrivileges: process?.noNewPrivileges ?? false,
    rlimits: planRlimits(process?.rlimits),
    oomScoreAdj: process?.oomScoreAdj,
    scheduler: scheduler && planScheduler(scheduler),
    ioPriority: ioPriority && planIOPriority(ioPriority),
    execCPUAffinity: planAffinity(process?.execCPUAffinity),
    terminal,
    consoleSize: terminal && consoleSize !== undefined ? planConsoleSize(consoleSize) : undefined,
    warnings,
  };
}

/** `struct winsize` has 16 bits for each (ioctl_tty(2)). */
function planConsoleSize({ height, width }: NonNullable<Process["consoleSize"]>): {
  height: number;
  width: number;
} {
  const clamp = (size: number | bigint) => Math.min(Number(size), 0xffff);
  return { height: clamp(height), width: clamp(width) };
}

function planRlimits(rlimits: Process["rlimits"]): RlimitPlan[] {
  return (rlimits ?? []).map(({ type, soft, hard }) => ({
    resource: RLIMIT_TYPES.indexOf(type as typeof RLIMIT_TYPES[number]),
    type,
    soft: BigInt(soft),
    hard: BigInt(hard),
  }));
}

/**
 * The sets as masks. What is not listed is dropped from that set, and without `capabilities` everything is. A name that
 * is not known MUST be logged and SHOULD NOT fail the container.
 */
function planCapabilities(
  capabilities: Process["capabilities"],
): { sets: CapabilityPlan; warnings: string[] } {
  const unknown = new Set<string>();
  const mask = (names: readonly string[] = []): bigint => {
    let bits = 0n;
    for (const name of names) {
      const number = (CAPABILITIES as readonly string[]).indexOf(name);
      if (number < 0) unknown.add(name);
      else bits |= 1n << BigInt(number);
    }
    return bits;
  };
  const sets = {
    bounding: mask(capabilities?.bounding),
    effective: mask(capabilities?.effective),
    permitted: mask(capabilities?.permitted),
    inheritable: mask(capabilities?.inheritable),
    ambient: mask(capabilities?.ambient),
  };
  const warnings = [...unknown].map((name) =>
    `process.capabilities: ignoring unknown capability "${name}"`
  );
  return { sets, warnings };
}

/** The names of the capabilities in a mask. */
export function capabilityNames(mask: bigint): string[] {
  return CAPABILITIES.filter((_, number) => (mask >> BigInt(number) & 1n) === 1n);
}
