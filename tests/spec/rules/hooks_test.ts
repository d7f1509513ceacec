import { testCases } from "../cases.ts";

const at = "(config.md#configHooks)";
const kinds = [
  "prestart",
  "createRuntime",
  "createContainer",
  "startContainer",
  "poststart",
  "poststop",
];

testCases("the rules of hooks", [
  ["no hooks", { hooks: {} }],
  ["hooks of all kinds", {
    hooks: Object.fromEntries(
      kinds.map((kind) => [kind, [{ path: "/a", args: ["a"], env: ["A=b"], timeout: 1 }]]),
    ),
  }],
  [
    "relative paths in all kinds",
    { hooks: Object.fromEntries(kinds.map((kind) => [kind, [{ path: "/a" }, { path: "a" }]])) },
    ...kinds.map((kind) => `hooks.${kind}[1].path: must be an absolute path, got "a" ${at}`),
  ],
  [
    "an empty path and a missing one",
    { hooks: { poststop: [{ path: "" }] } },
    `hooks.poststop[0].path: must be an absolute path, got "" ${at}`,
  ],
  [
    "timeouts that are not positive integers",
    { hooks: { poststop: [{ path: "/a", timeout: 0 }, { path: "/a", timeout: 1.5 }] } },
    `hooks.poststop[0].timeout: expected integer from 1 to 9007199254740991, got 0 ${at}`,
    `hooks.poststop[1].timeout: expected integer from 1 to 9007199254740991, got 1.5 ${at}`,
  ],
  [
    "a hook without path",
    { hooks: { prestart: [{ args: ["a"] }] } },
    `hooks.prestart[0].path: is required ${at}`,
  ],
]);
