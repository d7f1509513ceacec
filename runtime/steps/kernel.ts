/**
 * Values that belong to the container's namespaces.
 *
 * @module
 */
import { MOUNT_ATTR, O, RESOLVE } from "../../ffi/constants.ts";
import { setdomainname, sethostname } from "../../ffi/credentials.ts";
import type { OwnedFd } from "../../ffi/fd.ts";
import { FilesystemContext } from "../../ffi/mount.ts";
import { openat2, writeString } from "../../ffi/open.ts";
import type { InitContext } from "../init.ts";

/** The name in the container's UTS namespace. */
export function setHostname({ creation }: InitContext): void {
  sethostname(creation.plan.hostname!);
}

/** The NIS domain name in the container's UTS namespace. */
export function setDomainname({ creation }: InitContext): void {
  setdomainname(creation.plan.domainname!);
}

/**
 * Writes `linux.sysctl`, each key below /proc/sys.
 *
 * Through a procfs that is mounted nowhere: over /proc the image or a volume may have put something else, and a write to
 * "/proc/sys/…" by name would go there (CVE-2025-52881).
 */
export function writeSysctls({ creation }: InitContext): void {
  using proc = openDetachedProc();
  for (const [key, value] of Object.entries(creation.plan.sysctl)) {
    const resolve = RESOLVE.RESOLVE_BENEATH | RESOLVE.RESOLVE_NO_XDEV |
      RESOLVE.RESOLVE_NO_MAGICLINKS | RESOLVE.RESOLVE_NO_SYMLINKS;
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

function openDetachedProc(): OwnedFd {
  using context = new FilesystemContext("proc");
  const { MOUNT_ATTR_NOSUID, MOUNT_ATTR_NODEV, MOUNT_ATTR_NOEXEC } = MOUNT_ATTR;
  return context.mount(MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC);
}
