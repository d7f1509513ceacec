/** What a configuration that is refused does to the host: nothing. */
import { assert, assertEquals } from "#assert";
import { stringifyJson } from "../../spec/json.ts";
import { failure, Sandbox } from "../lib/sandbox.ts";
import { BAD_VALUES } from "../spec/bad_values.ts";
import { fullConfig } from "../spec/full_config.ts";
import { setAt } from "../spec/property_access.ts";

Deno.test("config.md#configExtensibility: a value that is refused MUST be named, and leaves the host as it was", () => {
  using box = new Sandbox();
  const before = Deno.readTextFileSync("/proc/self/mountinfo");
  const files = filesOf(box.directory);
  // One of every fourth clause: tests/spec/bad_values_test.ts has them all.
  for (const [clause, values] of Object.entries(BAD_VALUES).filter((_, i) => i % 4 === 0)) {
    const [path, value] = values.at(-1)!;
    const config = fullConfig();
    setAt(config, path, value);
    box.writeConfig(stringifyJson(config));
    const message = failure(box.runts("create", "--console-socket", "/nowhere", box.id));
    assert(message.includes(`${path}: `) && message.includes(`(${clause})`), message);
    assertEquals(box.traces(), [], path);
    assertEquals(filesOf(box.directory), files, path);
  }
  assertEquals(Deno.readTextFileSync("/proc/self/mountinfo"), before);
});

function filesOf(directory: string): string[] {
  return [...Deno.readDirSync(directory)].flatMap(({ name, isDirectory }) => {
    const path = `${directory}/${name}`;
    return isDirectory ? [path, ...filesOf(path)] : [path];
  }).sort();
}
