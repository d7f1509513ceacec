/**
 * What a client and its containers leave on a machine: processes, mounts, cgroups, and states of the runtime's.
 *
 * @module
 */

/** A thing that should not be there any more. */
export interface Trace {
  readonly text: string;
  /** Whether the client keeps it, whatever the runtime. */
  readonly isKept?: boolean;
  /** Takes it away, as far as that is possible at once. */
  readonly remove: () => void;
}

/** Everything of a room: its directory's name or its cgroup's stands in it. */
export function tracesOf(directory: string, name: string): Trace[] {
  return [
    ...processesOf(directory, name),
    ...mountsOf(directory),
    ...cgroupsOf(name),
    ...statesOf(directory, name),
  ];
}

function processesOf(directory: string, name: string): Trace[] {
  const pids = names("/proc").filter((pid) => /^\d+$/.test(pid) && Number(pid) !== Deno.pid);
  return pids.flatMap((pid) => {
    const files = ["cmdline", "cgroup", "environ"].map((file) => read(`/proc/${pid}/${file}`));
    const isOurs = files.some((text) => text.includes(directory) || text.includes(`/${name}/`));
    // A zombie is its parent's to reap.
    if (!isOurs || /\) Z \d/.test(read(`/proc/${pid}/stat`))) return [];
    return [{
      text: `process ${pid}: ${files[0]!.replaceAll("\0", " ").slice(0, 200)}`,
      remove: () => attempt(() => Deno.kill(Number(pid), "SIGKILL")),
    }];
  });
}

function mountsOf(directory: string): Trace[] {
  const points = read("/proc/self/mountinfo").split("\n").map((line) => line.split(" ")[4] ?? "");
  return points.filter((point) => point.startsWith(`${directory}/`)).reverse().map((point) => ({
    text: `mount ${point}`,
    // dockerd's, with the host's network namespace.
    isKept: point.endsWith("/netns/default"),
    remove: () => void new Deno.Command("umount", { args: ["--lazy", point] }).outputSync(),
  }));
}

/** Without the parent cgroup, which is the room's own. */
function cgroupsOf(name: string): Trace[] {
  const roots = [
    "/sys/fs/cgroup",
    ...names("/sys/fs/cgroup").map((each) => `/sys/fs/cgroup/${each}`),
  ];
  const paths = roots.flatMap((root) => below(`${root}/${name}`));
  return paths.map((path) => ({
    text: `cgroup ${path}`,
    // Podman's for its monitors, and BuildKit's parent of its containers.
    isKept: /\/(?:conmon|buildkit)$/.test(path),
    remove: () => attempt(() => Deno.removeSync(path)),
  }));
}

/** Directories below one, some levels down; the deepest first. */
function below(path: string, levels = Infinity): string[] {
  if (levels === 0) return [];
  return names(path, true).map((name) => `${path}/${name}`)
    .flatMap((inner) => [...below(inner, levels - 1), inner]);
}

/** The runtime's states, in a place that is shared with others and those that a client has for itself. */
function statesOf(directory: string, name: string): Trace[] {
  const common = ["/run/runts", "/run/containerd/runc/k8s.io"].flatMap((root) => below(root, 1));
  const shared = common.filter((path) =>
    names(path).some((file) => read(`${path}/${file}`).includes(directory))
  );
  // The shim puts containerd's namespace between root and container.
  const roots = ["/run/containerd/runc", `${directory}/runtime`, `${directory}/exec`];
  const own = roots.flatMap((root) => below(root, 3)).filter((path) => path.includes(`/${name}/`));
  return [...shared, ...own].map((path) => ({
    text: `state ${path}`,
    remove: () => attempt(() => Deno.removeSync(path, { recursive: true })),
  }));
}

/** Removes the room's own cgroups, once nothing is below them. */
export function removeParentCgroups(name: string): void {
  for (const each of ["", ...names("/sys/fs/cgroup").map((controller) => `${controller}/`)]) {
    const path = `/sys/fs/cgroup/${each}${name}`;
    for (const inner of [...below(path), path]) attempt(() => Deno.removeSync(inner));
  }
}

function names(path: string, directoriesOnly = false): string[] {
  try {
    return [...Deno.readDirSync(path)].filter((entry) => !directoriesOnly || entry.isDirectory)
      .map(({ name }) => name);
  } catch {
    return [];
  }
}

function read(path: string): string {
  try {
    return Deno.lstatSync(path).isFile ? Deno.readTextFileSync(path) : "";
  } catch {
    return "";
  }
}

function attempt(action: () => void): void {
  try {
    action();
  } catch {
    // It is gone, or comes up again in the next list of traces.
  }
}
