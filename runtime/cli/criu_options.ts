/**
 * From the words of a call of `checkpoint` or `restore` to what the operations take.
 *
 * @module
 */
import { CG_MODE } from "../criu/messages.ts";
import type {
  CgroupsMode,
  CheckpointOptions,
  ImageOptions,
  RestoreOptions,
} from "../criu/options.ts";
import { quote } from "../quote.ts";
import { FlagError } from "./flags.ts";
import type { Invocation } from "./invocation.ts";
import { absolutePath } from "./path.ts";
import type { Root } from "./root.ts";
import { bundleOf, cgroupManagerOf, containerRef, optionalPath, rootlessOf } from "./translate.ts";

/** What `checkpoint` takes. */
export function checkpointOptions(invocation: Invocation): CheckpointOptions {
  const { flags } = invocation;
  const parentPath = flags.string("parent-path") || undefined;
  if (parentPath?.startsWith("/")) {
    throw new Error("--parent-path must be relative to the directory of --image-path");
  }
  const statusFd = flags.integer("status-fd") ?? -1;
  const pageServer = flags.string("page-server") || undefined;
  return {
    ...containerRef(invocation),
    ...imageOptions(invocation),
    ...(parentPath === undefined ? {} : { parentPath }),
    leaveRunning: flags.boolean("leave-running"),
    preDump: flags.boolean("pre-dump"),
    tcpSkipInFlight: flags.boolean("tcp-skip-in-flight"),
    linkRemap: flags.boolean("link-remap"),
    ...(statusFd < 0 ? {} : { statusFd }),
    ...(pageServer === undefined ? {} : { pageServer: parsePageServer(pageServer) }),
  };
}

/** What `restore` takes. */
export function restoreOptions(invocation: Invocation, root: Root): RestoreOptions {
  const { globals, flags } = invocation;
  const bundle = bundleOf(flags.string("bundle"));
  const lsmProfile = flags.string("lsm-profile") || undefined;
  const lsmMountContext = flags.string("lsm-mount-context") || undefined;
  return {
    ...containerRef(invocation, root),
    ...imageOptions(invocation),
    bundle,
    ...optionalPath("consoleSocket", flags.string("console-socket"), bundle),
    ...optionalPath("pidFile", flags.string("pid-file")),
    detach: flags.boolean("detach"),
    noSubreaper: flags.boolean("no-subreaper"),
    noPivot: flags.boolean("no-pivot"),
    cgroupManager: cgroupManagerOf(globals),
    rootless: rootlessOf(globals.string("rootless") ?? "auto"),
    debug: globals.boolean("debug"),
    // What only a new process could have is in the images, or was.
    keep: false,
    noNewKeyring: true,
    listenFds: 0,
    preserveFds: 0,
    ...(lsmProfile === undefined ? {} : { lsmProfile }),
    ...(lsmMountContext === undefined ? {} : { lsmMountContext }),
  };
}

function imageOptions({ flags }: Invocation): ImageOptions {
  const imagePath = absolutePath(flags.string("image-path") || "checkpoint");
  // As CRIU has it: its log stands beside the images unless it is wanted elsewhere.
  const workPath = absolutePath(flags.string("work-path") || imagePath);
  return {
    imagePath,
    workPath,
    tcpEstablished: flags.boolean("tcp-established"),
    extUnixSk: flags.boolean("ext-unix-sk"),
    shellJob: flags.boolean("shell-job"),
    fileLocks: flags.boolean("file-locks"),
    manageCgroupsMode: parseCgroupsMode(flags.string("manage-cgroups-mode") || "soft"),
    emptyNetwork: parseEmptyNamespaces(flags.list("empty-ns")),
    autoDedup: flags.boolean("auto-dedup"),
    lazyPages: flags.boolean("lazy-pages"),
  };
}

function parseCgroupsMode(text: string): CgroupsMode {
  if (Object.hasOwn(CG_MODE, text)) return text as CgroupsMode;
  const modes = Object.keys(CG_MODE).join(", ");
  throw new FlagError(
    `invalid value ${quote(text)} for flag -manage-cgroups-mode: must be one of ${modes}`,
  );
}

function parseEmptyNamespaces(names: readonly string[]): boolean {
  const other = names.find((name) => name !== "network");
  if (other === undefined) return names.length > 0;
  throw new FlagError(`invalid value ${quote(other)} for flag -empty-ns: must be network`);
}

/** `HOST:PORT`; an address of IPv6 stands in brackets. */
function parsePageServer(text: string): { address: string; port: number } {
  const [, bracketed, plain, digits] = /^(?:\[([^\]]+)\]|([^:]+)):(\d{1,5})$/.exec(text) ?? [];
  const port = Number(digits);
  const address = bracketed ?? plain;
  if (address !== undefined && port > 0 && port < 65536) return { address, port };
  throw new FlagError(`invalid value ${quote(text)} for flag -page-server: must be HOST:PORT`);
}
