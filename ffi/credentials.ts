/**
 * User and group IDs, host names and keyrings.
 *
 * @module
 */
import { check } from "./check.ts";
import { Printed } from "./errno.ts";
import { syscall } from "./libc.ts";
import { scratch } from "./memory.ts";
import { NR } from "./numbers.ts";

/** `int setresuid(uid, uid, uid);`: all three at once. @see setresuid(2) */
export function setresuid(uid: number): void {
  check(syscall(NR.setresuid, uid, uid, uid), "setresuid", uid, uid, uid);
}

/** `int setresgid(gid, gid, gid);`: all three at once. @see setresgid(2) */
export function setresgid(gid: number): void {
  check(syscall(NR.setresgid, gid, gid, gid), "setresgid", gid, gid, gid);
}

/** `int setgroups(size_t size, const gid_t *list);` @see setgroups(2) */
export function setgroups(gids: readonly number[]): void {
  using m = scratch();
  const list = m.bytes(new Uint8Array(Uint32Array.from(gids).buffer));
  check(
    syscall(NR.setgroups, gids.length, list),
    "setgroups",
    gids.length,
    new Printed(`[${gids.join(", ")}]`),
  );
}

/** `int sethostname(const char *name, size_t len);` of the UTS namespace. @see sethostname(2) */
export function sethostname(name: string): void {
  setName("sethostname", NR.sethostname, name);
}

/** `int setdomainname(const char *name, size_t len);` of the UTS namespace. @see setdomainname(2) */
export function setdomainname(name: string): void {
  setName("setdomainname", NR.setdomainname, name);
}

function setName(call: string, nr: number, name: string): void {
  using m = scratch();
  const bytes = new TextEncoder().encode(name);
  check(syscall(nr, m.bytes(bytes), bytes.length), call, name, bytes.length);
}

const KEYCTL_JOIN_SESSION_KEYRING = 1;
const KEYCTL_SETPERM = 5;
const KEYCTL_DESCRIBE = 6;

/** Starts a session keyring of its own; returns its serial number. @see keyctl_join_session_keyring(3) */
export function joinSessionKeyring(name: string): number {
  using m = scratch();
  return check(
    syscall(NR.keyctl, KEYCTL_JOIN_SESSION_KEYRING, m.cstring(name)),
    "keyctl",
    new Printed("KEYCTL_JOIN_SESSION_KEYRING"),
    name,
  );
}

/** `type;uid;gid;perm;description` of a key. @see keyctl_describe(3) */
export function describeKey(key: number): string {
  using m = scratch();
  const buffer = m.zeros(512);
  const length = check(
    syscall(NR.keyctl, KEYCTL_DESCRIBE, key, buffer, 512),
    "keyctl",
    new Printed("KEYCTL_DESCRIBE"),
    key,
  );
  return new TextDecoder().decode(m.u8(buffer, Math.min(length, 512) - 1));
}

/** Sets a key's permission mask. @see keyctl_setperm(3) */
export function setKeyPermissions(key: number, perm: number): void {
  check(
    syscall(NR.keyctl, KEYCTL_SETPERM, key, perm),
    "keyctl",
    new Printed("KEYCTL_SETPERM"),
    key,
    new Printed(`0x${perm.toString(16)}`),
  );
}
