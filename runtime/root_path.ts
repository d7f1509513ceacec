/**
 * Paths inside the container's root, from outside of it.
 *
 * An image is a stranger's: any name in it may be a link to a place of the host's, and another container that shares a
 * volume may swap a directory for a link while we look at it (CVE-2021-30465, CVE-2024-45310). So nothing is opened by a
 * path string. openat2(2) walks as if the root were "/", what is missing is made step by step below open directories,
 * and whoever uses the result uses the descriptor.
 *
 * @module
 */
import { isErrno } from "../ffi/check.ts";
import { O, RESOLVE, S } from "../ffi/constants.ts";
import { E } from "../ffi/errno.ts";
import type { OwnedFd } from "../ffi/fd.ts";
import { mkdirat, readlinkat } from "../ffi/directory.ts";
import { openat2 } from "../ffi/open.ts";
import { statx } from "../ffi/stat.ts";
import { umask } from "../ffi/process.ts";
import { pathNames } from "./plan/container_path.ts";
import { quote } from "./quote.ts";

/** What is made where nothing is. */
export type MissingKind = "directory" | "file";

/** How a path is followed. */
export interface WalkOptions {
  /** Whether links on the way are followed, within the root. */
  readonly links: boolean;
}

/**
 * Opens what a path in the container refers to, as `O_PATH` unless `how` says otherwise.
 *
 * Magic links (`/proc/self/exe`) are never followed: they lead anywhere.
 */
export function openInRoot(
  root: OwnedFd,
  path: string,
  how: number = O.O_PATH,
  { links }: WalkOptions = { links: true },
): OwnedFd {
  const resolve = RESOLVE.RESOLVE_IN_ROOT | RESOLVE.RESOLVE_NO_MAGICLINKS |
    (links ? 0 : RESOLVE.RESOLVE_NO_SYMLINKS);
  return openat2(root.fd, path, how, resolve);
}

/**
 * Opens what a path in the container refers to, or undefined when nothing is there: also when a name on the way is no
 * directory, since then no process of the container can get there either.
 */
export function openInRootIfAny(root: OwnedFd, path: string): OwnedFd | undefined {
  try {
    return openInRoot(root, path);
  } catch (error) {
    if (isErrno(error, E.ENOENT, E.ENOTDIR)) return undefined;
    throw error;
  }
}

/**
 * Opens (`O_PATH`) what a path in the container refers to. What is missing is made: directories on the way, and at the
 * end what `kind` says. Links that lead nowhere are followed too: images have them (`/etc/resolv.conf`,
 * `/var/run`), and expect that their targets come into being.
 */
export function makeInRoot(
  root: OwnedFd,
  path: string,
  kind: MissingKind,
  options: WalkOptions = { links: true },
): OwnedFd {
  try {
    return openInRoot(root, path, O.O_PATH, options);
  } catch (error) {
    if (!options.links && isErrno(error, E.ELOOP)) throw new LinkError(path, { cause: error });
    if (!isErrno(error, E.ENOENT)) throw error;
  }
  using walk = new Walk(root, options);
  return walk.open(path, kind);
}

/** The directory (made if missing) that a path's last name stands in, and the name, which is not followed. */
export function makeParentInRoot(
  root: OwnedFd,
  path: string,
): { readonly parent: OwnedFd; readonly name: string } {
  const names = pathNames(path);
  const name = names.pop();
  if (name === undefined || name === "..") {
    throw new Error(`${quote(path)} has no last name`);
  }
  return { parent: makeInRoot(root, names.join("/") || "/", "directory"), name };
}

/** A link stands where only real directories may. */
class LinkError extends Error {
  constructor(path: string, options?: ErrorOptions) {
    super(`${quote(path)} must be a directory of the image's, not a link`, options);
  }
}

/** As the kernel's MAXSYMLINKS. */
const MOST_LINKS = 40;
/** Arbitrary: somebody else may make and remove the name all the time. */
const MAKE_TRIES = 128;

/** A walk through the root by one descriptor for each directory on the way, so that `..` is where we came from. */
class Walk implements Disposable {
  readonly #root: OwnedFd;
  readonly #options: WalkOptions;
  /** From below the root to where we are. */
  readonly #way: OwnedFd[] = [];
  #links = 0;

  constructor(root: OwnedFd, options: WalkOptions) {
    this.#root = root;
    this.#options = options;
  }

  [Symbol.dispose](): void {
    this.#toRoot();
  }

  get #here(): OwnedFd {
    return this.#way.at(-1) ?? this.#root;
  }

  #toRoot(): void {
    for (const directory of this.#way.splice(0)) directory.close();
  }

  open(path: string, kind: MissingKind): OwnedFd {
    const ahead = pathNames(path).reverse();
    for (let name = ahead.pop(); name !== undefined; name = ahead.pop()) {
      if (name === "..") {
        this.#way.pop()?.close();
        continue;
      }
      const found = openOrMake(this.#here, name, ahead.length === 0 ? kind : "directory");
      if ((statx(found.fd).stx_mode & S.S_IFMT) === S.S_IFLNK) {
        using link = found;
        ahead.push(...this.#follow(link, path).reverse());
      } else if (ahead.length === 0) return found;
      else this.#way.push(found);
    }
    return openat2(this.#here.fd, ".", O.O_PATH, RESOLVE.RESOLVE_BENEATH);
  }

  #follow(link: OwnedFd, path: string): string[] {
    if (!this.#options.links) throw new LinkError(path);
    if (++this.#links > MOST_LINKS) {
      throw new Error(`there are too many links on the way to ${quote(path)}`);
    }
    const target = readlinkat(link.fd, "");
    if (target.startsWith("/")) this.#toRoot();
    return pathNames(target);
  }
}

function openOrMake(directory: OwnedFd, name: string, kind: MissingKind): OwnedFd {
  for (let tries = 1;; tries++) {
    try {
      return openat2(directory.fd, name, O.O_PATH | O.O_NOFOLLOW, RESOLVE.RESOLVE_BENEATH);
    } catch (error) {
      if (!isErrno(error, E.ENOENT) || tries === MAKE_TRIES) throw error;
    }
    try {
      withoutUmask(() => make(directory, name, kind));
    } catch (error) {
      if (!isErrno(error, E.EEXIST)) throw error;
    }
  }
}

function make(directory: OwnedFd, name: string, kind: MissingKind): void {
  if (kind === "directory") mkdirat(directory.fd, name, 0o755);
  else makeEmptyFile(directory, name);
}

/** Makes an empty file, for something to be mounted on. Never an existing one: that may be a link, or be worth something. */
export function makeEmptyFile(directory: OwnedFd, name: string): void {
  const how = O.O_WRONLY | O.O_CREAT | O.O_EXCL | O.O_NOFOLLOW;
  openat2(directory.fd, name, how, RESOLVE.RESOLVE_BENEATH, 0o644).close();
}

/** Runs `action` with the modes that it names: the caller's umask may be 077, and the container's users want to pass. */
export function withoutUmask<T>(action: () => T): T {
  const before = umask(0);
  try {
    return action();
  } finally {
    umask(before);
  }
}
