/**
 * The hooks that the parent runs while it creates.
 *
 * @module
 */
import type { Creation } from "../creation.ts";
import { runHooks, runPoststopHooks } from "../hooks.ts";
import * as log from "../log.ts";

/** Deprecated since 1.0.2, and still a MUST. */
export function runPrestartHooks(c: Creation): void {
  c.hooksBegun = true;
  runHooks(c.config.hooks, "prestart", c.hookSite(c.init!.pid));
}

/** In the runtime's namespaces, right after the prestart hooks. */
export function runCreateRuntimeHooks(c: Creation): void {
  runHooks(c.config.hooks, "createRuntime", c.hookSite(c.init!.pid));
}

/** A hook that fails leads to 12 of the lifecycle (destroy), and so to 13: the poststop hooks. */
export function runPoststopHooksAfterFailure(c: Creation): void {
  if (!c.hooksBegun) return;
  // 0: init is gone, and its pid may be another's by now.
  runPoststopHooks(c.config.hooks, c.hookSite(0), log.warn);
}
