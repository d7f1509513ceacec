/** Clauses of runtime-linux.md. @module */
import { assertEquals } from "#assert";
import { Sandbox } from "../lib/sandbox.ts";

Deno.test("runtime-linux.md#runtimeLinuxFileDescriptors: only stdin, stdout and stderr are open", () => {
  using box = new Sandbox();
  // The listing itself has one more; a shell's redirections are high.
  box.script("sleep 10000");
  const { code, stderr } = box.runtsWith(
    { prefix: ["sh", "-c", 'exec 5</etc/passwd 9>/dev/null; exec "$@"', "sh"] },
    ...["create", box.id],
  );
  assertEquals(code, 0, stderr);
  box.succeed("start", box.id);
  const names = [...Deno.readDirSync(`/proc/${box.state().pid}/fd`)].map(({ name }) => name);
  assertEquals(names.sort(), ["0", "1", "2"]);
});

Deno.test("runtime-linux.md#runtimeLinuxFileDescriptors: others MAY be passed, as --preserve-fds says", () => {
  using box = new Sandbox();
  box.script("cat <&4; ls /proc/self/fd");
  const { code, stdout, stderr } = box.runtsWith(
    { prefix: ["sh", "-c", 'exec 3</dev/null 4</proc/version 5</etc/passwd; exec "$@"', "sh"] },
    ...["run", "--preserve-fds", "2", box.id],
  );
  assertEquals(code, 0, stderr);
  const [version, ...fds] = stdout.trimEnd().split("\n");
  assertEquals(version, Deno.readTextFileSync("/proc/version").trimEnd());
  // The last one is of the listing.
  assertEquals(fds, ["0", "1", "2", "3", "4", "5"]);
});

Deno.test("runtime-linux.md#runtimeLinuxDevSymbolicLinks: the links MUST be there after the mounts", () => {
  using box = new Sandbox();
  box.script(
    "for name in fd stdin stdout stderr; do readlink /dev/$name; done; echo x >> /dev/stdout",
  );
  assertEquals(
    box.output(),
    "/proc/self/fd\n/proc/self/fd/0\n/proc/self/fd/1\n/proc/self/fd/2\nx\n",
  );
});

Deno.test("runtime-linux.md#runtimeLinuxDevSymbolicLinks: not without their source", () => {
  using box = new Sandbox();
  box.script("ls /dev", (config) => {
    config.mounts = config.mounts.filter(({ destination }: { destination: string }) =>
      destination !== "/proc"
    );
    delete config.linux.maskedPaths;
    delete config.linux.readonlyPaths;
  });
  const names = box.output().trimEnd().split("\n");
  assertEquals(names.filter((name) => /^(?:fd|std.*)$/.test(name)), []);
});
