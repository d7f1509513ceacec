/** The assertions that the tests use, in one place: a later switch to another library is one line. */
export { deepStrictEqual as assertEquals, ok as assert } from "node:assert/strict";
