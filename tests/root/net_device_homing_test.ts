/**
 * Network devices that outlive their namespace: the kernel sends them home, to the initial one.
 *
 * @module
 */
import { assert, assertEquals } from "#assert";
import { exists, Sandbox, waitUntil } from "../lib/sandbox.ts";
import { devicesIn, endHook, hang, Host } from "./net_host.ts";
import { type SerialLine, serialLine } from "./serial_line.ts";

/** Devices that the kernel sends to the initial network namespace when theirs ends: with a kind, and without. */
const HOMING = { can: "SLCAN", slip: "SLIP" } as const;

function testHoming(
  name: (kind: string) => string,
  act: (line: SerialLine, kind: string) => void | Promise<void>,
): void {
  for (const [kind, discipline] of Object.entries(HOMING)) {
    const reason = whyNoLine(discipline);
    if (reason !== undefined) console.log(`${name(kind)}: ignored: ${reason}`);
    Deno.test({
      name: name(kind),
      ignore: reason !== undefined,
      async fn() {
        using line = serialLine(discipline);
        await act(line, kind);
      },
    });
  }
}

function whyNoLine(discipline: "SLCAN" | "SLIP"): string | undefined {
  try {
    using line = serialLine(discipline);
    // A new one is in the initial namespace.
    return exists(`/sys/class/net/${line.name}`) ? undefined : "not the initial network namespace";
  } catch (error) {
    return (error as Error).message;
  }
}

function sh(script: string): string {
  const { code, stdout, stderr } = new Deno.Command("sh", { args: ["-ec", script] }).outputSync();
  assertEquals(code, 0, new TextDecoder().decode(stderr));
  return new TextDecoder().decode(stdout);
}

testHoming(
  (kind) => `a ${kind} device goes to the initial network namespace at the end, under its new name`,
  (line, kind) => {
    // The runtime is in another namespace, which does not get it.
    using host = new Host();
    using box = new Sandbox();
    const arrived = `${line.name}-c`;
    box.script("sleep 10000", (config) => {
      config.linux.netDevices = { [line.name]: { name: arrived } };
    });
    sh(`ip link set ${line.name} netns ${host.pid}`);
    const pid = host.create(box);
    assertEquals(Object.keys(devicesIn(pid)), [arrived]);
    const device = devicesIn(pid)[arrived] as { up: boolean; kind?: string };
    assertEquals([device.up, device.kind], [true, kind === "can" ? "can" : undefined]);
    box.succeed("delete", "--force", box.id);
    waitUntil(() => exists(`/sys/class/net/${arrived}`));
    assertEquals(host.devices(), {});
    assertEquals(sh(`ip -br link show ${arrived} up`), "");
  },
);

testHoming(
  (kind) => `delete gives back a ${kind} device that has gone home from a killed create`,
  async (line, kind) => {
    using box = new Sandbox();
    const { hook, begun } = hang(box);
    const arrived = `${line.name}-c`;
    box.script("sleep 10000", (config) => {
      config.linux.netDevices = { [line.name]: { name: arrived } };
      config.hooks = { createRuntime: [hook] };
    });
    const address = kind === "slip" ? `; ip addr add 192.0.2.1/32 dev ${line.name}` : "";
    sh(`ip link set ${line.name} up${address}`);
    const show = (): string => sh(`ip -br addr show ${line.name}`);
    const before = show();
    const running = box.start({}, "create", box.id);
    waitUntil(() => exists(begun));
    assert(!exists(`/sys/class/net/${line.name}`));
    running.kill("SIGKILL");
    await running.result();
    waitUntil(() => box.state().status === "stopped");
    box.succeed("delete", "--force", box.id);
    assert(!exists(`/sys/class/net/${arrived}`));
    assertEquals(show(), before);
    endHook(box);
  },
);
