import { assert, assertEquals } from "#assert";
import { throws } from "node:assert/strict";
import { COMMANDS } from "../../../runtime/cli/commands.ts";
import { completion, SHELLS } from "../../../runtime/cli/completion.ts";

function isInstalled(shell: string): boolean {
  return run("sh", ["-c", `command -v ${shell}`]).code === 0;
}

function run(program: string, args: readonly string[]): { code: number; text: string } {
  const { code, stdout, stderr } = new Deno.Command(program, { args: [...args] }).outputSync();
  const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, text: decode(stdout) + decode(stderr) };
}

/** What bash offers for the last of the words; `runts list` knows two containers, under /r a third. */
function offers(...words: string[]): string[] {
  const script = `${completion("bash")}
runts() { [[ $* == "--root /r list --quiet" ]] && echo third || printf 'web\\ndb\\n'; }
compopt() { :; }
COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
_runts
printf '%s\\n' "\${COMPREPLY[@]}"`;
  const { code, text } = run("bash", ["-c", script, "bash", ...words]);
  assertEquals(code, 0, text);
  return text.split("\n").filter((line) => line !== "");
}

Deno.test("bash: commands and their flags", () => {
  assertEquals(offers("runts", ""), COMMANDS.map(({ name }) => name));
  assertEquals(offers("runts", "st"), ["start", "state"]);
  assertEquals(offers("runts", "--log-f"), ["--log-format"]);
  assertEquals(offers("runts", "--log", "st", "st"), ["start", "state"]);
  assertEquals(offers("runts", "create", "--pid"), ["--pidfd-socket", "--pid-file"]);
  assertEquals(offers("runts", "kill", "--a"), [], "hidden flags are hidden");
});

Deno.test("bash: values of flags", () => {
  assertEquals(offers("runts", "--log-format", ""), ["text", "json"]);
  assertEquals(offers("runts", "list", "-f", "j"), ["json"]);
  assertEquals(offers("runts", "create", "--preserve-fds", ""), []);
  assertEquals(offers("runts", "create", "--bundle", "/us"), ["/usr"]);
  assertEquals(offers("runts", "create", "--pid-file", "/etc/hostn"), ["/etc/hostname"]);
});

Deno.test("bash: containers, once, and where there can be any", () => {
  assertEquals(offers("runts", "state", ""), ["web", "db"]);
  assertEquals(offers("runts", "--root", "/r", "delete", "--force", ""), ["third"]);
  assertEquals(offers("runts", "kill", "web", ""), []);
  assertEquals(offers("runts", "create", ""), [], "an ID that is taken is no help");
});

Deno.test("bash: arguments that are words of ours", () => {
  assertEquals(offers("runts", "completion", ""), ["bash", "fish", "zsh"]);
  assertEquals(offers("runts", "man", "crea"), ["create"]);
});

for (const shell of SHELLS) {
  Deno.test({
    name: `${shell} can read its completion`,
    ignore: !isInstalled(shell),
    fn: () => {
      const path = Deno.makeTempFileSync();
      try {
        Deno.writeTextFileSync(path, completion(shell));
        assertEquals(run(shell, ["-n", path]), { code: 0, text: "" });
      } finally {
        Deno.removeSync(path);
      }
    },
  });
}

Deno.test({
  name: "fish: commands, flags with their help, and values",
  ignore: !isInstalled("fish"),
  fn: () => {
    const ask = (line: string) =>
      run("fish", ["--no-config", "-c", `${completion("fish")}\ncomplete -C '${line}'`]).text;
    assert(/^create\tcreate a container$/m.test(ask("runts ")));
    assert(/^--pid-file\t/m.test(ask("runts create --pid")));
    assertEquals(ask("runts list --format "), "json\ttable or json\ntable\ttable or json\n");
  },
});

Deno.test("completion() knows no other shell", () => {
  throws(() => completion("csh"), {
    message: 'Cannot write a completion for "csh": the shells are bash, fish, zsh',
  });
});
