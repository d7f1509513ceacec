import { assertEquals } from "#assert";
import { throws } from "node:assert/strict";
import { parseSignal, signalName, SIGNALS } from "../../runtime/signal.ts";

for (
  const [text, number] of [
    ["9", 9],
    ["0", 0],
    ["64", 64],
    ["KILL", 9],
    ["SIGKILL", 9],
    ["sigkill", 9],
    ["Term", 15],
    ["SIGCHLD", 17],
    ["CLD", 17],
    ["poll", 29],
    ["RTMIN", 34],
    ["SIGRTMIN+3", 37],
    ["rtmin+30", 64],
    ["RTMAX", 64],
    ["RTMAX-1", 63],
  ] as const
) {
  Deno.test(`parseSignal() reads "${text}"`, () => assertEquals(parseSignal(text), number));
}

for (
  const text of [
    "",
    "FOO",
    "SIG",
    "SIGSIGKILL",
    "65",
    "-9",
    "9x",
    " 9",
    "RTMIN+31",
    "RTMIN-1",
    "RTMAX-31",
    "RTMAX+1",
    "constructor",
  ]
) {
  Deno.test(`parseSignal() refuses "${text}"`, () => {
    throws(() => parseSignal(text), { message: `unknown signal "${text}"` });
  });
}

Deno.test("SIGNALS agrees with the shell's own table", async () => {
  const { stdout } = await new Deno.Command("bash", { args: ["-c", "kill -l"] }).output();
  const listed = [...new TextDecoder().decode(stdout).matchAll(/(\d+)\) SIG([A-Z0-9]+)(?=\s)/g)]
    .map(([, number, name]) => [name, Number(number)] as const)
    .filter(([name]) => !name?.startsWith("RT"));
  assertEquals(listed.length, 31);
  for (const [name = "", number] of listed) assertEquals(SIGNALS[name], number, name);
});

Deno.test("signalName() names what parseSignal() reads", () => {
  assertEquals([9, 34, 37, 64, 0, 32, 65].map(signalName), [
    "SIGKILL",
    "SIGRTMIN",
    "SIGRTMIN+3",
    "SIGRTMIN+30",
    "signal 0",
    "signal 32",
    "signal 65",
  ]);
  for (let number = 1; number <= 31; number++) {
    assertEquals(parseSignal(signalName(number)), number);
  }
});
