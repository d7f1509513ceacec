/**
 * From the words of a call of `exec` to what the operation takes.
 *
 * @module
 */
import type { ExecOptions, SubCgroup } from "../options.ts";
import type { ProcessChanges } from "../plan/exec_process.ts";
import { quote } from "../quote.ts";
import { listenFds } from "../service_manager.ts";
import type { FlagValues } from "./flags.ts";
import type { Invocation } from "./invocation.ts";
import { absolutePath } from "./path.ts";
import { containerRef, countOf, optionalPath, rootlessOf } from "./translate.ts";

/** What `exec` takes. */
export function execOptions(invocation: Invocation): ExecOptions {
  const { globals, flags, args } = invocation;
  const file = flags.string("process") || undefined;
  return {
    ...containerRef(invocation),
    process: file === undefined
      ? processChanges(flags, args.slice(1))
      : { file: file === "-" ? file : absolutePath(file) },
    detach: flags.boolean("detach"),
    ...optionalPath("consoleSocket", flags.string("console-socket")),
    ...optionalPath("pidfdSocket", flags.string("pidfd-socket")),
    ...optionalPath("pidFile", flags.string("pid-file")),
    listenFds: listenFds(),
    preserveFds: countOf(flags.integer("preserve-fds") ?? 0, "preserve-fds"),
    cgroups: flags.list("cgroup").map(parseSubCgroup),
    ignorePaused: flags.boolean("ignore-paused"),
    rootless: rootlessOf(globals.string("rootless") ?? "auto"),
  };
}

function processChanges(flags: FlagValues, args: readonly string[]): ProcessChanges {
  const user = flags.string("user") || undefined;
  return {
    args,
    terminal: flags.boolean("tty"),
    env: flags.list("env").map(checkVariable),
    additionalGids: flags.list("additional-gids").map((text) => parseId(text, "additional-gids")),
    capabilities: flags.list("cap"),
    noNewPrivileges: flags.boolean("no-new-privs"),
    ...(user === undefined ? {} : { user: parseUser(user) }),
    ...optional("cwd", flags.string("cwd")),
    ...optional("apparmorProfile", flags.string("apparmor")),
    ...optional("selinuxLabel", flags.string("process-label")),
  };
}

/** The empty string is none: scripts pass unset variables. */
function optional<K extends string>(key: K, text: string | undefined): { [P in K]?: string } {
  return (text ? { [key]: text } : {}) as { [P in K]?: string };
}

function checkVariable(text: string): string {
  if (text.indexOf("=") > 0) return text;
  throw new TypeError(`Option --env ${quote(text)}: invalid environment variable`);
}

/** The whole text is looked at: what begins like a number is none (CVE-2026-30892). */
function parseUser(text: string): { uid: number; gid?: number } {
  const [uid = "", gid, ...rest] = text.split(":");
  if (rest.length > 0) throw new TypeError(`Option --user ${quote(text)}: expected UID[:GID]`);
  return {
    uid: parseId(uid, "user"),
    ...(gid === undefined ? {} : { gid: parseId(gid, "user") }),
  };
}

/** The kernel takes the highest number for none at all. */
const HIGHEST_ID = 0xffff_fffe;

function parseId(text: string, flag: string): number {
  const id = /^\d{1,10}$/.test(text) ? Number(text) : Infinity;
  if (id <= HIGHEST_ID) return id;
  throw new TypeError(
    `Option --${flag}: expected a number from 0 to ${HIGHEST_ID}, got ${quote(text)}`,
  );
}

/** `[controller,…:]path` */
function parseSubCgroup(text: string): SubCgroup {
  const colon = text.indexOf(":");
  const path = text.slice(colon + 1);
  if (colon < 0) return { path };
  const controllers = text.slice(0, colon).split(",");
  if (!controllers.includes("")) return { controllers, path };
  throw new TypeError(`Option --cgroup ${quote(text)}: a controller has no name`);
}
