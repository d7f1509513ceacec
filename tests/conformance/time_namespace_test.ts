/** `linux.timeOffsets`, and namespaces of type `time`. @module */
import { assert, assertEquals } from "#assert";
import { NamespaceHolder, namespaceOf } from "../lib/namespace_holder.ts";
import { type Editable, failure, Sandbox } from "../lib/sandbox.ts";

const TIME = { type: "time" };

/** The namespace, the one of children, and the offsets, as a container's shell sees them. */
const LOOK = `readlink /proc/self/ns/time; readlink /proc/self/ns/time_for_children
  while read clock seconds nanoseconds; do echo $clock $seconds $nanoseconds; done < /proc/self/timens_offsets`;

function run(edit: (config: Editable) => void): string[] {
  using box = new Sandbox();
  box.script(LOOK, edit);
  return box.output().trim().split("\n");
}

function refusal(edit: (config: Editable) => void): string {
  using box = new Sandbox();
  box.script("true", edit);
  const message = failure(box.runts("create", box.id));
  assertEquals(box.traces(), []);
  return message;
}

/** With or without offsets: they take different ways. */
const OFFSETS: readonly [name: string, timeOffsets: Editable, seen: string[]][] = [
  ["no offsets", undefined, ["monotonic 0 0", "boottime 0 0"]],
  ["empty offsets", {}, ["monotonic 0 0", "boottime 0 0"]],
  ["one clock", { boottime: { secs: 604800 } }, ["monotonic 0 0", "boottime 604800 0"]],
  [
    "both clocks",
    { monotonic: { secs: 172800, nanosecs: 5 }, boottime: { secs: 604800, nanosecs: 999999999 } },
    ["monotonic 172800 5", "boottime 604800 999999999"],
  ],
  ["nanoseconds alone", { monotonic: { nanosecs: 7 } }, ["monotonic 0 7", "boottime 0 0"]],
  ["a clock that is behind", { monotonic: { secs: -1 } }, ["monotonic -1 0", "boottime 0 0"]],
];

for (const [name, timeOffsets, seen] of OFFSETS) {
  Deno.test(`config-linux.md#configLinuxTimeOffset: ${name}, in a new time namespace`, () => {
    const [own, children, ...offsets] = run((config) => {
      config.linux.namespaces.push(TIME);
      if (timeOffsets !== undefined) config.linux.timeOffsets = timeOffsets;
    });
    assert(own !== namespaceOf("self", "time"));
    assertEquals(children, own);
    assertEquals(offsets, seen);
  });
}

Deno.test("config-linux.md#configLinuxTimeOffset: the clocks run with the offset", () => {
  using box = new Sandbox();
  box.script("cat /proc/uptime", (config) => {
    config.linux.namespaces.push(TIME);
    config.linux.timeOffsets = { boottime: { secs: 1_000_000 } };
  });
  const uptime = () => Number(Deno.readTextFileSync("/proc/uptime").split(" ")[0]);
  const before = uptime();
  // Without the digits that the subtraction adds: the hundredth may be the same as the host's.
  const seen = Number((Number(box.output().split(" ")[0]) - 1_000_000).toFixed(2));
  assert(before <= seen && seen <= uptime(), String(seen));
});

Deno.test("config-linux.md#configLinuxNamespaces: without type time the namespace is the runtime's", () => {
  const [own, children] = run(() => {});
  assertEquals([own, children], Array(2).fill(namespaceOf("self", "time")));
});

Deno.test("config-linux.md#configLinuxNamespaces: a time namespace with a path is joined, with its offsets", () => {
  using holder = new NamespaceHolder(["time"]);
  const [own, children] = run((config) => {
    config.linux.namespaces.push({ type: "time", path: holder.path("time") });
  });
  assertEquals([own, children], Array(2).fill(namespaceOf(holder.pid, "time")));
  assert(holder.isAlive());
});

Deno.test("config-linux.md#configLinuxNamespaces: a path that is no time namespace is an error", () => {
  const message = refusal((config) => {
    config.linux.namespaces.push({ type: "time", path: "/proc/self/ns/uts" });
  });
  assert(message.startsWith("Cannot join the namespaces: linux.namespaces["), message);
  assert(message.includes("is it a namespace of that type?"), message);
});

Deno.test("config-linux.md#configLinuxTimeOffset: offsets that could not be applied are refused by name", () => {
  const offsets = { monotonic: { secs: 1 } };
  for (
    const [namespace, timeOffsets, property] of [
      [TIME, { realtime: { secs: 1 } }, "linux.timeOffsets.realtime"],
      [TIME, { monotonic: { nanosecs: 1_000_000_000 } }, "linux.timeOffsets.monotonic.nanosecs"],
      [TIME, { monotonic: { secs: "1" } }, "linux.timeOffsets.monotonic.secs"],
      [{ type: "pid" }, offsets, "linux.timeOffsets: needs"],
      [{ type: "time", path: "/proc/self/ns/time" }, offsets, "linux.timeOffsets: must be absent"],
    ]
  ) {
    const message = refusal((config) => {
      config.linux.namespaces = [{ type: "mount" }, namespace];
      config.linux.timeOffsets = timeOffsets;
      delete config.hostname;
    });
    assert(message.includes(property as string), message);
  }
});

Deno.test("config-linux.md#configLinuxTimeOffset: a clock before its beginning is the kernel's to refuse", () => {
  const message = refusal((config) => {
    config.linux.namespaces.push(TIME);
    config.linux.timeOffsets = { monotonic: { secs: -1_000_000_000 } };
  });
  assert(message.startsWith("Cannot set the time offsets: write("), message);
  assert(message.includes("monotonic -1000000000 0"), message);
  assert(message.includes(": ERANGE ("), message);
});
