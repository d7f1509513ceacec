/**
 * The state object as a schema, for a reader of foreign output. Our own commands use the checker in
 * `spec/state.ts`, which needs no zod.
 *
 * @module
 */

import * as z from "zod/mini";
import { CONTAINER_STATUSES } from "../state.ts";
import { integer } from "./numbers.ts";
import { optional } from "./optional.ts";
import { oneOf, string } from "./scalars.ts";

/** See `State` of `spec/state.ts`. @see runtime.md#runtimeState */
export const State = z.object({
  ociVersion: string,
  id: string,
  status: oneOf(CONTAINER_STATUSES),
  pid: z.optional(integer(0, Number.MAX_SAFE_INTEGER)),
  bundle: string,
  annotations: optional.stringMap,
});
