/**
 * Makes a bundle that needs no image: the config.json of `examples/bundle`, and a root filesystem of
 * busybox alone, or of the host's own directories, read-only.
 *
 *     deno run -A examples/make_bundle.ts DIR [--host]
 *     dist/runts run --bundle DIR hello
 *
 * `--host` takes the host's directories even where there is a busybox.
 *
 * @module
 */
import type { Config } from "../mod.ts";

/** The name of every program that a container of the examples may call. */
const APPLETS =
  "sh cat chmod cp cut date echo env false grep head hostname id ip kill ln ls mkdir mount ps pwd rm sed sleep sort stat tail test touch tr true uname wc yes"
    .split(" ");

/** Where filesystems are mounted. A read-only root has to have these directories already. */
const MOUNT_POINTS = ["dev", "etc", "proc", "sys", "tmp"];

/** What programs of the host need. `/bin` and `/lib` are often links into `/usr`. */
const FROM_THE_HOST = ["usr", "bin", "sbin", "lib", "lib32", "lib64", "libx32"];

/** A mount of a configuration. */
type Mount = NonNullable<Config["mounts"]>[number];

/** A busybox that needs no libraries, or undefined. */
export function findBusybox(): string | undefined {
  return ["/bin/busybox", "/usr/bin/busybox", "/usr/local/bin/busybox"].find(isStatic);
}

/** Whether a file is a program that names no dynamic loader (`ld-linux-x86-64.so.2`, `ld-musl-…`). */
function isStatic(path: string): boolean {
  try {
    const text = new TextDecoder("latin1").decode(Deno.readFileSync(path));
    return text.startsWith("\x7fELF") && !/\/ld-(?:linux|musl)-/.test(text);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

/** What a root filesystem is made from; `"any"` is busybox if it is there, else the host's directories. */
export type Source = "any" | "host";

/** Makes a root filesystem and returns the mounts that belong to it. */
export function makeRootfs(rootfs: string, source: Source = "any"): Mount[] {
  const busybox = source === "host" ? undefined : findBusybox();
  for (const name of MOUNT_POINTS) Deno.mkdirSync(`${rootfs}/${name}`, { recursive: true });
  if (busybox === undefined) return makeHostRootfs(rootfs);
  Deno.mkdirSync(`${rootfs}/bin`);
  Deno.copyFileSync(busybox, `${rootfs}/bin/busybox`);
  Deno.chmodSync(`${rootfs}/bin/busybox`, 0o755);
  // One program under many names; it looks at the name it was called by.
  for (const name of APPLETS) Deno.symlinkSync("busybox", `${rootfs}/bin/${name}`);
  return [];
}

function makeHostRootfs(rootfs: string): Mount[] {
  return FROM_THE_HOST.flatMap((name): Mount[] => {
    let info: Deno.FileInfo;
    try {
      info = Deno.lstatSync(`/${name}`);
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return [];
      throw error;
    }
    if (info.isSymlink) {
      Deno.symlinkSync(Deno.readLinkSync(`/${name}`), `${rootfs}/${name}`);
      return [];
    }
    Deno.mkdirSync(`${rootfs}/${name}`);
    // rro: read-only with all that is mounted below it, where ro means the uppermost mount alone.
    const options = ["rbind", "rro", "nosuid", "nodev"];
    return [{ destination: `/${name}`, type: "none", source: `/${name}`, options }];
  });
}

/** Makes a bundle in a directory, which is made as well; `edit` may change its configuration. */
export function makeBundle(
  directory: string,
  edit?: (config: Config) => void,
  source: Source = "any",
): void {
  const template = new URL("bundle/config.json", import.meta.url);
  const config = JSON.parse(Deno.readTextFileSync(template)) as Config;
  const mounts = makeRootfs(`${directory}/rootfs`, source);
  // First, so that /proc and the others lie above what comes from the host.
  config.mounts = [...mounts, ...config.mounts ?? []];
  edit?.(config);
  Deno.writeTextFileSync(`${directory}/config.json`, JSON.stringify(config, null, 2) + "\n");
}

if (import.meta.main) {
  const [directory, option] = Deno.args;
  if (directory === undefined || directory.startsWith("-")) {
    console.error("usage: make_bundle.ts DIR [--host]");
    Deno.exit(1);
  }
  makeBundle(directory, undefined, option === "--host" ? "host" : "any");
  console.log(`A bundle is in ${directory}`);
}
