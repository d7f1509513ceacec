/**
 * Bind mounts whose owners are mapped, made by the parent: a step of `create`.
 *
 * @module
 */
import type { Creation } from "../creation.ts";
import { openBindSources } from "./bind.ts";

/** Makes them, detached; init attaches them. */
export function prepareIdMappedMounts(c: Creation): void {
  c.bindSources = openBindSources(c.plan.mounts);
}

/** Detached mounts end with their descriptor. */
export function closeIdMappedMounts(c: Creation): void {
  for (const mount of c.bindSources.values()) mount.close();
}
