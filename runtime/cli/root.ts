/**
 * The directory that holds the containers' state.
 *
 * It has to come out the same for every caller, whatever the environment leaves out: Podman calls `create` through
 * conmon and `kill` without PATH or HOME, and gives `--root` to neither.
 *
 * @module
 */
import { geteuid } from "../../ffi/process.ts";
import { inUserNamespace } from "../user_namespace.ts";
import { absolutePath, cleanPath } from "./path.ts";

/** Where the containers' state is. */
export interface Root {
  /** Absolute and clean. */
  readonly path: string;
  /** How it was chosen: by `--root`, as the system's, or as the user's own. */
  readonly origin: "option" | "system" | "user";
}

/** What the choice of the default depends on; each is asked for only when it matters. */
export interface RootInputs {
  /** The effective user ID. */
  readonly euid: () => number;
  /** Whether the user namespace is not the first one. */
  readonly inUserNamespace: () => boolean;
  /** A variable of the environment. */
  readonly env: (name: string) => string | undefined;
}

const SYSTEM_ROOT = "/run/runts";

/**
 * The directory of the option, or the default: `$XDG_RUNTIME_DIR/runts` for a caller without privileges, and for root
 * inside a user namespace unless `$USER` says that it really is root; else `/run/runts`.
 */
export function chooseRoot(option: string | undefined, inputs: RootInputs = PROCESS): Root {
  if (option !== undefined) return { path: checkRoot(option), origin: "option" };
  const runtimeDir = inputs.env("XDG_RUNTIME_DIR") ?? "";
  // Podman sets it to the empty string for root.
  if (runtimeDir === "" || !isUnprivileged(inputs)) return { path: SYSTEM_ROOT, origin: "system" };
  return { path: cleanPath(absolutePath(`${runtimeDir}/runts`)), origin: "user" };
}

function checkRoot(option: string): string {
  if (option === "") throw new TypeError("Option --root argument should not be empty");
  const path = cleanPath(absolutePath(option));
  if (path === "/") throw new TypeError("Option --root argument should not be set to /");
  return path;
}

function isUnprivileged(inputs: RootInputs): boolean {
  if (inputs.euid() !== 0) return true;
  return inputs.env("USER") !== "root" && inputs.inUserNamespace();
}

const PROCESS: RootInputs = {
  euid: geteuid,
  inUserNamespace,
  env: (name) => Deno.env.get(name),
};

/**
 * Makes the user's own directory, before something is created in it. It is sticky, because a cleaner of
 * `$XDG_RUNTIME_DIR` keeps what is (XDG Base Directory Specification).
 */
export function prepareRoot(root: Root): void {
  if (root.origin !== "user") return;
  try {
    Deno.mkdirSync(root.path, { recursive: true, mode: 0o700 });
    Deno.chmodSync(root.path, 0o1700);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new Error(`Cannot make the state directory "${root.path}": ${why}`, { cause: error });
  }
}
