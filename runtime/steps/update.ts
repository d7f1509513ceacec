/**
 * Steps of `update`.
 *
 * @module
 */
import { isErrno } from "../../ffi/check.ts";
import { E } from "../../ffi/errno.ts";
import { parseJson, stringifyJson } from "../../spec/json.ts";
import type { Config } from "../../spec/schema/config.ts";
import { type Layout, readLayout } from "../cgroup/layout.ts";
import { applyLimits, inUse } from "../cgroup/limits.ts";
import { Cgroup } from "../cgroup/manager.ts";
import { setUnitProperties } from "../cgroup/systemd_unit.ts";
import {
  enterIntelRdt,
  hostResctrl,
  IntelRdtGroup,
  type SavedIntelRdt,
  updateIntelRdt,
} from "../intel_rdt.ts";
import type { UpdateOptions } from "../options.ts";
import type { ControllerWrites } from "../plan/cgroup_files.ts";
import { planIntelRdt } from "../plan/intel_rdt.ts";
import { changedProperties } from "../plan/systemd_update.ts";
import { planUpdate, planUpdateFiles, type UpdatePlan } from "../plan/update.ts";
import { currentStatus, StatusError } from "../status.ts";
import type { Container, StoredState } from "../store.ts";
import { readSources } from "./cgroup.ts";

/** What the steps work on; each fills in what the later ones need. */
export interface Update {
  readonly options: UpdateOptions;
  readonly container: Container;
  /** "check that the container runs" */
  state: StoredState;
  /** "read the configuration" */
  config: Config;
  /** "plan the change" */
  layout: Layout;
  plan: UpdatePlan;
  files: readonly ControllerWrites[];
  /** "set the limits" */
  limitsUndo?: DisposableStack;
  /** "set the class of service": what takes it back, and the place of a container that had none. */
  intelRdtUndo?: () => void;
  intelRdt?: SavedIntelRdt;
}

/** Whether it is there, started or not, paused or not. */
export function checkRuns(u: Update): void {
  u.state = u.container.readState();
  const status = currentStatus(u.container, u.state);
  // The words are those that clients look for.
  if (status === "stopped" || status === "creating") {
    throw new StatusError("container not running", status);
  }
}

/** As it holds now: the copy of create, with what earlier updates have changed. */
export function readConfiguration(u: Update): void {
  u.config = parseJson(u.container.readConfig()) as Config;
}

/** Refuses what does not fit together or what the host does not have, while nothing is changed yet. */
export function planTheUpdate(u: Update): void {
  u.layout = readLayout();
  u.plan = planUpdate(u.config.linux?.resources ?? {}, u.options.resources);
  u.files = planUpdateFiles(u.plan, readSources(u.layout));
}

/** Whether systemd has to hear of it. */
export function hasUnit({ state }: Update): boolean {
  return state.systemd !== undefined;
}

/** Has systemd agree with what the cgroup will have. */
export function tellSystemd(u: Update): void {
  tell(u, u.config.linux?.resources ?? {}, u.plan.merged);
}

/** Has systemd agree with what the cgroup had. */
export function tellSystemdBack(u: Update): void {
  tell(u, u.plan.merged, u.config.linux?.resources ?? {});
}

function tell(
  { state, layout }: Update,
  from: UpdatePlan["merged"],
  to: UpdatePlan["merged"],
): void {
  // On a hybrid host systemd has its controllers in v1.
  setUnitProperties(state.systemd!, changedProperties(from, to, layout.kind === "v2" ? 2 : 1));
}

/** Writes the limits. */
export function setLimits(u: Update): void {
  const { cgroup = { paths: {}, made: [] } } = u.state;
  u.limitsUndo = applyLimits(inUse(Cgroup.deserialize(cgroup)), u.files);
}

/** Writes the limits that were. */
export function takeBackLimits(u: Update): void {
  u.limitsUndo?.dispose();
}

/** Whether the update is about resctrl. */
export function hasIntelRdt({ options }: Update): boolean {
  return schemasOf(options).length > 0;
}

function schemasOf({ l3CacheSchema = "", memBwSchema = "" }: UpdateOptions): readonly string[] {
  return planIntelRdt({ l3CacheSchema, memBwSchema }).schemas;
}

/** Changes the container's class of service, or makes one. */
export function setClassOfService(u: Update): void {
  const root = hostResctrl();
  if (root === undefined) {
    throw new Error("linux.intelRdt: resctrl is not mounted in the runtime's mount namespace");
  }
  const { options, state } = u;
  if (state.intelRdt !== undefined) {
    u.intelRdtUndo = updateIntelRdt(root, state.intelRdt, schemasOf(options));
    return;
  }
  const { l3CacheSchema = "", memBwSchema = "" } = options;
  const plan = planIntelRdt({ l3CacheSchema, memBwSchema });
  const group = new IntelRdtGroup(root, options.id, plan);
  u.intelRdtUndo = (): void => group.undo();
  group.create();
  u.intelRdt = group.serialize();
  for (const thread of threadsOf(state)) enterIfAlive(u.intelRdt, thread);
}

/** Gives the class of service what it had, or removes it. */
export function takeBackClassOfService(u: Update): void {
  u.intelRdtUndo?.();
}

/** All threads of the container: what they start later is born into their class. */
function threadsOf({ pid = 0, cgroup }: StoredState): number[] {
  const pids = cgroup && Cgroup.deserialize(cgroup).processes();
  return (pids ?? [pid]).flatMap((pid) => {
    try {
      return [...Deno.readDirSync(`/proc/${pid}/task`)].map(({ name }) => Number(name));
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return [];
      throw error;
    }
  });
}

function enterIfAlive(group: SavedIntelRdt, thread: number): void {
  try {
    enterIntelRdt(group, thread);
  } catch (error) {
    if (!isErrno(error, E.ESRCH)) throw error;
  }
}

/** Replaces the copy of the configuration, and what delete has to know. */
export function keepConfiguration(u: Update): void {
  const { config, plan, options, intelRdt, container, state } = u;
  const { l3CacheSchema, memBwSchema } = options;
  const schemas = {
    ...(l3CacheSchema === undefined ? {} : { l3CacheSchema }),
    ...(memBwSchema === undefined ? {} : { memBwSchema }),
  };
  const linux = {
    ...config.linux,
    resources: plan.merged,
    ...(hasIntelRdt(u) ? { intelRdt: { ...config.linux?.intelRdt, ...schemas } } : {}),
  };
  if (intelRdt !== undefined) container.writeState({ ...state, intelRdt });
  container.writeConfig(stringifyJson({ ...config, linux }));
}
