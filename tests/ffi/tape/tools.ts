/** Programs of other people that the tape's tests use as oracles, and how to run them. */
import type { Assembly } from "../../../ffi/tape/assemble.ts";

/** The path of an installed program, or undefined. */
export function findProgram(...names: string[]): string | undefined {
  const folders = (Deno.env.get("PATH") ?? "").split(":");
  for (const name of names) {
    for (const folder of folders) {
      try {
        if (Deno.statSync(`${folder}/${name}`).isFile) return `${folder}/${name}`;
      } catch {
        // As a shell does: what cannot be looked at is not there.
      }
    }
  }
  return undefined;
}

/** A test that needs a program; without it the test is skipped, and its name says why. */
export function testWith(
  program: string | undefined,
  need: string,
  name: string,
  fn: (program: string) => void | Promise<void>,
): void {
  if (program === undefined) Deno.test.ignore(`${name} (skipped: ${need} is not installed)`, noop);
  else Deno.test(name, () => fn(program));
}

function noop(): void {}

/** Runs a program that has to succeed, and returns what it prints. */
export function outputOf(program: string, ...args: string[]): string {
  const { success, stdout, stderr } = new Deno.Command(program, { args }).outputSync();
  if (!success) throw new Error(`${program}: ${new TextDecoder().decode(stderr)}`);
  return new TextDecoder().decode(stdout);
}

/** Writes `bytes` to a file that can be executed and is removed with the scope. */
export function temporaryFile(bytes: Uint8Array): { path: string } & Disposable {
  const path = Deno.makeTempFileSync({ prefix: "tape-" });
  Deno.writeFileSync(path, bytes);
  Deno.chmodSync(path, 0o755);
  return { path, [Symbol.dispose]: () => Deno.removeSync(path) };
}

/** Disassembles raw machine code: one `[offset, text]` an instruction, in plain spelling. */
export function disassemble(
  objdump: string,
  code: Uint8Array,
  ...options: string[]
): [offset: number, text: string][] {
  using file = temporaryFile(code);
  const lines = outputOf(objdump, "-D", "-z", "-b", "binary", ...options, file.path).split("\n");
  return lines.flatMap((line) => {
    const [, offset, text] = /^\s*([0-9a-f]+):\t[0-9a-f ]+\t(.*)$/.exec(line) ?? [];
    return offset === undefined || text === undefined ? [] : [[parseInt(offset, 16), plain(text)]];
  });
}

/** Without widths, comments and alignment. */
function plain(text: string): string {
  return text.replace(/\b[DQ]WORD PTR /, "").replace(/\s*\/\/.*$/, "").replace(/\s+/g, " ").trim();
}

/** The listing of an assembly in the form of `disassemble()`: labels replaced by their offsets. */
export function expectedDisassembly({ listing, labels }: Assembly): [number, string][] {
  return listing.map(({ offset, text }) => [
    offset,
    text.replace(/\w+$/, (last) => labels.has(last) ? `0x${labels.get(last)!.toString(16)}` : last),
  ]);
}
