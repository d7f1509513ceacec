/**
 * Network devices whose container's `create` is killed, is one of two, or is not the first in its network namespace.
 *
 * @module
 */
import { match as assertMatch, notDeepStrictEqual as assertNotEquals } from "node:assert/strict";
import { assert, assertEquals } from "#assert";
import { NamespaceHolder } from "../lib/namespace_holder.ts";
import { rootlessConfig } from "../../spec/default_config.ts";
import { type Editable, exists, failure, run, Sandbox, waitUntil } from "../lib/sandbox.ts";
import { DEVICES, devicesIn, endHook, forget, hang, Host, records } from "./net_host.ts";

const ROUTES = "\nip route add 198.18.0.0/15 via 192.0.2.7 dev h0";

function routes(host: Host): string {
  return host.sh("ip route show; ip -6 route show | grep -v fe80");
}

Deno.test("delete gives back what a killed create had moved into a joined namespace", async () => {
  for (const force of [["--force"], []]) {
    using host = new Host(DEVICES + ROUTES);
    using target = new NamespaceHolder(["network"]);
    using box = new Sandbox();
    const { hook, begun } = hang(box);
    box.script("sleep 10000", (config) => {
      config.linux.namespaces[1].path = target.path("network");
      config.linux.netDevices = { h0: { name: "eth0" }, h1: { name: "net%d" }, h2: {} };
      config.hooks = { createRuntime: [hook] };
    });
    const before = [host.devices(), routes(host)];
    const running = host.start(box, "create", box.id);
    waitUntil(() => exists(begun));
    assertEquals(Object.keys(devicesIn(target.pid)).sort(), ["eth0", "h2", "net0"]);
    assert(exists(`${box.root}/${box.id}/net_devices.json`));
    running.kill("SIGKILL");
    await running.result();
    // Init has to have noticed, or it is no container that has stopped.
    waitUntil(() => box.state().status === "stopped");
    const { code, stderr } = host.runts(box, "delete", ...force, box.id);
    assertEquals([code, stderr], [0, ""]);
    assertEquals([host.devices(), routes(host)], before);
    assertEquals(devicesIn(target.pid), {});
    endHook(box);
  }
});

Deno.test("delete gives back what is in a new namespace that somebody keeps alive", async () => {
  using host = new Host(DEVICES + ROUTES);
  using box = new Sandbox();
  const pidFile = `${box.directory}/keeper`;
  const { hook, begun } = hang(
    box,
    `pid=$(sed 's/.*"pid":\\([0-9]*\\).*/\\1/');
    nsenter --target=$pid --net sh -c 'echo $$ >${pidFile}; exec sleep 1000' >/dev/null 2>&1 &
    while [ ! -s ${pidFile} ]; do sleep 0.02; done;`,
  );
  box.script("sleep 10000", (config) => {
    config.linux.netDevices = { h0: { name: "eth0" }, h2: {} };
    config.hooks = { createRuntime: [hook] };
  });
  const before = [host.devices(), routes(host)];
  const running = host.start(box, "create", box.id);
  waitUntil(() => exists(begun));
  running.kill("SIGKILL");
  await running.result();
  const { code, stderr } = host.runts(box, "delete", "--force", box.id);
  assertEquals([code, stderr], [0, ""]);
  assertEquals([host.devices(), routes(host)], before);
  Deno.kill(Number(Deno.readTextFileSync(pidFile)), "SIGKILL");
  endHook(box);
});

Deno.test("delete says which devices ended with the namespace of a killed create", async () => {
  using host = new Host(DEVICES);
  using box = new Sandbox();
  const { hook, begun } = hang(box);
  box.script("sleep 10000", (config) => {
    config.linux.netDevices = { h0: { name: "eth0" }, h2: {} };
    config.hooks = { createRuntime: [hook] };
  });
  const running = host.start(box, "create", box.id);
  waitUntil(() => exists(begun));
  running.kill("SIGKILL");
  await running.result();
  waitUntil(() => box.state().status === "stopped");
  waitUntil(() => host.devices()["p0"] === undefined);
  const { code, stderr } = host.runts(box, "delete", "--force", box.id);
  assertEquals(code, 0, stderr);
  const lines = stderr.trimEnd().split("\n");
  assertEquals(lines.length, 2, stderr);
  for (const [i, name] of ["h0", "h2"].entries()) {
    assertMatch(
      lines[i]!,
      new RegExp(`level=warning msg="Cannot give back \\\\"${name}\\\\": the device ended with`),
    );
  }
  endHook(box);
});

Deno.test("a created container has no journal of its devices", () => {
  using host = new Host(DEVICES);
  using box = new Sandbox();
  box.script("sleep 10000", (config) => config.linux.netDevices = { h2: {} });
  host.create(box);
  assertEquals(exists(`${box.root}/${box.id}/net_devices.json`), false);
});

Deno.test("a container that is made again in a joined namespace finds its devices there", () => {
  using host = new Host(DEVICES);
  using target = new NamespaceHolder(["network"]);
  using box = new Sandbox();
  const configure = (edit: (config: Editable) => void = () => {}) =>
    box.script("sleep 10000", (config) => {
      config.linux.namespaces[1].path = target.path("network");
      config.linux.netDevices = { h0: { name: "eth0" }, h1: { name: "net%d" }, h2: {} };
      edit(config);
    });
  configure();
  host.create(box);
  const there = devicesIn(target.pid);
  const { annotations } = box.state();
  assertEquals(annotations, { "org.runts.netDevices.h1": "net0" });
  box.succeed("delete", "--force", box.id);
  assertEquals(box.succeed("list", "--quiet").stdout, "");

  // Whoever uses the namespace may have changed it meanwhile: it is theirs.
  target.nsenter(["network"], "ip", "addr", "add", "192.0.2.77/24", "dev", "eth0");
  const changed = devicesIn(target.pid);
  assertNotEquals(changed, there);
  host.create(box);
  assertEquals(devicesIn(target.pid), changed);
  assertEquals(box.state().annotations, annotations);
  box.succeed("delete", "--force", box.id);

  // A failing create leaves them there, too: it has not moved them.
  configure((config) => config.process.args = ["missing"]);
  assert(failure(host.runts(box, "create", box.id)).includes('"missing"'));
  assertEquals(devicesIn(target.pid), changed);

  // For another configuration it is not the same device.
  configure((config) => config.linux.netDevices.h0.name = "other");
  assertMatch(
    failure(host.runts(box, "create", box.id)),
    /^Cannot move the network devices: Cannot move "h0" to the network namespace "[^"]+" as "other": RTM_GETLINK\(.*\): ENODEV \(No such device\); it is in that namespace already as "eth0", where an earlier container got it as "eth0" for the name "eth0"$/,
  );

  // And a device that merely has its name is none that was moved.
  target.nsenter(
    ["network"],
    "sh",
    "-c",
    "ip link del eth0; ip link add eth0 address 02:00:00:00:00:01 type ifb",
  );
  configure();
  assertMatch(
    failure(host.runts(box, "create", box.id)),
    /ENODEV \(No such device\); that namespace has a device "eth0" already, which is not known to be the one$/,
  );
  forget(box);
});

Deno.test("records of devices in namespaces that have gone are dropped with the next one", () => {
  using host = new Host(DEVICES);
  using box = new Sandbox();
  for (const device of ["h0", "h2"]) {
    using target = new NamespaceHolder(["network"]);
    box.script("sleep 10000", (config) => {
      config.linux.namespaces[1].path = target.path("network");
      config.linux.netDevices = { [device]: {} };
    });
    host.create(box);
    box.succeed("delete", "--force", box.id);
    assertEquals(records(box).length, 1);
  }
  forget(box);
});

for (const joined of [false, true]) {
  Deno.test(`templates next to devices in ${joined ? "a joined" : "a new"} namespace: the state has the names`, () => {
    using host = new Host(DEVICES);
    using target = new NamespaceHolder(["network"], "ip link add net0 type ifb");
    using box = new Sandbox();
    const seen = `${box.directory}/seen`;
    box.script("sleep 10000", (config) => {
      if (joined) config.linux.namespaces[1].path = target.path("network");
      config.annotations = { "com.example": "mine" };
      config.linux.netDevices = {
        h0: { name: "net%d" },
        h1: { name: "net1" },
        h2: { name: "net%d" },
      };
      config.hooks = {
        createRuntime: [{ path: "/bin/sh", args: ["sh", "-c", `cat >${seen}`] }],
      };
    });
    const before = host.devices();
    const { code, stderr } = host.runts(box, "create", box.id);
    assertEquals(code, 0, stderr);
    const names = joined ? ["net2", "net3"] : ["net0", "net2"];
    const expected = {
      "com.example": "mine",
      "org.runts.netDevices.h0": names[0],
      "org.runts.netDevices.h2": names[1],
    };
    assertEquals(box.state().annotations, expected);
    assertEquals(JSON.parse(Deno.readTextFileSync(seen)).annotations, expected);
    assertEquals(stderr.trimEnd().split("\n").length, 2, stderr);
    assert(stderr.includes(`network device \\"h0\\" is in the container as \\"${names[0]}\\"`));
    const { pid } = box.state();
    const there = devicesIn(pid);
    assertEquals(there[names[0]!], before["h0"]);
    assertEquals(there[names[1]!], before["h2"]);
    if (joined) {
      box.succeed("delete", "--force", box.id);
      forget(box);
    }
  });
}

Deno.test("of two creates that want one device exactly one gets it", async () => {
  using host = new Host(DEVICES + ROUTES);
  const before = host.devices();
  using first = new Sandbox();
  using second = new Sandbox();
  const boxes = [first, second];
  for (const box of boxes) {
    box.script("sleep 10000", (config) => config.linux.netDevices = { h2: {}, h0: {} });
  }
  const running = boxes.map((box) => host.start(box, "create", box.id));
  const results = [await running[0]!.result(), await running[1]!.result()];
  assertEquals(results.map(({ code }) => code).sort(), [0, 1], JSON.stringify(results));
  const winner = boxes[results.findIndex(({ code }) => code === 0)]!;
  const loser = boxes[results.findIndex(({ code }) => code !== 0)]!;
  const there = devicesIn(winner.state().pid);
  assertEquals([there["h0"], there["h2"]], [before["h0"], before["h2"]]);
  // Whatever else is on the host is as it was.
  assertEquals(host.devices(), { h1: before["h1"], p0: before["p0"], p1: before["p1"] });
  assertMatch(
    failure(results.find(({ code }) => code !== 0)!),
    /^Cannot move the network devices: Cannot move "h[02]" to the network namespace ".+": RTM_\w+\(.*\): ENODEV/,
  );
  assertEquals(loser.traces(), []);
});

const UID = 1000;
const USER = [
  ...["setpriv", `--reuid=${UID}`, `--regid=${UID}`, "--clear-groups"],
  ...["env", "-i", "PATH=/usr/sbin:/usr/bin:/sbin:/bin"],
];

/** With a sysctl or an LSM a distribution may keep users from making user namespaces: then there is nothing to test. */
const mayUnshare = run([...USER, "unshare", "--user", "true"]).code === 0;

/** A bundle of a user's own, for that user: `inside` is what the user is called in the namespace that the runtime is in. */
function rootless(box: Sandbox, inside: number, script: string): void {
  const config: Editable = structuredClone(rootlessConfig(inside, inside));
  config.process.terminal = false;
  config.process.args = ["sh", "-c", script];
  config.linux.namespaces.push({ type: "network" });
  config.linux.netDevices = { h0: { name: "eth0" } };
  box.writeConfig(JSON.stringify(config));
  run(["chown", "--recursive", "--no-dereference", `${UID}:${UID}`, box.directory]);
}

Deno.test({
  name: "a user moves devices between network namespaces of a user namespace of its own",
  ignore: !mayUnshare,
  fn() {
    using box = new Sandbox();
    rootless(box, 0, "ip addr show eth0 | grep -o 'inet [0-9./]*'; grep -c eth0 /proc/net/dev");
    const make = `
      ip link add h0 type ifb; ip addr add 192.0.2.1/24 dev h0
      "$@"; echo "exit code $?"; ip -br link show h0 || echo gone`;
    const prefix = [
      ...USER,
      ...["unshare", "--user", "--map-root-user", "--net", "sh", "-c", make, "sh"],
    ];
    const { stdout, stderr } = box.runtsWith({ prefix }, "run", box.id);
    assertEquals(
      stdout.trimEnd().split("\n"),
      ["inet 192.0.2.1/24", "1", "exit code 0", "gone"],
      stderr,
    );
  },
});

Deno.test({
  name: "a user cannot move the host's devices, and is told what it takes",
  ignore: !mayUnshare,
  fn() {
    using host = new Host(DEVICES);
    using box = new Sandbox();
    rootless(box, UID, "true");
    const before = host.devices();
    const prefix = ["nsenter", `--target=${host.pid}`, "--net", "--", ...USER];
    const { code, stderr } = box.runtsWith({ prefix }, "run", box.id);
    assertEquals(code, 1);
    assertMatch(
      stderr,
      /level=error msg="Cannot move the network devices: .*EPERM.*; it takes CAP_NET_ADMIN over both network namespaces"\n$/,
    );
    assertEquals(host.devices(), before);
    assertEquals(box.traces(), []);
  },
});

Deno.test("devices go into a joined network namespace of another user namespace, and come back", () => {
  using host = new Host(DEVICES + ROUTES);
  const id = { uid: "0 100000 65536", gid: "0 100000 65536" };
  using target = new NamespaceHolder(["user", "network"], ":", id);
  using box = new Sandbox();
  // The container is in a user namespace of its own, and in the first one, too.
  for (const user of [undefined, target.path("user")]) {
    const before = [host.devices(), routes(host)];
    const configure = (edit: (config: Editable) => void = () => {}) =>
      box.script("sleep 10000", (config) => {
        config.linux.namespaces[1].path = target.path("network");
        if (user !== undefined) config.linux.namespaces.push({ type: "user", path: user });
        config.linux.netDevices = { h0: { name: "eth0" }, h2: {} };
        edit(config);
      });
    configure((config) => config.hooks = { createRuntime: [{ path: "/bin/false" }] });
    assert(failure(host.runts(box, "create", box.id)).includes("hooks.createRuntime[0]"));
    assertEquals([host.devices(), routes(host)], before);
    assertEquals(devicesIn(target.pid), {});
    configure();
    host.create(box);
    const { h0, h2 } = before[0] as Record<string, unknown>;
    assertEquals(devicesIn(target.pid), { eth0: h0, h2 });
    box.succeed("delete", "--force", box.id);
    forget(box);
    // For the next round.
    target.nsenter(
      ["network"],
      "sh",
      "-c",
      `
      ip link set eth0 netns ${host.pid} name h0; ip link set h2 netns ${host.pid}`,
    );
    host.sh(`
      ip link set h0 up; ip addr add 192.0.2.1/24 brd + dev h0; ip addr add 192.0.2.2/24 dev h0
      ip addr add 2001:db8::1/64 dev h0; ip addr add 2001:db8::2/64 dev h0
      ip link set h2 up; ip addr add 203.0.113.1/24 dev h2; ip addr add 2001:db8:2::1/64 dev h2
      ${ROUTES}`);
  }
});
