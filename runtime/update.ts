/**
 * `update`: changes what a container may use, while it runs.
 *
 * @module
 */
import type { UpdateOptions } from "./options.ts";
import { runSteps, type Step } from "./step.ts";
import {
  checkRuns,
  hasIntelRdt,
  hasUnit,
  keepConfiguration,
  planTheUpdate,
  readConfiguration,
  setClassOfService,
  setLimits,
  takeBackClassOfService,
  takeBackLimits,
  tellSystemd,
  tellSystemdBack,
  type Update,
} from "./steps/update.ts";
import { Container } from "./store.ts";
import { stepTrace } from "./trace.ts";

/** What `update` does. The specification does not have it; what is here is what callers of runtimes expect. */
export const UPDATE_STEPS: readonly Step<Update>[] = [
  { name: "check that the container runs", spec: "de-facto", run: checkRuns },
  { name: "read the configuration", spec: "internal", run: readConfiguration },
  { name: "plan the change", spec: "config-linux.md#configLinuxControlGroups", run: planTheUpdate },
  // Before the files: what systemd writes is rounded, and of what it knows.
  {
    name: "tell systemd",
    spec: "de-facto",
    when: hasUnit,
    run: tellSystemd,
    undo: tellSystemdBack,
  },
  {
    name: "set the limits",
    spec: "config-linux.md#configLinuxControlGroups",
    run: setLimits,
    undo: takeBackLimits,
  },
  {
    name: "set the class of service",
    spec: "config-linux.md#configLinuxIntelRdt",
    when: hasIntelRdt,
    run: setClassOfService,
    undo: takeBackClassOfService,
  },
  // The next update starts from what holds now.
  { name: "keep the configuration", spec: "internal", run: keepConfiguration },
];

/** Changes what is given and nothing else; if that fails, everything is as it was. */
export function update(options: UpdateOptions): void {
  using container = Container.openLocked(options.root, options.id);
  runSteps(UPDATE_STEPS, { options, container } as Update, stepTrace());
}
