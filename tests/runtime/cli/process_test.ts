import { assert, assertEquals } from "#assert";
import { VERSION } from "../../../runtime/version.ts";

/** The program as a process of its own: what stays in-process cannot show who writes to which descriptor. */
const SOURCE = `
import { main } from ${JSON.stringify(new URL("../../../runtime/cli/main.ts", import.meta.url))};
Deno.exit(await main(Deno.args));
`;

function shell(
  script: string,
  ...args: readonly string[]
): { code: number; out: string; err: string } {
  const file = Deno.makeTempFileSync({ suffix: ".ts" });
  Deno.writeTextFileSync(file, SOURCE);
  const config = new URL("../../../deno.json", import.meta.url).pathname;
  const { code, stdout, stderr } = new Deno.Command("sh", {
    args: [
      "-c",
      script,
      "sh",
      Deno.execPath(),
      "run",
      "-A",
      "--no-check",
      "-c",
      config,
      file,
      ...args,
    ],
  }).outputSync();
  Deno.removeSync(file);
  const decoder = new TextDecoder();
  return { code, out: decoder.decode(stdout), err: decoder.decode(stderr) };
}

Deno.test("the program prints the version on stdout alone", () => {
  const { code, out, err } = shell('"$@"', "--version");
  assertEquals([code, out.split("\n")[0], err], [0, `runts version ${VERSION}`, ""]);
});

Deno.test("the program prints an error on stderr alone, and returns 3 for an unknown command", () => {
  const { code, out, err } = shell('"$@"', "frob");
  assertEquals([code, out], [3, ""]);
  assert(/^time="[^"]+" level=error msg="No help topic for 'frob'"\n$/.test(err), err);
});

Deno.test("the program returns 3 when stderr is closed", () => {
  assertEquals(shell('"$@" 2>&-', "frob"), { code: 3, out: "", err: "" });
});

Deno.test("the program fails when stdout takes no more", () => {
  const { code, err } = shell('"$@" >/dev/full', "--version");
  assertEquals(code, 1);
  assert(err.includes("Cannot write to the standard output: No space left on device"), err);
});

Deno.test("the program runs without an environment", () => {
  const { code, out } = shell('env -i "$@"', "--log-format=json", "help");
  assertEquals([code, out.split("\n")[0]], [0, "NAME:"]);
});
