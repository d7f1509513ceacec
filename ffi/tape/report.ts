/** What a tape says about the record at which it stopped. */

/** Size of a report, in bytes. */
export const REPORT_SIZE = 8;

/** A fatal failure: which record, and why. */
export interface TapeReport {
  /** Index into `Tape.labels`. */
  readonly index: number;
  /** 0 if the call succeeded with a result of 0 that its record calls fatal. */
  readonly errno: number;
}

/** Decodes the eight bytes that the loop writes to its error descriptor. */
export function decodeReport(bytes: Uint8Array): TapeReport {
  if (bytes.length !== REPORT_SIZE) {
    throw new RangeError(
      `Cannot decode the tape's report: ${bytes.length} bytes instead of ${REPORT_SIZE}`,
    );
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return { index: view.getUint32(0, true), errno: view.getUint32(4, true) };
}
