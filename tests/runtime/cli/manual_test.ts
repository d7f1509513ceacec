import { assert, assertEquals } from "#assert";
import { throws } from "node:assert/strict";
import { COMMANDS, GLOBAL_FLAGS } from "../../../runtime/cli/commands.ts";
import { manual } from "../../../runtime/cli/manual.ts";

const PAGES = [undefined, ...COMMANDS.map(({ name }) => name)];

Deno.test("manual() writes a page for the program and for every command", () => {
  for (const name of PAGES) {
    const text = manual(name);
    const title = name === undefined ? "RUNTS" : `RUNTS-${name.toUpperCase()}`;
    assert(text.startsWith(`.TH ${title} 8 `), name);
    for (const heading of ["NAME", "SYNOPSIS", "DESCRIPTION"]) {
      assertEquals(text.split(`\n.SH ${heading}\n`).length, 2, `${name} ${heading}`);
    }
  }
});

Deno.test("manual() shows every flag but the hidden ones, with minus signs that can be copied", () => {
  for (const { name, flags } of [{ name: undefined, flags: GLOBAL_FLAGS }, ...COMMANDS]) {
    const text = manual(name);
    for (const flag of flags) {
      const word = `\\-\\-${flag.name.replaceAll("-", "\\-")}`;
      assertEquals(
        new RegExp(`^\\.B ${RegExp.escape(word)}(?![\\w\\\\])`, "m").test(text),
        !flag.hidden,
        `${name} ${flag.name}`,
      );
    }
  }
});

Deno.test("manual() has nothing that troff would take for a request of its own", () => {
  for (const name of PAGES) {
    for (const line of manual(name).split("\n")) {
      assert(!/^[.']/.test(line) || /^\.(?:TH|SH|PP|TP|B|EX|EE)(?: |$)/.test(line), line);
    }
  }
});

Deno.test("manual() refuses what is no command", () => {
  throws(() => manual("frob"), {
    message: 'Cannot write a manual page: there is no command "frob"',
  });
});
