/**
 * A tape: the last system calls of the container's init, written by TypeScript, played without it.
 *
 * Three things speak against V8 here: a created container would hold 40 MB while it waits for
 * start; `/proc/self/exe` of a process in the container must not be our program (CVE-2019-5736);
 * and a strict seccomp filter must not have to allow what V8 does.
 *
 * ```ts
 * const NR = { accept4: 288, dup3: 292 }; // x86-64
 * const tape = new Tape({ errorFd: 3 });
 * tape.begin("wait for start", "runtime.md#runtimeStart");
 * const accepted = tape.call(NR.accept4, [4, 0, 0, 0], {
 *   text: "accept4(4, NULL, NULL, 0)",
 *   retryOnEintr: true,
 * });
 * tape.call(NR.dup3, [accepted, 5, 0], { text: `dup3(${accepted}, 5, 0)` });
 * tape.encode("x86_64"); // the bytes of the image
 * ```
 *
 * The whole file is pure: it makes bytes. To play them: memfd_create(2), write(2), and
 * `execveat(memfd, "", argv, envp, AT_EMPTY_PATH)`. That exec closes what is marked close-on-exec,
 * so the descriptors that the tape uses, errorFd above all, must not be marked before it; a record
 * marks errorFd, so that its end of file tells the reader that the container's program runs.
 */
import { EM_AARCH64, loopAarch64, SYSCALLS_AARCH64 } from "./aarch64.ts";
import { DATA_BASE, elfImage } from "./elf.ts";
import {
  type Address,
  type Argument,
  encodeRecords,
  MAY_FAIL,
  ResultOf,
  RETRY_ON_EINTR,
  SKIP_NEXT_ON_SUCCESS,
  type TapeRecord,
  word,
  ZERO_IS_FATAL,
} from "./record.ts";
import { EM_X86_64, loopX86_64, SYSCALLS_X86_64 } from "./x86_64.ts";

export { type Address, type Argument, ResultOf } from "./record.ts";

/** The processors that there is a loop for, spelled as `Deno.build.arch`. */
export type Machine = "x86_64" | "aarch64";

/** What is the same for the whole tape. */
export interface TapeOptions {
  /** The descriptor that a fatal failure is reported to, below 65536. */
  readonly errorFd: number;
  /** The exit status after a fatal failure; 127, as a shell's, if not given. */
  readonly exitCode?: number;
}

/** How the loop treats the result of one call; a failure is fatal unless said otherwise. */
export interface CallOptions {
  /** The call as strace would print it; by default with bare numbers. */
  readonly text?: string;
  /** A failure is ignored; a later argument that stands for the result is then the int -1. */
  readonly mayFail?: boolean;
  /** EINTR makes the call again. */
  readonly retryOnEintr?: boolean;
  /** A result of 0, like the end of a file, is fatal; it is reported with errno 0. */
  readonly zeroIsFatal?: boolean;
  /** On success the next record is skipped; implies `mayFail`, for that is when it plays. */
  readonly skipNextOnSuccess?: boolean;
  /** The result is also written here, as a C int (4 bytes). */
  readonly storeInto?: Address;
}

/** What a record is for: what turns a report into an error. */
export interface TapeLabel {
  /** Name of the step that the call belongs to. */
  readonly step: string;
  /** The clause that the step serves. */
  readonly spec: string;
  /** The call as strace would print it. */
  readonly call: string;
}

// The loop loads addresses as 32-bit numbers, and a file of this size would not be a tape anyway:
// Linux takes at most 6 MiB of argv and envp (execve(2)).
const MAX_DATA_SIZE = 64 << 20;

const MACHINES = {
  x86_64: { e_machine: EM_X86_64, loop: loopX86_64, syscalls: SYSCALLS_X86_64 },
  aarch64: { e_machine: EM_AARCH64, loop: loopAarch64, syscalls: SYSCALLS_AARCH64 },
} as const;

/** Collects system calls and their data, and makes the image that plays them. */
export class Tape {
  readonly #errorFd: number;
  readonly #exitCode: number;
  readonly #records: TapeRecord[] = [];
  readonly #labels: TapeLabel[] = [];
  #step = "play the tape";
  #spec = "internal";
  #data = new Uint8Array(4096);
  #dataSize = 0;

  /** Makes an empty tape. */
  constructor({ errorFd, exitCode = 127 }: TapeOptions) {
    this.#errorFd = inRange(errorFd, "errorFd", 0xffff);
    this.#exitCode = inRange(exitCode, "exitCode", 0xff);
  }

  /** One label a record, in their order: `labels[report.index]` is what failed. */
  get labels(): readonly TapeLabel[] {
    return this.#labels;
  }

  /** Puts `text` on the tape as a C string. */
  cstring(text: string): Address {
    if (text.includes("\0")) {
      throw new TypeError(
        `Cannot put ${JSON.stringify(text)} on the tape: a C string cannot hold a NUL byte`,
      );
    }
    return this.bytes(new TextEncoder().encode(text + "\0"), 1);
  }

  /** Puts the strings and a `char *[]` on the tape, NULL at its end, and returns the array. An address is of one that is there. */
  cstrings(texts: readonly (string | Address)[]): Address {
    const strings = texts.map((text) => typeof text === "string" ? this.cstring(text) : text);
    return this.words([...strings, 0]);
  }

  /** Puts 64-bit numbers on the tape: arrays of pointers, and structs that consist of such. */
  words(values: readonly (number | bigint)[]): Address {
    return this.bytes(new Uint8Array(BigUint64Array.from(values, word).buffer));
  }

  /** Puts a copy of `bytes` on the tape. */
  bytes(bytes: Uint8Array, alignment = 8): Address {
    const at = this.#reserve(bytes.length, alignment);
    this.#data.set(bytes, at);
    return DATA_BASE + at as Address;
  }

  /** Puts a buffer of `size` zero bytes on the tape. */
  zeros(size: number): Address {
    return DATA_BASE + this.#reserve(size, 8) as Address;
  }

  /** Names the step that the following records belong to. */
  begin(step: string, spec: string): void {
    this.#step = step;
    this.#spec = spec;
  }

  /** Appends a system call; its result can be an argument of any later one, as a C int. */
  call(nr: number, args: readonly Argument[] = [], options: CallOptions = {}): ResultOf {
    const index = this.#records.length;
    if (args.length > 6) {
      throw new RangeError(`Cannot put syscall ${nr} on the tape: it has more than six arguments`);
    }
    for (const arg of args) checkArgument(arg, index);
    const { text = defaultText(nr, args), storeInto } = options;
    const record = { nr, args: [...args], flags: flagsOf(options) };
    this.#records.push(storeInto === undefined ? record : { ...record, storeInto });
    this.#labels.push({ step: this.#step, spec: this.#spec, call: text });
    return new ResultOf(index);
  }

  /** Makes the image. A tape that is played to its end exits with 0. */
  encode(machine: Machine): Uint8Array<ArrayBuffer> {
    if ((this.#records.at(-1)?.flags ?? 0) & SKIP_NEXT_ON_SUCCESS) {
      throw new Error("Cannot encode the tape: its last record has nothing to skip");
    }
    const { e_machine, loop, syscalls } = MACHINES[machine];
    const data = this.#data.subarray(0, alignUp(this.#dataSize, 8));
    const base = DATA_BASE + data.length;
    const end = { nr: syscalls.exit_group, args: [0], flags: 0 };
    const records = encodeRecords([...this.#records, end], base);
    const constants = { records: base, errorFd: this.#errorFd, exitCode: this.#exitCode };
    return elfImage(e_machine, loop(constants).code, [data, records]);
  }

  /** Prints the tape: a heading a step, a line a call, as the container's process makes them. */
  describe(): string {
    const lines: string[] = [];
    this.#labels.forEach(({ step, spec, call }, index) => {
      const before = this.#labels[index - 1];
      if (step !== before?.step || spec !== before.spec) lines.push(`# ${step} (${spec})`);
      const notes = notesOf(this.#records[index]!);
      lines.push(`${`[${index}]`.padStart(5)} ${call}${notes === "" ? "" : `  # ${notes}`}`);
    });
    return lines.join("\n");
  }

  /** The same as `describe()`. */
  toString(): string {
    return this.describe();
  }

  #reserve(size: number, alignment: number): number {
    const at = alignUp(this.#dataSize, alignment);
    if (at + size > MAX_DATA_SIZE) {
      throw new RangeError(
        `Cannot put ${size} bytes on the tape: it holds at most ${MAX_DATA_SIZE}`,
      );
    }
    // One word more than needed, so that encode() can round the size up.
    if (at + size + 8 > this.#data.length) {
      const larger = new Uint8Array(2 * (at + size + 8));
      larger.set(this.#data);
      this.#data = larger;
    }
    this.#dataSize = at + size;
    return at;
  }
}

function flagsOf(options: CallOptions): number {
  const { mayFail, retryOnEintr, zeroIsFatal, skipNextOnSuccess } = options;
  return (mayFail || skipNextOnSuccess ? MAY_FAIL : 0) |
    (retryOnEintr ? RETRY_ON_EINTR : 0) |
    (zeroIsFatal ? ZERO_IS_FATAL : 0) |
    (skipNextOnSuccess ? SKIP_NEXT_ON_SUCCESS : 0);
}

function notesOf({ flags, storeInto }: TapeRecord): string {
  return [
    flags & SKIP_NEXT_ON_SUCCESS ? "on success skip the next" : flags & MAY_FAIL ? "may fail" : "",
    flags & RETRY_ON_EINTR ? "retry on EINTR" : "",
    flags & ZERO_IS_FATAL ? "0 is fatal" : "",
    storeInto === undefined ? "" : `result to 0x${storeInto.toString(16)}`,
  ].filter((note) => note !== "").join(", ");
}

function defaultText(nr: number, args: readonly Argument[]): string {
  return `syscall_${nr}(${args.join(", ")})`;
}

// At the time of the call, so that the stack trace shows who wrote the record.
function checkArgument(arg: Argument, index: number): void {
  if (!(arg instanceof ResultOf)) word(arg);
  else if (arg.index >= index) {
    throw new RangeError(`Cannot use ${arg} in record ${index}: it is not an earlier record`);
  }
}

function inRange(value: number, name: string, max: number): number {
  if (Number.isInteger(value) && value >= 0 && value <= max) return value;
  throw new RangeError(`Cannot make a tape: ${name} ${value} is not between 0 and ${max}`);
}

function alignUp(value: number, alignment: number): number {
  return Math.ceil(value / alignment) * alignment;
}
