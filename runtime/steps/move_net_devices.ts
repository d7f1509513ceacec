/**
 * The network devices on their way into the container: a step of its own, between the namespaces' creation and the mounts.
 *
 * @module
 */
import { O } from "../../ffi/constants.ts";
import { open } from "../../ffi/open.ts";
import type { Creation } from "../creation.ts";
import * as log from "../log.ts";
import { encodeJournal } from "../net/journal.ts";
import { readKnownDevices, rememberDevices } from "../net/known_devices.ts";
import { sentence } from "../net/net_device_error.ts";
import { inspectRdma, RdmaMove } from "../net/rdma.ts";
import { inspectNetDevices } from "./net_devices.ts";

/** In the state: the name that the kernel picked for the device with this key, which has a template in the configuration. */
const NAME_ANNOTATION = "org.runts.netDevices.";

/** Looks at all devices first, then moves all: what cannot work fails before anything has moved. */
export function moveNetDevices(c: Creation): void {
  using target = open(`/proc/${c.init!.pid}/ns/net`, O.O_RDONLY);
  const { root } = c.options;
  const path = targetPath(c);
  // A namespace that is new has no history.
  const known = path === undefined
    ? undefined
    : (namespace: Parameters<typeof readKnownDevices>[1]) => readKnownDevices(root, namespace);
  c.netDevices = inspectNetDevices(c.plan.netDevices, target, known);
  const journal = c.netDevices.journal(path);
  const links = journal.entries.map(({ snapshot: { link } }) => link);
  const { devices: rdma, warnings } = inspectRdma(c.plan.movesRdma, links);
  warnings.forEach(log.warn);
  c.netDevices.takeAlong(new RdmaMove(rdma));
  // From here on a runtime that is killed leaves enough for `delete` to give back what can be.
  c.container.writeNetDevices(encodeJournal({ ...journal, ...(rdma.length > 0 && { rdma }) }));
  c.netDevices.move();
  for (const { name } of rdma) log.info(`moved RDMA device "${name}" into the container`);
  for (const { hostName, name, ifindex } of c.netDevices.moved) {
    log.debug(`moved network device "${hostName}" into the container as "${name}" (${ifindex})`);
  }
  noteNames(c);
}

/** The names that templates have become, for hooks and for whoever asks for the state. */
function noteNames(c: Creation): void {
  const { kept, moved } = c.netDevices!;
  for (const { hostName, isTemplate } of c.plan.netDevices) {
    const device = [...kept, ...moved].find((each) => each.hostName === hostName);
    if (isTemplate && device !== undefined) {
      c.ownAnnotations[`${NAME_ANNOTATION}${hostName}`] = device.name;
    }
  }
  if (Object.keys(c.ownAnnotations).length > 0) c.storeCreating();
}

function targetPath({ plan }: Creation): string | undefined {
  return plan.namespaces.joined.find(({ type }) => type === "network")?.path;
}

/** Gives the devices back as they were. Only while `create` itself fails: afterwards they are the container's (MUST NOT). */
export function returnNetDevices(c: Creation): void {
  c.netDevices?.undo();
}

/**
 * Once the container is created: from here on they are its own. What we hold of its namespace would only delay their return
 * at its end.
 */
export function leaveNetDevices(c: Creation): void {
  if (c.netDevices === undefined) return;
  const { identity: namespace, known: devices, kept, moved } = c.netDevices;
  for (const { hostName, name } of kept) {
    log.info(`network device "${hostName}" was in the container's namespace already, as "${name}"`);
  }
  const isPicked = new Map(c.plan.netDevices.map((move) => [move.hostName, move.isTemplate]));
  for (const { hostName, name } of moved.filter((device) => isPicked.get(device.hostName))) {
    log.info(`network device "${hostName}" is in the container as "${name}"`);
  }
  const path = targetPath(c);
  try {
    if (path !== undefined) rememberDevices(c.options.root, { namespace, path, devices });
    c.container.removeNetDevices();
  } catch (error) {
    log.warn(`Cannot note down the network devices: ${sentence(error)}`);
  }
  c.netDevices[Symbol.dispose]();
}
