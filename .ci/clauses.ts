/**
 * Prints the ledger of clauses: `deno task clauses`, and with `--all` every clause with its tests.
 *
 * @module
 */

import type { Clause } from "../spec/clauses/clause.ts";
import { LEDGER } from "../spec/clauses/ledger.ts";

/** What became of a clause. */
type Status = "tested" | "unmet" | "untestable";

interface Entry {
  readonly id: string;
  readonly clause: Clause;
}

/** The text that `deno task clauses` prints. */
export function formatLedger(isWhole: boolean): string {
  const entries = Object.entries(LEDGER).flatMap(([anchor, clauses]) =>
    Object.entries(clauses).map(([name, clause]): Entry => ({ id: `${anchor}/${name}`, clause }))
  );
  const open = entries.filter(({ clause }) => statusOf(clause) !== "tested");
  return [...formatCounts(entries), "", ...(isWhole ? entries : open).flatMap(formatEntry)]
    .join("\n");
}

/** What became of a clause. */
export function statusOf(clause: Clause): Status {
  return "tests" in clause ? "tested" : clause.status;
}

const COLUMNS: readonly Status[] = ["tested", "unmet", "untestable"];

function formatCounts(entries: readonly Entry[]): string[] {
  const documents = Map.groupBy(entries, ({ id }) => id.slice(0, id.indexOf("#")));
  const rows = [...documents, ["together", entries] as const].map(([document, those]) => [
    document,
    String(those.length),
    ...COLUMNS.map((status) =>
      String(those.filter(({ clause }) => statusOf(clause) === status).length)
    ),
  ]);
  return [["document", "clauses", ...COLUMNS], ...rows].map(([document = "", ...numbers]) =>
    document.padEnd(18) + numbers.map((number) => number.padStart(11)).join("")
  );
}

function formatEntry({ id, clause }: Entry): string[] {
  const lines = "tests" in clause ? clause.tests : [`${clause.status}: ${clause.reason}`];
  return [id, `  ${clause.level}: ${clause.text}`, ...lines.map((line) => `  ${line}`), ""];
}

if (import.meta.main) console.log(formatLedger(Deno.args.includes("--all")).trimEnd());
