/**
 * 2. A root of its own.
 *
 *     deno run -A --v8-flags=--single-threaded examples/02_own_root.ts
 *
 * New idea: the mount namespace, a private copy of the table that says which filesystem is where. In
 * it we build a new tree, make it "/", and unmount the old one: what has no name any more cannot be
 * reached. An image would be unpacked for this; here the host's own directories serve, read-only.
 *
 * @see mount_namespaces(7), pivot_root(2)
 * @module
 */
import { AT_FDCWD, CLONE, MOUNT_ATTR, MS, O } from "../ffi/constants.ts";
import { execve } from "../ffi/fork.ts";
import {
  mount,
  mountSetattr,
  moveMount,
  openTreeClone,
  pivot_root,
  umountDetach,
} from "../ffi/mount.ts";
import { chdir, fchdir } from "../ffi/directory.ts";
import { open } from "../ffi/open.ts";
import { inNamespaces, say } from "./01_pid_namespace.ts";

/** Where the new tree is built: any directory will do, since only this namespace sees what we do to it. */
const PLACE = "/tmp";

/** What a shell needs. Many hosts have `/bin` and `/lib` as links into `/usr`. */
const FROM_THE_HOST = ["/usr", "/bin", "/sbin", "/lib", "/lib64"];

/** Builds a root from the host's directories and returns its path. Call it in a new mount namespace. */
export function buildRoot(): string {
  // The copy of the mount table still tells the original what happens in it, on most hosts: systemd
  // makes "/" a shared mount. Without this line the host's /tmp would disappear under ours.
  mount(null, "/", null, MS.MS_REC | MS.MS_PRIVATE);
  // pivot_root(2) wants a mount as the new root, and not just a directory. This one is made of memory.
  mount("root", PLACE, "tmpfs", MS.MS_NOSUID | MS.MS_NODEV, "mode=755");
  for (const path of FROM_THE_HOST) adopt(path, PLACE + path);
  Deno.mkdirSync(`${PLACE}/proc`);
  return PLACE;
}

/** Puts a directory of the host at `target`: a link as a link, a directory as a read-only bind mount. */
function adopt(path: string, target: string): void {
  let info: Deno.FileInfo;
  try {
    info = Deno.lstatSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return;
    throw error;
  }
  if (info.isSymlink) return Deno.symlinkSync(Deno.readLinkSync(path), target);
  Deno.mkdirSync(target);
  // First a copy of the mounts that is attached nowhere, then its attributes, and only then into the
  // tree: at no moment could anybody write to the host's files through it. mount(2) would need two
  // calls for this, bind and remount, and would leave mounts further below writable.
  using tree = openTreeClone(AT_FDCWD, path, true);
  mountSetattr(tree.fd, { attr_set: MOUNT_ATTR.MOUNT_ATTR_RDONLY }, true);
  using directory = open(target, O.O_PATH | O.O_DIRECTORY);
  moveMount(tree.fd, directory);
}

/** Makes a mount the root of this namespace and lets go of the old one. */
export function enterRoot(root: string): void {
  using old = open("/", O.O_RDONLY | O.O_DIRECTORY);
  chdir(root);
  // With "." twice the old root is stacked upon the new one, so it needs no place within.
  pivot_root(".", ".");
  fchdir(old.fd);
  umountDetach(".");
  // Until here the current directory was in the old tree, and would have been a way back to it.
  chdir("/");
}

const SCRIPT = `
echo "its root holds:" /*
touch /new && echo "it can write to its own root"
touch /usr/new 2>&1 || echo "and not to what it has from the host"
`;

function first(): number {
  enterRoot(buildRoot());
  execve("/bin/sh", ["sh", "-c", SCRIPT], ["PATH=/usr/bin:/bin"]);
}

if (import.meta.main) {
  const code = inNamespaces(CLONE.CLONE_NEWPID | CLONE.CLONE_NEWNS, first);
  say(`it ended with exit code ${code}`);
  const seen = [...Deno.readDirSync(PLACE)].some(({ name }) => name === "usr");
  say(`the host ${seen ? "sees the new tree" : "saw nothing of it"} in its ${PLACE}`);
  say("The same thing in full: runtime/steps/rootfs.ts and runtime/steps/bind.ts");
}
