/**
 * From `mounts` to a list of things to do, in the listed order (MUST).
 *
 * @module
 */
import type { SpecRef } from "../../spec/anchors.ts";
import { ConfigError, type Issue } from "../../spec/issue.ts";
import type { Config } from "../../spec/schema/config.ts";
import type { Mount } from "../../spec/schema/mount.ts";
import { cleanPath } from "./container_path.ts";
import { type MountOptions, planMountOptions } from "./mount_options.ts";
import type { IdMapping } from "./namespaces.ts";

/** How the IDs of a mount's files are shown. */
export interface IdMapPlan {
  /** Whether the mounts below get the mapping too (`ridmap`). */
  readonly recursive: boolean;
  /** undefined: those of the container's user namespace. */
  readonly mappings: MountMappings | undefined;
}

/** The mount's own mappings: `containerID` is the ID on the filesystem, `hostID` the one shown. */
export interface MountMappings {
  readonly uid: readonly IdMapping[];
  readonly gid: readonly IdMapping[];
}

/** One mount, decided. */
export interface MountPlan {
  /** Where it stands in the configuration: `mounts[3]`. */
  readonly property: string;
  readonly index: number;
  /** Absolute, otherwise as configured: `..` and links are the container's to resolve. */
  readonly destination: string;
  /** `cgroup` is whatever shows the container its cgroups on this host. */
  readonly kind: "bind" | "cgroup" | "filesystem" | "remount";
  /** The filesystem's name; empty for a bind mount. */
  readonly type: string;
  /** For a bind mount an absolute path of the host, else what the filesystem takes as its device. */
  readonly source: string;
  readonly options: MountOptions;
  readonly idmap: IdMapPlan | undefined;
  /** `linux.mountLabel`, where the filesystem takes it: the SELinux context of all its files. */
  readonly context: string | undefined;
}

/**
 * Filesystems of which the kernel has one instance, or one a namespace, or whose files have labels of their own by
 * policy: a second mount with another context is an error (EINVAL, EBUSY).
 */
const NO_CONTEXT: ReadonlySet<string> = new Set([
  "binder",
  "binfmt_misc",
  "bpf",
  "cgroup2",
  "configfs",
  "debugfs",
  "devtmpfs",
  "efivarfs",
  "fusectl",
  "mqueue",
  "nsfs",
  "proc",
  "pstore",
  "resctrl",
  "securityfs",
  "selinuxfs",
  "sysfs",
  "tracefs",
]);

/** The options of SELinux, of which a configuration may have its own. */
const CONTEXTS: ReadonlySet<string> = new Set([
  "context",
  "defcontext",
  "fscontext",
  "rootcontext",
  "seclabel",
]);

/** Files of proc that may be replaced: LXCFS and others show a container its own numbers there. */
const PROC_TARGETS: ReadonlySet<string> = new Set([
  "/proc/cpuinfo",
  "/proc/diskstats",
  "/proc/loadavg",
  "/proc/meminfo",
  "/proc/slabinfo",
  "/proc/stat",
  "/proc/swaps",
  "/proc/uptime",
  "/proc/sys/kernel/ns_last_pid",
  "/proc/sys/crypto/fips_enabled",
]);

/**
 * Whether a mount may be made at this place within proc.
 *
 * What LSM labels and sysctls are written to lies there: over anything else a container could lead these writes astray
 * (CVE-2019-16884, CVE-2019-19921, CVE-2023-27561).
 */
export function isProcTarget(destination: string): boolean {
  return PROC_TARGETS.has(cleanPath(destination));
}

/**
 * Translates `mounts`.
 *
 * @param bundle Absolute path of the bundle, which relative sources of bind mounts count from.
 * @throws {ConfigError} For what no kernel could do.
 */
export function planMounts(config: Config, bundle: string): MountPlan[] {
  const issues: Issue[] = [];
  const hasUserNamespace = config.linux?.namespaces?.some(({ type }) => type === "user") ?? false;
  const plans = (config.mounts ?? []).map((mount, index) => {
    const plan = planMount(mount, index, { bundle, mountLabel: config.linux?.mountLabel });
    issues.push(...faults(plan, mount, hasUserNamespace));
    return plan;
  });
  if (issues.length > 0) throw new ConfigError(issues);
  return plans;
}

/** What is the same for all mounts. */
interface Common {
  readonly bundle: string;
  readonly mountLabel: string | undefined;
}

function planMount(mount: Mount, index: number, { bundle, mountLabel }: Common): MountPlan {
  const options = planMountOptions(mount.options ?? []);
  const type = mount.type ?? "";
  const source = mount.source ?? "";
  // No filesystem is called "bind": such a type can only mean what the option means.
  const bind = options.bind === "none" && type === "bind" ? "bind" : options.bind;
  const kind = options.remount
    ? "remount"
    : bind !== "none"
    ? "bind"
    : type === "cgroup"
    ? "cgroup"
    : "filesystem";
  return {
    property: `mounts[${index}]`,
    index,
    // Relative to "/" (config.md#configMounts; deprecated since 1.2).
    destination: mount.destination.startsWith("/") ? mount.destination : `/${mount.destination}`,
    kind,
    type: kind === "bind" ? "" : type,
    source: kind === "bind" && !source.startsWith("/") ? `${bundle}/${source}` : source,
    options: bind === options.bind ? options : { ...options, bind },
    idmap: planIdMap(mount, options),
    // Of a cgroup mount it is the tmpfs that may be around the hierarchies.
    context: kind === "cgroup" || kind === "filesystem" && takesContext(type, options)
      ? mountLabel
      : undefined,
  };
}

/** Bind mounts keep the labels of their files, which are the host's to change. */
function takesContext(type: string, { fsData }: MountOptions): boolean {
  return !NO_CONTEXT.has(type) && !fsData.some(([key]) => CONTEXTS.has(key));
}

function planIdMap(mount: Mount, options: MountOptions): IdMapPlan | undefined {
  const { uidMappings = [], gidMappings = [] } = mount;
  const mapped = uidMappings.length > 0 || gidMappings.length > 0;
  // Mappings without the option mean `idmap`: the text asks for both with a SHOULD only.
  if (!mapped && options.idmap === "none") return undefined;
  return {
    recursive: options.idmap === "ridmap",
    mappings: mapped ? { uid: uidMappings, gid: gidMappings } : undefined,
  };
}

function faults(plan: MountPlan, mount: Mount, hasUserNamespace: boolean): Issue[] {
  const { kind, options, property } = plan;
  const issues: Issue[] = [];
  const fault = (name: string, spec: SpecRef, message: string): void => {
    issues.push({ path: `${property}.${name}`, spec, message });
  };
  const place = cleanPath(plan.destination);
  if (place === "/" && kind !== "remount") {
    fault("destination", "config.md#configMounts", "would hide the container's root");
  }
  if (kind !== "remount" && place.startsWith("/proc/") && !isProcTarget(place)) {
    fault("destination", "config.md#configMounts", "must not be in proc, but for some files");
  }
  if (place === "/proc" && (kind === "cgroup" || kind === "filesystem" && plan.type !== "proc")) {
    fault("type", "config.md#configMounts", 'must be "proc" at this destination');
  }
  if (kind === "bind" && (mount.source ?? "") === "") {
    fault("source", "config.md#configMounts", "is required for a bind mount");
  }
  if (kind === "filesystem" && plan.type === "") {
    fault(
      "type",
      "config.md#configPOSIXMounts",
      "is required unless the options have bind or rbind",
    );
  }
  const [data] = options.fsData;
  if (data !== undefined && (kind === "cgroup" || options.bind !== "none")) {
    // Silently dropped otherwise; or worse, applied to a filesystem of the host's.
    const what = kind === "cgroup" ? "a cgroup mount" : "a bind mount";
    const text = data[1] === null ? data[0] : data.join("=");
    const message = `${JSON.stringify(text)} is no option of ${what}`;
    fault("options", "config.md#configLinuxMountOptions", message);
  }
  if (options.tmpcopyup && (kind !== "filesystem" || plan.type !== "tmpfs")) {
    fault("options", "config.md#configLinuxMountOptions", "tmpcopyup needs the type tmpfs");
  }
  if (plan.idmap !== undefined) idMapFaults(plan.idmap, plan, hasUserNamespace, fault);
  return issues;
}

function idMapFaults(
  { mappings }: IdMapPlan,
  { kind }: MountPlan,
  hasUserNamespace: boolean,
  fault: (name: string, spec: SpecRef, message: string) => void,
): void {
  if (kind === "remount" || kind === "cgroup") {
    fault("options", "config.md#configLinuxMountOptions", `a ${kind} mount cannot be ID-mapped`);
  }
  if (mappings === undefined && !hasUserNamespace) {
    const message = "idmap needs uidMappings and gidMappings, or a user namespace";
    fault("options", "config.md#configLinuxMountOptions", message);
  }
  if (mappings !== undefined && mappings.uid.length === 0) {
    fault("uidMappings", "config.md#configPOSIXMounts", "must come with gidMappings");
  }
  if (mappings !== undefined && mappings.gid.length === 0) {
    fault("gidMappings", "config.md#configPOSIXMounts", "must come with uidMappings");
  }
}
