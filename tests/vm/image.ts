/**
 * Makes the machine's parts in the cache directory, all from Debian's packages: QEMU, a kernel, an initrd and a root
 * filesystem. Nothing is installed on the host.
 *
 *     qemu/            QEMU with its libraries, its dynamic linker and its firmware
 *     vmlinux, initrd  what QEMU starts
 *     rootfs.ext4      Debian with systemd and `guest/`
 *     packages         the versions of all that is in it
 *     stamp            what it was made of
 *
 * @module
 */
import {
  GUEST_PACKAGES,
  HOST_PACKAGES,
  INITRD_MODULES,
  MASKED_UNITS,
  MODULES,
  ROMS,
  SUITE,
} from "./contents.ts";
import { lastLine, run } from "../../.ci/deno.ts";
import { command, copyTree, NoMachine, remove, say, sources } from "./host.ts";
import { trimModules, vmlinuxOf } from "./kernel.ts";

const HERE = new URL(".", import.meta.url).pathname.replace(/\/$/, "");

/** Below /usr/share. */
const UNWANTED = ["doc", "info", "lintian", "locale", "man", "zoneinfo"];

/** Debian's own programs: those of a caller (a wrapped Python, say) may be slow, or others. */
const PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/**
 * In namespaces of its own: mmdebstrap mounts /proc, /sys and /dev below its target, and a run that is killed would leave
 * it working and them mounted. It dies with us (setpriv), and as the first process of its PID namespace takes all of its
 * own along (unshare), whose mounts nobody else has.
 */
const APART = [
  ...["setpriv", "--pdeathsig=KILL", "--"],
  ...["unshare", "--mount", "--pid", "--fork", "--kill-child=KILL", "--mount-proc", "--"],
] as const;

/** What the files depend on: another stamp asks for another image. */
export async function imageStamp(): Promise<string> {
  const paths = ["contents.ts", "image.ts", "kernel.ts", "initrd/init", ...filesBelow("guest")];
  const text = paths.map((path) => `${path}\n${Deno.readTextFileSync(`${HERE}/${path}`)}`).join("");
  const hash = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return new Uint8Array(hash).toHex();
}

function filesBelow(path: string): string[] {
  return [...Deno.readDirSync(`${HERE}/${path}`)].flatMap(({ name, isDirectory }) =>
    isDirectory ? filesBelow(`${path}/${name}`) : [`${path}/${name}`]
  ).sort();
}

/** Whether the directory has the image of that stamp. */
export function isCurrent(cache: string, stamp: string): boolean {
  try {
    return Deno.readTextFileSync(`${cache}/image/stamp`) === stamp;
  } catch {
    return false;
  }
}

/** Makes the image anew; the old one stays until the new one is complete. */
export function makeImage(cache: string, stamp: string): void {
  const stage = Deno.makeTempDirSync({ dir: cache, prefix: "stage-" });
  // apt fetches as a user of its own.
  Deno.chmodSync(stage, 0o755);
  const host = `${stage}/host`, guest = `${stage}/guest`, image = `${stage}/image`;
  try {
    Deno.mkdirSync(image);
    say(`fetching QEMU and a kernel from Debian ${SUITE}`);
    bootstrap("extract", HOST_PACKAGES, host);
    takeQemu(host, `${image}/qemu`);
    say("installing the machine's packages");
    bootstrap("essential", GUEST_PACKAGES, guest);
    const busybox = `${guest}/usr/bin/busybox`;
    say("putting kernel and root filesystem together");
    const modules = takeKernel(host, guest, busybox, `${image}/vmlinux`);
    makeInitrd(`${stage}/initrd`, busybox, modules, `${image}/initrd`);
    Deno.writeTextFileSync(
      `${image}/packages`,
      command("chroot", guest, "dpkg-query", "-W", "-f", "${Package} ${Version}\n"),
    );
    furnish(guest);
    makeFilesystem(guest, `${image}/rootfs.ext4`);
    Deno.writeTextFileSync(`${image}/stamp`, stamp);
    remove(`${cache}/image`);
    Deno.renameSync(image, `${cache}/image`);
  } finally {
    remove(stage);
  }
}

/** Unpacks (`extract`) or installs (`essential`) packages with all they depend on. */
function bootstrap(
  variant: "extract" | "essential",
  packages: readonly string[],
  to: string,
): void {
  // Filtered by a program of its own for each package, which is worth it only where the files stay.
  const left = variant === "extract"
    ? []
    : UNWANTED.map((name) => `--dpkgopt=path-exclude=/usr/share/${name}/*`);
  const { success, stderr } = run([
    ...APART,
    "mmdebstrap",
    "--quiet",
    "--mode=root",
    "--format=directory",
    `--variant=${variant}`,
    `--include=${packages.join(",")}`,
    '--aptopt=APT::Install-Recommends "false"',
    '--aptopt=Acquire::Languages "none"',
    '--aptopt=Acquire::Retries "3"',
    ...left,
    SUITE,
    to,
    ...sources(),
  ], { ...Deno.env.toObject(), PATH });
  if (!success) throw new NoMachine(`Debian's packages cannot be had: ${lastLine(stderr)}`);
}

/** QEMU runs with the libraries of its own release, by their own dynamic linker. */
function takeQemu(host: string, qemu: string): void {
  Deno.mkdirSync(`${qemu}/lib`, { recursive: true });
  Deno.mkdirSync(`${qemu}/share`);
  const libraries = `${host}/usr/lib/x86_64-linux-gnu`;
  const ld = `${libraries}/ld-linux-x86-64.so.2`;
  const binary = `${host}/usr/bin/qemu-system-x86_64`;
  const directories = [...Deno.readDirSync(libraries)].filter((entry) => entry.isDirectory)
    .map(({ name }) => `${libraries}/${name}`);
  const path = [libraries, ...directories].join(":");
  const list = command(ld, "--library-path", path, "--list", binary);
  if (list.includes("not found")) throw new Error(`Cannot find all libraries of QEMU: ${list}`);
  for (const [, name, file] of list.matchAll(/^\s*([^\s\/]+) => (\/\S+)/gm)) {
    Deno.copyFileSync(file!, `${qemu}/lib/${name}`);
  }
  Deno.copyFileSync(ld, `${qemu}/lib/ld.so`);
  Deno.copyFileSync(binary, `${qemu}/qemu-system-x86_64`);
  for (const rom of ROMS) {
    const found = ["qemu", "seabios"].map((name) => `${host}/usr/share/${name}/${rom}`)
      .find(isFile);
    if (found === undefined) throw new Error(`Cannot find QEMU's "${rom}"`);
    Deno.copyFileSync(found, `${qemu}/share/${rom}`);
  }
}

function isFile(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}

/** Kernel and modules; returns the paths of the initrd's modules. */
function takeKernel(host: string, guest: string, busybox: string, vmlinux: string): string[] {
  const [version, ...others] = [...Deno.readDirSync(`${host}/usr/lib/modules`)].map((e) => e.name);
  if (version === undefined || others.length > 0) throw new Error("Cannot find the one kernel");
  const unxz = (packed: Uint8Array): Uint8Array => {
    const file = `${vmlinux}.xz`;
    Deno.writeFileSync(file, packed);
    command(busybox, "unxz", file);
    return Deno.readFileSync(vmlinux);
  };
  const kernel = vmlinuxOf(Deno.readFileSync(`${host}/boot/vmlinuz-${version}`), unxz);
  Deno.writeFileSync(vmlinux, kernel);
  Deno.mkdirSync(`${guest}/usr/lib/modules`, { recursive: true });
  Deno.renameSync(`${host}/usr/lib/modules/${version}`, `${guest}/usr/lib/modules/${version}`);
  return trimModules(guest, version, MODULES, INITRD_MODULES, busybox);
}

function makeInitrd(tree: string, busybox: string, modules: string[], initrd: string): void {
  for (const name of ["bin", "dev", "root", "modules"]) {
    Deno.mkdirSync(`${tree}/${name}`, { recursive: true });
  }
  Deno.copyFileSync(busybox, `${tree}/bin/busybox`);
  Deno.copyFileSync(`${HERE}/initrd/init`, `${tree}/init`);
  Deno.chmodSync(`${tree}/init`, 0o755);
  const names = modules.map((path) => path.replace(/^.*\//, ""));
  modules.forEach((path, i) => Deno.copyFileSync(path, `${tree}/modules/${names[i]}`));
  Deno.writeTextFileSync(`${tree}/modules/order`, names.join("\n"));
  const script = 'cd "$1" && find . | "$2" cpio -o -H newc -R 0:0 >"$3"';
  command("sh", "-ec", script, "sh", tree, busybox, initrd);
}

/** Makes a machine of the installed packages: it starts into `guest/`'s target, and has a user with a manager. */
function furnish(root: string): void {
  const write = (path: string, text: string): void => {
    Deno.mkdirSync(`${root}/${path}`.replace(/\/[^/]*$/, ""), { recursive: true });
    Deno.writeTextFileSync(`${root}/${path}`, text);
  };
  copyTree(`${HERE}/guest`, root);
  write("etc/hostname", "runts-vm\n");
  write("etc/hosts", "127.0.0.1 localhost runts-vm\n::1 localhost\n");
  write("etc/fstab", "");
  write("etc/machine-id", `${crypto.randomUUID().replaceAll("-", "")}\n`);
  // Gives it a range of subordinate ids, too.
  command("chroot", root, "useradd", "--create-home", "--uid=1000", "--shell=/bin/sh", "user");
  write("var/lib/systemd/linger/user", "");
  const units = `${root}/etc/systemd/system`;
  Deno.symlinkSync("runts-vm.target", `${units}/default.target`);
  for (const unit of MASKED_UNITS) {
    remove(`${units}/${unit}`);
    Deno.symlinkSync("/dev/null", `${units}/${unit}`);
  }
}

/** Sparse, and without a journal: nothing that a machine writes is ever read by another one. */
function makeFilesystem(tree: string, file: string): void {
  const features = "^has_journal,^resize_inode";
  const options = ["-q", "-F", "-t", "ext4", "-O", features, "-E", "lazy_itable_init=1,nodiscard"];
  command("mke2fs", ...options, "-m", "0", "-L", "root", "-d", tree, file, "2G");
}
