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
 *   cgroupManager: "cgroupfs", rootless: "auto", debug: false });
 * start({ root: "/run/runts", id: "web" });
 * remove({ root: "/run/runts", id: "web", force: true });
 * ```
 *
 * A program that creates containers forks, so it runs with `--v8-flags=--single-threaded`.
 *
 * @module
 */
export { create } from "./runtime/create.ts";
export { start } from "./runtime/start.ts";
export { state } from "./runtime/state.ts";
export { kill } from "./runtime/kill.ts";
export { remove } from "./runtime/delete.ts";
export { run } from "./runtime/run.ts";
export { checkpoint } from "./runtime/checkpoint.ts";
export { restore } from "./runtime/restore.ts";
export type {
  CgroupsMode,
  CheckpointOptions,
  ImageOptions,
  PageServer,
  RestoreOptions,
} from "./runtime/criu/options.ts";
export { list } from "./runtime/list.ts";
export { features } from "./runtime/features.ts";
export type {
  CgroupManager,
  ContainerRef,
  ContainerState,
  CreateOptions,
  DeleteOptions,
  KillOptions,
  ListOptions,
  Rootless,
  RunOptions,
} from "./runtime/options.ts";
export { type StepInfo, type StepLists, stepLists } from "./runtime/lists.ts";
export { StepError } from "./runtime/step.ts";
export type { Features, LinuxFeatures, Switch } from "./spec/features.ts";
export type { ContainerStatus } from "./spec/state.ts";
export { type Anchor, ANCHORS, type SpecRef } from "./spec/anchors.ts";
export type { HookName } from "./spec/hooks.ts";
export { NAMESPACE_TYPES, type NamespaceType } from "./spec/namespaces.ts";
export {
  MEMORY_POLICY_FLAGS,
  MEMORY_POLICY_MODES,
  type MemoryPolicyFlag,
  type MemoryPolicyMode,
} from "./spec/scheduling.ts";
export {
  SECCOMP_ACTIONS,
  SECCOMP_ARCHS,
  SECCOMP_FLAGS,
  SECCOMP_OPERATORS,
  type SeccompAction,
  type SeccompArch,
  type SeccompFlag,
  type SeccompOperator,
} from "./spec/seccomp.ts";
export { defaultConfig, rootlessConfig } from "./spec/default_config.ts";
export { parseConfig, validateConfig } from "./spec/validate.ts";
export { ConfigError, type Issue } from "./spec/issue.ts";
export type { Config } from "./spec/schema/config.ts";

if (import.meta.main) {
  const { runProgram } = await import("./runtime/cli/program.ts");
  await runProgram();
}
