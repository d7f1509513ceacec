/**
 * A GPU and a network device for a container, out of one file of the Container Device Interface.
 *
 *     deno run -A examples/cdi.ts
 *
 * The file is examples/cdi/example.json. It says what a container needs for an accelerator: a device
 * node (the host's /dev/null has to do for the GPU), variables, a mount, a hook; and, since version 1.1
 * of CDI, network devices. Of these one gets a name, and of the other the name is `""`, which keeps the
 * host's. In between stands cdi_edits.ts: what Docker, Podman, containerd or CRI-O do before they call
 * the runtime.
 *
 * @see config-linux.md#configLinuxNetworkDevices, https://github.com/cncf-tags/container-device-interface
 * @module
 */
import type { Config } from "../mod.ts";
import { applyEdits, type CdiFile, editsFor } from "./cdi_edits.ts";
import {
  demandWhatItTakes,
  devices,
  ip,
  layCable,
  leaveTheHostsNetwork,
  output,
  runts,
  waitUntilDevicesAreGone,
} from "./commands.ts";
import { makeBundle } from "./make_bundle.ts";

/** What somebody asks for: `--device` of Docker and Podman, an annotation or a CDI field in Kubernetes. */
const NAMES = ["gpu0", "nic0", "storage0"].map((name) => `example.com/accelerator=${name}`);

/** What the container looks at. */
const PROGRAM = `
  echo "device node   $(stat -c '%n %F %t:%T' /dev/gpu0)"
  echo "from the hook $(stat -c %N /dev/gpu)"
  echo "variables     EXAMPLE_GPU=$EXAMPLE_GPU EXAMPLE_DRIVER=$EXAMPLE_DRIVER"
  echo "mount         $(cut -d ' ' -f 1,2 "$EXAMPLE_DRIVER/version")"
  for device in eth0 storage0; do
    echo "network       $device $(ip addr show dev $device | sed -n 's/^ *inet \\([^ ]*\\).*/\\1/p')"
  done
  echo ok >/dev/gpu && echo "the GPU       takes what it is given"`;

/** Shows each property of the configuration that is not what it was. */
function showChanges(before: Config, after: Config): void {
  for (const path of ["process.env", "mounts", "hooks"]) showIfChanged(path, before, after);
  for (const path of ["linux.devices", "linux.resources", "linux.netDevices"]) {
    showIfChanged(path, before, after);
  }
}

function showIfChanged(path: string, before: Config, after: Config): void {
  const [was, is] = [before, after].map((config) =>
    path.split(".").reduce<unknown>(
      (value, key) => (value as Record<string, unknown>)?.[key],
      config,
    )
  );
  if (JSON.stringify(was) === JSON.stringify(is)) return;
  const added = Array.isArray(is) ? is.slice(Array.isArray(was) ? was.length : 0) : [is];
  for (const value of added) console.log(`  ${path.padEnd(16)} ${JSON.stringify(value)}`);
}

/** The edits of the file, one after the other, each with what it makes of the configuration. */
function edit(config: Config): void {
  config.process!.args = ["sh", "-c", PROGRAM];
  const file = new URL("cdi/example.json", import.meta.url);
  const cdi = JSON.parse(Deno.readTextFileSync(file)) as CdiFile;
  const edits = editsFor(cdi, NAMES);
  const titles = [`any device of ${cdi.kind}`, ...NAMES];
  for (const [i, edit] of edits.entries()) {
    const before = structuredClone(config);
    applyEdits(config, edit);
    console.log(`For ${titles[i]} there comes into config.json:`);
    showChanges(before, config);
  }
}

if (import.meta.main) {
  demandWhatItTakes("example of CDI");
  using _back = leaveTheHostsNetwork();
  layCable();
  ip("link add storage0 type veth peer name switch0");
  ip("addr add 198.51.100.2/24 dev storage0");
  console.log(`The host has: ${devices().join(", ")}`);
  const directory = Deno.makeTempDirSync({ prefix: "runts-cdi-" });
  try {
    makeBundle(`${directory}/bundle`, edit);
    const words = ["run", "--bundle", `${directory}/bundle`, `example-${Deno.pid}`];
    console.log("The container has:");
    const seen = output(...runts("--root", `${directory}/state`, ...words));
    console.log(seen.trimEnd().replaceAll(/^/gm, "  "));
    waitUntilDevicesAreGone();
    console.log(`The host has: ${devices().join(", ") || "none of them any more"}`);
  } finally {
    Deno.removeSync(directory, { recursive: true });
  }
}
