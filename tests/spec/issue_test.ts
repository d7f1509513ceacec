import { assert, assertEquals } from "#assert";
import { ConfigError, formatIssue, type Issue } from "../../spec/issue.ts";

const cwd: Issue = {
  path: "process.cwd",
  spec: "config.md#configProcess",
  message: 'must be an absolute path, got "tmp"',
};
const whole: Issue = { path: "", spec: "config.md#configuration", message: "is required" };

Deno.test("formatIssue() puts the path first and the clause last", () => {
  assertEquals(
    formatIssue(cwd),
    'process.cwd: must be an absolute path, got "tmp" (config.md#configProcess)',
  );
  assertEquals(formatIssue(whole), "is required (config.md#configuration)");
});

Deno.test("ConfigError() says one issue in one line", () => {
  const error = new ConfigError([cwd]);
  assert(error instanceof TypeError);
  assertEquals(error.name, "ConfigError");
  assertEquals(error.issues, [cwd]);
  assertEquals(
    error.message,
    'Invalid config.json: process.cwd: must be an absolute path, got "tmp" ' +
      "(config.md#configProcess)",
  );
});

Deno.test("ConfigError() says several issues in one line", () => {
  assertEquals(
    new ConfigError([whole, cwd], "process.json").message,
    "process.json has 2 errors: is required (config.md#configuration); " +
      'process.cwd: must be an absolute path, got "tmp" (config.md#configProcess)',
  );
});

Deno.test("ConfigError() stops its message, not its list, after 20 issues", () => {
  const error = new ConfigError(Array.from({ length: 25 }, () => whole));
  assertEquals(error.issues.length, 25);
  assertEquals(error.message.split("; ").length, 21);
  assert(error.message.endsWith("; and 5 more"));
});
