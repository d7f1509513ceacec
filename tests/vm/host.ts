/**
 * What the host has, and what it runs to make a machine.
 *
 * @module
 */
import { lastLine, run } from "../../.ci/deno.ts";
import { SUITE } from "./contents.ts";

/** This host cannot have a machine: no fault of the project's, so that nothing has failed. */
export class NoMachine extends Error {}

/** The directory of the image, of QEMU and of the saved machines. */
export function cacheDirectory(): string {
  const { RUNTS_VM_CACHE, XDG_CACHE_HOME, HOME } = Deno.env.toObject();
  return RUNTS_VM_CACHE ?? `${XDG_CACHE_HOME ?? `${HOME ?? "/root"}/.cache`}/runts-vm`;
}

/** Says what happens on stderr; stdout is the tests'. */
export function say(text: string): void {
  console.error(`vm: ${text}`);
}

/** Runs a program that must succeed, and returns its output. */
export function command(program: string, ...args: string[]): string {
  const { success, stdout, stderr } = run([program, ...args]);
  if (!success) throw new Error(`Cannot run ${program} ${args.join(" ")}: ${lastLine(stderr)}`);
  return stdout;
}

function succeeds(program: string, ...args: string[]): boolean {
  try {
    return run([program, ...args]).success;
  } catch {
    return false;
  }
}

/** Why this machine cannot run another one, whatever is in the cache; undefined if it can. */
export function whyNoMachine(): string | undefined {
  if (Deno.build.arch !== "x86_64") {
    return `the image is x86_64, and this machine ${Deno.build.arch}`;
  }
  if (Deno.uid() !== 0) return "it takes root to share files with the machine";
  return undefined;
}

/** Why this machine cannot make an image; undefined if it can. Asks the network. */
export function whyNoImage(): string | undefined {
  const missing = ["mmdebstrap", "mke2fs", "setpriv", "unshare", "apt-get"].filter((program) =>
    !succeeds("sh", "-c", 'command -v "$1"', "sh", program)
  );
  if (missing.length > 0) {
    return `no ${
      missing.join(", ")
    } here: apt-get install mmdebstrap e2fsprogs util-linux, on Debian`;
  }
  const [source] = sources();
  const [, mirror = ""] = source.split(" ");
  return isReachable(mirror) ? undefined : `Debian's packages cannot be fetched from ${mirror}`;
}

/** Lines for sources.list: the mirrors that this machine's own apt uses, or Debian's. */
export function sources(): [string, ...string[]] {
  const { stdout } = run(["apt-get", "indextargets", "--format", "$(REPO_URI)"]);
  const uris = stdout.split("\n").map((uri) => uri.replace(/\/$/, ""));
  const main = uris.find((uri) => /\/debian$/.test(uri)) ?? "http://deb.debian.org/debian";
  const security = uris.find((uri) => /\/debian-security$/.test(uri));
  return [
    `deb ${main} ${SUITE} main`,
    `deb ${main} ${SUITE}-updates main`,
    ...(security === undefined ? [] : [`deb ${security} ${SUITE}-security main`]),
  ];
}

/** By apt's own means, since it may have its own proxy. */
function isReachable(mirror: string): boolean {
  const target = Deno.makeTempFileSync({ prefix: "runts-vm-" });
  try {
    const options = ["-o", "Acquire::Retries=2", "-o", "Acquire::http::Timeout=20"];
    const url = `${mirror}/dists/${SUITE}/InRelease`;
    return succeeds("/usr/lib/apt/apt-helper", ...options, "download-file", url, target);
  } finally {
    Deno.removeSync(target);
  }
}

/** Whether the processor can help: there are KVMs in software only, and those cannot run an unmodified kernel. */
export function hasKvm(): boolean {
  try {
    Deno.openSync("/dev/kvm", { read: true, write: true }).close();
    return /^flags\s*:.*\b(?:vmx|svm)\b/m.test(Deno.readTextFileSync("/proc/cpuinfo"));
  } catch {
    return false;
  }
}

/** A file or directory with all that is in it; symbolic links stay what they are. */
export function copyTree(from: string, to: string, isLeftOut = (_path: string) => false): void {
  if (isLeftOut(from)) return;
  const { isDirectory, isSymlink } = Deno.lstatSync(from);
  if (isSymlink) return Deno.symlinkSync(Deno.readLinkSync(from), to);
  if (!isDirectory) return Deno.copyFileSync(from, to);
  Deno.mkdirSync(to, { recursive: true });
  for (const { name } of Deno.readDirSync(from)) {
    copyTree(`${from}/${name}`, `${to}/${name}`, isLeftOut);
  }
}

/** Removes whatever is there, if anything is. */
export function remove(path: string): void {
  try {
    Deno.removeSync(path, { recursive: true });
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}
