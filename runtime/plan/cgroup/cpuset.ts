/**
 * The cpuset controller: which processors, and which nodes' memory.
 *
 * @see cpuset(7)
 * @module
 */
import type { Resources } from "../../../spec/schema/resources.ts";
import { type CgroupWrite, type Controller, write } from "./controller.ts";

/** See {@linkcode Controller}. */
export const CPUSET_CONTROLLER: Controller = {
  names: { 1: "cpuset", 2: "cpuset" },
  isSet: (resources) => plan(resources).length > 0,
  plan: { 1: plan, 2: plan },
};

function plan({ cpu: { cpus = "", mems = "" } = {} }: Resources): CgroupWrite[] {
  return [
    ...(cpus === "" ? [] : [write("cpu.cpus", "cpuset.cpus", cpus)]),
    ...(mems === "" ? [] : [write("cpu.mems", "cpuset.mems", mems)]),
  ];
}
