/**
 * Two containers in one network, as in a pod, and a device that is moved there by the first.
 *
 *     deno run -A examples/pod.ts
 *
 * A pod's network namespace exists before its containers and outlives them. Their configurations name
 * it by a path instead of asking for a new one. `linux.netDevices` of the first moves a device into it;
 * the second finds the device there; when both have gone it is still there, with the pod.
 *
 * @see config-linux.md#configLinuxNetworkDevices
 * @module
 */
import type { Config } from "../mod.ts";
import { inNetworkNamespace } from "../ffi/netlink/namespace.ts";
import {
  demandWhatItTakes,
  devices,
  layCable,
  leaveTheHostsNetwork,
  makeNetwork,
  output,
  runts,
} from "./commands.ts";
import { makeBundle } from "./make_bundle.ts";

type NetDevices = NonNullable<NonNullable<Config["linux"]>["netDevices"]>;

/** A container that shows its devices and joins the network at a path. */
function member(network: string, netDevices?: NetDevices): (config: Config) => void {
  return (config) => {
    if (config.process === undefined || config.linux === undefined) return;
    config.process.args = ["sh", "-c", "ip addr show dev eth0 | grep inet"];
    const others = config.linux.namespaces?.filter(({ type }) => type !== "network") ?? [];
    config.linux.namespaces = [...others, { type: "network", path: network }];
    if (netDevices !== undefined) config.linux.netDevices = netDevices;
  };
}

if (import.meta.main) {
  demandWhatItTakes("pod");
  using _back = leaveTheHostsNetwork();
  layCable();
  console.log(`The host has: ${devices().join(", ")}`);
  using network = makeNetwork();
  const path = `/proc/${Deno.pid}/fd/${network.fd}`;
  const directory = Deno.makeTempDirSync({ prefix: "runts-pod-" });
  try {
    makeBundle(`${directory}/first`, member(path, { cable1: { name: "eth0" } }));
    makeBundle(`${directory}/second`, member(path));
    for (const name of ["first", "second"]) {
      const words = ["run", "--bundle", `${directory}/${name}`, `pod-${Deno.pid}-${name}`];
      console.log(`The ${name} container has eth0 with:`);
      console.log(output(...runts("--root", `${directory}/state`, ...words)).trimEnd());
    }
    console.log(`The host has: ${devices().join(", ")}`);
    console.log(`The pod has: ${inNetworkNamespace(network, devices).join(", ")}`);
  } finally {
    Deno.removeSync(directory, { recursive: true });
  }
}
