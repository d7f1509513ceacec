/**
 * What a checkpoint leaves beside CRIU's images, for the restore:
 *
 * - `descriptors.json`: what stdin, stdout and stderr were, as CRIU names it; this form is what other runtimes have, too;
 * - `runts.json`: the external mounts.
 *
 * @module
 */
import { AT_FDCWD, O } from "../../ffi/constants.ts";
import { isErrno } from "../../ffi/check.ts";
import { E } from "../../ffi/errno.ts";
import type { OwnedFd } from "../../ffi/fd.ts";
import { openat, readAll, write } from "../../ffi/open.ts";
import { type ExternalMount, isExternalMount } from "../plan/external_mounts.ts";

const DESCRIPTORS = "descriptors.json";
const EXTERNALS = "runts.json";

/** What a checkpoint remembers. */
export interface Remembered {
  /** Of descriptor 0, 1 and 2: `pipe:[4711]`, `file[1a:4711]`; null where CRIU restores it by itself. */
  readonly descriptors: readonly (string | null)[];
  readonly mounts: readonly ExternalMount[];
}

/** Opens the directory of images or of logs; makes it if that is wanted. */
export function openDirectory(path: string, how: "make" | "existing"): OwnedFd {
  if (how === "make") Deno.mkdirSync(path, { recursive: true, mode: 0o700 });
  return openat(AT_FDCWD, path, O.O_RDONLY | O.O_DIRECTORY);
}

/** Writes both files. */
export function remember(images: OwnedFd, { descriptors, mounts }: Remembered): void {
  writeJson(images, DESCRIPTORS, descriptors);
  writeJson(images, EXTERNALS, { version: 1, mounts });
}

/** Reads both files. */
export function recall(images: OwnedFd, path: string): Remembered {
  const descriptors = readJson(images, DESCRIPTORS, path);
  const externals = readJson(images, EXTERNALS, path);
  const { version, mounts } = Object(externals) as { version?: unknown; mounts?: unknown };
  const isName = (name: unknown): boolean => name === null || typeof name === "string";
  if (!Array.isArray(descriptors) || !descriptors.every(isName)) {
    throw broken(path, DESCRIPTORS, "expected an array of names");
  }
  if (version !== 1 || !Array.isArray(mounts) || !mounts.every(isExternalMount)) {
    throw broken(path, EXTERNALS, "expected an object of version 1 with mounts");
  }
  return { descriptors, mounts };
}

function writeJson(directory: OwnedFd, name: string, value: unknown): void {
  const how = O.O_WRONLY | O.O_CREAT | O.O_TRUNC | O.O_NOFOLLOW;
  using file = openat(directory.fd, name, how, 0o600);
  write(file.fd, new TextEncoder().encode(JSON.stringify(value)));
}

function readJson(directory: OwnedFd, name: string, path: string): unknown {
  try {
    using file = openat(directory.fd, name, O.O_RDONLY | O.O_NOFOLLOW);
    return JSON.parse(new TextDecoder().decode(readAll(file.fd)));
  } catch (error) {
    if (isErrno(error, E.ENOENT)) {
      throw new Error(`${path} holds no checkpoint of runts: there is no ${name}`, {
        cause: error,
      });
    }
    if (error instanceof SyntaxError) throw broken(path, name, error.message);
    throw error;
  }
}

function broken(path: string, name: string, why: string): Error {
  return new Error(`${path}/${name}: ${why}`);
}
