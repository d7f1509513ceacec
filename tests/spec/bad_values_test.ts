import { assert, assertEquals } from "#assert";
import { ConfigError, type Issue } from "../../spec/issue.ts";
import { stringifyJson } from "../../spec/json.ts";
import { Config } from "../../spec/schema/config.ts";
import { parseConfig, validateConfig } from "../../spec/validate.ts";
import { BAD_VALUES } from "./bad_values.ts";
import { fullConfig } from "./full_config.ts";
import { nameOf, propertiesOf } from "./properties.ts";
import { setAt } from "./property_access.ts";

Deno.test("the config that the bad values are put into is valid, and has every property", () => {
  assertEquals(validateConfig(fullConfig()), []);
  for (const { path } of propertiesOf(Config)) {
    const config = fullConfig();
    setAt(config, path, fullConfig);
    assert(validateConfig(config).length > 0, path);
  }
});

for (const [clause, values] of Object.entries(BAD_VALUES)) {
  for (const [path, value] of values) {
    Deno.test(`${path} refuses ${JSON.stringify(value)}`, () => {
      const issues = refused(path, value);
      assertEquals([...new Set(issues.map((issue) => issue.path))], [path]);
      assertEquals([...new Set(issues.map(({ spec }) => spec))], [clause]);
    });
  }
}

Deno.test("a property that is REQUIRED is named when it is missing", () => {
  const required = propertiesOf(Config).filter(({ isOptional }) => !isOptional);
  assertEquals([...new Set(required.map(({ name }) => name))].toSorted(), REQUIRED.toSorted());
  for (const { path } of required) {
    const [issue, ...others] = refused(path, undefined);
    assertEquals([issue?.path, issue?.message, others], [path, "is required", []]);
  }
});

Deno.test("every property that the schemas know has a bad value", () => {
  const named = new Set(Object.values(BAD_VALUES).flat().map(([path]) => nameOf(path)));
  const known = new Set(propertiesOf(Config).map(({ name }) => name));
  assertEquals([...known.difference(named)], []);
  assertEquals([...named.difference(known)], []);
});

/** What is wrong with the full config when one property of it is. */
function refused(path: string, value: unknown): readonly Issue[] {
  const config = fullConfig();
  setAt(config, path, value);
  try {
    parseConfig(stringifyJson(config));
  } catch (error) {
    assert(error instanceof ConfigError, String(error));
    return error.issues;
  }
  throw new Error(`${path}: nothing is wrong with ${stringifyJson(value)}`);
}

function of(path: string, ...names: string[]): string[] {
  return names.map((name) => `${path}.${name}`);
}

/** By the text of the specification: what is "REQUIRED" or has to be there for another reason. */
const REQUIRED: readonly string[] = [
  "ociVersion",
  "root",
  ...of("root", "path"),
  ...of("mounts", "destination"),
  ...["mounts", "linux"].flatMap((at) =>
    ["uidMappings", "gidMappings"].flatMap((map) =>
      of(`${at}.${map}`, "containerID", "hostID", "size")
    )
  ),
  ...of("process", "cwd", "args"),
  ...of("process.consoleSize", "height", "width"),
  ...of("process.user", "uid", "gid"),
  ...of("process.rlimits", "type", "soft", "hard"),
  ...of("process.scheduler", "policy"),
  ...of("process.ioPriority", "class", "priority"),
  ..."prestart createRuntime createContainer startContainer poststart poststop".split(" ")
    .map((kind) => `hooks.${kind}.path`),
  ...of("linux.namespaces", "type"),
  ...of("linux.devices", "type", "path"),
  ...of("linux.resources.devices", "allow"),
  ...of("linux.resources.blockIO.weightDevice", "major", "minor"),
  ...["ReadBps", "WriteBps", "ReadIOPS", "WriteIOPS"].flatMap((kind) =>
    of(`linux.resources.blockIO.throttle${kind}Device`, "major", "minor", "rate")
  ),
  ...of("linux.resources.hugepageLimits", "pageSize", "limit"),
  ...of("linux.resources.network.priorities", "name", "priority"),
  ...of("linux.memoryPolicy", "mode"),
  ...of("linux.seccomp", "defaultAction"),
  ...of("linux.seccomp.syscalls", "names", "action"),
  ...of("linux.seccomp.syscalls.args", "index", "value", "op"),
  ...of("linux.personality", "domain"),
];
