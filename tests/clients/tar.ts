/**
 * Writes tar archives in memory: POSIX.1-1988 ustar, with no times, so that the same entries give the same bytes.
 *
 * @module
 */

/** A thing in an archive. */
export interface Entry {
  /** Relative, at most 100 bytes; a directory's without a slash at its end. */
  readonly name: string;
  readonly mode: number;
  /** User and group; 0 if not given. */
  readonly owner?: number;
  /** A file's content. */
  readonly data?: Uint8Array | string;
  /** Where a symbolic link leads, at most 100 bytes. */
  readonly link?: string;
}

const BLOCK = 512;

/** Entries with data are files, with link symbolic links, and all others directories. */
export function makeTar(entries: readonly Entry[]): Uint8Array<ArrayBuffer> {
  const parts = entries.flatMap((entry) => {
    const data = toBytes(entry.data ?? "");
    return [makeHeader(entry, data.length), data, new Uint8Array(-data.length & BLOCK - 1)];
  });
  return concat([...parts, new Uint8Array(2 * BLOCK)]);
}

/** Text as UTF-8, bytes as they are. */
export function toBytes(data: Uint8Array | string): Uint8Array {
  return typeof data === "string" ? new TextEncoder().encode(data) : data;
}

/** All bytes in one array. */
export function concat(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((size, part) => size + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

function makeHeader(entry: Entry, size: number): Uint8Array {
  const { name, mode, owner = 0, link } = entry;
  const type = link !== undefined ? "2" : entry.data !== undefined ? "0" : "5";
  const header = new Uint8Array(BLOCK);
  const put = (at: number, width: number, text: string): void => {
    const bytes = toBytes(text);
    if (bytes.length > width) throw new Error(`Cannot archive "${name}": "${text}" is too long`);
    header.set(bytes, at);
  };
  const putNumber = (at: number, width: number, value: number): void =>
    put(at, width, value.toString(8).padStart(width - 1, "0"));
  put(0, 100, type === "5" ? `${name}/` : name);
  putNumber(100, 8, mode);
  putNumber(108, 8, owner);
  putNumber(116, 8, owner);
  putNumber(124, 12, size);
  putNumber(136, 12, 0);
  put(148, 8, " ".repeat(8)); // The checksum counts itself as blanks.
  put(156, 1, type);
  put(157, 100, link ?? "");
  put(257, 8, "ustar\x0000");
  putNumber(148, 7, header.reduce((sum, byte) => sum + byte, 0));
  return header;
}
