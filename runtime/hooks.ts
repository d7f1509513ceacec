/**
 * Hooks: programs that the configuration runs at six points of a container's life.
 *
 * @module
 */
import type { Hook, Hooks } from "../spec/schema/hooks.ts";
import { HOOK_KINDS, type HookName } from "../spec/hooks.ts";
import type { ContainerStatus, State } from "../spec/state.ts";
import { type Outcome, type Program, runProgram } from "./child_process.ts";

/** Where hooks of a kind run and what they are told. */
export interface HookSite {
  /** The container's state, but for `status`, which follows from the kind of hook. */
  readonly state: Omit<State, "status">;
  /** The current directory: the bundle for hooks in the runtime's namespaces (the spec says nothing). */
  readonly cwd: string;
  /** What a hook without an `env` of its own gets. */
  readonly environment: readonly string[];
  /** How the program is run; by default here and now. */
  readonly run?: (program: Program) => Outcome;
}

/** Whether the configuration has hooks of the kind. */
export function hasHooks(hooks: Hooks | undefined, name: HookName): boolean {
  return (hooks?.[name]?.length ?? 0) > 0;
}

/** The state as JSON, as the hook reads it on stdin (config.md#configHooks). */
export function stateForHook(state: Omit<State, "status">, status: ContainerStatus): string {
  const { ociVersion, id, pid, bundle, annotations } = state;
  return JSON.stringify({ ociVersion, id, status, pid, bundle, annotations });
}

/** Runs all hooks of one kind in the listed order (MUST); the first failure is thrown. */
export function runHooks(hooks: Hooks | undefined, name: HookName, site: HookSite): void {
  (hooks?.[name] ?? []).forEach((hook, index) =>
    runHook(hook, `hooks.${name}[${index}]`, name, site)
  );
}

/** Runs all poststop hooks; a failure is told to `warn` and the next one runs all the same (runtime.md#runtimeLifecycle, 13). */
export function runPoststopHooks(
  hooks: Hooks | undefined,
  site: HookSite,
  warn: (message: string) => void,
): void {
  (hooks?.poststop ?? []).forEach((hook, index) => {
    try {
      runHook(hook, `hooks.poststop[${index}]`, "poststop", site);
    } catch (error) {
      warn(error instanceof Error ? error.message : String(error));
    }
  });
}

function runHook(hook: Hook, property: string, name: HookName, site: HookSite): void {
  const { status } = HOOK_KINDS.find((kind) => kind.name === name)!;
  const program: Program = {
    path: hook.path,
    argv: hook.args === undefined || hook.args.length === 0 ? [hook.path] : hook.args,
    envp: hook.env ?? site.environment,
    cwd: site.cwd,
    stdin: stateForHook(site.state, status),
    ...(hook.timeout === undefined ? {} : { timeout: Number(hook.timeout) }),
  };
  const { exit, timedOut, output } = (site.run ?? runProgram)(program);
  if (exit.status === 0 && exit.signal === 0) return;
  const how = timedOut
    ? `was killed after its timeout of ${hook.timeout} s`
    : exit.signal !== 0
    ? `was killed by signal ${exit.signal}`
    : `exited with status ${exit.status}`;
  const said = output === "" ? "" : `: ${output}`;
  throw new Error(`The hook "${hook.path}" (${property}) ${how}${said}`);
}

/** The environment of this process as `environ` has it. */
export function ownEnvironment(): string[] {
  return Object.entries(Deno.env.toObject()).map(([name, value]) => `${name}=${value}`);
}
