/**
 * Installs what a task needs and this machine lacks, from Debian's packages.
 *
 *     prepare.ts demo | test | clients | vm | bench
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
/** A library has no program to know it by: elsewhere it is taken to be there, and a test that misses it says so. */
const LIBSECCOMP: Need = { package: "libseccomp2", program: "sh" };
const RUNC: Need = { package: "runc", program: "runc" };

const NEEDS: Readonly<Record<string, readonly Need[]>> = {
  demo: [BUSYBOX, IPROUTE],
  test: [BUSYBOX, IPROUTE, LIBSECCOMP],
  clients: [BUSYBOX, LIBSECCOMP],
  // QEMU and a kernel come out of Debian's packages, into a cache. Where these are missing it is skipped.
  vm: [],
  bench: [BUSYBOX, RUNC],
};

/**
 * What the tests can do without, at the price of skipping some: they look at machine code and play the other machine's, and
 * they have clients of the runtime call it.
 */
const WISHES: Readonly<Record<string, readonly Need[]>> = {
  test: Deno.build.arch === "aarch64"
    ? [
      { package: "qemu-user-static", program: "qemu-x86_64-static" },
      { package: "binutils", program: "objdump" },
      { package: "binutils-x86-64-linux-gnu", program: "x86_64-linux-gnu-objdump" },
    ]
    : [
      { package: "qemu-user-static", program: "qemu-aarch64-static" },
      { package: "binutils", program: "objdump" },
      { package: "binutils-aarch64-linux-gnu", program: "aarch64-linux-gnu-objdump" },
    ],
  clients: [
    { package: "containerd", program: "containerd" },
    { package: "containernetworking-plugins", program: "sh" },
    { package: "docker.io", program: "dockerd" },
    { package: "podman", program: "podman" },
    { package: "conmon", program: "conmon" },
    { package: "buildah", program: "buildah" },
    { package: "criu", program: "criu" },
  ],
  vm: [
    { package: "mmdebstrap", program: "mmdebstrap" },
    { package: "e2fsprogs", program: "mke2fs" },
  ],
};

/** Asked by Debian's packages before they start a service; by default there is none. */
const POLICY = "/usr/sbin/policy-rc.d";

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

/** Runs an action while no package may start a service of its own. */
function withoutServices<T>(action: () => T): T {
  try {
    Deno.writeTextFileSync(POLICY, "#!/bin/sh\nexit 101\n", { createNew: true, mode: 0o755 });
  } catch (error) {
    // Whoever has a policy keeps it.
    if (error instanceof Deno.errors.AlreadyExists) return action();
    throw error;
  }
  try {
    return action();
  } finally {
    Deno.removeSync(POLICY);
  }
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

/** Installs what of `needs` is missing; the result is what could not be had. */
function install(needs: readonly Need[], isDebian: boolean): string {
  const missing = needs.filter((need) => !isThere(need, isDebian)).map((need) => need.package);
  if (missing.length === 0) return "";
  const options = ["install", "--no-install-recommends", ...missing];
  // The lists of a fresh machine are empty or old, so a first failure means little.
  const isDone = isDebian && Deno.uid() === 0 &&
    withoutServices(() => aptGet(...options) || (aptGet("update") && aptGet(...options)));
  return isDone ? "" : missing.join(" ");
}

/** Installs what can be had: all together, or one by one where one of them is in the way. */
function wish(wishes: readonly Need[], isDebian: boolean): string {
  const missing = install(wishes, isDebian);
  if (missing === "" || !isDebian || wishes.length < 2) return missing;
  return wishes.map((one) => install([one], isDebian)).filter((name) => name !== "").join(" ");
}

function prepare(task: string): number {
  const needs = NEEDS[task];
  if (needs === undefined) {
    say(`Cannot prepare "${task}": it is none of ${Object.keys(NEEDS).join(", ")}`);
    return 1;
  }
  const isDebian = succeeds("dpkg-query", "--version") && succeeds("apt-get", "--version");
  const missing = install(needs, isDebian);
  if (missing !== "") {
    say(`Cannot install ${missing}: that takes Debian and root; please install it and try again`);
    return 1;
  }
  const skipped = wish(WISHES[task] ?? [], isDebian);
  if (skipped !== "") say(`going on without ${skipped}: some tests will be skipped`);
  return 0;
}

if (import.meta.main) Deno.exit(prepare(Deno.args[0] ?? ""));
