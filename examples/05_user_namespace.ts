/**
 * 5. A root that is nobody.
 *
 *     deno run -A --v8-flags=--single-threaded examples/05_user_namespace.ts
 *
 * So far root in the container was root of the host: a way out would have been a way to everything.
 * New idea: the user namespace, in which user IDs are translated. Number 0 inside is number 100000
 * outside, a user that owns nothing. All capabilities inside are capabilities over what belongs to the
 * user namespace: the mounts, the host name and the processes of the container, and nothing else.
 *
 * The gate of rung 4 gets its second job: the translation is written from outside.
 *
 * @see user_namespaces(7)
 * @module
 */
import { CLONE, O } from "../ffi/constants.ts";
import { setgroups, setresgid, setresuid } from "../ffi/credentials.ts";
import type { OwnedFd } from "../ffi/fd.ts";
import { execve } from "../ffi/fork.ts";
import { open, openat, writeString } from "../ffi/open.ts";
import { geteuid } from "../ffi/process.ts";
import { say } from "./01_pid_namespace.ts";
import { settleIn } from "./03_proc_and_hostname.ts";
import { gated, writeFile } from "./04_cgroup.ts";

/** The first of the IDs outside; nobody on the host should have one of them. */
const FIRST_OUTSIDE = 100_000;
/** As many as programs expect: nobody is number 65534. */
const HOW_MANY = 65_536;

/** Writes the translation. The kernel takes each file once, whole, in a single write. */
export function mapIds(pid: number): void {
  const map = `0 ${FIRST_OUTSIDE} ${HOW_MANY}\n`;
  writeFile(`/proc/${pid}/uid_map`, map);
  writeFile(`/proc/${pid}/gid_map`, map);
}

/** Becomes the user namespace's root. Until now the child was still the host's, a number not in the map. */
export function becomeRoot(): void {
  // The user last: who is no longer root may not change groups. And without the supplementary groups,
  // which are the host's: a file that is open to one of them would stay open to us.
  setgroups([]);
  setresgid(0);
  setresuid(0);
}

/** Whether a file of the host can be read. */
function canRead(path: string): boolean {
  try {
    using _file = open(path, O.O_RDONLY);
    return true;
  } catch {
    return false;
  }
}

const SCRIPT = `
echo "inside, it is user $(id -u) with the map:" $(cat /proc/self/uid_map)
mkdir /new && echo "it can do as it likes in its own root"
`;

/** @param place A directory of the host's that belongs to user 100000. */
function first(place: OwnedFd): number {
  say(`before the change, inside, it is user ${geteuid()}`);
  becomeRoot();
  // It still sees the host's files, but as a stranger.
  const shadow = canRead("/etc/shadow") ? "can" : "cannot";
  say(`as root inside it ${shadow} read the host's /etc/shadow`);
  {
    // Not by its path: there may be a directory on the way that only the host's root may pass.
    using file = openat(place.fd, "note", O.O_WRONLY | O.O_CREAT, 0o600);
    writeString(file.fd, "from the container\n");
  }
  settleIn("fifth-rung");
  execve("/bin/sh", ["sh", "-c", SCRIPT], ["PATH=/usr/bin:/bin"]);
}

if (import.meta.main) {
  const directory = Deno.makeTempDirSync({ prefix: "runts-example-" });
  try {
    Deno.chownSync(directory, FIRST_OUTSIDE, FIRST_OUTSIDE);
    using place = open(directory, O.O_PATH | O.O_DIRECTORY);
    // With CLONE_NEWUSER among them, the other new namespaces belong to the new user namespace.
    const flags = CLONE.CLONE_NEWUSER | CLONE.CLONE_NEWPID | CLONE.CLONE_NEWNS |
      CLONE.CLONE_NEWUTS;
    const code = gated(flags, mapIds, () => first(place));
    say(`it ended with exit code ${code}`);
    const { uid } = Deno.lstatSync(`${directory}/note`);
    say(`the file that it wrote belongs to user ${uid}, seen from outside`);
    say("The same thing in full: runtime/steps/limits.ts and runtime/steps/identity.ts");
  } finally {
    Deno.removeSync(directory, { recursive: true });
  }
}
