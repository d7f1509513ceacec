/**
 * A containerd in a room.
 *
 * @module
 */
import { IMAGE } from "./image.ts";
import { type Room, waitUntil } from "./room.ts";

/** What containerd is not to try: it would look for kernel modules, devices and networks. */
const UNUSED: readonly string[] = [
  "io.containerd.internal.v1.opt",
  "io.containerd.tracing.processor.v1.otlp",
  ...["aufs", "blockfile", "btrfs", "devmapper", "zfs"].map((name) =>
    `io.containerd.snapshotter.v1.${name}`
  ),
];

/** The interface for Kubernetes. */
export const CRI = "io.containerd.grpc.v1.cri";

/** How the daemon differs from the usual one. */
export interface Containerd {
  /** Plugins that it goes without, too. */
  readonly disabled?: readonly string[];
  /** More of its configuration; in front of it stand the keys of the room. */
  readonly config?: string;
}

/** The socket's path. */
export function socketOf(room: Room): string {
  return room.path("c.sock");
}

/** Starts a daemon whose state is all in the room, but for the shims' sockets: their place is fixed. */
export async function startContainerd(room: Room, options: Containerd): Promise<void> {
  const { disabled = [], config = "version = 2" } = options;
  const own = `root = "${room.path("root")}"
state = "${room.path("state")}"
disabled_plugins = ${JSON.stringify([...UNUSED, ...disabled])}
`;
  const sockets = `
[grpc]
address = "${socketOf(room)}"

[ttrpc]
address = "${socketOf(room)}.ttrpc"
`;
  const path = room.write("containerd.toml", own + config + sockets);
  Object.assign(room.env, { CONTAINERD_ADDRESS: socketOf(room) });
  const daemon = room.start("containerd", ["containerd", "--config", path]);
  let ended = false;
  daemon.status.then(() => ended = true);
  await waitUntil("containerd answers", async () => {
    if (ended) throw new Error(`Cannot start containerd: ${room.read("containerd.log")}`);
    return (await room.run(["ctr", "version"])).code === 0;
  });
}

/** Loads the images into a namespace, with the snapshotter that this machine can use. */
export async function importImages(room: Room, namespace: string): Promise<void> {
  const archive = await room.archive();
  const attempts: string[] = [];
  for (const snapshotter of ["overlayfs", "native"]) {
    const { code, stderr } = await room.run([
      ...["ctr", "--namespace", namespace, "image", "import", "--snapshotter", snapshotter],
      archive,
    ]);
    if (code === 0) return void Object.assign(room.env, { CONTAINERD_SNAPSHOTTER: snapshotter });
    attempts.push(`${snapshotter}: ${stderr}`);
  }
  throw new Error(`Cannot import ${IMAGE}: ${attempts.join("; ")}`);
}

/** Where the shims' bundles and the runtime's states of a namespace are, wherever containerd's own are. */
export function runtimeRoot(namespace: string): string {
  return `/run/containerd/runc/${namespace}`;
}
