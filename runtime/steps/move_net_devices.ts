/**
 * The network devices on their way into the container: a step of its own, between the namespaces' creation and the mounts.
 *
 * @module
 */
import { O } from "../../ffi/constants.ts";
import { open } from "../../ffi/open.ts";
import type { Creation } from "../creation.ts";
import * as log from "../log.ts";
import { inspectNetDevices } from "./net_devices.ts";

/** Looks at all devices first, then moves all: what cannot work fails before anything has moved. */
export function moveNetDevices(c: Creation): void {
  using target = open(`/proc/${c.init!.pid}/ns/net`, O.O_RDONLY);
  c.netDevices = inspectNetDevices(c.plan.netDevices, target);
  c.netDevices.move();
  for (const { hostName, name, ifindex } of c.netDevices.moved) {
    log.debug(`moved network device "${hostName}" into the container as "${name}" (${ifindex})`);
  }
}

/** Gives the devices back as they were. Only while `create` itself fails: afterwards they are the container's (MUST NOT). */
export function returnNetDevices(c: Creation): void {
  c.netDevices?.undo();
}
