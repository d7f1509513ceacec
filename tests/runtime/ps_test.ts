import { assertEquals } from "#assert";
import { throws } from "node:assert/strict";
import { filterTable, formatPids } from "../../runtime/ps.ts";

const TABLE = `UID          PID    PPID  C STIME TTY          TIME CMD
root           1       0  0 10:00 ?        00:00:01 init 77
root          17       1  0 10:00 ?        00:00:00 sh -c 9
root           9      17  0 10:00 ?        00:00:00 sleep 17
`;

Deno.test("filterTable() keeps the header and the lines whose PID is one of them", () => {
  const [header, , sh, sleep] = TABLE.split("\n");
  assertEquals(filterTable(TABLE, new Set([9, 17])), `${header}\n${sh}\n${sleep}\n`);
  assertEquals(filterTable(TABLE, new Set([77])), `${header}\n`);
  assertEquals(filterTable(TABLE, new Set()), `${header}\n`);
});

Deno.test("filterTable() finds the column wherever it stands", () => {
  assertEquals(filterTable("  PID CMD\n    9 a\n   10 b\n", new Set([9])), "  PID CMD\n    9 a\n");
  assertEquals(filterTable("S PID\nS 9\nR 10\n", new Set([10])), "S PID\nR 10\n");
});

Deno.test("filterTable() refuses a table that does not say PID, or has something else there", () => {
  throws(() => filterTable("COMMAND\nsh\n", new Set([1])), {
    message: 'The output of ps has no column PID, its header is "COMMAND"',
  });
  throws(() => filterTable("", new Set([1])), /no column PID, its header is ""/);
  throws(() => filterTable("CMD PID\na b 9\n", new Set([9])), {
    message: 'ps printed "b" where its header says PID, in "a b 9"',
  });
});

Deno.test("formatPids() writes one line, and null for none", () => {
  assertEquals(formatPids([1, 23]), "[1,23]\n");
  assertEquals(formatPids([]), "null\n");
});
