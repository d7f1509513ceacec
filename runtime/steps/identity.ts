/**
 * Who init is before it is the container's user.
 *
 * @module
 */
import { isErrno } from "../../ffi/check.ts";
import { E } from "../../ffi/errno.ts";
import {
  describeKey,
  joinSessionKeyring,
  setgroups,
  setKeyPermissions,
  setresgid,
  setresuid,
} from "../../ffi/credentials.ts";
import { setUndumpable } from "../../ffi/fork.ts";
import { setLoopbackUp as loopbackUp } from "../../ffi/netlink/loopback.ts";
import { dieWithParent, setsid } from "../../ffi/process.ts";
import type { InitContext } from "../init.ts";
import { writeOwnProc } from "../own_proc.ts";
import { hasNamespace } from "../plan/namespaces.ts";

/** Root of the user namespace: until now our IDs were not mapped, or mapped to somebody else's. */
export function becomeRoot(_: unknown): void {
  try {
    setgroups([]);
  } catch (error) {
    // An unprivileged caller had to give setgroups(2) up to write the map; its groups stay, as the kernel wants it.
    if (!isErrno(error, E.EPERM)) throw error;
  }
  setresgid(0);
  setresuid(0);
}

/** Our memory and /proc files are nobody's business while we are half in the container (CVE-2016-9962). */
export function hideFromOthers(_: unknown): void {
  setUndumpable();
}

/** While a hook of ours runs nobody reads the ladder, and would not notice that create was killed. Kept by the tape until ⇄4. */
export function dieWithCreate(_: unknown): void {
  dieWithParent();
}

/** Without a session of its own the container would get the signals of the caller's terminal. */
export function startSession(_: InitContext): void {
  setsid();
}

const KEY_SEARCH = 0x08;
/** Where the kernel's permission word has the bits of the owner, and of everybody. @see keyctl_setperm(3) */
const USER_SHIFT = 16;

/**
 * A keyring of the container's own, so that it neither sees nor fills the caller's.
 *
 * Its processes may have other IDs than the root that made it, or run in another user namespace: they need the right to
 * search it.
 */
export function joinKeyring({ creation }: InitContext): void {
  joinKeyringOf(creation.options.id, hasNamespace(creation.plan.namespaces, "user"));
}

/** The same for any process of a container: whoever may search the keyring of that name joins it. */
export function joinKeyringOf(id: string, hasUserNamespace: boolean): void {
  let key: number;
  try {
    key = joinSessionKeyring(`_ses.${id}`);
  } catch (error) {
    // A kernel without keyrings (CONFIG_KEYS) has nothing that could leak.
    if (isErrno(error, E.ENOSYS)) return;
    throw error;
  }
  const perm = parseInt(describeKey(key).split(";")[3] ?? "", 16);
  const search = hasUserNamespace ? KEY_SEARCH : KEY_SEARCH << USER_SHIFT;
  setKeyPermissions(key, (perm | search) >>> 0);
}

/** The keyring is to have the program's SELinux label, under which it could not use ours. The next execve(2) ends this. */
export function labelKeys({ creation, proc }: InitContext): void {
  writeOwnProc(proc, "thread-self/attr/keycreate", creation.config.process!.selinuxLabel!);
}

/** The spec does not ask for it, and every program that talks to 127.0.0.1 does. */
export function setLoopbackUp(_: InitContext): void {
  loopbackUp();
}
