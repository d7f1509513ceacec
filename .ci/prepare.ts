/**
 * Installs what a task needs and this machine lacks, from Debian's packages.
 *
 *     prepare.ts demo | test | bench
 *
 * @module
 */

/** A package, and a program by which it is known to be there on machines that are not Debian's. */
interface Need {
  readonly package: string;
  readonly program: string;
}

const BUSYBOX: Need = { package: "busybox-static", program: "busybox" };
const IPROUTE: Need = { package: "iproute2", program: "ip" };
const RUNC: Need = { package: "runc", program: "runc" };

const NEEDS: Readonly<Record<string, readonly Need[]>> = {
  demo: [BUSYBOX, IPROUTE],
  test: [BUSYBOX, IPROUTE],
  bench: [BUSYBOX, RUNC],
};

function say(text: string): void {
  console.error(`prepare: ${text}`);
}

function succeeds(program: string, ...args: string[]): boolean {
  try {
    return new Deno.Command(program, { args, stdin: "null", stdout: "null", stderr: "null" })
      .outputSync().success;
  } catch {
    return false;
  }
}

/** On Debian by its name: the program alone would not tell busybox from busybox-static. */
function isThere(need: Need, isDebian: boolean): boolean {
  const script = `dpkg-query -W -f '\${Status}' "$1" | grep -q 'ok installed'`;
  return isDebian
    ? succeeds("sh", "-c", script, "sh", need.package)
    : succeeds("sh", "-c", 'command -v "$1"', "sh", need.program);
}

function aptGet(...args: string[]): boolean {
  say(`apt-get ${args.join(" ")}`);
  return new Deno.Command("apt-get", {
    args: ["-q", "-y", "-o", "DPkg::Lock::Timeout=300", ...args],
    env: { DEBIAN_FRONTEND: "noninteractive" },
    stdin: "null",
    stdout: "null",
    stderr: "inherit",
  }).outputSync().success;
}

function prepare(task: string): number {
  const needs = NEEDS[task];
  if (needs === undefined) {
    say(`Cannot prepare "${task}": it is none of ${Object.keys(NEEDS).join(", ")}`);
    return 1;
  }
  const isDebian = succeeds("dpkg-query", "--version") && succeeds("apt-get", "--version");
  const missing = needs.filter((need) => !isThere(need, isDebian)).map((need) => need.package);
  if (missing.length === 0) return 0;
  const names = missing.join(" ");
  if (!isDebian || Deno.uid() !== 0) {
    say(`Cannot install ${names}: that takes Debian and root; please install it and try again`);
    return 1;
  }
  const options = ["install", "--no-install-recommends", ...missing];
  // The lists of a fresh machine are empty or old, so a first failure means little.
  if (aptGet(...options) || (aptGet("update") && aptGet(...options))) return 0;
  say(`Cannot install ${names}`);
  return 1;
}

if (import.meta.main) Deno.exit(prepare(Deno.args[0] ?? ""));
