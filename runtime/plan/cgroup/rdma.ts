/**
 * The rdma controller: handles and objects of InfiniBand devices.
 *
 * @see config-linux.md#configLinuxRDMA
 * @module
 */
import type { Rdma, Resources } from "../../../spec/schema/resources.ts";
import { type CgroupWrite, type Controller, write } from "./controller.ts";

/** See {@linkcode Controller}. */
export const RDMA_CONTROLLER: Controller = {
  names: { 1: "rdma", 2: "rdma" },
  isSet: ({ rdma = {} }) => Object.keys(rdma).length > 0,
  plan: { 1: plan, 2: plan },
};

/** A device a write: the kernel takes one line at a time. */
function plan({ rdma = {} }: Resources): CgroupWrite[] {
  return Object.entries(rdma).map(([device, limits]) =>
    write(`rdma[${JSON.stringify(device)}]`, "rdma.max", `${device} ${text(limits)}`)
  );
}

function text({ hcaHandles, hcaObjects }: Rdma): string {
  return [
    ...(hcaHandles === undefined ? [] : [`hca_handle=${hcaHandles}`]),
    ...(hcaObjects === undefined ? [] : [`hca_object=${hcaObjects}`]),
  ].join(" ");
}
