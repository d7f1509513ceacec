/** User namespaces: made by root, and by users without privileges. @module */
import { assert, assertEquals } from "#assert";
import { rootlessConfig } from "../../spec/default_config.ts";
import { namespaceOf } from "../lib/namespace_holder.ts";
import { type Editable, failure, Sandbox } from "../lib/sandbox.ts";

const HOST_ID = 100000;

/** A user namespace with the given ranges: `containerID hostID size`. */
function withUserNamespace(
  config: Editable,
  uids: readonly (readonly [number, number, number])[] = [[0, HOST_ID, 65536]],
  gids = uids,
): void {
  const mappings = (ranges: typeof uids) =>
    ranges.map(([containerID, hostID, size]) => ({ containerID, hostID, size }));
  config.linux.namespaces.push({ type: "user" });
  config.linux.uidMappings = mappings(uids);
  config.linux.gidMappings = mappings(gids);
}

/** A directory of the host's, for the container to write into at /shared. */
function share(box: Sandbox, config: Editable, mode: number): string {
  const path = `${box.directory}/shared`;
  Deno.mkdirSync(path, { recursive: true });
  Deno.chmodSync(path, mode);
  config.mounts.push({ destination: "/shared", source: path, options: ["bind"] });
  return path;
}

function owner(path: string): string {
  const { uid, gid } = Deno.lstatSync(path);
  return `${uid}:${gid}`;
}

function lines(text: string): string[] {
  return text.trimEnd().split("\n").map((line) => line.trim().split(/\s+/).join(" "));
}

Deno.test("a new user namespace has the mappings of the configuration, several ranges included", () => {
  using box = new Sandbox();
  box.script("cat /proc/self/uid_map; echo; cat /proc/self/gid_map", (config) => {
    withUserNamespace(
      config,
      [[0, HOST_ID, 10], [10, 300000, 1], [1000, 200000, 500]],
      [[0, HOST_ID, 1], [5, 300005, 1]],
    );
  });
  assertEquals(lines(box.output()), [
    ...["0 100000 10", "10 300000 1", "1000 200000 500", ""],
    ...["0 100000 1", "5 300005 1"],
  ]);
});

Deno.test("inside, the container's root is root; outside it is the mapped user", () => {
  using box = new Sandbox();
  box.script(
    "id -u; id -g; readlink /proc/self/ns/user; echo x > /shared/file; sleep 10000",
    (config) => {
      withUserNamespace(config);
      share(box, config, 0o777);
    },
  );
  const pid = box.createAndStart();
  const status = Deno.readTextFileSync(`/proc/${pid}/status`);
  assert(/^Uid:\t100000\t100000\t100000\t100000$/m.test(status), status);
  assert(/^Gid:\t100000\t100000\t100000\t100000$/m.test(status), status);
  assert(/^Groups:\t *$/m.test(status), status);
  assert(namespaceOf(pid, "user") !== namespaceOf("self", "user"));
});

Deno.test("a container with a user namespace has all that the default one has", () => {
  using box = new Sandbox();
  box.script(
    `id; hostname; cat /proc/sys/kernel/domainname; for f in null zero full random urandom tty; do stat -c "%n %t:%T" /dev/$f; done
    echo > /dev/null && echo null; head -c 3 /dev/zero | od -An -c; ls /dev; ls -d /sys/class/net/lo; ls /sys/fs/cgroup | sort | tr '\\n' ' '; echo
    ls /proc/acpi | wc -l; cat /proc/keys | wc -l; (echo x > /proc/sys/kernel/hostname) 2>/dev/null || echo read-only; (touch /x) 2>/dev/null || echo read-only root; ls -ld /dev/shm /dev/mqueue | wc -l; echo hi > /dev/shm/x && cat /dev/shm/x; ip addr show lo | grep -o 127.0.0.1`,
    (config) => {
      withUserNamespace(config);
      config.domainname = "example";
    },
  );
  console.log(box.output());
});
