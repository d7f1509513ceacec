/** `linux.intelRdt`. No machine of ours has resctrl: what is written where stands in tests/runtime/intel_rdt_test.ts. @module */
import { assert, assertEquals } from "#assert";
import { findResctrl } from "../../runtime/intel_rdt.ts";
import { type Editable, failure, mounts, Sandbox } from "../lib/sandbox.ts";

function refusal(edit: (config: Editable) => void): string {
  using box = new Sandbox();
  box.script("true", edit);
  const message = failure(box.runts("create", box.id));
  assertEquals(box.traces(), []);
  return message;
}

Deno.test({
  name:
    "config-linux.md#configLinuxIntelRdt: without a mounted resctrl it is an error, and nothing is left",
  ignore: findResctrl(mounts().join("\n")) !== undefined,
  fn: () => {
    for (const intelRdt of [{}, { closID: "/" }, { enableMonitoring: true }]) {
      assertEquals(
        refusal((config) => config.linux.intelRdt = intelRdt),
        "Cannot make the class of service: linux.intelRdt: resctrl is not mounted in the " +
          "runtime's mount namespace",
      );
    }
  },
});

Deno.test("config-linux.md#configLinuxIntelRdt: values that make no sense are refused by name", () => {
  for (
    const [intelRdt, property] of [
      [{ closID: "../gold" }, "linux.intelRdt.closID"],
      [{ closID: "a/b" }, "linux.intelRdt.closID"],
      [{ closID: ".." }, "linux.intelRdt.closID"],
      [{ memBwSchema: "L3:0=f" }, "linux.intelRdt.memBwSchema"],
      [{ memBwSchema: "MB:0=5\nMB:1=5" }, "linux.intelRdt.memBwSchema"],
      [{ schemata: ["MB:0=5\n"] }, "linux.intelRdt.schemata[0]"],
      [{ enableMonitoring: "yes" }, "linux.intelRdt.enableMonitoring"],
    ]
  ) {
    const message = refusal((config) => config.linux.intelRdt = intelRdt);
    assert(message.includes(property as string), message);
  }
});

Deno.test("config-linux.md#configLinuxIntelRdt: enableCMT and enableMBM are unknown since 1.3, and ignored", () => {
  const message = refusal((config) => {
    config.linux.intelRdt = { enableCMT: true, enableMBM: true, closID: "a/b" };
  });
  assert(!message.includes("enable"), message);
});

Deno.test("config-linux.md#configLinuxIntelRdt: if it is not set, resctrl MUST NOT be touched", () => {
  using box = new Sandbox();
  const resctrl = `${box.directory}/resctrl`;
  Deno.mkdirSync(resctrl);
  const mountinfo = `${box.directory}/mountinfo`;
  const line = `9999 1 0:9999 / ${resctrl} rw,relatime - resctrl resctrl rw`;
  // The runtime, which keeps the shell's pid, finds a directory where it looks for resctrl.
  const script = `cat /proc/$$/mountinfo > ${mountinfo} && echo '${line}' >> ${mountinfo} &&
    mount --bind ${mountinfo} /proc/$$/mountinfo && exec "$@"`;
  const options = { prefix: ["unshare", "--mount", "sh", "-c", script, "sh"] };
  box.script("true", (config) => config.linux.intelRdt = { closID: "gold" });
  const message = failure(box.runtsWith(options, "create", box.id));
  assert(message.includes(`"gold" does not exist in ${resctrl}, `), message);
  box.script("echo ran");
  assertEquals(box.output(options), "ran\n");
  assertEquals([...Deno.readDirSync(resctrl)], []);
});
