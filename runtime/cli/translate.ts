/**
 * From the words of a call to what the operations take. Pure but for looking at the current directory and the bundle.
 *
 * @module
 */
import type {
  CgroupManager,
  ContainerRef,
  CreateOptions,
  DeleteOptions,
  KillOptions,
  ListOptions,
  Rootless,
  RunOptions,
  SpecOptions,
} from "../options.ts";
import { quote } from "../quote.ts";
import { listenFds, managerSocket } from "../service_manager.ts";
import { parseSignal } from "../signal.ts";
import { FlagError, type FlagValues, readBoolean } from "./flags.ts";
import type { Invocation } from "./invocation.ts";
import { absolutePath } from "./path.ts";
import { chooseRoot, type Root } from "./root.ts";

/** The root of the call. */
export function rootOf(invocation: Invocation): Root {
  return chooseRoot(invocation.globals.string("root"));
}

/** The container that the first argument names. */
export function containerRef(
  invocation: Invocation,
  root: Root = rootOf(invocation),
): ContainerRef {
  return { root: root.path, id: invocation.args[0] ?? "" };
}

/** What `create` takes. */
export function createOptions(invocation: Invocation, root: Root): CreateOptions {
  const { globals, flags } = invocation;
  const bundle = bundleOf(flags.string("bundle"));
  const notifySocket = managerSocket();
  // Sockets start from the bundle and the pid file from the current directory: callers rely on both.
  return {
    ...containerRef(invocation, root),
    bundle,
    ...optionalPath("consoleSocket", flags.string("console-socket"), bundle),
    ...optionalPath("pidfdSocket", flags.string("pidfd-socket"), bundle),
    ...optionalPath("pidFile", flags.string("pid-file")),
    noPivot: flags.boolean("no-pivot"),
    noNewKeyring: flags.boolean("no-new-keyring"),
    listenFds: listenFds(),
    preserveFds: countOf(flags.integer("preserve-fds") ?? 0, "preserve-fds"),
    ...(notifySocket === undefined ? {} : { notifySocket }),
    cgroupManager: cgroupManagerOf(globals),
    rootless: rootlessOf(globals.string("rootless") ?? "auto"),
    debug: globals.boolean("debug"),
  };
}

/** What `run` takes. */
export function runOptions(invocation: Invocation, root: Root): RunOptions {
  const { flags } = invocation;
  return {
    ...createOptions(invocation, root),
    detach: flags.boolean("detach"),
    keep: flags.boolean("keep"),
    noSubreaper: flags.boolean("no-subreaper"),
  };
}

/** What `kill` takes. */
export function killOptions(invocation: Invocation): KillOptions {
  return {
    ...containerRef(invocation),
    signal: parseSignal(invocation.args[1] ?? "SIGTERM"),
    all: invocation.flags.boolean("all"),
  };
}

/** What `delete` takes. */
export function deleteOptions(invocation: Invocation): DeleteOptions {
  return { ...containerRef(invocation), force: invocation.flags.boolean("force") };
}

/** What `list` takes. */
export function listOptions(invocation: Invocation): ListOptions {
  const { path, origin } = rootOf(invocation);
  return { root: path, rootIsDefault: origin !== "option" };
}

/** What `spec` takes. */
export function specOptions(invocation: Invocation): SpecOptions {
  const { flags } = invocation;
  return {
    bundle: bundleOf(flags.string("bundle")),
    rootless: flags.boolean("rootless"),
  };
}

/**
 * The bundle's real path, as `state` shows it. Where there is none, the path that was given: what opens it says so
 * better.
 */
export function bundleOf(path: string | undefined): string {
  try {
    return Deno.realPathSync(path || ".");
  } catch {
    return absolutePath(path || ".");
  }
}

/** A path, if one was given; the empty string is none (scripts pass unset variables). */
export function optionalPath<K extends string>(
  key: K,
  path: string | undefined,
  from?: string,
): { [P in K]?: string } {
  return (path ? { [key]: absolutePath(path, from) } : {}) as { [P in K]?: string };
}

/** A number of things, which is not negative. */
export function countOf(count: number, name: string): number {
  if (count >= 0) return count;
  throw new FlagError(`invalid value "${count}" for flag -${name}: value out of range`);
}

const CGROUP_MANAGERS: readonly CgroupManager[] = ["cgroupfs", "systemd", "disabled"];

/** The value of --cgroup-manager, of which --systemd-cgroup is the short form. */
export function cgroupManagerOf(globals: FlagValues): CgroupManager {
  const text = globals.string("cgroup-manager") || undefined;
  const isSystemd = globals.boolean("systemd-cgroup");
  if (text === undefined) return isSystemd ? "systemd" : "cgroupfs";
  const manager = CGROUP_MANAGERS.find((name) => name === text);
  if (manager === undefined) {
    const names = CGROUP_MANAGERS.join(", ");
    throw new FlagError(
      `invalid value ${quote(text)} for flag -cgroup-manager: must be one of ${names}`,
    );
  }
  if (isSystemd && manager !== "systemd") {
    throw new FlagError(`--cgroup-manager=${manager} contradicts --systemd-cgroup`);
  }
  return manager;
}

/** The value of --rootless. */
export function rootlessOf(text: string): Rootless {
  if (text === "auto" || text === "") return "auto";
  const value = readBoolean(text);
  if (value === undefined) {
    throw new FlagError(`invalid value ${quote(text)} for flag -rootless: parse error`);
  }
  return value ? "true" : "false";
}
