/**
 * One system call on a tape, as the loop reads it. All numbers are little endian.
 *
 * ```text
 *   0        8        16       24       32       40       48       56       64    68    72
 *   ┌────────┬────────┬────────┬────────┬────────┬────────┬────────┬────────┬─────┬─────┐
 *   │   nr   │ args 0 │ args 1 │ args 2 │ args 3 │ args 4 │ args 5 │ stores │index│flags│
 *   └────────┴────────┴────────┴────────┴────────┴────────┴────────┴───┬────┴─────┴─────┘
 *                                                                      │    └─────┬─────┘
 *   0        8        16        a store: where the result also goes    │    {index, errno} once
 *   ┌────────┬────────┐                                                │    it failed: the report
 *   │ target │  next  │◄───────────────────────────────────────────────┘
 *   └────────┴───┬────┘
 *                └──► the next store, or 0
 * ```
 */

/** Size of a record, in bytes. */
export const RECORD_SIZE = 72;

/** Size of a store, in bytes. */
export const STORE_SIZE = 16;

/** A failure is ignored, and nothing is stored. */
export const MAY_FAIL = 1 << 0;

/** EINTR plays the record again, before any other flag is looked at. */
export const RETRY_ON_EINTR = 1 << 1;

/** A result of 0 (the end of a file) is a fatal failure, with errno 0. */
export const ZERO_IS_FATAL = 1 << 2;

/** Success also steps over the record that follows. */
export const SKIP_NEXT_ON_SUCCESS = 1 << 3;

/** The address of a piece of the tape's data, in the process that will play the tape. */
export type Address = number & { readonly brand: "Address" };

/** Stands for a number that is only known when the tape plays: the result of the record `index`. */
export class ResultOf {
  /** The record whose result is meant. */
  readonly index: number;

  /** Made by `Tape.call()`. */
  constructor(index: number) {
    this.index = index;
  }

  /** As `Tape.describe()` shows it inside a later call. */
  toString(): string {
    return `result[${this.index}]`;
  }
}

/** An argument of a system call. */
export type Argument = number | bigint | Address | ResultOf;

/** A record before layout. */
export interface TapeRecord {
  /** The number of the system call, as the machine that plays the tape counts. */
  readonly nr: number;
  /** At most six; missing ones are 0. */
  readonly args: readonly Argument[];
  /** `MAY_FAIL` and so on. */
  readonly flags: number;
  /** Data that receives the result. */
  readonly storeInto?: Address;
}

// A result that never came, because its record failed or was skipped. As a C int this is -1, which
// is no descriptor; stored results replace just these 32 bits.
const NO_RESULT = 0xffffffffn;

/** The 64-bit word that C would pass for `value`: negative numbers in two's complement. */
export function word(value: number | bigint): bigint {
  if (typeof value === "number" && !Number.isSafeInteger(value)) {
    throw new RangeError(`Cannot put ${value} on the tape: it is not a safe integer`);
  }
  return BigInt.asUintN(64, BigInt(value));
}

/** Writes all records, and the stores that follow them, as they lie at the address `base`. */
export function encodeRecords(records: readonly TapeRecord[], base: number): Uint8Array {
  const stores = storesOf(records, base);
  const storesBase = base + records.length * RECORD_SIZE;
  const view = new DataView(
    new ArrayBuffer(records.length * RECORD_SIZE + stores.length * STORE_SIZE),
  );
  records.forEach((record, index) => writeRecord(view, index, record));
  // The head of each list is the store that was written last.
  stores.forEach(({ from, target }, i) => {
    const at = records.length * RECORD_SIZE + i * STORE_SIZE;
    const head = from * RECORD_SIZE + 56;
    view.setBigUint64(at, BigInt(target), true);
    view.setBigUint64(at + 8, view.getBigUint64(head, true), true);
    view.setBigUint64(head, BigInt(storesBase + i * STORE_SIZE), true);
  });
  return new Uint8Array(view.buffer);
}

function writeRecord(view: DataView, index: number, { nr, args, flags }: TapeRecord): void {
  const at = index * RECORD_SIZE;
  view.setBigUint64(at, word(nr), true);
  args.forEach((arg, i) => {
    view.setBigUint64(at + 8 + 8 * i, arg instanceof ResultOf ? NO_RESULT : word(arg), true);
  });
  view.setUint32(at + 64, index, true);
  view.setUint32(at + 68, flags, true);
}

/** Every place that a result has to be written to: arguments of later records, and data. */
function storesOf(
  records: readonly TapeRecord[],
  base: number,
): { from: number; target: number }[] {
  return records.flatMap(({ args, storeInto }, index) => [
    ...args.flatMap((arg, i) =>
      arg instanceof ResultOf
        ? [{ from: arg.index, target: base + index * RECORD_SIZE + 8 + 8 * i }]
        : []
    ),
    ...(storeInto === undefined ? [] : [{ from: index, target: storeInto }]),
  ]);
}
