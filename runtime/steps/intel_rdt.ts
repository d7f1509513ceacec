/**
 * Resource Director Technology, as the steps of `create` see it.
 *
 * @module
 */
import { O } from "../../ffi/constants.ts";
import { open, readAll } from "../../ffi/open.ts";
import type { Creation } from "../creation.ts";
import { enterIntelRdt, findResctrl, IntelRdtGroup } from "../intel_rdt.ts";

/** Decides on a place in resctrl, and makes what is not there. */
export function createIntelRdt(c: Creation): void {
  const root = findResctrl(readMountinfo());
  if (root === undefined) {
    throw new Error("linux.intelRdt: resctrl is not mounted in the runtime's mount namespace");
  }
  const group = new IntelRdtGroup(root, c.options.id, c.plan.intelRdt!);
  c.intelRdt = group;
  // Before anything is made: should we be killed in the middle, `delete --force` knows what to look for.
  c.storeCreating();
  group.create();
}

/** Takes back what was made. */
export function undoIntelRdt(c: Creation): void {
  c.intelRdt?.undo();
}

/** Puts init in: by now it is the tape, which a small share of the cache does not slow down. */
export function putInitInIntelRdt(c: Creation): void {
  enterIntelRdt(c.intelRdt!.serialize(), c.init!.pid);
}

function readMountinfo(): string {
  using file = open("/proc/self/mountinfo", O.O_RDONLY);
  return new TextDecoder().decode(readAll(file.fd));
}
