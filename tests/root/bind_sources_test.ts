/** Bind mounts of what the container's users could not open themselves. @module */
import { assert, assertEquals } from "#assert";
import { withUserNamespace } from "../lib/exec.ts";
import { type Editable, failure, Sandbox } from "../lib/sandbox.ts";

/** A directory of the host's below one that only root may enter, with a file of user 3, group 4. */
function closedDirectory(box: Sandbox): string {
  const path = `${box.directory}/closed/open`;
  Deno.mkdirSync(path, { recursive: true });
  Deno.chmodSync(`${box.directory}/closed`, 0o700);
  Deno.writeTextFileSync(`${path}/file`, "found\n");
  Deno.chownSync(`${path}/file`, 3, 4);
  return path;
}

function bind(config: Editable, destination: string, source: string, ...options: string[]): void {
  config.mounts.push({ destination, source, options: ["bind", ...options] });
}

/** Runs the container from a mount namespace where `script` has mounted things. */
function runBehind(box: Sandbox, script: string): ReturnType<Sandbox["runts"]> {
  const prefix = ["unshare", "--mount", "sh", "-c", `${script}\nexec "$@"`, "sh"];
  return box.runtsWith({ prefix }, "run", box.id);
}

function lines(text: string): string[] {
  return text.trimEnd().split("\n");
}

Deno.test("a bind mount reaches what is closed to the container's users", () => {
  using box = new Sandbox();
  box.script(
    "cat /tmp/dir/file /tmp/file; stat -c %u:%g /tmp/dir/file /tmp/mapped/file",
    (config) => {
      withUserNamespace(config);
      const path = closedDirectory(box);
      config.mounts.push({ destination: "/tmp", type: "tmpfs", source: "tmpfs" });
      bind(config, "/tmp/dir", path);
      bind(config, "/tmp/file", `${path}/file`);
      bind(config, "/tmp/mapped", path, "idmap");
    },
  );
  assertEquals(lines(box.output()), ["found", "found", "65534:65534", "3:4"]);
  assertEquals(box.traces(), []);
});

Deno.test("many bind mounts find their sources, mapped ones among them", () => {
  using box = new Sandbox();
  box.script(
    "cat /tmp/*/file | sort | uniq -c; stat -c %u /tmp/*/file | sort | uniq -c",
    (config) => {
      withUserNamespace(config);
      const path = closedDirectory(box);
      config.mounts.push({ destination: "/tmp", type: "tmpfs", source: "tmpfs" });
      for (let i = 0; i < 70; i += 1) {
        bind(config, `/tmp/${i}`, path, ...(i % 2 === 0 ? ["idmap", "ro"] : []));
      }
    },
  );
  const counts = lines(box.output()).map((line) => line.trim().split(/\s+/).join(" "));
  assertEquals(counts, ["70 found", "35 3", "35 65534"]);
});

Deno.test("what the host has set on a source stays locked in a user namespace", () => {
  using box = new Sandbox();
  const source = `${box.directory}/locked`;
  Deno.mkdirSync(source);
  const all = ["CAP_SYS_ADMIN"];
  box.script(
    `for path in /tmp/plain /tmp/mapped; do
      mount -o remount,bind,rw,dev,suid,exec $path 2>/dev/null && echo remounted
      touch $path/x 2>/dev/null && echo written
      grep " $path " /proc/self/mountinfo | cut -d " " -f 6
    done`,
    (config) => {
      withUserNamespace(config);
      config.mounts.push({ destination: "/tmp", type: "tmpfs", source: "tmpfs" });
      bind(config, "/tmp/plain", source);
      bind(config, "/tmp/mapped", source, "idmap");
      for (const set of ["bounding", "effective", "permitted"]) {
        config.process.capabilities[set] = all;
      }
    },
  );
  const { code, stdout, stderr } = runBehind(
    box,
    `mount -t tmpfs -o ro,nosuid,nodev,noexec,relatime tmpfs ${source}`,
  );
  assertEquals(code, 0, stderr);
  assertEquals(lines(stdout), [
    "ro,nosuid,nodev,noexec,relatime",
    "ro,nosuid,nodev,noexec,relatime,idmapped",
  ]);
});

Deno.test("a mapped bind mount is none of the host's peers", () => {
  using box = new Sandbox();
  const source = `${box.directory}/shared`;
  Deno.mkdirSync(source);
  box.script("grep ' /tmp ' /proc/self/mountinfo | grep -c shared:", (config) => {
    withUserNamespace(config);
    bind(config, "/tmp", source, "idmap", "rshared");
    config.mounts.at(-1).options = ["bind", "idmap"];
  });
  const { stdout } = runBehind(
    box,
    `mount -t tmpfs tmpfs ${source} && mount --make-shared ${source}`,
  );
  assertEquals(lines(stdout), ["0"]);
});

Deno.test("what the host covers stays covered: a bind mount has to bring it along", () => {
  using box = new Sandbox();
  const source = `${box.directory}/covered`;
  Deno.mkdirSync(`${source}/below`, { recursive: true });
  const script = `mount -t tmpfs tmpfs ${source}/below && touch ${source}/below/mounted`;
  const write = (option: string) =>
    box.script("ls /tmp/below", (config) => {
      withUserNamespace(config);
      config.mounts.push({ destination: "/tmp", source, options: [option] });
    });
  write("rbind");
  const { code, stdout, stderr } = runBehind(box, script);
  assertEquals(code, 0, stderr);
  assertEquals(lines(stdout), ["mounted"]);
  write("bind");
  const message = failure(runBehind(box, script));
  assert(/mounts\[\d+\].*EINVAL.*rbind/.test(message), message);
  assertEquals(box.traces(), []);
});

Deno.test("a source that an earlier mount brings is found, and a missing one is named", () => {
  using box = new Sandbox();
  box.script("cat /tmp/again/file", (config) => {
    withUserNamespace(config);
    const path = closedDirectory(box);
    bind(config, "/tmp", path);
    config.mounts.splice(-1, 1, { destination: "/tmp", type: "tmpfs", source: "tmpfs" });
    bind(config, "/tmp/dir", path);
    bind(config, "/tmp/again", `${config.root.path}/tmp/dir`);
  });
  assertEquals(lines(box.output()), ["found"]);
  box.script("true", (config) => {
    withUserNamespace(config);
    bind(config, "/tmp", `${box.directory}/missing`);
  });
  const message = failure(box.runts("create", box.id));
  assert(
    /mounts\[\d+\]/.test(message) && message.includes("missing") && message.includes("ENOENT"),
    message,
  );
  assertEquals(box.traces(), []);
});
