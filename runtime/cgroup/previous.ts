/**
 * Having a cgroup's file as it was before something was written to it.
 *
 * @module
 */

/**
 * What has to be written then; undefined if it cannot be told.
 *
 * @param before The text of the file before, without the last newline.
 * @param written What was written. Files of devices take one line a write, and change that device only.
 */
export function previousContent(file: string, before: string, written: string): string | undefined {
  // v2: the processors and nodes of the cgroup above. A write of no bytes does not reach the kernel's handler.
  if (before === "" && file.startsWith("cpuset.")) return "\n";
  const [key = ""] = written.split(" ");
  const line = before.split("\n").find((line) => line.startsWith(`${key} `));
  if (line !== undefined) return line;
  if (/^\d+:\d+$/.test(key)) return `${key} ${withoutLimit(file)}`;
  const oom = /^oom_kill_disable ([01])$/m.exec(before)?.[1];
  if (oom !== undefined) return oom;
  return before === "" || before.includes("\n") ? undefined : before;
}

/** The file says nothing of a device that has no limit. */
function withoutLimit(file: string): string {
  if (file === "io.max") return "rbps=max wbps=max riops=max wiops=max";
  return file.startsWith("blkio.throttle.") ? "0" : "default";
}
