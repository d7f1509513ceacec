/**
 * From the container's `process` and the flags of `exec` to the process that `exec` starts.
 *
 * @module
 */
import type { Process } from "../../spec/schema/process.ts";

/** What differs from the configuration's process; what is absent stays. */
export interface ProcessChanges {
  /** The program and its arguments. */
  readonly args: readonly string[];
  /** Whether it gets a terminal: not by the configuration, since the caller of `exec` is another one. */
  readonly terminal: boolean;
  readonly cwd?: string;
  /** Variables that replace those of the same name, or are new. */
  readonly env?: readonly string[];
  /** Without a group that of the configuration stays. */
  readonly user?: { readonly uid: number; readonly gid?: number };
  /** Groups beside those of the configuration. */
  readonly additionalGids?: readonly number[];
  /** Capabilities beside those of the configuration. */
  readonly capabilities?: readonly string[];
  readonly noNewPrivileges?: boolean;
  readonly apparmorProfile?: string;
  readonly selinuxLabel?: string;
}

/** Makes the process, to be validated as one of a file is. */
export function changeProcess(base: Process, changes: ProcessChanges): Process {
  // A size that was meant for the terminal of another caller.
  const { consoleSize: _, ...kept } = base;
  const { args, terminal, cwd, apparmorProfile, selinuxLabel } = changes;
  return {
    ...kept,
    args: [...args],
    terminal,
    env: mergeEnv(base.env ?? [], changes.env ?? []),
    user: changeUser(base.user, changes),
    ...(cwd === undefined ? {} : { cwd }),
    ...(apparmorProfile === undefined ? {} : { apparmorProfile }),
    ...(selinuxLabel === undefined ? {} : { selinuxLabel }),
    ...(changes.noNewPrivileges === true ? { noNewPrivileges: true } : {}),
    capabilities: addCapabilities(base.capabilities, changes.capabilities ?? []),
  };
}

/** getenv(3) finds the first of two variables with one name, and the caller means the last. */
function mergeEnv(base: readonly string[], added: readonly string[]): string[] {
  const nameOf = (variable: string): string => variable.split("=", 1)[0]!;
  const last = new Map(added.map((variable) => [nameOf(variable), variable]));
  return [...base.filter((variable) => !last.has(nameOf(variable))), ...last.values()];
}

function changeUser(
  base: Process["user"],
  { user, additionalGids = [] }: ProcessChanges,
): NonNullable<Process["user"]> {
  const { uid = 0, gid = 0, additionalGids: groups = [], ...kept } = base ?? {};
  return {
    ...kept,
    uid: user?.uid ?? uid,
    gid: user?.gid ?? gid,
    additionalGids: [...groups, ...additionalGids],
  };
}

/**
 * Never inheritable: a program with file capabilities would then get what nobody gave it (CVE-2022-29162). Ambient where it
 * may be, so that users other than root have it as well.
 */
function addCapabilities(
  base: Process["capabilities"],
  added: readonly string[],
): NonNullable<Process["capabilities"]> {
  const { bounding = [], effective = [], permitted = [], inheritable = [], ambient = [] } = base ??
    {};
  return {
    inheritable,
    bounding: [...bounding, ...added],
    effective: [...effective, ...added],
    permitted: [...permitted, ...added],
    ambient: [...ambient, ...added.filter((name) => inheritable.includes(name))],
  };
}
