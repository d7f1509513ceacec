/**
 * From `process.apparmorProfile`, `process.selinuxLabel` and `linux.mountLabel` to what is written where.
 *
 * @module
 */
import type { Config } from "../../spec/schema/config.ts";

/** Which of the security modules that have labels this kernel runs. */
export interface SecurityModules {
  readonly apparmor: boolean;
  readonly selinux: boolean;
}

/** What a process writes into a file of its own in proc, for its next execve(2). */
export interface LabelWrite {
  /** The step, as error messages name it. */
  readonly step: string;
  /** In a proc. */
  readonly path: string;
  readonly text: string;
}

/** The properties that ask for a module which the kernel does not run, with its name. They MUST be an error (runtime.md#runtimeCreate). */
export function missingModules(config: Config, modules: SecurityModules): string[] {
  const { process, linux } = config;
  const missing: string[] = [];
  const need = (property: string, value: string | undefined, name: string, is: boolean): void => {
    if ((value ?? "") === "" || is) return;
    missing.push(`${property} needs ${name}, which this kernel does not run`);
  };
  need("process.apparmorProfile", process?.apparmorProfile, "AppArmor", modules.apparmor);
  need("process.selinuxLabel", process?.selinuxLabel, "SELinux", modules.selinux);
  need("linux.mountLabel", linux?.mountLabel, "SELinux", modules.selinux);
  return missing;
}

/**
 * The labels of the container's process.
 *
 * @param apparmorDirectory Whether there is a directory of AppArmor's own (Linux 5.8). The file beside it belongs to
 *     whichever module came first.
 * @see proc_pid_attr(5)
 */
export function planLabelWrites(
  { process }: Config,
  apparmorDirectory: boolean,
): readonly LabelWrite[] {
  const { apparmorProfile = "", selinuxLabel = "" } = process ?? {};
  const writes: LabelWrite[] = [];
  if (apparmorProfile !== "") {
    const path = `thread-self/attr/${apparmorDirectory ? "apparmor/" : ""}exec`;
    writes.push({ step: "apply the AppArmor profile", path, text: `exec ${apparmorProfile}` });
  }
  if (selinuxLabel !== "") {
    const path = "thread-self/attr/exec";
    writes.push({ step: "apply the SELinux label", path, text: selinuxLabel });
  }
  return writes;
}
