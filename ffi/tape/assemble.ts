/**
 * The smallest assembler that the two loops need: instructions are given as bytes, only the
 * distances of jumps are computed.
 *
 * Each instruction carries its text as data, not as a comment, so that a test can hold the bytes
 * against a disassembler.
 */

/** An instruction, or a label for the instruction that follows it. */
export type Line = Label | Instruction;

/** A place that jumps can name. */
export interface Label {
  /** Unique within a program. */
  readonly label: string;
}

/** One instruction: its text, its size in bytes, and its bytes once the jump distance is known. */
export interface Instruction {
  /** As objdump prints it, without the widths (`QWORD PTR`); a jump names its label. */
  readonly text: string;
  /** In bytes, whatever the distance. */
  readonly size: number;
  /** The label that a jump leads to. */
  readonly target?: string;
  /** `distance` is in bytes, from the start of this instruction to its target. */
  readonly encode: (distance: number) => readonly number[];
}

/** What a loop has to know of the tape that it plays. */
export interface LoopConstants {
  /** Address of the first record. */
  readonly records: number;
  /** Where a fatal failure is reported. */
  readonly errorFd: number;
  /** Exit status after a fatal failure. */
  readonly exitCode: number;
}

/** One line of an assembled program, for readers and tests. */
export interface ListingLine {
  /** In bytes, from the start of the program. */
  readonly offset: number;
  /** The instruction's text. */
  readonly text: string;
  /** The instruction's code. */
  readonly bytes: readonly number[];
}

/** Machine code, its listing, and where its labels are. */
export interface Assembly {
  /** Runs from its first byte. */
  readonly code: Uint8Array<ArrayBuffer>;
  /** The instructions, in their order. */
  readonly listing: readonly ListingLine[];
  /** Offset of each label. */
  readonly labels: ReadonlyMap<string, number>;
}

/** Names the place of the following instruction. */
export function label(name: string): Label {
  return { label: name };
}

/** Places the lines one after the other and resolves their labels. */
export function assemble(lines: readonly Line[]): Assembly {
  const labels = placeLabels(lines);
  const listing: ListingLine[] = [];
  let offset = 0;
  for (const line of lines) {
    if ("label" in line) continue;
    const bytes = line.encode(distanceTo(labels, line, offset));
    listing.push({ offset, text: line.text, bytes });
    offset += line.size;
  }
  return { code: Uint8Array.from(listing.flatMap(({ bytes }) => [...bytes])), listing, labels };
}

/** Splits `value` into `size` bytes, little endian. */
export function littleEndian(value: number, size: number): number[] {
  return Array.from({ length: size }, (_, i) => (value >>> (8 * i)) & 0xff);
}

function placeLabels(lines: readonly Line[]): Map<string, number> {
  const labels = new Map<string, number>();
  let offset = 0;
  for (const line of lines) {
    if ("label" in line) labels.set(line.label, offset);
    else offset += line.size;
  }
  return labels;
}

function distanceTo(labels: Map<string, number>, { target }: Instruction, offset: number): number {
  if (target === undefined) return 0;
  const place = labels.get(target);
  if (place === undefined) throw new Error(`Cannot assemble: no label ${JSON.stringify(target)}`);
  return place - offset;
}
