/**
 * `spec`: a config.json to start from.
 *
 * @module
 */
import { isErrno } from "../ffi/check.ts";
import { O } from "../ffi/constants.ts";
import { E } from "../ffi/errno.ts";
import type { OwnedFd } from "../ffi/fd.ts";
import { open, write } from "../ffi/open.ts";
import { getegid, geteuid } from "../ffi/process.ts";
import { defaultConfig, rootlessConfig } from "../spec/default_config.ts";
import { stringifyJson } from "../spec/json.ts";
import type { SpecOptions } from "./options.ts";

/** Writes config.json into the bundle; one that is there stays as it is, and the call fails. */
export function writeSpec({ bundle, rootless }: SpecOptions): void {
  const config = rootless ? rootlessConfig(geteuid(), getegid()) : defaultConfig();
  const text = stringifyJson(config, "\t");
  const path = `${bundle}/config.json`;
  using file = createConfig(path);
  try {
    write(file.fd, new TextEncoder().encode(text));
  } catch (error) {
    // Half a file would be in the way of the next try.
    Deno.removeSync(path);
    throw new Error(`Cannot write "${path}": ${messageOf(error)}`, { cause: error });
  }
}

function createConfig(path: string): OwnedFd {
  try {
    return open(path, O.O_CREAT | O.O_EXCL | O.O_WRONLY, 0o666);
  } catch (error) {
    throw new Error(
      isErrno(error, E.EEXIST)
        ? "File config.json exists. Remove it first"
        : `Cannot write "${path}": ${messageOf(error)}`,
      { cause: error },
    );
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
