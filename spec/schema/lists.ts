/** Collections that occur in many places. @module */

import * as z from "zod/mini";
import { uint32 } from "./numbers.ts";
import { string } from "./scalars.ts";

/** An array of strings. */
export const strings = z.array(string);

/** An object whose values are strings. */
export const stringMap = z.record(string, string);

/**
 * A range of IDs and what it is mapped to.
 *
 * @see config-linux.md#configLinuxUserNamespaceMappings
 */
export const IDMapping = z.object({
  /** First ID in the container; for a mount, on the file system. */
  containerID: uint32,
  /** First ID on the host. */
  hostID: uint32,
  /** How many IDs. */
  size: uint32,
});

/** See {@linkcode IDMapping}. */
export type IDMapping = z.infer<typeof IDMapping>;
