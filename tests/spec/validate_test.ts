import { assert, assertEquals } from "#assert";
import { throws } from "node:assert/strict";
import { ConfigError, formatIssue } from "../../spec/issue.ts";
import { parseConfig, parseProcess, parseResources, validateConfig } from "../../spec/validate.ts";

function refusal(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    assert(error instanceof ConfigError, String(error));
    assert(!error.message.includes("\n"), "one line");
    return error.message;
  }
  throw new Error("nothing thrown");
}

Deno.test("parseConfig() keeps 64-bit integers exact", () => {
  const config = parseConfig(`{
    "ociVersion": "1.0.2-dev", "root": {"path": "rootfs"},
    "process": {"cwd": "/", "args": ["sh"], "rlimits": [
      {"type": "RLIMIT_CORE", "soft": 1024, "hard": 18446744073709551615}]},
    "linux": {"resources": {
      "memory": {"limit": 9223372036854775807, "swap": -1},
      "hugepageLimits": [{"pageSize": "2MB", "limit": 9223372036854772000}]}}
  }`);
  assertEquals(config.process?.rlimits?.[0]?.hard, 18446744073709551615n);
  assertEquals(config.process?.rlimits?.[0]?.soft, 1024);
  assertEquals(config.linux?.resources?.memory, { limit: 9223372036854775807n, swap: -1 });
  assertEquals(config.linux?.resources?.hugepageLimits?.[0]?.limit, 9223372036854772000n);
});

Deno.test("parseConfig() reports invalid text with its place", () => {
  assertEquals(
    refusal(() => parseConfig('{\n  "root": {"path": "a",}\n}')),
    'Invalid config.json: line 2, column 24: expected member name, got "}" (config.md#configuration)',
  );
});

Deno.test("parseConfig() refuses a member that appears twice", () => {
  assertEquals(
    refusal(() => parseConfig('{"ociVersion":"1.0.0","root":{"path":"a"},"root":{"path":"/"}}')),
    'Invalid config.json: line 1, column 43: duplicate member name "root" (config.md#configuration)',
  );
});

Deno.test("parseConfig() reports faults of shape and of meaning at once", () => {
  const text = `{
    "ociVersion": "2.0.0", "root": {"path": 5}, "hostname": "a",
    "process": {"cwd": "tmp", "args": [], "oomScoreAdj": "0"},
    "hooks": {"poststop": [{"path": "true"}]},
    "linux": {"namespaces": [{"type": "uts"}, {"type": "uts"}], "netDevices": {"eth0": {"name": "a/b"}}}
  }`;
  assertEquals(
    refusal(() => parseConfig(text)),
    "config.json has 9 errors: " + [
      "root.path: expected string, got 5 (config.md#configRoot)",
      "process.args: must have at least one entry (config.md#configProcess)",
      'process.oomScoreAdj: expected integer from -1000 to 1000, got "0" (config.md#configLinuxProcess)',
      'ociVersion: must be of major version 1, got "2.0.0" (config.md#configSpecificationVersion)',
      'process.cwd: must be an absolute path, got "tmp" (config.md#configProcess)',
      'hooks.poststop[0].path: must be an absolute path, got "true" (config.md#configHooks)',
      'linux.namespaces[1].type: repeats linux.namespaces[0], "uts" (config-linux.md#configLinuxNamespaces)',
      'linux.netDevices.eth0.name: must not contain "/", ":" or white space, got "a/b" ' +
      "(config-linux.md#configLinuxNetworkDevices)",
      'linux.netDevices: needs a namespace of type "network" in linux.namespaces ' +
      "(config-linux.md#configLinuxNetworkDevices)",
    ].join("; "),
  );
});

Deno.test("validateConfig() does not report a fault again as its own consequence", () => {
  const config = {
    ociVersion: "1.3.0",
    root: { path: "rootfs" },
    hostname: "a",
    linux: { namespaces: [{ type: "UTS" }], netDevices: { eth0: {} }, maskedPaths: ["/a"] },
  };
  assertEquals(validateConfig(config).map(({ path }) => path), ["linux.namespaces[0].type"]);
  assertEquals(validateConfig({ ...config, linux: [] }).map(({ path }) => path), ["linux"]);
});

Deno.test("validateConfig() takes any value", () => {
  for (const value of [undefined, null, 1, 1n, "x", [], {}, true, Symbol("x"), () => 1]) {
    assert(validateConfig(value).length > 0);
  }
  assertEquals(validateConfig({}).map(formatIssue), [
    "ociVersion: is required (config.md#configSpecificationVersion)",
    "root: is required (config.md#configRoot)",
  ]);
});

Deno.test("parseProcess() reads a process on its own", () => {
  const process = parseProcess('{"cwd": "/", "args": ["ls"], "selinuxLabel": "", "extra": 1}');
  assertEquals(process, { cwd: "/", args: ["ls"] });
  assertEquals(
    refusal(() => parseProcess('{"cwd": "a", "args": ["ls"]}', "p.json")),
    'Invalid p.json: process.cwd: must be an absolute path, got "a" (config.md#configProcess)',
  );
  assertEquals(
    refusal(() => parseProcess("[]")),
    "Invalid process.json: process: expected object, got array (config.md#configProcess)",
  );
  throws(() => parseProcess("x"), ConfigError);
});

Deno.test("parseResources() reads resources on their own", () => {
  assertEquals(parseResources('{"memory": {"limit": 18014398509481984}}'), {
    memory: { limit: 18014398509481984n },
  });
  assertEquals(
    refusal(() => parseResources('{"pids": {"limit": -2}}')),
    "Invalid resources.json: linux.resources.pids.limit: must be -1 (no limit) or more, got -2 " +
      "(config-linux.md#configLinuxPIDS)",
  );
});
