/**
 * The hooks that init runs itself.
 *
 * @module
 */
import { runHooks } from "../hooks.ts";
import type { InitContext } from "../init.ts";
import { getpid } from "../../ffi/process.ts";

/**
 * The path is the host's and the namespaces are the container's: a fork of init's has just that. The pid that the hook
 * reads is the one of its PID namespace (runtime.md#runtimeState); the current directory is the container's root.
 */
export function runCreateContainerHooks({ creation }: InitContext): void {
  const site = creation.hookSite(getpid());
  runHooks(creation.config.hooks, "createContainer", { ...site, cwd: creation.plan.rootfs });
}
