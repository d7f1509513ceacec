/** The six kinds of hook, in the order of a container's life. @module */

import type { Anchor } from "./anchors.ts";
import type { ContainerStatus } from "./state.ts";

/** Whose namespaces: those that the runtime runs in, or those of the container. */
export type NamespaceSide = "runtime" | "container";

/** When and where the hooks of one kind run. */
export interface HookKind {
  /** The property of `hooks` in config.json. */
  readonly name: HookName;
  /** The operation that runs them. */
  readonly operation: "create" | "start" | "delete";
  /** Where `path` is looked up. */
  readonly resolvedIn: NamespaceSide;
  /** Where the program runs. */
  readonly executedIn: NamespaceSide;
  /** `status` of the state that they read; the text is silent, so this is what runc tells them. */
  readonly status: ContainerStatus;
  /** The clause. */
  readonly spec: Anchor;
}

/** The property names of `hooks`. */
export type HookName =
  | "prestart"
  | "createRuntime"
  | "createContainer"
  | "startContainer"
  | "poststart"
  | "poststop";

/**
 * All kinds, in lifecycle order. A failing hook is an error, stops the container and leads to its
 * destruction; only a failing poststop hook is a warning.
 *
 * @see runtime.md#runtimeLifecycle
 */
export const HOOK_KINDS: readonly HookKind[] = [
  // Deprecated since 1.0.2, still a MUST; part of create since 1.1.0.
  {
    name: "prestart",
    operation: "create",
    resolvedIn: "runtime",
    executedIn: "runtime",
    status: "creating",
    spec: "config.md#configHooksPrestart",
  },
  {
    name: "createRuntime",
    operation: "create",
    resolvedIn: "runtime",
    executedIn: "runtime",
    status: "creating",
    spec: "config.md#configHooksCreateRuntime",
  },
  // The program comes from the host's tree but runs in the container's namespaces: hence before the
  // pivot, while both are in reach.
  {
    name: "createContainer",
    operation: "create",
    resolvedIn: "runtime",
    executedIn: "container",
    status: "creating",
    spec: "config.md#configHooksCreateContainer",
  },
  {
    name: "startContainer",
    operation: "start",
    resolvedIn: "container",
    executedIn: "container",
    status: "created",
    spec: "config.md#configHooksStartContainer",
  },
  // Since 1.3.0 a failure is an error; up to 1.2.1 it was a warning.
  {
    name: "poststart",
    operation: "start",
    resolvedIn: "runtime",
    executedIn: "runtime",
    status: "running",
    spec: "config.md#configHooksPoststart",
  },
  {
    name: "poststop",
    operation: "delete",
    resolvedIn: "runtime",
    executedIn: "runtime",
    status: "stopped",
    spec: "config.md#configHooksPoststop",
  },
];

/** The six names, in lifecycle order (`features`: `hooks`). */
export const HOOK_NAMES: readonly HookName[] = HOOK_KINDS.map((kind) => kind.name);
