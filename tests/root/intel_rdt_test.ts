/** The steps of `create` and `delete` on resctrl, with a directory and a mountinfo that stand for one. @module */
import { assertEquals } from "#assert";
import { MS } from "../../ffi/constants.ts";
import { mount } from "../../ffi/mount.ts";
import { getpid } from "../../ffi/process.ts";
import type { Creation } from "../../runtime/creation.ts";
import { planIntelRdt } from "../../runtime/plan/intel_rdt.ts";
import { createIntelRdt, putInitInIntelRdt, undoIntelRdt } from "../../runtime/steps/intel_rdt.ts";
import type { IntelRdt } from "../../spec/schema/linux.ts";
import { isolated } from "../lib/isolated.ts";
import { Resctrl } from "../lib/resctrl.ts";
import { exists, Sandbox } from "../lib/sandbox.ts";

/** What the steps need of a creation. */
function creationOf(intelRdt: IntelRdt, stored: unknown[]): Creation {
  const creation = {
    options: { id: "box" },
    plan: { intelRdt: planIntelRdt(intelRdt) },
    init: { pid: 4711 },
    storeCreating: () => stored.push((creation as unknown as Creation).intelRdt?.serialize()),
  };
  return creation as unknown as Creation;
}

/** Runs with a mountinfo that has resctrl at a directory. */
function withResctrl<T>(root: string, action: () => T): T {
  return isolated(() => {
    const pid = getpid();
    const line = `99 1 0:99 / ${root} rw,relatime - resctrl resctrl rw\n`;
    mount("tmpfs", "/mnt", "tmpfs", 0);
    Deno.writeTextFileSync("/mnt/mountinfo", Deno.readTextFileSync("/proc/self/mountinfo") + line);
    mount("/mnt/mountinfo", `/proc/${pid}/mountinfo`, null, MS.MS_BIND);
    return action();
  });
}

Deno.test("create finds resctrl, remembers the place before it is made, and puts init in", () => {
  using resctrl = new Resctrl();
  resctrl.make(`${resctrl.root}/gold`);
  const stored = withResctrl(resctrl.root, () => {
    const stored: unknown[] = [];
    const creation = creationOf({ closID: "gold" }, stored);
    createIntelRdt(creation);
    putInitInIntelRdt(creation);
    undoIntelRdt(creation);
    return stored;
  });
  assertEquals(stored, [{ directory: `${resctrl.root}/gold`, made: [] }]);
  assertEquals(resctrl.read("gold/tasks"), "4711");
  assertEquals(resctrl.groups(), ["gold"]);
});

Deno.test("delete removes what state.json says that create made", () => {
  using box = new Sandbox();
  box.script("sleep 10000");
  box.createAndStart();
  const [directory, monitor] = ["class", "monitor"].map((name) => `${box.directory}/${name}`);
  for (const path of [directory!, monitor!]) Deno.mkdirSync(path);
  const path = `${box.root}/${box.id}/state.json`;
  const state = JSON.parse(Deno.readTextFileSync(path));
  const gone = `${box.directory}/gone`;
  state.intelRdt = { directory, monitor, made: [monitor, gone] };
  Deno.writeTextFileSync(path, JSON.stringify(state));
  box.succeed("delete", "--force", box.id);
  assertEquals([exists(directory!), exists(monitor!)], [true, false]);
});
