/**
 * The container's place in resctrl: a class of service (how much cache and memory bandwidth) and a monitoring group.
 *
 * By name and not by descriptor: resctrl has no links, and is root's alone.
 *
 * @see config-linux.md#configLinuxIntelRdt
 * @see Documentation/filesystems/resctrl.rst
 * @module
 */
import { isErrno } from "../ffi/check.ts";
import { AT, AT_FDCWD, O } from "../ffi/constants.ts";
import { mkdirat, unlinkat } from "../ffi/directory.ts";
import { E } from "../ffi/errno.ts";
import { open, readAll, writeString } from "../ffi/open.ts";
import { readSmallFile } from "../ffi/small_file.ts";
import { isThere } from "./cgroup/file.ts";
import { findMismatch, type IntelRdtPlan } from "./plan/intel_rdt.ts";
import { quote } from "./quote.ts";

/** What `state.json` keeps. */
export interface SavedIntelRdt {
  /** The directory of the class of service. */
  readonly directory: string;
  /** The directory of the monitoring group, if the container has one. */
  readonly monitor?: string;
  /** What delete has to remove, in that order. */
  readonly made: readonly string[];
}

/** Making and removing directories, in which the kernel's files come and go by themselves. */
export interface Directories {
  readonly make: (path: string) => void;
  readonly remove: (path: string) => void;
}

const KERNEL: Directories = {
  make: (path) => mkdirat(AT_FDCWD, path, 0o755),
  remove: (path) => unlinkat(AT_FDCWD, path, AT.AT_REMOVEDIR),
};

/** Where resctrl is mounted, as this process sees it. */
export function hostResctrl(): string | undefined {
  return findResctrl(readFile("/proc/self/mountinfo"));
}

/** Where resctrl is mounted, from the text of `/proc/self/mountinfo`. @see proc_pid_mountinfo(5) */
export function findResctrl(mountinfo: string): string | undefined {
  for (const line of mountinfo.split("\n")) {
    const [before = "", after = ""] = line.split(" - ", 2);
    const [, , , root, mountpoint] = before.split(" ");
    if (after.split(" ")[0] !== "resctrl" || root !== "/" || mountpoint === undefined) continue;
    return mountpoint.replace(
      /\\([0-7]{3})/g,
      (_, digits: string) => String.fromCharCode(parseInt(digits, 8)),
    );
  }
  return undefined;
}

/** The place of one container. */
export class IntelRdtGroup {
  readonly #root: string;
  readonly #plan: IntelRdtPlan;
  readonly #directories: Directories;
  readonly #directory: string;
  readonly #monitor: string | undefined;
  /** Whether the class of service was there before. */
  readonly #existed: boolean;
  /** What this object has made, the last first. */
  #made: string[] = [];

  /**
   * Looks and decides; changes nothing.
   *
   * @param root Where resctrl is mounted.
   * @param id The container's ID.
   */
  constructor(root: string, id: string, plan: IntelRdtPlan, directories: Directories = KERNEL) {
    this.#root = root;
    this.#plan = plan;
    this.#directories = directories;
    const closID = plan.closID ?? id;
    this.#directory = closID === "/" ? root : `${root}/${closID}`;
    this.#monitor = plan.monitoring ? `${this.#directory}/mon_groups/${id}` : undefined;
    this.#existed = isThere(this.#directory);
    if (this.#monitor !== undefined && isThere(this.#monitor)) {
      // Somebody else's, and delete would take it away from them.
      throw new Error(`linux.intelRdt.enableMonitoring: ${this.#monitor} exists already`);
    }
    const { schemas, schemata } = plan;
    if (this.#existed || plan.closID === undefined || schemas.length + schemata.length > 0) return;
    throw new Error(
      `linux.intelRdt.closID: ${
        quote(closID)
      } does not exist in ${root}, and no schema says what to make`,
    );
  }

  /** What delete will have to remove. Saved before {@linkcode create}, it covers what a killed runtime leaves behind. */
  serialize(): SavedIntelRdt {
    const monitor = this.#monitor;
    // A directory that has a name of its own MUST NOT be removed, not even if we made it: others may have joined it.
    const own = this.#plan.closID === undefined && !this.#existed ? [this.#directory] : [];
    return {
      directory: this.#directory,
      ...(monitor === undefined ? {} : { monitor }),
      made: monitor === undefined ? own : [monitor, ...own],
    };
  }

  /** Makes or checks the class of service, sets what it gets, and makes the monitoring group. */
  create(): void {
    if (this.#existed) this.#compare();
    else this.#make(this.#directory);
    // Two writes: a domain may stand in one of them once only, and the second is to prevail.
    this.#write(this.#plan.schemas);
    this.#write(this.#plan.schemata);
    if (this.#monitor !== undefined) this.#make(this.#monitor);
  }

  /** Removes what {@linkcode create} has made, for one that failed later. */
  undo(): void {
    for (const path of this.#made) {
      // Whoever joined a class of service by its name meanwhile would lose it.
      if (path === this.#directory && (readSmallFile(`${path}/tasks`) ?? "") !== "") continue;
      removeIfThere(path, this.#directories);
    }
    this.#made = [];
  }

  #make(path: string): void {
    this.#say(() => this.#directories.make(path));
    this.#made.unshift(path);
  }

  #compare(): void {
    const { schemas } = this.#plan;
    if (schemas.length === 0) return;
    const content = readFile(`${this.#directory}/schemata`);
    const mismatch = findMismatch(schemas, content);
    if (mismatch === undefined) return;
    throw new Error(
      `linux.intelRdt: ${quote(mismatch)} is not what ${this.#directory}/schemata has, ${
        quote(content.trim())
      }`,
    );
  }

  #write(lines: readonly string[]): void {
    if (lines.length === 0) return;
    // The kernel wants the newline at the end.
    this.#say(() => writeFile(`${this.#directory}/schemata`, `${lines.join("\n")}\n`));
  }

  #say(action: () => void): void {
    withStatus(this.#root, action);
  }
}

/** Adds to an error what resctrl has to say about it. */
function withStatus(root: string, action: () => void): void {
  try {
    action();
  } catch (error) {
    const status = readSmallFile(`${root}/info/last_cmd_status`)?.trim() ?? "";
    if (!(error instanceof Error) || status === "" || status === "ok") throw error;
    throw new Error(`${error.message}, resctrl says: ${status}`, { cause: error });
  }
}

/**
 * Changes what a class of service gets.
 *
 * @param root Where resctrl is mounted.
 * @returns What takes that back.
 */
export function updateIntelRdt(
  root: string,
  { directory }: SavedIntelRdt,
  lines: readonly string[],
): () => void {
  const file = `${directory}/schemata`;
  const before = readFile(file);
  withStatus(root, () => writeFile(file, `${lines.join("\n")}\n`));
  return () => writeFile(file, before);
}

/** Puts a process into the class of service, and into the monitoring group, which takes only members of the class. */
export function enterIntelRdt({ directory, monitor }: SavedIntelRdt, pid: number): void {
  writeFile(`${directory}/tasks`, String(pid));
  if (monitor !== undefined) writeFile(`${monitor}/tasks`, String(pid));
}

/** Removes what create made and nothing else (MUST NOT). What is gone already is as it should be. */
export function removeIntelRdt({ made }: SavedIntelRdt, directories: Directories = KERNEL): void {
  for (const path of made) removeIfThere(path, directories);
}

function removeIfThere(path: string, { remove }: Directories): void {
  try {
    remove(path);
  } catch (error) {
    if (!isErrno(error, E.ENOENT)) throw error;
  }
}

function readFile(path: string): string {
  using file = open(path, O.O_RDONLY);
  return new TextDecoder().decode(readAll(file.fd));
}

function writeFile(path: string, text: string): void {
  using file = open(path, O.O_WRONLY);
  writeString(file.fd, text);
}
