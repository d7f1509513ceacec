/**
 * A runtime that is told to stop takes back what it has done, whatever it is doing, and says so in one sentence.
 *
 * @module
 */
import { assert, assertEquals } from "#assert";
import { NamespaceHolder } from "../lib/namespace_holder.ts";
import {
  type Editable,
  exists,
  hasEnded,
  type Result,
  type Running,
  Sandbox,
  sleep,
  waitUntil,
} from "../lib/sandbox.ts";

const SIGNALS = { SIGHUP: 1, SIGINT: 2, SIGTERM: 15 } as const;

/** A hook that hangs, and a file that says that it does. */
function hanging(box: Sandbox): { hook: unknown; begun: string } {
  const begun = `${box.rootfs}/tmp/begun`;
  // The same file from the host and from inside.
  const script = `
    for d in ${box.rootfs}/tmp /tmp; do [ -e $d/here ] && touch $d/begun; done; sleep 1000; : $0`;
  Deno.writeTextFileSync(`${box.rootfs}/tmp/here`, "");
  return { hook: { path: "/bin/sh", args: ["sh", "-c", script, box.id] }, begun };
}

async function assertStopped(running: Running, signal: keyof typeof SIGNALS): Promise<string> {
  return sentenceOf(await running.result(), signal);
}

function sentenceOf({ code, stdout, stderr }: Result, signal: keyof typeof SIGNALS): string {
  assertEquals([code, stdout], [128 + SIGNALS[signal], ""], stderr);
  const [, sentence] = /^time="[^"]+" level=error msg="(.*)"\n$/.exec(stderr) ?? [];
  assert(sentence !== undefined, stderr);
  return sentence;
}

const HOOKS: readonly (readonly [string, string, readonly string[], keyof typeof SIGNALS])[] = [
  ["prestart", "run the prestart hooks", ["create"], "SIGTERM"],
  ["createRuntime", "run the createRuntime hooks", ["create"], "SIGINT"],
  ["createRuntime", "run the createRuntime hooks", ["create"], "SIGHUP"],
  ["createRuntime", "run the createRuntime hooks", ["run"], "SIGTERM"],
  ["createRuntime", "run the createRuntime hooks", ["run", "--detach"], "SIGINT"],
  ["createContainer", "let init finish ⇄3 ⇄4", ["create"], "SIGTERM"],
  ["startContainer", "run the startContainer hooks", ["run"], "SIGTERM"],
  ["startContainer", "run the startContainer hooks", ["run", "--detach"], "SIGTERM"],
  ["poststart", "run the poststart hooks", ["run", "--detach"], "SIGHUP"],
];

for (const [kind, step, command, signal] of HOOKS) {
  Deno.test(`${command.join(" ")} that gets ${signal} in a ${kind} hook leaves nothing behind`, async () => {
    using box = new Sandbox();
    const { hook, begun } = hanging(box);
    box.script("exec sleep 1000", (config) => {
      config.root.readonly = false;
      config.hooks = { [kind]: [hook] };
    });
    const running = box.start({}, ...command, box.id);
    waitUntil(() => exists(begun));
    running.kill(signal);
    const sentence = await assertStopped(running, signal);
    assertEquals(sentence, `Cannot ${step}: the runtime was told to stop by ${signal}`);
    waitUntil(() => box.traces().every((trace) => !trace.startsWith("process ")));
    assertEquals(box.traces(), []);
  });
}

Deno.test("create that gets SIGTERM takes a hook in a PID namespace of others along", async () => {
  using box = new Sandbox();
  const { hook, begun } = hanging(box);
  box.script("exec sleep 1000", (config: Editable) => {
    config.root.readonly = false;
    config.linux.namespaces = config.linux.namespaces
      .filter(({ type }: Editable) => type !== "pid");
    config.hooks = { createContainer: [hook] };
  });
  const running = box.start({}, "create", box.id);
  waitUntil(() => exists(begun));
  running.kill("SIGTERM");
  await assertStopped(running, "SIGTERM");
  waitUntil(() => box.traces().length === 0);
});

Deno.test("start that gets SIGTERM in a startContainer hook leaves the container created", async () => {
  using box = new Sandbox();
  const begun = `${box.rootfs}/tmp/begun`;
  const once = `[ -e /tmp/begun ] || { : >/tmp/begun; sleep 1000; }`;
  box.script("exec sleep 1000", (config) => {
    config.root.readonly = false;
    config.hooks = { startContainer: [{ path: "/bin/sh", args: ["sh", "-c", once] }] };
  });
  box.succeed("create", box.id);
  const created = box.state();
  const running = box.start({}, "start", box.id);
  waitUntil(() => exists(begun));
  running.kill("SIGTERM");
  await assertStopped(running, "SIGTERM");
  assertEquals(box.state(), created);
  box.succeed("start", box.id);
  assertEquals(box.state(), { ...created, status: "running" });
});

Deno.test("a second signal does not break the undo, and ends a poststop hook that hangs", async () => {
  using box = new Sandbox();
  const { hook, begun } = hanging(box);
  const poststop = `${box.directory}/poststop`;
  const last = `${box.directory}/last`;
  box.script("exec sleep 1000", (config) => {
    const sh = (script: string) => ({ path: "/bin/sh", args: ["sh", "-c", script, box.id] });
    config.hooks = {
      createRuntime: [hook],
      poststop: [sh(`: >${poststop}; sleep 1000; : $0`), sh(`: >${last}; : $0`)],
    };
  });
  const running = box.start({}, "create", box.id);
  waitUntil(() => exists(begun));
  running.kill("SIGTERM");
  waitUntil(() => exists(poststop));
  running.kill("SIGINT");
  const { code, stderr } = await running.result();
  const [warning, error] = stderr.trimEnd().split("\n");
  assertEquals(code, 128 + 15);
  assert(warning!.includes("level=warning") && warning!.includes("SIGINT"), stderr);
  assert(error!.includes("level=error") && error!.includes("told to stop by SIGTERM"), stderr);
  assert(exists(last), "the next poststop hook runs all the same");
  waitUntil(() => box.traces().every((trace) => !trace.startsWith("process ")));
  assertEquals(box.traces(), []);
});

Deno.test("a signal that the caller ignores does not stop create", async () => {
  using box = new Sandbox();
  const [begun, end] = [`${box.directory}/begun`, `${box.directory}/end`];
  box.script("exec sleep 1000", (config) => {
    const script = `: >${begun}; while [ ! -e ${end} ]; do sleep 0.05; done`;
    config.hooks = { createRuntime: [{ path: "/bin/sh", args: ["sh", "-c", script] }] };
  });
  const running = box.start({ prefix: ["nohup"] }, "create", box.id);
  waitUntil(() => exists(begun));
  running.kill("SIGHUP");
  Deno.writeTextFileSync(end, "");
  assertEquals((await running.result()).code, 0);
  assertEquals(box.state().status, "created");
  box.succeed("delete", box.id);
});

for (const delay of [0, 20, 60, 90, 120, 160]) {
  Deno.test(`create that gets SIGTERM after ${delay} ms is all there or not at all, devices included`, async () => {
    using host = new NamespaceHolder(
      ["network"],
      `ip link set lo up; sysctl -q -w net.ipv6.conf.default.accept_dad=0
      ip link add h0 type ifb; ip link set h0 up; ip addr add 192.0.2.1/24 dev h0
      ip link add h1 type ifb; ip addr add 2001:db8::1/64 dev h1
      ip route add 10.0.0.0/8 via 192.0.2.9`,
    );
    const devices = () =>
      host.nsenter(["network"], "sh", "-c", "ip -br addr; ip route").replaceAll(/ +/g, " ");
    using box = new Sandbox();
    box.script("exec sleep 1000", (config) => {
      config.linux.netDevices = { h0: { name: "eth0" }, h1: {} };
    });
    const before = devices();
    const prefix = ["nsenter", `--target=${host.pid}`, "--net", "--"];
    const running = box.start({ prefix }, "create", box.id);
    sleep(delay);
    running.kill("SIGTERM");
    const { code } = await running.result();
    if (code === 0) {
      assertEquals(box.state().status, "created");
      assertEquals(devices().includes("h0"), false);
    } else {
      assertEquals(code, 128 + 15);
      assertEquals(devices(), before);
      assertEquals(box.traces(), []);
    }
  });
}

/** Signals a create twice, the second time while it gives back; false when it was too late to be told while it moves. */
async function isStoppedWhileMoving(): Promise<boolean> {
  const names = Array.from({ length: 40 }, (_, i) => `h${i}`);
  using host = new NamespaceHolder(
    ["network"],
    `for i in ${names.join(" ")}; do ip link add $i type ifb; ip link set $i up
      ip addr add 2001:db8::$i/64 dev $i 2>/dev/null || ip addr add 192.0.2.1/32 dev $i; done`,
  );
  const devices = () => host.nsenter(["network"], "ip", "-br", "addr").replaceAll(/ +/g, " ");
  using box = new Sandbox();
  box.configure((config) => {
    config.linux.netDevices = Object.fromEntries(names.map((name) => [name, {}]));
  });
  const before = devices();
  const prefix = ["nsenter", `--target=${host.pid}`, "--net", "--"];
  const running = box.start({ prefix }, "create", box.id);
  waitUntil(() => !devices().includes("h0 "));
  running.kill("SIGTERM");
  waitUntil(() => devices().includes("h0 ") || hasEnded(running.pid));
  running.kill("SIGTERM");
  const result = await running.result();
  if (result.code === 0) return false;
  const sentence = sentenceOf(result, "SIGTERM");
  assertEquals(devices(), before);
  assertEquals(box.traces(), []);
  return /^Cannot move the network devices: Cannot move .*: the runtime was told/.test(sentence);
}

Deno.test("create that gets two signals while it moves many devices gives all of them back", async () => {
  // On a busy machine it may have moved all of them before the first one is missed.
  for (let tries = 20; !await isStoppedWhileMoving(); tries--) assert(tries > 0, "too late again");
});
