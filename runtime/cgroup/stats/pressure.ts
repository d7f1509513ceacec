/**
 * How long processes waited for a resource (PSI).
 *
 * @see Documentation/accounting/psi.rst
 * @module
 */
import type { Integer64 } from "../../../spec/schema/numbers.ts";
import type { ControllerDirectory } from "../manager.ts";
import { parseNumber, readIfAny } from "./values.ts";

/** Percents of the last 10, 60 and 300 seconds, and microseconds in all. */
export interface PressureData {
  readonly avg10: number;
  readonly avg60: number;
  readonly avg300: number;
  readonly total: Integer64;
}

/** For some of the processes, and for all that could do something. */
export interface Pressure {
  readonly some: PressureData;
  readonly full: PressureData;
}

const NONE: PressureData = { avg10: 0, avg60: 0, avg300: 0, total: 0 };

/** From the text of `cpu.pressure` and the like. Linux before 5.13 says nothing of `full` for the processor. */
export function parsePressure(text: string): Pressure {
  let pressure: Pressure = { some: NONE, full: NONE };
  for (const line of text.split("\n")) {
    const [, kind, avg10, avg60, avg300, total] =
      /^(some|full) avg10=([\d.]+) avg60=([\d.]+) avg300=([\d.]+) total=(\d+)$/.exec(line) ?? [];
    if (kind === undefined) continue;
    const [a, b, c] = [avg10, avg60, avg300].map(Number) as [number, number, number];
    const data = { avg10: a, avg60: b, avg300: c, total: parseNumber(total!) };
    pressure = { ...pressure, [kind]: data };
  }
  return pressure;
}

/** The member `psi`, where the kernel has it: Linux 4.20, in v2 only, unless it is switched off. */
export function readPressure(
  place: ControllerDirectory | undefined,
  file: string,
): { readonly psi?: Pressure } {
  const text = place?.version === 2 ? readIfAny(place.directory, file) : undefined;
  return text === undefined ? {} : { psi: parsePressure(text) };
}
