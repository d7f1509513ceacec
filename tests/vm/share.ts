/**
 * What a machine gets to see: copies of the checkout, of the program under test, and of Deno with the modules that the
 * tests take from npm. Inside everything stands under the name that it has outside, so that the caches fit and a stack
 * trace means the same.
 *
 *     files/<absolute path>   copies
 *     deno/                   Deno's cache
 *     <number>.sh             jobs
 *
 * @module
 */
import { shellWord } from "../../.ci/launcher.ts";
import { copyTree } from "./host.ts";

/** What to share. */
export interface Contents {
  /** The project's directory. */
  readonly checkout: string;
  /** The executable under test; a launcher's companions stand beside it. */
  readonly runts: string;
  /** The pinned Deno. */
  readonly deno: string;
  /** A DENO_DIR of the lane's own. */
  readonly denoDirectory: string;
  /** The test files, from the checkout. */
  readonly tests: readonly string[];
}

/** A filled directory to be shared. */
export class Share {
  readonly directory: string;
  readonly #contents: Contents;
  readonly #paths: string[] = [];
  #jobs = 0;

  constructor(directory: string, contents: Contents) {
    this.directory = directory;
    this.#contents = contents;
    const { checkout, runts, deno, denoDirectory } = contents;
    const unwanted = [".git", ".cache", "dist", "node_modules"].map((name) =>
      `${checkout}/${name}`
    );
    this.#add(checkout, (path) => unwanted.includes(path));
    const directoryOfRunts = runts.replace(/\/[^/]*$/, "");
    for (const { name } of Deno.readDirSync(directoryOfRunts)) {
      const path = `${directoryOfRunts}/${name}`;
      if (path === runts || path.startsWith(`${runts}.`)) this.#add(path);
    }
    this.#add(deno);
    // Two runs at once would copy each other's half-written files.
    using lock = Deno.openSync(`${denoDirectory}.lock`, { create: true, write: true });
    lock.lockSync(true);
    cacheModules(contents);
    copyTree(denoDirectory, `${directory}/deno`);
  }

  #add(path: string, isLeftOut?: (path: string) => boolean): void {
    const copy = `${this.directory}/files${path}`;
    Deno.mkdirSync(copy.replace(/\/[^/]*$/, ""), { recursive: true });
    copyTree(path, copy, isLeftOut);
    if (!this.#paths.some((added) => path.startsWith(`${added}/`))) this.#paths.push(path);
  }

  /** Writes a job that runs a command in the checkout, and returns its name. */
  addJob(words: readonly string[]): string {
    const name = `${++this.#jobs}.sh`;
    Deno.writeTextFileSync(`${this.directory}/${name}`, this.#script(words));
    return name;
  }

  #script(words: readonly string[]): string {
    const { checkout, runts, deno } = this.#contents;
    const directoryOfDeno = deno.replace(/\/[^/]*$/, "");
    return `set -e
run=/run/runts-vm
share=$run/share
for path in ${this.#paths.map(shellWord).join(" ")}; do
  if [ -d "$share/files$path" ]; then
    mkdir -p "$path"
  else
    mkdir -p "\${path%/*}"
    : >"$path"
  fi
  mount --bind "$share/files$path" "$path"
done
# Deno's cache are databases, which it opens for writing.
mkdir -p $run/deno $run/upper $run/work
mount -t overlay -o lowerdir=$share/deno,upperdir=$run/upper,workdir=$run/work overlay $run/deno
export CI=true NO_COLOR=1 DENO_NO_UPDATE_CHECK=1 DENO_DIR=$run/deno
export RUNTS=${shellWord(runts)} PATH=${shellWord(directoryOfDeno)}:$PATH
cd ${shellWord(checkout)}
exec ${words.map(shellWord).join(" ")}
`;
  }
}

/** Fetches and translates the tests' modules where Deno's cache does not have them. */
function cacheModules({ checkout, deno, denoDirectory, tests }: Contents): void {
  if (tests.length === 0) return Deno.mkdirSync(denoDirectory, { recursive: true });
  const { success } = new Deno.Command(deno, {
    args: ["cache", "--quiet", "--no-check", ...tests],
    cwd: checkout,
    env: { DENO_DIR: denoDirectory },
    stdout: "null",
  }).outputSync();
  if (!success) throw new Error("Cannot fetch the modules of the tests");
}
