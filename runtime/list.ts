/**
 * `list`: all containers below a root.
 *
 * @module
 */
import * as log from "./log.ts";
import type { ContainerState, ListOptions } from "./options.ts";
import { describe } from "./state.ts";
import { BrokenState, Container, DoesNotExist } from "./store.ts";

/** The containers by ID. A default root that was never used is an empty list; a given one that is not there is an error. */
export function list({ root, rootIsDefault }: ListOptions): ContainerState[] {
  const owners = new Map<number, string>();
  return readIds(root, rootIsDefault).flatMap((id) => {
    try {
      using container = Container.open(root, id);
      const state = container.readStateIfAny();
      // One that is just being made has no state yet, and one that is just being deleted none any more.
      if (state === undefined) return [];
      return [describe(container, ownerName(state.ownerUid, owners))];
    } catch (error) {
      if (error instanceof DoesNotExist) return [];
      if (!(error instanceof BrokenState)) throw error;
      // One broken container must not hide the others.
      log.warn(error.message);
      return [];
    }
  });
}

function readIds(root: string, rootIsDefault: boolean): string[] {
  try {
    return [...Deno.readDirSync(root)].filter((entry) => entry.isDirectory).map(({ name }) => name)
      .sort();
  } catch (error) {
    if (rootIsDefault && error instanceof Deno.errors.NotFound) return [];
    throw new Error(
      `Cannot list the containers in "${root}": ${error instanceof Error ? error.message : error}`,
      { cause: error },
    );
  }
}

/** The host's name of a user, or `#uid`. @see passwd(5) */
function ownerName(uid: number, known: Map<number, string>): string {
  if (known.size === 0) readNames(known);
  return known.get(uid) ?? `#${uid}`;
}

function readNames(known: Map<number, string>): void {
  let text = "";
  try {
    text = Deno.readTextFileSync("/etc/passwd");
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  for (const line of text.split("\n")) {
    const [name, , uid] = line.split(":");
    if (name && uid && !known.has(Number(uid))) known.set(Number(uid), name);
  }
}
