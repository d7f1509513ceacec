/**
 * Values that belong to the container's namespaces.
 *
 * @module
 */
import { O, RESOLVE } from "../../ffi/constants.ts";
import { setdomainname, sethostname } from "../../ffi/credentials.ts";
import { openat2, writeString } from "../../ffi/open.ts";
import type { InitContext } from "../init.ts";
import { IN_PROC, openOwnProc } from "../own_proc.ts";

/** The name in the container's UTS namespace. */
export function setHostname({ creation }: InitContext): void {
  sethostname(creation.plan.hostname!);
}

/** The NIS domain name in the container's UTS namespace. */
export function setDomainname({ creation }: InitContext): void {
  setdomainname(creation.plan.domainname!);
}

/** A proc to write sysctls and labels through. Taken before anything of the container's is there. */
export function openTheProc(i: InitContext): void {
  i.proc = openOwnProc();
}

/** Writes `linux.sysctl`, each key below /proc/sys: not the container's, where something else may stand (CVE-2025-52881). */
export function writeSysctls({ creation, proc }: InitContext): void {
  for (const [key, value] of Object.entries(creation.plan.sysctl)) {
    const resolve = IN_PROC | RESOLVE.RESOLVE_NO_SYMLINKS;
    try {
      using file = openat2(proc.fd, `sys/${sysctlPath(key)}`, O.O_WRONLY, resolve);
      writeString(file.fd, value);
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      throw new Error(`linux.sysctl["${key}"]: ${message}`, { cause: error });
    }
  }
}

/**
 * sysctl(8): dots separate, and a dot that belongs to a name (of a VLAN device, say) is written as a slash; a key that has
 * a slash before its first dot is a path already.
 */
export function sysctlPath(key: string): string {
  const separator = /[./]/.exec(key)?.[0];
  if (separator !== ".") return key;
  return key.replace(/[./]/g, (c) => c === "." ? "/" : ".");
}
