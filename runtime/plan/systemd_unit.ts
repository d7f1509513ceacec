/**
 * `linux.cgroupsPath` → the unit of systemd that the container is in.
 *
 * With `--systemd-cgroup` the path has the form `slice:prefix:name`. The unit is a scope, `prefix-name.scope`, in the slice;
 * a name that ends in `.slice` is a slice by itself.
 *
 * @see systemd.scope(5)
 * @see systemd.slice(5)
 * @module
 */
import { ConfigError } from "../../spec/issue.ts";

/** The container's unit. */
export interface UnitPlan {
  /** As systemd knows it. */
  readonly name: string;
  readonly kind: "scope" | "slice";
  /** The slice that the scope is in; of a slice, the one above it. */
  readonly slice: string;
}

/** What the unit is chosen from. */
export interface UnitInput {
  /** The container's ID: the default of the name. */
  readonly id: string;
  /** `linux.cgroupsPath`; empty counts as unset. */
  readonly cgroupsPath?: string | undefined;
  /** Whether the manager of a user is asked, and not that of the system. */
  readonly isUser: boolean;
}

const PREFIX = "runts";

/** The root of all slices. */
const ROOT_SLICE = "-.slice";

/** `UNIT_NAME_MAX` of systemd is 256, which counts the NUL. */
const MOST_CHARACTERS = 255;

/**
 * Chooses the unit. Left out or empty are: the slice (`system.slice`, and `user.slice` for a user's manager), the prefix and
 * its hyphen.
 *
 * @throws {ConfigError} For a path of another form, and for names that systemd would not take.
 */
export function planUnit({ id, cgroupsPath = "", isUser }: UnitInput): UnitPlan {
  const path = cgroupsPath === "" ? `:${PREFIX}:${id}` : cgroupsPath;
  const parts = path.split(":");
  const [slice, prefix, name] = parts;
  if (slice === undefined || prefix === undefined || name === undefined || parts.length > 3) {
    throw fault("must have the form slice:prefix:name with --systemd-cgroup", cgroupsPath);
  }
  if (name === "") throw fault("must have a name after the second colon", cgroupsPath);
  const unit = name.endsWith(".slice")
    ? planSlice(slice, name, cgroupsPath)
    : planScope(slice, [prefix, name].filter((part) => part !== "").join("-"), isUser);
  for (const unitName of [unit.name, unit.slice]) checkUnitName(unitName, cgroupsPath || id);
  if (!isSliceName(unit.slice)) {
    throw fault(`must begin with the name of a slice, not "${unit.slice}"`, cgroupsPath);
  }
  return unit;
}

function planScope(slice: string, name: string, isUser: boolean): UnitPlan {
  return {
    name: `${escape(name)}.scope`,
    kind: "scope",
    slice: slice === "" ? (isUser ? "user.slice" : "system.slice") : slice,
  };
}

/** A slice's name says where it is: `a-b.slice` is in `a.slice`, whatever one would like. */
function planSlice(slice: string, name: string, path: string): UnitPlan {
  if (!isSliceName(name)) throw fault(`must name a slice with "${name}"`, path);
  if (name === ROOT_SLICE) throw fault("must name a slice below the root", path);
  const parent = name.includes("-") ? name.replace(/-[^-]*\.slice$/, ".slice") : ROOT_SLICE;
  if (slice !== "" && slice !== parent) {
    throw fault(`must name the slice above "${name}", which is "${parent}"`, path);
  }
  return { name, kind: "slice", slice: parent };
}

/** Each part between hyphens is a slice of its own, so none may be empty. */
function isSliceName(name: string): boolean {
  return name === ROOT_SLICE || /^[^-]+(?:-[^-]+)*\.slice$/.test(name);
}

/** The one character that an ID may have and a unit may not. @see systemd-escape(1) */
function escape(name: string): string {
  return name.replaceAll("+", "\\x2b");
}

function checkUnitName(name: string, path: string): void {
  if (!/^[A-Za-z0-9:_.\\-][A-Za-z0-9:_.\\@-]*$/.test(name)) {
    const allowed = 'letters, digits, and ":", "_", ".", "-", "@" and "\\" within';
    throw fault(`must make the name of a unit: ${allowed}`, path);
  }
  if (name.length > MOST_CHARACTERS) {
    throw fault(`must make the name of a unit, of ${MOST_CHARACTERS} characters at most`, path);
  }
}

function fault(message: string, path: string): ConfigError {
  return new ConfigError([{
    path: "linux.cgroupsPath",
    spec: "config-linux.md#configLinuxCgroupsPath",
    message: `${message}, got ${JSON.stringify(path)}`,
  }]);
}
