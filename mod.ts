/**
 * runts, an OCI container runtime in TypeScript.
 *
 * The operations of the runtime-spec as functions, the two lists of steps that make a container, and the configuration's
 * types; as a program, the command line.
 *
 * ```ts ignore
 * import { create, remove, start } from "@runts/runts";
 *
 * create({ root: "/run/runts", id: "web", bundle: "/srv/web", noPivot: false, noNewKeyring: false, preserveFds: 0,
 *   systemdCgroup: false, rootless: "auto", debug: false });
 * start({ root: "/run/runts", id: "web" });
 * remove({ root: "/run/runts", id: "web", force: true });
 * ```
 *
 * A program that creates containers forks, so it runs with `--v8-flags=--single-threaded`.
 *
 * @module
 */
export { create, CREATE_STEPS } from "./runtime/create.ts";
export { INIT_STEPS } from "./runtime/init.ts";
export { start } from "./runtime/start.ts";
export { state } from "./runtime/state.ts";
export { kill } from "./runtime/kill.ts";
export { remove } from "./runtime/delete.ts";
export { run } from "./runtime/run.ts";
export { list } from "./runtime/list.ts";
export { features } from "./runtime/features.ts";
export type {
  ContainerRef,
  ContainerState,
  CreateOptions,
  DeleteOptions,
  KillOptions,
  ListOptions,
  Rootless,
  RunOptions,
} from "./runtime/options.ts";
export { type Step, StepError } from "./runtime/step.ts";
export { defaultConfig, rootlessConfig } from "./spec/default_config.ts";
export { parseConfig, validateConfig } from "./spec/validate.ts";
export { ConfigError, type Issue } from "./spec/issue.ts";
export type { Config } from "./spec/schema/config.ts";

if (import.meta.main) {
  const { runProgram } = await import("./runtime/cli/program.ts");
  await runProgram();
}
