/**
 * What a clause of the runtime-spec is, in the ledger of clauses.
 *
 * The ledger is data to be read: by people, by `deno task clauses` and by `tests/meta/clauses_test.ts`. The program does
 * not import it.
 *
 * @module
 */

import type { Anchor } from "../anchors.ts";

/**
 * How much a clause asks (RFC 2119). SHALL does not occur; REQUIRED is a MUST, RECOMMENDED a SHOULD. What is OPTIONAL or
 * only described is in the ledger where a conformance test shows that it means what the text says.
 */
export type Level =
  | "MUST"
  | "MUST NOT"
  | "REQUIRED"
  | "SHOULD"
  | "SHOULD NOT"
  | "OPTIONAL";

interface Sentence {
  readonly level: Level;
  /** The text's own words, shortened. */
  readonly text: string;
}

/** A clause that is kept. */
export interface Shown extends Sentence {
  /**
   * The tests that show it, as `file: title` below `tests/`. The title stands as in the source, with the `${…}` of a
   * title that is made for several cases, and without the clause in front of it.
   */
  readonly tests: readonly [string, ...string[]];
}

/** A clause that no test shows, with the reason. */
export interface NotShown extends Sentence {
  /** `unmet`: we do not keep it. `untestable`: it asks nothing of a runtime that a test could see. */
  readonly status: "unmet" | "untestable";
  readonly reason: string;
}

/** A sentence of the runtime-spec that asks something, and what became of it. */
export type Clause = Shown | NotShown;

/** The clauses of a section by a short name; anchor and name together, `config.md#configRoot/exists`, are the id. */
export type Clauses = Readonly<Partial<Record<Anchor, Readonly<Record<string, Clause>>>>>;
