/**
 * `ps`: the processes of a container.
 *
 * @module
 */
import { Cgroup } from "./cgroup/manager.ts";
import { hostOutput } from "./host_program.ts";
import type { ContainerRef } from "./options.ts";
import { quote } from "./quote.ts";
import { Container } from "./store.ts";

/** The pids of a container's processes as the runtime sees them, ascending: all of its cgroup and of those below it. */
export function processes({ root, id }: ContainerRef): number[] {
  using container = Container.open(root, id);
  const { cgroup } = container.readState();
  const pids = cgroup && Cgroup.deserialize(cgroup).processes();
  if (pids === undefined) {
    throw new Error("Cannot list the processes of the container: It has no cgroup");
  }
  return pids;
}

/** What ps(1) gets when the caller says nothing. */
const USUAL_ARGS = ["-ef"];

/** What the host's ps(1) has to say of a container's processes, under its own header. */
export function processTable(ref: ContainerRef, args: readonly string[]): string {
  const pids = processes(ref);
  try {
    return filterTable(hostOutput("ps", args.length === 0 ? USUAL_ARGS : args), new Set(pids));
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new Error(`Cannot list the processes of the container: ${why}`, { cause: error });
  }
}

/**
 * The header of a table of ps(1), and the lines with the given pids.
 *
 * Columns are told apart by the spaces between them, so no column with spaces may stand before the pid.
 */
export function filterTable(table: string, pids: ReadonlySet<number>): string {
  const [header = "", ...lines] = table.split("\n");
  const column = fields(header).indexOf("PID");
  if (column === -1) {
    throw new Error(`The output of ps has no column PID, its header is ${quote(header)}`);
  }
  const kept = lines.filter((line) => {
    if (line.trim() === "") return false;
    const text = fields(line)[column] ?? "";
    if (/^\d+$/.test(text)) return pids.has(Number(text));
    throw new Error(`ps printed ${quote(text)} where its header says PID, in ${quote(line)}`);
  });
  return [header, ...kept].map((line) => `${line}\n`).join("");
}

function fields(line: string): string[] {
  return line.trim().split(/\s+/);
}

/** One line of JSON; none is `null`, as Go's encoder has it and clients know it. */
export function formatPids(pids: readonly number[]): string {
  return JSON.stringify(pids.length === 0 ? null : pids) + "\n";
}
