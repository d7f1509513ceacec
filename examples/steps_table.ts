/**
 * The steps of a command as a table that grows as they happen, made from its log
 * (`--debug --log FILE --log-format json`).
 *
 * @module
 */
import { stepLists } from "../mod.ts";

const LISTS = stepLists();
const OF_INIT: ReadonlySet<string> = new Set(LISTS.init.map(({ name }) => name));
const OF_PARENT: ReadonlySet<string> = new Set(LISTS.create.map(({ name }) => name));
const WIDTH = Math.max(...[...OF_INIT, ...OF_PARENT].map((name) => name.length));

/** Who does a step: the two processes of `create` have a list each. */
function who(step: string): string {
  return OF_INIT.has(step) ? "init" : OF_PARENT.has(step) ? "parent" : "start";
}

/** A line of the table. Init's steps stand further right: they happen in another process. */
function row(who: string, step: string, time: string, clause: string): string {
  const name = who === "init" || who === "tape" ? `  ${step}` : step;
  return [who.padEnd(6), name.padEnd(WIDTH + 2), time.padStart(8), ` ${clause}`].join("  ");
}

/** The steps of the tape: what init does when no line of ours runs any more, as so many system calls. */
function tapeRows(text: string): string[] {
  const sections = text.split("\n# ").slice(1).map((section) => section.split("\n"));
  return sections.map(([title = "", ...calls]) => {
    const [, step = title, clause = ""] = /^(.+) \((\S+)\)$/.exec(title) ?? [];
    return row("tape", step, calls.length === 1 ? "1 call" : `${calls.length} calls`, clause);
  });
}

/** Prints the table of one command. */
class StepsTable {
  /** The tape is logged before the step that writes it has ended; its rows are kept for after that. */
  #kept: string[] = [];

  constructor() {
    console.log(row("who", "step", "ms", "clause of the runtime-spec"));
  }

  /** A line of the log: a step that is done, as a row, or what else there is to say. */
  add(line: string): void {
    const { msg } = JSON.parse(line) as { msg: string };
    if (msg.startsWith("the tape:\n")) {
      this.#kept.push(...tapeRows(msg));
      return;
    }
    const [, step, clause, time] = /^(.+) \((\S+)\): ([\d.]+) ms$/.exec(msg) ?? [];
    if (step === undefined || clause === undefined || time === undefined) {
      console.log(`${" ".repeat(8)}${msg}`);
      return;
    }
    for (const text of [row(who(step), step, time, clause), ...this.#kept]) console.log(text);
    this.#kept = [];
  }
}

/** Prints what comes into the log at `path` until `isDone` says that nothing more will. */
export async function followSteps(path: string, isDone: () => boolean): Promise<void> {
  using file = Deno.openSync(path);
  const table = new StepsTable();
  const decoder = new TextDecoder();
  const buffer = new Uint8Array(16384);
  for (let rest = "";;) {
    // Asked before the reading: what was written until then is read in this round.
    const done = isDone();
    for (let count = file.readSync(buffer); count !== null; count = file.readSync(buffer)) {
      rest += decoder.decode(buffer.subarray(0, count), { stream: true });
    }
    const lines = rest.split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) table.add(line);
    if (done) return;
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}
