/**
 * From a command's name to its code.
 *
 * The imports are dynamic so that `state` does not pay for what only `create` needs. In the bundle they are calls
 * inside one file: nothing is read, and no thread is started.
 *
 * @module
 */
import type { VerbTable } from "./invocation.ts";

/** The code of every command but `help`, which is the command line's own. */
export const VERBS: VerbTable = {
  create: async () => (await import("./verbs/create.ts")).createVerb,
  start: async () => (await import("./verbs/start.ts")).startVerb,
  state: async () => (await import("./verbs/state.ts")).stateVerb,
  kill: async () => (await import("./verbs/kill.ts")).killVerb,
  delete: async () => (await import("./verbs/delete.ts")).deleteVerb,
  run: async () => (await import("./verbs/run.ts")).runVerb,
  ps: async () => (await import("./verbs/ps.ts")).psVerb,
  pause: async () => (await import("./verbs/pause.ts")).pauseVerb,
  resume: async () => (await import("./verbs/resume.ts")).resumeVerb,
  events: async () => (await import("./verbs/events.ts")).eventsVerb,
  update: async () => (await import("./verbs/update.ts")).updateVerb,
  exec: async () => (await import("./verbs/exec.ts")).execVerb,
  checkpoint: async () => (await import("./verbs/checkpoint.ts")).checkpointVerb,
  restore: async () => (await import("./verbs/restore.ts")).restoreVerb,
  list: async () => (await import("./verbs/list.ts")).listVerb,
  spec: async () => (await import("./verbs/spec.ts")).specVerb,
  completion: async () => (await import("./verbs/completion.ts")).completionVerb,
  man: async () => (await import("./verbs/man.ts")).manVerb,
  features: async () => (await import("./verbs/features.ts")).featuresVerb,
};
