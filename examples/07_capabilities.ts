/**
 * 7. Root in parts.
 *
 *     deno run -A --v8-flags=--single-threaded examples/07_capabilities.ts
 *
 * What root may do beyond others is divided into some forty capabilities. New idea: give up all but
 * those that the program needs, in an order in which each step still may do what it must, and so that
 * nothing brings them back. Here one stays, for ports below 1024, and an ordinary user keeps it.
 *
 * There are five sets of them, and each is there because of a way in which execve(2) could give a
 * process more than it had:
 *
 *     bounding     no program file, set-user-ID root or not, can ever give more than this
 *     permitted    what the process may switch on
 *     effective    what is switched on
 *     inheritable  what a program file with capabilities of its own may take over
 *     ambient      what ordinary program files take over: without it an ordinary user has nothing left
 *
 * @see capabilities(7)
 * @module
 */
import { hasBoundingCapability } from "../ffi/capabilities.ts";
import { check } from "../ffi/check.ts";
import { CLONE, PR } from "../ffi/constants.ts";
import { setgroups, sethostname, setresgid, setresuid } from "../ffi/credentials.ts";
import { Printed } from "../ffi/errno.ts";
import { execve } from "../ffi/fork.ts";
import { syscall } from "../ffi/libc.ts";
import { scratch } from "../ffi/memory.ts";
import { NR } from "../ffi/numbers.ts";
import { geteuid, prctl } from "../ffi/process.ts";
import { CAPABILITIES } from "../spec/capabilities.ts";
import { inNamespaces, say } from "./01_pid_namespace.ts";

const KEPT = CAPABILITIES.indexOf("CAP_NET_BIND_SERVICE");

/** nobody, on nearly all systems. */
const NOBODY = 65534;

/** The kernel's form of a set: two words, and one struct of three words for the lower halves, one for the upper. */
const LINUX_CAPABILITY_VERSION_3 = 0x20080522;

/** Sets effective, permitted and inheritable to the same. @see capset(2) */
function capset(set: bigint): void {
  using m = scratch();
  // struct __user_cap_header_struct: version, and whose sets; 0 is the caller.
  const header = m.zeros(8);
  m.view(header, 8).setUint32(0, LINUX_CAPABILITY_VERSION_3, true);
  const data = m.zeros(24);
  for (const at of [0, 4, 8]) {
    m.view(data, 24).setUint32(at, Number(set & 0xffff_ffffn), true);
    m.view(data, 24).setUint32(at + 12, Number(set >> 32n), true);
  }
  check(syscall(NR.capset, header, data), "capset", new Printed(`0x${set.toString(16)}`));
}

/** Keeps one capability and becomes an ordinary user. */
function giveUpTheRest(kept: number, uid: number): void {
  // The bounding set first: this takes CAP_SETPCAP, which we are about to lose. The kernel may know
  // more capabilities than we do, so it is asked.
  for (let number = 0; number < 64; number++) {
    if (number !== kept && hasBoundingCapability(number)) prctl("PR_CAPBSET_DROP", number);
  }
  // Leaving user 0 would empty the permitted set, unless told otherwise; the effective one it empties
  // in any case.
  prctl("PR_SET_KEEPCAPS", 1);
  setgroups([]);
  setresgid(uid);
  setresuid(uid);
  capset(1n << BigInt(kept));
  // Last of the sets: ambient can only hold what is permitted and inheritable.
  check(
    syscall(NR.prctl, PR.PR_CAP_AMBIENT, PR.PR_CAP_AMBIENT_RAISE, kept, 0, 0),
    "prctl",
    new Printed("PR_CAP_AMBIENT"),
    new Printed("PR_CAP_AMBIENT_RAISE"),
    kept,
  );
  // And execve(2) must not add anything: set-user-ID bits and capabilities of files count no more.
  prctl("PR_SET_NO_NEW_PRIVS", 1);
}

/** What comes of trying, in a word. */
function tryTo(action: () => void): string {
  try {
    action();
    return "allowed";
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

const SCRIPT = `
while read name value; do
  case $name in Cap*|NoNewPrivs*) echo "after execve, $name $value";; esac
done < /proc/self/status
`;

function first(): number {
  say(`user ${geteuid()}, setting the host name: ${tryTo(() => sethostname("seventh-rung"))}`);
  giveUpTheRest(KEPT, NOBODY);
  say(`user ${geteuid()}, setting the host name: ${tryTo(() => sethostname("eighth"))}`);
  say(`user ${geteuid()}, going back to user 0: ${tryTo(() => setresuid(0))}`);
  execve("/bin/sh", ["sh", "-c", SCRIPT], ["PATH=/usr/bin:/bin"]);
}

if (import.meta.main) {
  const code = inNamespaces(CLONE.CLONE_NEWUTS, first);
  say(`it ended with exit code ${code}`);
  say(`bit ${KEPT} of the sets is ${CAPABILITIES[KEPT]}`);
  say("The same thing in full: runtime/capabilities.ts and runtime/tape_records.ts");
}
