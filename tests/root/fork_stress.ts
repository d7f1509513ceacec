/**
 * The program that forks by the thousand; fork_stress_test.ts runs it, as a process with a heap of its own.
 *
 *     fork_stress.ts plain|namespaces|nested COUNT
 *
 * It prints how many children came out right, and a line for each that did not.
 *
 * @module
 */
import { CLONE } from "../../ffi/constants.ts";
import { type Child, fork } from "../../ffi/fork.ts";
import { getpid, wait4 } from "../../ffi/process.ts";

/** Makes garbage of several kinds and returns a number that depends on all of it; every tenth takes major collections. */
function work(seed: number): number {
  let sum = seed;
  const kept: unknown[] = [];
  const rounds = seed % 10 === 0 ? 40 : 4;
  for (let i = 0; i < rounds; i++) {
    const list = Array.from({ length: 300 }, (_, k) => ({ k, i }));
    const text = JSON.stringify({ seed, i, list });
    const value = JSON.parse(text) as { list: { k: number }[] };
    sum = (sum * 31 + text.length + value.list.at(-1)!.k) % 65521;
    const byNumber = new Map(value.list.map((item) => [item.k, item]));
    kept.push(value, new Uint8Array(20_000).fill(i), byNumber);
    if (kept.length > 30) kept.splice(0, 20);
  }
  try {
    throw new Error(`an error with a stack ${sum}`);
  } catch (error) {
    sum += (error as Error).message.length;
  }
  return (sum + [..."unicode ✓".normalize("NFD")].length) % 251;
}

interface Kind {
  readonly flags: number;
  readonly child: (seed: number) => number;
}

const KINDS: Readonly<Record<string, Kind>> = {
  plain: { flags: 0, child: work },
  namespaces: {
    flags: CLONE.CLONE_NEWNS + CLONE.CLONE_NEWUTS + CLONE.CLONE_NEWIPC + CLONE.CLONE_NEWPID +
      CLONE.CLONE_NEWNET + CLONE.CLONE_NEWCGROUP,
    child: (seed) => getpid() === 1 ? work(seed) : 254,
  },
  nested: {
    flags: CLONE.CLONE_NEWUSER,
    child(seed) {
      work(1);
      const flags = CLONE.CLONE_NEWNS + CLONE.CLONE_NEWPID;
      const grandchild = fork({ flags }, () => work(seed));
      return wait4(grandchild.pid)?.status ?? 254;
    },
  },
};

/** How many children are alive at once: the machine may have little memory. */
const AT_ONCE = 4;
/** As many different pieces of work there are: each is done here once, to know what a child has to come to. */
const SEEDS = 20;

/** Forks, and compares the status of each child with what the same work gives here. */
function stress({ flags, child }: Kind, count: number): string[] {
  const expected = Array.from({ length: SEEDS }, (_, seed) => work(seed));
  const alive: (Child & { seed: number })[] = [];
  const wrong: string[] = [];
  const reap = (): void => {
    const { pid, pidfd, seed } = alive.shift()!;
    pidfd.close();
    const exit = wait4(pid);
    if (exit?.signal === 0 && exit.status === expected[seed]) return;
    wrong.push(`work ${seed}: ${JSON.stringify(exit)}, expected status ${expected[seed]}`);
  };
  for (let i = 0; i < count; i++) {
    const seed = i % SEEDS;
    alive.push({ seed, ...fork({ flags }, () => child(seed)) });
    if (alive.length === AT_ONCE) reap();
  }
  while (alive.length > 0) reap();
  return wrong;
}

if (import.meta.main) {
  const [kind = "", count] = Deno.args;
  const wrong = stress(KINDS[kind]!, Number(count));
  console.log(`${Number(count) - wrong.length} right`);
  for (const line of wrong) console.log(line);
}
