/**
 * A directory laid out like resctrl, for machines without one: most, and all virtual ones.
 *
 * @see Documentation/filesystems/resctrl.rst
 * @module
 */
import { AT_FDCWD } from "../../ffi/constants.ts";
import { statx } from "../../ffi/stat.ts";

/** Its root, on which making and removing directories does what the kernel does. */
export class Resctrl implements Disposable {
  readonly root: string = Deno.makeTempDirSync({ prefix: "resctrl-" });

  constructor() {
    fill(this.root, true);
    Deno.mkdirSync(`${this.root}/info`);
    Deno.writeTextFileSync(`${this.root}/info/last_cmd_status`, "ok\n");
  }

  [Symbol.dispose](): void {
    Deno.removeSync(this.root, { recursive: true });
  }

  /** mkdir(2): the files of a group are there at once; only a class of service has monitoring groups. */
  readonly make = (path: string): void => {
    Deno.mkdirSync(path);
    fill(path, !/\/mon_groups\/[^/]+$/.test(path));
  };

  /** rmdir(2): files do not count. */
  readonly remove = (path: string): void => {
    // As rmdir(2) fails.
    statx(AT_FDCWD, path);
    Deno.removeSync(path, { recursive: true });
  };

  /** A file's content. */
  read(file: string): string {
    return Deno.readTextFileSync(`${this.root}/${file}`);
  }

  /** Gives a file its content. */
  write(file: string, text: string): void {
    Deno.writeTextFileSync(`${this.root}/${file}`, text);
  }

  /** The classes of service and monitoring groups, but for the default ones. */
  groups(): string[] {
    const found: string[] = [];
    const look = (directory: string): void => {
      for (const { name, isDirectory } of Deno.readDirSync(`${this.root}/${directory}`)) {
        if (!isDirectory || directory === "" && name === "info") continue;
        const path = directory === "" ? name : `${directory}/${name}`;
        if (name !== "mon_groups") found.push(path);
        look(path);
      }
    };
    look("");
    return found.sort();
  }
}

function fill(path: string, isClass: boolean): void {
  Deno.writeTextFileSync(`${path}/tasks`, "");
  if (!isClass) return;
  Deno.writeTextFileSync(`${path}/schemata`, "");
  Deno.mkdirSync(`${path}/mon_groups`);
}
