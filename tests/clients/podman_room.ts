/**
 * Podman and buildah in a room: their configuration, and the images.
 *
 * @module
 */
import { IMAGE } from "./image.ts";
import { openFiles, type Room } from "./room.ts";

/** Configures both, and loads the images with one of them. */
export async function loadPodman(room: Room, client: "podman" | "buildah"): Promise<void> {
  for (const name of ["storage", "run", "tmp", "net", "cache"]) Deno.mkdirSync(room.path(name));
  room.write("containers.conf", configure(room));
  writeStorage(room, "overlay");
  room.write("registries.conf", "unqualified-search-registries = []\n");
  Deno.mkdirSync(room.path(".config/containers"), { recursive: true });
  const policy = { default: [{ type: "insecureAcceptAnything" }] };
  room.write(".config/containers/policy.json", JSON.stringify(policy));
  Object.assign(room.env, {
    CONTAINERS_CONF: room.path("containers.conf"),
    CONTAINERS_STORAGE_CONF: room.path("storage.conf"),
    CONTAINERS_REGISTRIES_CONF: room.path("registries.conf"),
    XDG_CACHE_HOME: room.path("cache"),
    TMPDIR: room.path("tmp"),
  });
  const archive = await room.archive();
  const load = client === "podman"
    ? ["podman", "load", "--input", archive]
    : ["buildah", "pull", "--quiet", `docker-archive:${archive}:${IMAGE}`];
  if ((await room.run(load)).code !== 0) {
    // A machine where no overlay can be mounted, such as a container.
    for (const name of ["storage", "run"]) {
      Deno.removeSync(room.path(name), { recursive: true });
      Deno.mkdirSync(room.path(name));
    }
    writeStorage(room, "vfs");
    await room.output(load);
  }
}

/** The example with what makes it private: no state of it is where another Podman's is. */
function configure(room: Room): string {
  const engine = `[engine]
cgroup_manager = "cgroupfs"
events_logger = "file"
lock_type = "file"
tmp_dir = "${room.path("tmp")}"
static_dir = "${room.path("storage/libpod")}"
volume_path = "${room.path("storage/volumes")}"
`;
  return `[containers]
log_driver = "k8s-file"
cgroupns = "private"
default_ulimits = ["nofile=${openFiles()}", "nproc=4096:4096"]

[network]
network_config_dir = "${room.path("net")}"

${room.example("podman-containers.conf").replace("[engine]\n", engine)}`;
}

function writeStorage(room: Room, driver: string): void {
  room.write(
    "storage.conf",
    `[storage]
driver = "${driver}"
graphroot = "${room.path("storage")}"
runroot = "${room.path("run")}"
`,
  );
}
