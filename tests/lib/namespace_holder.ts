/**
 * A process that does nothing but keep namespaces alive, for containers to join.
 *
 * @module
 */
import { strict as assert } from "node:assert";
import { check } from "../../ffi/check.ts";
import { O } from "../../ffi/constants.ts";
import { OwnedFd } from "../../ffi/fd.ts";
import { syscall } from "../../ffi/libc.ts";
import { NR } from "../../ffi/numbers.ts";
import { open } from "../../ffi/open.ts";
import { exists, run, waitUntil } from "./sandbox.ts";

/** The kinds by their names in /proc/<pid>/ns. */
export const NS_NAMES = {
  cgroup: "cgroup",
  ipc: "ipc",
  mount: "mnt",
  network: "net",
  pid: "pid",
  time: "time",
  user: "user",
  uts: "uts",
} as const;

/** The kinds as config.json names them. */
export type Kind = keyof typeof NS_NAMES;

/** ID maps of a new user namespace, as the kernel's files have them. */
export interface Maps {
  readonly uid: string;
  readonly gid: string;
}

/** What /proc/<pid>/ns/<kind> leads to: `net:[4026531840]`. */
export function namespaceOf(pid: number | "self", kind: Kind): string {
  return Deno.readLinkSync(`/proc/${pid}/ns/${NS_NAMES[kind]}`);
}

const NS_GET_USERNS = 0xb701;

/** The user namespace that owns a process's namespace, in the form of {@linkcode namespaceOf}. @see ioctl_nsfs(2) */
export function ownerOf(pid: number, kind: Kind): string {
  using namespace = open(`/proc/${pid}/ns/${NS_NAMES[kind]}`, O.O_RDONLY);
  const fd = check(syscall(NR.ioctl, namespace.fd, NS_GET_USERNS), "ioctl", namespace);
  using owner = new OwnedFd(fd, "owner");
  return Deno.readLinkSync(`/proc/self/fd/${owner.fd}`);
}

/** A sleeping process in new namespaces. */
export class NamespaceHolder implements Disposable {
  readonly pid: number;

  /**
   * @param kinds The new namespaces; everything else is shared with the test.
   * @param commands What a shell in there does before it sleeps.
   * @param maps Needed if a user namespace is among the kinds.
   */
  constructor(kinds: readonly Kind[], commands = ":", maps?: Maps) {
    const directory = Deno.makeTempDirSync();
    try {
      // Of the host's /proc, so "self" has the host's pid also in a new PID namespace. It reports twice: before the maps
      // are there, for them to be written, and when the commands are done.
      const script = `
        read pid rest < /proc/self/stat; echo $pid > ${directory}/draft; mv ${directory}/draft ${directory}/born
        while [ ! -e ${directory}/mapped ]; do sleep 0.02; done
        ${commands}
        > ${directory}/ready; exec sleep 10000`;
      const flags = kinds.map((kind) => `--${kind === "network" ? "net" : kind}`).join(" ");
      // These two take effect for children only.
      const forks = kinds.includes("pid") || kinds.includes("time");
      const unshare = kinds.length === 0 ? "" : `unshare ${flags}`;
      const { code, stderr } = run([
        "sh",
        "-c",
        `${unshare} ${forks ? "--fork" : ""} sh -ec "$1" </dev/null >/dev/null 2>&1 &`,
        "sh",
        script,
      ]);
      assert.equal(code, 0, stderr);
      waitUntil(() => exists(`${directory}/born`));
      this.pid = Number(Deno.readTextFileSync(`${directory}/born`));
      if (maps !== undefined) {
        Deno.writeTextFileSync(`/proc/${this.pid}/uid_map`, maps.uid);
        Deno.writeTextFileSync(`/proc/${this.pid}/gid_map`, maps.gid);
      }
      // The holder may be nobody here.
      Deno.chmodSync(directory, 0o777);
      Deno.writeTextFileSync(`${directory}/mapped`, "");
      waitUntil(() => exists(`${directory}/ready`));
    } finally {
      Deno.removeSync(directory, { recursive: true });
    }
  }

  /** For `linux.namespaces[].path`. */
  path(kind: Kind): string {
    return `/proc/${this.pid}/ns/${NS_NAMES[kind]}`;
  }

  /** Whether it still sleeps: nobody took it down with a container. */
  isAlive(): boolean {
    try {
      return !/\) [ZX] /.test(Deno.readTextFileSync(`/proc/${this.pid}/stat`));
    } catch {
      return false;
    }
  }

  /** Runs a command of the host's in its namespaces. */
  nsenter(kinds: readonly Kind[], ...words: readonly string[]): string {
    const flags = kinds.map((kind) => `--${kind === "network" ? "net" : kind}`);
    const { code, stdout, stderr } = run(["nsenter", `--target=${this.pid}`, ...flags, ...words]);
    assert.equal(code, 0, stderr);
    return stdout;
  }

  [Symbol.dispose](): void {
    // A test may have ended it already.
    if (!this.isAlive()) return;
    Deno.kill(this.pid, "SIGKILL");
    waitUntil(() => !this.isAlive());
  }
}
