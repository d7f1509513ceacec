/**
 * ID-mapped mounts: files whose owners look other than they are stored.
 *
 * @module
 */
import { CLONE, MOUNT_ATTR, O } from "../../ffi/constants.ts";
import type { OwnedFd } from "../../ffi/fd.ts";
import { fork } from "../../ffi/fork.ts";
import { mountSetattr } from "../../ffi/mount.ts";
import { open, writeString } from "../../ffi/open.ts";
import { pidfd_send_signal, poll, prctl, wait4 } from "../../ffi/process.ts";
import type { IdMapPlan, MountMappings } from "../plan/mounts.ts";
import { idMapText } from "../plan/namespaces.ts";

const SIGKILL = 9;

/**
 * The user namespaces that mappings are read from, one for each mapping. The kernel copies the mapping when it is
 * applied, so they may go once the mounts are there.
 */
export class IdMaps implements Disposable {
  readonly #container: OwnedFd | undefined;
  readonly #namespaces = new Map<string, OwnedFd>();

  /** `container` is the user namespace for the mounts without mappings of their own; it stays the caller's. */
  constructor(container?: OwnedFd) {
    this.#container = container;
  }

  [Symbol.dispose](): void {
    for (const namespace of this.#namespaces.values()) namespace.close();
  }

  /** Maps a detached mount. @see mount_setattr(2), "ID-mapped mounts", Linux 5.12 */
  apply(mount: OwnedFd, { mappings, recursive }: IdMapPlan): void {
    const namespace = mappings === undefined ? this.#container : this.#namespace(mappings);
    if (namespace === undefined) throw new Error("the container's own mappings are not known here");
    const attr_set = MOUNT_ATTR.MOUNT_ATTR_IDMAP;
    mountSetattr(mount.fd, { attr_set, userns_fd: namespace.fd }, recursive);
  }

  #namespace({ uid, gid }: MountMappings): OwnedFd {
    const [uid_map, gid_map] = [idMapText(uid), idMapText(gid)];
    const key = `${uid_map}/${gid_map}`;
    const known = this.#namespaces.get(key);
    if (known !== undefined) return known;
    const made = makeUserNamespace(uid_map, gid_map);
    this.#namespaces.set(key, made);
    return made;
  }
}

/** A user namespace with these maps. A process has to be born in it; it ends at once. */
function makeUserNamespace(uid_map: string, gid_map: string): OwnedFd {
  const child = fork({ flags: CLONE.CLONE_NEWUSER }, () => {
    // Not to outlive a runtime that is killed while it writes the maps.
    prctl("PR_SET_PDEATHSIG", SIGKILL);
    for (;;) poll([]);
  });
  using pidfd = child.pidfd;
  try {
    writeMap(child.pid, "uid_map", uid_map);
    writeMap(child.pid, "gid_map", gid_map);
    return open(`/proc/${child.pid}/ns/user`, O.O_RDONLY);
  } finally {
    pidfd_send_signal(pidfd, SIGKILL);
    wait4(child.pid);
  }
}

function writeMap(pid: number, file: "uid_map" | "gid_map", text: string): void {
  using map = open(`/proc/${pid}/${file}`, O.O_WRONLY);
  writeString(map.fd, text);
}
