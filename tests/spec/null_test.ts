import { assertEquals } from "#assert";
import { throws } from "node:assert/strict";
import { ConfigError } from "../../spec/issue.ts";
import { stringifyJson } from "../../spec/json.ts";
import { dropNulls } from "../../spec/null.ts";
import { Config } from "../../spec/schema/config.ts";
import {
  parseConfig,
  parseProcess,
  parseResources,
  validateConfig,
  validateShape,
} from "../../spec/validate.ts";
import { propertiesOf } from "./properties.ts";
import { fullConfig } from "./full_config.ts";
import { setAt } from "./property_access.ts";

Deno.test("dropNulls() returns the same value when there is nothing to drop", () => {
  const config = fullConfig();
  assertEquals(dropNulls(Config, config) === config, true);
  for (const value of [null, 1, "x", [], undefined]) assertEquals(dropNulls(Config, value), value);
});

Deno.test("parseConfig() takes null for absent where a property may be absent", () => {
  const base = { ociVersion: "1.3.0", root: { path: "rootfs" } };
  const process = { cwd: "/", args: ["sh"], user: { uid: 1, gid: 2 } };
  const absent = parseConfig(JSON.stringify({ ...base, process, linux: {} }));
  const text = JSON.stringify({
    ...base,
    mounts: null,
    hooks: null,
    annotations: null,
    windows: null,
    process: {
      ...process,
      env: null,
      capabilities: null,
      rlimits: null,
      user: { uid: 1, gid: 2, additionalGids: null },
    },
    linux: { namespaces: null, resources: null, sysctl: null, seccomp: null },
  });
  assertEquals(parseConfig(text), absent);
});

Deno.test("parseConfig() finds no other fault where each optional property is null in turn", () => {
  for (const { path, isOptional } of propertiesOf(Config)) {
    // What needs it is another matter: mappings need a namespace, and limits their swap.
    const config = fullConfig();
    setAt(config, path, null);
    const issues = validateShape(config).map((issue) => issue.path);
    assertEquals(issues.length, isOptional ? 0 : 1, `${path}: ${issues}`);
  }
});

Deno.test("parseConfig() refuses null for what is required, in arrays and in maps", () => {
  const refused: [string, string][] = [
    ["root", "expected object, got null"],
    ["process.args", "expected array, got null"],
    ["process.user.uid", "expected integer from 0 to 4294967294, got null"],
    ["process.args[1]", "expected string, got null"],
    ["mounts[0]", "expected object, got null"],
    ['annotations["org.example.key"]', "expected string, got null"],
    ["linux.netDevices.eth9", "expected object, got null"],
    ["linux.resources.rdma.mlx5_1", "expected object, got null"],
  ];
  for (const [path, message] of refused) {
    const config = fullConfig();
    setAt(config, path, null);
    const issues = validateConfig(config);
    assertEquals(issues.map((issue) => [issue.path, issue.message]), [[path, message]]);
  }
});

Deno.test("parseConfig() applies its rules to what is left without null", () => {
  const config = fullConfig();
  setAt(config, "process.cwd", "tmp");
  setAt(config, "linux.resources.memory.swap", null);
  setAt(config, "mounts[0].options", null);
  assertEquals(validateConfig(config).map(({ path }) => path), ["process.cwd"]);
});

Deno.test("parseProcess() and parseResources() take no null for a document", () => {
  for (const parse of [parseProcess, parseResources]) {
    throws(() => parse("null", "x.json"), (error) => {
      assertEquals((error as Error).message.startsWith("Invalid x.json: expected object"), true);
      return error instanceof ConfigError;
    });
  }
  assertEquals(parseResources(stringifyJson({ memory: null, devices: null })), {});
});
