import { assert, assertEquals } from "#assert";
import { COMMANDS, GLOBAL_FLAGS } from "../../../runtime/cli/commands.ts";
import { commandHelp, globalHelp } from "../../../runtime/cli/help.ts";

Deno.test("commandHelp() has the sections that users of container runtimes know", () => {
  const kill = COMMANDS.find((command) => command.name === "kill");
  assert(kill !== undefined);
  assertEquals(
    commandHelp(kill),
    `NAME:
   runts kill - send a signal to the first process of a container (default: SIGTERM)

USAGE:
   runts kill [command options] <container-id> [signal]

DESCRIPTION:
   The signal is a number or a name: KILL and SIGKILL mean the same, in upper
   or lower case, and real-time signals are RTMIN+n.

EXAMPLES:
   # runts kill web
   # runts kill web KILL

OPTIONS:
   --help, -h  show this help
`,
  );
});

Deno.test("commandHelp() aligns the options and shows placeholders and defaults", () => {
  const list = COMMANDS.find((command) => command.name === "list");
  assert(list !== undefined);
  const options = commandHelp(list).split("OPTIONS:\n")[1];
  assertEquals(
    options,
    `   --format FORMAT, -f FORMAT  table or json (default: table)
   --quiet, -q                 print only the IDs
   --help, -h                  show this help
`,
  );
});

Deno.test("commandHelp() shows every flag but the hidden ones", () => {
  for (const command of COMMANDS) {
    const help = commandHelp(command);
    for (const flag of command.flags) {
      assertEquals(help.includes(`--${flag.name}`), !flag.hidden, `${command.name} ${flag.name}`);
    }
  }
});

Deno.test("globalHelp() lists all commands and global options", () => {
  const help = globalHelp();
  const headings = [...help.matchAll(/^([A-Z ]+):$/gm)].map(([, heading]) => heading);
  assertEquals(headings, [
    "NAME",
    "USAGE",
    "VERSION",
    "DESCRIPTION",
    "COMMANDS",
    "GLOBAL OPTIONS",
  ]);
  for (const { name, summary } of COMMANDS) {
    assert(new RegExp(`^   ${name}(, h)? +${RegExp.escape(summary)}$`, "m").test(help), name);
  }
  for (const { name } of GLOBAL_FLAGS) assert(help.includes(`\n   --${name}`), name);
});

Deno.test("help texts end with one newline and have no trailing blanks", () => {
  for (const help of [globalHelp(), ...COMMANDS.map(commandHelp)]) {
    assert(/[^\n]\n$/.test(help));
    assert(!/[ \t]$/m.test(help));
  }
});
