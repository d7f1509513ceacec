/**
 * An image that needs no registry: Debian's static busybox and a few files around it.
 *
 * @module
 */
import { concat, type Entry, makeTar, toBytes } from "./tar.ts";

/** The image's name, for every client. */
export const IMAGE = "localhost/box:1";

/** The same root filesystem with a program that does nothing: what holds a pod's namespaces. */
export const PAUSE_IMAGE = "localhost/pause:1";

const BUSYBOX = "/bin/busybox";
const PATH = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

const PASSWD = `root:x:0:0:root:/root:/bin/sh
user:x:1000:1000:user:/home/user:/bin/sh
nobody:x:65534:65534:nobody:/:/bin/false
`;

const GROUP = `root:x:0:
adm:x:4:user
user:x:1000:
extra:x:2000:user
nogroup:x:65534:
`;

function rootEntries(): Entry[] {
  const { success, stdout } = new Deno.Command(BUSYBOX, { args: ["--list"] }).outputSync();
  if (!success) throw new Error(`Cannot list the applets of ${BUSYBOX}`);
  const applets = new TextDecoder().decode(stdout).trim().split("\n");
  const directories = ["bin", "dev", "etc", "home", "proc", "run", "sys", "usr", "var"];
  const file = (name: string, data: string): Entry => ({ name, mode: 0o644, data });
  return [
    ...directories.map((name) => ({ name, mode: 0o755 })),
    { name: "root", mode: 0o700 },
    { name: "tmp", mode: 0o1777 },
    { name: "var/tmp", mode: 0o1777 },
    { name: "home/user", mode: 0o755, owner: 1000 },
    { name: "bin/busybox", mode: 0o755, data: Deno.readFileSync(BUSYBOX) },
    ...applets.filter((name) => name !== "busybox").map((name) => (
      { name: `bin/${name}`, mode: 0o777, link: "busybox" }
    )),
    // Any usual PATH finds the applets.
    { name: "sbin", mode: 0o777, link: "bin" },
    { name: "usr/bin", mode: 0o777, link: "../bin" },
    { name: "usr/sbin", mode: 0o777, link: "../bin" },
    file("etc/passwd", PASSWD),
    file("etc/group", GROUP),
    file("etc/hosts", "127.0.0.1\tlocalhost\n"),
    file("etc/hostname", "box\n"),
    file("etc/resolv.conf", ""),
  ];
}

/** Blobs by their digest, in the layout that both kinds of archive can share. */
class Blobs {
  readonly entries: Entry[] = [];

  async add(content: Uint8Array<ArrayBuffer> | object): Promise<{ digest: string; size: number }> {
    const data = content instanceof Uint8Array
      ? content
      : concat([toBytes(JSON.stringify(content))]);
    const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", data)).toHex();
    const name = `blobs/sha256/${hash}`;
    if (!this.entries.some((entry) => entry.name === name)) {
      this.entries.push({ name, mode: 0o644, data });
    }
    return { digest: `sha256:${hash}`, size: data.length };
  }
}

/**
 * Makes an archive with {@linkcode IMAGE} and {@linkcode PAUSE_IMAGE}. It is an OCI image layout and at the same time what
 * `docker save` writes, so all clients take it.
 */
export async function makeArchive(): Promise<Uint8Array<ArrayBuffer>> {
  const blobs = new Blobs();
  const layer = await blobs.add(makeTar(rootEntries()));
  const images = [
    await addImage(blobs, layer, IMAGE, ["/bin/sh"]),
    await addImage(blobs, layer, PAUSE_IMAGE, ["/bin/sleep", "2147483647"]),
  ];
  const text = (name: string, value: unknown): Entry => ({
    name,
    mode: 0o644,
    data: JSON.stringify(value),
  });
  return makeTar([
    text("oci-layout", { imageLayoutVersion: "1.0.0" }),
    text("index.json", {
      schemaVersion: 2,
      mediaType: "application/vnd.oci.image.index.v1+json",
      manifests: images.map(({ descriptor }) => descriptor),
    }),
    text("manifest.json", images.map(({ docker }) => docker)),
    { name: "blobs", mode: 0o755 },
    { name: "blobs/sha256", mode: 0o755 },
    ...blobs.entries,
  ]);
}

/** What the two indexes say of an image. */
interface Indexed {
  readonly descriptor: object;
  readonly docker: object;
}

async function addImage(
  blobs: Blobs,
  layer: { digest: string; size: number },
  name: string,
  command: readonly string[],
): Promise<Indexed> {
  const platform = {
    architecture: Deno.build.arch === "aarch64" ? "arm64" : "amd64",
    os: "linux",
  };
  const config = await blobs.add({
    created: "1970-01-01T00:00:00Z",
    ...platform,
    config: { Env: [PATH], Cmd: command, WorkingDir: "/" },
    rootfs: { type: "layers", diff_ids: [layer.digest] },
    history: [{ created: "1970-01-01T00:00:00Z", created_by: "busybox-static" }],
  });
  const manifest = await blobs.add({
    schemaVersion: 2,
    mediaType: "application/vnd.oci.image.manifest.v1+json",
    config: { mediaType: "application/vnd.oci.image.config.v1+json", ...config },
    layers: [{ mediaType: "application/vnd.oci.image.layer.v1.tar", ...layer }],
  });
  const path = ({ digest }: { digest: string }): string => `blobs/${digest.replace(":", "/")}`;
  return {
    descriptor: {
      mediaType: "application/vnd.oci.image.manifest.v1+json",
      ...manifest,
      platform,
      annotations: {
        "io.containerd.image.name": name,
        "org.opencontainers.image.ref.name": name.replace(/^.*:/, ""),
      },
    },
    docker: { Config: path(config), RepoTags: [name], Layers: [path(layer)] },
  };
}

/** Fills a directory with the image's root filesystem, by the `tar` of this machine. */
export async function makeRootDirectory(path: string): Promise<void> {
  await Deno.mkdir(path, { recursive: true });
  const archive = `${path}.tar`;
  await Deno.writeFile(archive, makeTar(rootEntries()));
  const { success } = await new Deno.Command("tar", { args: ["-xf", archive, "-C", path] })
    .output();
  if (!success) throw new Error(`Cannot unpack ${archive}`);
  await Deno.remove(archive);
}
