/** Callers whose environment has nothing in it, neither PATH nor HOME: shims, and systemd's. @module */
import { assertEquals } from "#assert";
import { COMMANDS } from "../../runtime/cli/commands.ts";
import { exists, Sandbox } from "../lib/sandbox.ts";

/** A life with every command in it, in order; `{id}` is the container, `{dir}` a directory. */
const LIFE: readonly (readonly string[])[] = [
  ["features"],
  ["man"],
  ["completion", "bash"],
  ["spec", "--bundle", "{dir}"],
  ["help"],
  ["create", "{id}"],
  ["list"],
  ["state", "{id}"],
  ["start", "{id}"],
  ["ps", "{id}"],
  ["exec", "{id}", "/bin/true"],
  ["pause", "{id}"],
  ["resume", "{id}"],
  ["update", "--pids-limit", "77", "{id}"],
  ["events", "--stats", "{id}"],
  ["list", "--format", "json"],
  ["kill", "{id}", "KILL"],
  ["delete", "--force", "{id}"],
  ["run", "{id}"],
];

/** They run another program, which is found without PATH; checkpoint_protocol_test.ts has them. */
const ELSEWHERE = ["checkpoint", "restore"];

Deno.test("every command works without any environment", () => {
  using box = new Sandbox();
  const directory = `${box.directory}/spec`;
  Deno.mkdirSync(directory);
  box.script("sleep 10000");
  for (const words of LIFE) {
    if (words[0] === "run") box.script("exit 0");
    const args = words.map((word) => word.replace("{id}", box.id).replace("{dir}", directory));
    const { code, stderr } = box.runtsWith({ clearEnv: true }, ...args);
    assertEquals([code, stderr], [0, ""], args.join(" "));
  }
  assertEquals(exists(`${directory}/config.json`), true);
});

Deno.test("no command is left out of it", () => {
  const tried = [...new Set([...LIFE.map(([name]) => name), ...ELSEWHERE])].sort();
  assertEquals(tried, COMMANDS.map(({ name }) => name).sort());
});
