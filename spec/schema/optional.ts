/** The schemas that most properties have, made once: building one costs more than using it. @module */

import * as z from "zod/mini";
import { stringMap, strings } from "./lists.ts";
import { id, int32, int64, uint16, uint32, uint64 } from "./numbers.ts";
import { boolean, string } from "./scalars.ts";

/** What may be absent, by its type. */
export const optional = {
  string: z.optional(string),
  boolean: z.optional(boolean),
  strings: z.optional(strings),
  stringMap: z.optional(stringMap),
  int32: z.optional(int32),
  int64: z.optional(int64),
  uint16: z.optional(uint16),
  uint32: z.optional(uint32),
  uint64: z.optional(uint64),
  id: z.optional(id),
};
