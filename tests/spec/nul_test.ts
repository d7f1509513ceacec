import { assertEquals } from "#assert";
import { nulIssues } from "../../spec/nul.ts";
import { testCases } from "./cases.ts";

const cut = "must not contain a NUL character";

testCases("the rule of NUL", [
  ["it in annotations, which are nobody's C strings", { annotations: { "a\0": "b\0" } }],
  ["it in what is ignored", { freebsd: { jail: { parent: "a\0" } }, extra: "\0" }],
  [
    "it in strings for the kernel",
    {
      root: { path: "rootfs\0/../.." },
      process: { args: ["sh", "a\0b"], env: ["A=\0"] },
      hostname: "a\0",
      hooks: { poststop: [{ path: "/bin/true\0", args: ["x"] }] },
      mounts: [{ destination: "/a", options: ["ro", "x=\0"] }],
      linux: { sysctl: { "net.\0": "1", "net.x": "\0" } },
    },
    `root.path: ${cut} (config.md#configRoot)`,
    `mounts[0].options[1]: ${cut} (config.md#configLinuxMountOptions)`,
    `process.args[1]: ${cut} (config.md#configProcess)`,
    `process.env[0]: ${cut} (config.md#configProcess)`,
    `hostname: ${cut} (config.md#configHostname)`,
    `hooks.poststop[0].path: ${cut} (config.md#configHooks)`,
    `linux.sysctl["net.\\u0000"]: ${cut} (config-linux.md#configLinuxSysctl)`,
    `linux.sysctl["net.x"]: ${cut} (config-linux.md#configLinuxSysctl)`,
  ],
]);

Deno.test("nulIssues() ends on a value that contains itself", () => {
  const linux: Record<string, unknown> = {};
  linux.linux = linux;
  assertEquals(nulIssues({ linux }), []);
  assertEquals(nulIssues(null), []);
  assertEquals(nulIssues("\0"), []);
});
