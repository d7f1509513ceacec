/** `linux.netDevices`, from `create` to `delete`, with another network namespace in the host's place. @module */
import { assert, assertEquals } from "#assert";
import { NamespaceHolder } from "../lib/namespace_holder.ts";
import { type Editable, failure, Sandbox } from "../lib/sandbox.ts";
import { DEVICES, type Devices, devicesIn, forget, Host } from "./net_host.ts";

function pick(devices: Devices, ...names: readonly string[]): unknown[] {
  return names.map((name) => devices[name]);
}

function isUp(device: unknown): unknown {
  return { ...device as object, up: true };
}

Deno.test("devices arrive renamed, up, and with all that they had", () => {
  using host = new Host(DEVICES);
  using box = new Sandbox();
  box.script("sleep 10000", (config) => {
    config.linux.netDevices = { h0: { name: "eth0" }, h1: { name: "net%d" }, h2: {} };
  });
  const before = host.devices();
  assertEquals((before.h1 as { up: boolean }).up, false);
  const pid = host.create(box);
  assertEquals(devicesIn(pid), {
    eth0: before.h0,
    net0: isUp(before.h1),
    h2: before.h2,
  });
  assertEquals(Object.keys(host.devices()).sort(), ["p0", "p1"]);
  box.succeed("start", box.id);
  assertEquals(box.state().status, "running");
});

Deno.test("the container's process can use a device that was moved", () => {
  using host = new Host(`${DEVICES}; ip addr add 192.0.2.9/24 dev p0`);
  using box = new Sandbox();
  box.script(
    "ip -4 addr show eth0 | grep -o 'inet [0-9.]*'; ip route; grep eth0 /proc/net/arp | wc -l; ls /sys/class/net",
    (config) => config.linux.netDevices = { h0: { name: "eth0" } },
  );
  const { code, stdout, stderr } = host.runts(box, "run", box.id);
  assertEquals(code, 0, stderr);
  const output = stdout.trimEnd().split("\n");
  assertEquals(output.slice(0, 2), ["inet 192.0.2.1", "inet 192.0.2.2"]);
  assert(output[2]?.startsWith("192.0.2.0/24 dev eth0"), stdout);
  assertEquals(output.slice(-2), ["eth0", "lo"]);
});

Deno.test("two devices can swap their names with those that are taken on the host", () => {
  using host = new Host(DEVICES);
  using box = new Sandbox();
  box.script("sleep 10000", (config) => {
    config.linux.netDevices = { h0: { name: "h2" }, h2: { name: "h0" }, h1: { name: "p0" } };
  });
  const before = host.devices();
  const found = devicesIn(host.create(box));
  assertEquals(pick(found, "h2", "h0", "p0"), [before.h0, before.h2, isUp(before.h1)]);
});

Deno.test("hooks of the runtime's side and sysctls find the device under its new name", () => {
  using host = new Host(DEVICES);
  using box = new Sandbox();
  const seen = (name: string) => `${box.directory}/${name}`;
  box.script(
    "cat /proc/sys/net/ipv4/conf/eth0/rp_filter /proc/sys/net/ipv6/conf/eth0/hop_limit",
    (config) => {
      config.linux.netDevices = { h0: { name: "eth0" } };
      config.linux.sysctl = {
        "net.ipv4.conf.eth0.rp_filter": "2",
        "net.ipv6.conf.eth0.hop_limit": "33",
      };
      const look = (name: string) => ({
        path: "/bin/sh",
        args: [
          ...["sh", "-ec"],
          `pid=$(sed 's/.*"pid":\\([0-9]*\\).*/\\1/'); nsenter --target=$pid --net ip -br addr show eth0 > ${
            seen(name)
          }`,
        ],
        env: ["PATH=/usr/sbin:/usr/bin:/sbin:/bin"],
      });
      config.hooks = { prestart: [look("prestart")], createRuntime: [look("createRuntime")] };
    },
  );
  const { code, stdout, stderr } = host.runts(box, "run", box.id);
  assertEquals(code, 0, stderr);
  assertEquals(stdout, "2\n33\n");
  for (const name of ["prestart", "createRuntime"]) {
    const text = Deno.readTextFileSync(seen(name));
    assert(text.startsWith("eth0@") && text.includes("192.0.2.1/24"), text);
  }
});

Deno.test("a container with a user namespace gets devices", () => {
  using host = new Host(DEVICES);
  using box = new Sandbox();
  box.script("sleep 10000", (config) => {
    config.linux.namespaces.push({ type: "user" });
    config.linux.uidMappings = config.linux.gidMappings = [
      { containerID: 0, hostID: 100000, size: 65536 },
    ];
    config.linux.netDevices = { h0: { name: "eth0" } };
  });
  const before = host.devices();
  assertEquals(devicesIn(host.create(box)), { eth0: before.h0 });
});

Deno.test("delete leaves a device where it is: gone with a new namespace, there in a joined one", () => {
  using host = new Host(DEVICES);
  using target = new NamespaceHolder(["network"]);
  using box = new Sandbox();
  const before = host.devices();
  box.script("sleep 10000", (config) => config.linux.netDevices = { h2: {} });
  host.create(box);
  box.succeed("delete", "--force", box.id);
  assertEquals(Object.keys(host.devices()).includes("h2"), false);

  box.script("sleep 10000", (config) => {
    config.linux.namespaces[1].path = target.path("network");
    config.linux.netDevices = { h0: { name: "eth0" } };
  });
  host.create(box);
  box.succeed("start", box.id);
  box.succeed("kill", box.id, "KILL");
  box.waitUntilStopped();
  box.succeed("delete", box.id);
  assertEquals(devicesIn(target.pid), { eth0: before.h0 });
  assertEquals(Object.keys(host.devices()).includes("h0"), false);
  forget(box);
});

/** What goes wrong, and where; the devices h0 and h1 were on their way then. */
const FAILURES: readonly (readonly [string, (config: Editable) => void, string])[] = [
  ["a missing device", (config) => config.linux.netDevices.missing = {}, '"missing"'],
  ["a name that is taken", (config) => config.linux.netDevices.h2 = { name: "taken" }, '"taken"'],
  [
    "a name that is taken, also on the host",
    (config) => config.linux.netDevices.taken = {},
    '"taken"',
  ],
  ["a device that cannot move", (config) => config.linux.netDevices.br0 = {}, '"br0"'],
  [
    "a prestart hook",
    (config) => config.hooks = { prestart: [{ path: "/bin/false" }] },
    "hooks.prestart[0]",
  ],
  [
    "a createRuntime hook",
    (config) => config.hooks = { createRuntime: [{ path: "/bin/false" }] },
    "hooks.createRuntime[0]",
  ],
  [
    "a createContainer hook",
    (config) => config.hooks = { createContainer: [{ path: "/bin/false" }] },
    "hooks.createContainer[0]",
  ],
  [
    "a mount",
    (config) =>
      config.mounts.push({ destination: "/mnt", type: "none", source: "/none", options: ["bind"] }),
    '"/mnt"',
  ],
  [
    "a sysctl",
    (config) => config.linux.sysctl = { "net.ipv4.conf.none.rp_filter": "1" },
    "net.ipv4.conf.none.rp_filter",
  ],
  ["a missing program", (config) => config.process.args = ["missing"], '"missing"'],
  [
    "a filter of system calls",
    (config) => config.linux.seccomp = { defaultAction: "SCMP_ACT_ERRNO", architectures: ["none"] },
    "linux.seccomp",
  ],
  [
    "a failure of the last system calls",
    // The kernel's NGROUPS_MAX is one less.
    (config) => config.process.user.additionalGids = Array.from({ length: 65537 }, (_, i) => i),
    "setgroups(65537, ",
  ],
];

for (const [what, edit, why] of FAILURES) {
  // In a new namespace there is no device whose name could be taken, but lo.
  for (const joined of why === '"taken"' ? [true] : [false, true]) {
    Deno.test(`${what} in ${joined ? "a joined" : "a new"} namespace gives every device back`, () => {
      using host = new Host(`${DEVICES}
        ip link add taken type ifb; ip link add br0 type bridge
        ip route add 198.18.0.0/15 via 192.0.2.7 dev h0`);
      using target = new NamespaceHolder(["network"], "ip link add taken type ifb");
      using box = new Sandbox();
      box.script("true", (config) => {
        config.linux.netDevices = { h0: { name: "eth0" }, h1: { name: "eth%d" } };
        config.root.readonly = false;
        if (joined) config.linux.namespaces[1].path = target.path("network");
        edit(config);
      });
      const routes = () => host.sh("ip route show; ip -6 route show | grep -v fe80");
      const [devices, before, there] = [host.devices(), routes(), devicesIn(target.pid)];
      const message = failure(host.runts(box, "create", box.id));
      assert(message.includes(why), message);
      assertEquals(host.devices(), devices);
      assertEquals(routes(), before);
      assertEquals(devicesIn(target.pid), there);
      assertEquals(box.traces(), []);
    });
  }
}

for (
  const [what, edit, why] of [
    [
      "without a network namespace",
      (config) => config.linux.namespaces.splice(1, 1),
      'linux.netDevices: needs a namespace of type "network"',
    ],
    [
      "with the runtime's own network namespace by path",
      (config, host) => config.linux.namespaces[1].path = host.path("network"),
      "namespace",
    ],
    [
      "with two devices of one name",
      (config) => config.linux.netDevices.h1 = { name: "eth0" },
      "repeats the name of",
    ],
    [
      "with a name that no device can have",
      (config) => config.linux.netDevices.h1 = { name: "sixteen-bytes-xx" },
      "linux.netDevices.h1.name: ",
    ],
  ] as readonly [string, (config: Editable, host: Host) => void, string][]
) {
  Deno.test(`netDevices ${what} are refused, and the host's devices are untouched`, () => {
    using host = new Host(DEVICES);
    using box = new Sandbox();
    box.script("true", (config) => {
      config.linux.netDevices = { h0: { name: "eth0" } };
      edit(config, host);
    });
    const before = host.devices();
    const message = failure(host.runts(box, "create", box.id));
    assert(message.includes(why), message);
    assertEquals(host.devices(), before);
    assertEquals(box.traces(), []);
  });
}
