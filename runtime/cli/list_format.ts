/**
 * The forms of `list`.
 *
 * @module
 */
import type { ContainerState } from "../options.ts";

const HEADER = ["ID", "PID", "STATUS", "BUNDLE", "CREATED", "OWNER"];

/** The least width of a column, and the least gap between two: scripts cut at columns that other runtimes print. */
const MIN_WIDTH = 12;
const GAP = 3;

/** A table with a header; the last column is not padded. */
export function formatTable(states: readonly ContainerState[]): string {
  const rows = [
    HEADER,
    ...states.map((s) => [s.id, String(s.pid), s.status, s.bundle, s.created, s.owner]),
  ];
  const widths = HEADER.map((_, column) =>
    Math.max(MIN_WIDTH, ...rows.map((row) => lengthOf(row[column] ?? "") + GAP))
  );
  return rows.map((row) => row.map((cell, i) => pad(cell, widths[i] ?? 0, i)).join("") + "\n")
    .join("");
}

function pad(cell: string, width: number, column: number): string {
  return column === HEADER.length - 1 ? cell : cell + " ".repeat(width - lengthOf(cell));
}

/** In characters, not in UTF-16 units. */
function lengthOf(text: string): number {
  return [...text].length;
}

/** One line of JSON; an empty list is `null`, as Go's encoder has it and clients know it. */
export function formatJson(states: readonly ContainerState[]): string {
  return JSON.stringify(states.length === 0 ? null : states) + "\n";
}

/** The IDs, one a line. */
export function formatIds(states: readonly ContainerState[]): string {
  return states.map((state) => state.id + "\n").join("");
}

/** The form that `--format` and `--quiet` ask for. Quiet wins, whatever the format says. */
export function chooseFormat(
  format: string | undefined,
  quiet: boolean,
): (states: readonly ContainerState[]) => string {
  if (quiet) return formatIds;
  if (format === "table") return formatTable;
  if (format === "json") return formatJson;
  throw new TypeError("invalid format option");
}
