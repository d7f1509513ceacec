/**
 * Runs commands of clients, each within a limit of time.
 *
 * @module
 */

/** The distribution's programs first: a client has to fit its daemon. */
export const PATH = "/usr/sbin:/usr/bin:/sbin:/bin:/usr/local/sbin:/usr/local/bin";

/** Seconds that a command may take. None takes that long, unless it hangs. */
const LIMIT = 120;

/**
 * Words before a command that give it the signals of a fresh process. A program ignores what its parent ignores, and a
 * test runner may ignore some.
 */
export const FRESH_SIGNALS: readonly string[] = [
  "env",
  "--default-signal=INT,QUIT,HUP,TERM,PIPE",
];

/** How a command ended; 124 and 137 are also the codes of one that took too long. */
export interface Result {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** How a command is run. */
export interface Options {
  readonly env?: Record<string, string>;
  readonly stdin?: string;
  readonly cwd?: string;
}

/** Runs a command to its end. */
export async function limited(words: readonly string[], options: Options): Promise<Result> {
  const { env = {}, stdin, cwd } = options;
  const child = new Deno.Command("timeout", {
    args: ["--kill-after=2", `${LIMIT}`, ...FRESH_SIGNALS, ...words],
    clearEnv: true,
    env,
    ...(cwd === undefined ? {} : { cwd }),
    stdin: stdin === undefined ? "null" : "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const writing = stdin === undefined ? undefined : write(child.stdin, stdin);
  const { code, stdout, stderr } = await child.output();
  await writing;
  const [out, err] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
  return { code, stdout: out!, stderr: err! };
}

/** A command may end without having read all of its input. */
async function write(stream: WritableStream<Uint8Array>, text: string): Promise<void> {
  const writer = stream.getWriter();
  try {
    await writer.write(new TextEncoder().encode(text));
    await writer.close();
  } catch (error) {
    if (!(error instanceof Deno.errors.BrokenPipe)) throw error;
  }
}

/** Where a program is, or undefined. */
export function findProgram(name: string): string | undefined {
  return PATH.split(":").map((directory) => `${directory}/${name}`).find(isFile);
}

function isFile(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}
