/**
 * `checkpoint`: writes a running container into files, by CRIU, from which restore.ts makes it again.
 *
 * @see https://criu.org
 * @module
 */
import type { CheckpointOptions } from "./criu/options.ts";
import { runSteps, type Step } from "./step.ts";
import {
  type Checkpoint,
  checkPrivileges,
  checkRuns,
  closeCheckpoint,
  destroyDumped,
  dump,
  findExternals,
  openDirectories,
  readConfiguration,
  rememberExternals,
  startCriu,
} from "./steps/checkpoint.ts";
import { Container } from "./store.ts";
import { stepTrace } from "./trace.ts";

/** What `checkpoint` does. The specification does not have it; what is here is what callers of runtimes expect. */
export const CHECKPOINT_STEPS: readonly Step<Checkpoint>[] = [
  { name: "check the privileges", spec: "de-facto", run: checkPrivileges },
  { name: "check that the container runs", spec: "de-facto", run: checkRuns },
  { name: "read the configuration", spec: "internal", run: readConfiguration },
  { name: "look for what is the host's", spec: "de-facto", run: findExternals },
  { name: "open the directories", spec: "de-facto", run: openDirectories },
  { name: "start CRIU", spec: "internal", run: startCriu },
  // Of a memory image nothing but a later checkpoint is made.
  {
    name: "remember what is the host's",
    spec: "internal",
    when: (c) => !c.options.preDump,
    run: rememberExternals,
  },
  { name: "dump the processes", spec: "de-facto", run: dump },
  {
    name: "destroy the container",
    spec: "runtime.md#runtimeDelete",
    when: (c) => !c.options.leaveRunning && !c.options.preDump,
    run: destroyDumped,
  },
];

/** Writes a container's processes into files. Without `leaveRunning` the container is gone then. */
export function checkpoint(options: CheckpointOptions): void {
  using container = Container.openLocked(options.root, options.id);
  const context = { options, container } as Checkpoint;
  try {
    runSteps(CHECKPOINT_STEPS, context, stepTrace());
  } finally {
    closeCheckpoint(context);
  }
}
