/** `runts delete`. @module */
import { remove } from "../../delete.ts";
import type { Invocation } from "../invocation.ts";
import { deleteOptions } from "../translate.ts";

/** Deletes a container. */
export function deleteVerb(invocation: Invocation): number {
  remove(deleteOptions(invocation));
  return 0;
}
