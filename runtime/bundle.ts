/**
 * The bundle: a directory with a `config.json` (bundle.md#containerFormat).
 *
 * @module
 */
import { isErrno } from "../ffi/check.ts";
import { O } from "../ffi/constants.ts";
import { E } from "../ffi/errno.ts";
import { open, readAll } from "../ffi/open.ts";

/** Reads the bundle's `config.json` as text. Strictly UTF-8, as the spec has it. */
export function readConfigText(bundle: string): string {
  const path = `${bundle}/config.json`;
  let bytes: Uint8Array<ArrayBuffer>;
  try {
    using file = open(path, O.O_RDONLY | O.O_NOCTTY);
    bytes = readAll(file.fd);
  } catch (error) {
    if (!isErrno(error, E.ENOENT, E.ENOTDIR)) {
      const why = error instanceof Error ? error.message : String(error);
      throw new Error(`Cannot read "${path}": ${why}`, { cause: error });
    }
    throw new Error(`${error.message}: JSON specification file config.json not found`, {
      cause: error,
    });
  }
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new Error(`Cannot decode "${path}": it is not UTF-8`);
  }
}

/** A path of the configuration: absolute, or relative to the bundle. */
export function fromBundle(bundle: string, path: string): string {
  return path.startsWith("/") ? path : `${bundle}/${path}`;
}
