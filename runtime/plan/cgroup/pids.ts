/**
 * The pids controller: how many processes and threads.
 *
 * @see config-linux.md#configLinuxPIDS
 * @module
 */
import type { Resources } from "../../../spec/schema/resources.ts";
import { type CgroupWrite, type Controller, write, writeIfThere } from "./controller.ts";

/** See {@linkcode Controller}. */
export const PIDS_CONTROLLER: Controller = {
  names: { 1: "pids", 2: "pids" },
  isSet: ({ pids }) => pids?.limit !== undefined,
  plan: { 1: plan, 2: plan },
};

/** 0 is a limit like any other (SHOULD): the container's program may then not fork. */
function plan({ pids: { limit } = {} }: Resources): CgroupWrite[] {
  if (limit === undefined) return [];
  return limit < 0
    ? [writeIfThere("pids.limit", "pids.max", "max")]
    : [write("pids.limit", "pids.max", `${limit}`)];
}
