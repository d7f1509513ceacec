import { assertEquals } from "#assert";
import { throws } from "node:assert/strict";
import { cgroupPaths, type CgroupPlace, mountInfo } from "../../../runtime/plan/cgroups_path.ts";
import { ConfigError } from "../../../spec/issue.ts";

function v1(own: string, controllers = ["memory"]): CgroupPlace {
  return { version: 1, controllers, mountpoint: "/m", own };
}

function v2(own: string): CgroupPlace {
  return { version: 2, controllers: [], mountpoint: "/u", own };
}

Deno.test("cgroupPaths() takes an absolute path from the mount point", () => {
  const places = [v1("/a/b"), v2("/c/d")];
  for (const cgroupsPath of ["/x/y", "//x/./y/", "/x/z/../y", "/x/y/."]) {
    assertEquals(cgroupPaths(places, { id: "c1", cgroupsPath }), { memory: "/x/y", "": "/x/y" });
  }
});

Deno.test("cgroupPaths() takes a relative path from the own cgroup, and from the one above it in v2", () => {
  assertEquals(
    cgroupPaths([v1("/a/b"), v2("/c/d")], { id: "c1", cgroupsPath: "x/../y/z" }),
    { memory: "/a/b/y/z", "": "/c/y/z" },
  );
  assertEquals(
    cgroupPaths([v1("/"), v2("/")], { id: "c1", cgroupsPath: "x" }),
    { memory: "/x", "": "/x" },
  );
});

Deno.test("cgroupPaths() falls back to the ID", () => {
  const expected = { memory: "/a/c1", "": "/c1" };
  assertEquals(cgroupPaths([v1("/a"), v2("/c")], { id: "c1" }), expected);
  assertEquals(cgroupPaths([v1("/a"), v2("/c")], { id: "c1", cgroupsPath: "" }), expected);
});

Deno.test("cgroupPaths() names hierarchies as /proc/self/cgroup does", () => {
  const named: CgroupPlace = { ...v1("/", []), name: "systemd" };
  const both: CgroupPlace = { ...v1("/", ["cpu"]), name: "job" };
  const places = [v1("/", ["cpu", "cpuacct"]), named, both, v2("/")];
  assertEquals(
    Object.keys(cgroupPaths(places, { id: "c" })),
    ["cpu,cpuacct", "name=systemd", "cpu,name=job", ""],
  );
});

/** What a bad path is refused with. */
function refusal(cgroupsPath: string): { path: string; message: string } {
  let error: unknown;
  throws(() => cgroupPaths([v1("/a")], { id: "c1", cgroupsPath }), (thrown) => {
    error = thrown;
    return thrown instanceof ConfigError;
  });
  const [issue, ...rest] = (error as ConfigError).issues;
  assertEquals(rest, []);
  return { path: issue!.path, message: issue!.message };
}

Deno.test("cgroupPaths() refuses a path that leads out", () => {
  for (const path of ["..", "/..", "../x", "/x/../../y", "x/../../x"]) {
    assertEquals(refusal(path), {
      path: "linux.cgroupsPath",
      message: `must not lead out of where it starts, got ${JSON.stringify(path)}`,
    });
  }
});

Deno.test("cgroupPaths() refuses a path that names no cgroup of its own", () => {
  for (const path of ["/", ".", "/./", "x/..", "/x/.."]) {
    assertEquals(
      refusal(path).message,
      `must name a cgroup below where it starts, got ${JSON.stringify(path)}`,
    );
  }
});

Deno.test("cgroupPaths() refuses what could forge a line of /proc/pid/cgroup", () => {
  assertEquals(refusal("/a\nb").message, 'must hold no NUL and no newline, got "/a\\nb"');
  assertEquals(refusal("/a\0b").message, 'must hold no NUL and no newline, got "/a\\u0000b"');
});

Deno.test("cgroupPaths() refuses systemd's form", () => {
  for (const path of ["system.slice:runts:c1", ":runts:c1", "::"]) {
    assertEquals(
      refusal(path).message,
      `has systemd's form slice:prefix:name, which goes with --systemd-cgroup only, got ${
        JSON.stringify(path)
      }`,
    );
  }
  // A colon as such is a letter like any other.
  assertEquals(cgroupPaths([v1("/")], { id: "c", cgroupsPath: "/a:b:c" }), { memory: "/a:b:c" });
});

Deno.test("mountInfo() tells where the container's cgroup is in each hierarchy", () => {
  const places = [v1("/a", ["cpu", "cpuacct"]), { ...v1("/b", []), name: "systemd" }, v2("/c")];
  const paths = cgroupPaths(places, { id: "x", cgroupsPath: "/x" });
  assertEquals(mountInfo(places, paths), [
    { version: 1, controllers: ["cpu", "cpuacct"], name: undefined, mountpoint: "/m", path: "/x" },
    { version: 1, controllers: [], name: "systemd", mountpoint: "/m", path: "/x" },
    { version: 2, controllers: [], name: undefined, mountpoint: "/u", path: "/x" },
  ]);
  assertEquals(mountInfo(places).map(({ path }) => path), ["/a", "/b", "/c"]);
});
