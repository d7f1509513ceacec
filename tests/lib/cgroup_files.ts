/** Where a container's cgroup files are on this machine, whichever version has the controller. */
import { readLayout } from "../../runtime/cgroup/layout.ts";
import { enableControllers } from "../../runtime/cgroup/subtree_control.ts";

/** The host's hierarchies. */
export const LAYOUT = readLayout();

/** What is available in v2's hierarchy. */
export const V2_CONTROLLERS: ReadonlySet<string> = new Set(
  LAYOUT.hierarchies.filter(({ version }) => version === 2).flatMap(({ mountpoint }) =>
    Deno.readTextFileSync(`${mountpoint}/cgroup.controllers`).trim().split(" ")
  ),
);

/** v2's mount point, if there is one. */
export const V2: string | undefined = LAYOUT.hierarchies.find(({ version }) => version === 2)
  ?.mountpoint;

/** Which version has a controller here; names as in v1, `io` apart. */
export function versionOf(controller: string): 1 | 2 | undefined {
  if (v1Mount(controller) !== undefined) return 1;
  return V2_CONTROLLERS.has(controller === "blkio" ? "io" : controller) ? 2 : undefined;
}

function v1Mount(controller: string): string | undefined {
  return LAYOUT.hierarchies.find(({ controllers }) => controllers.includes(controller))?.mountpoint;
}

/** The directory of a cgroup where the controller is. */
export function directoryOf(controller: string, path: string): string {
  const mountpoint = versionOf(controller) === 1 ? v1Mount(controller) : V2;
  if (mountpoint === undefined) throw new Error(`Nothing here has ${controller}`);
  return mountpoint + path;
}

/** Makes a cgroup in every hierarchy, for a container to find; returns its directories. */
export function makeEverywhere(path: string): string[] {
  const directories = LAYOUT.hierarchies.map(({ mountpoint }) => mountpoint + path);
  for (const directory of directories) Deno.mkdirSync(directory, { recursive: true });
  if (LAYOUT.kind === "v2") enableControllers(V2!, V2 + path, "all");
  return directories;
}

/** The text of a cgroup's file, without the end of the line. */
export function readFile(controller: string, path: string, file: string): string {
  return Deno.readTextFileSync(`${directoryOf(controller, path)}/${file}`).trim();
}

/** Moves a process to a new cgroup below the container's, in every hierarchy but those where that takes more than a mkdir(2). */
export function moveBelow(path: string, pid: number): void {
  for (const { mountpoint, controllers } of LAYOUT.hierarchies) {
    if (controllers.includes("cpuset")) continue;
    Deno.mkdirSync(`${mountpoint}${path}/below`);
    Deno.writeTextFileSync(`${mountpoint}${path}/below/cgroup.procs`, `${pid}`);
  }
}
