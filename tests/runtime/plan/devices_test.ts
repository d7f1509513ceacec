import { assertEquals } from "#assert";
import { type DevicePlan, ownsDev, planDevices } from "../../../runtime/plan/devices.ts";
import type { Device } from "../../../spec/schema/linux.ts";

function plan(...devices: Device[]): DevicePlan[] {
  return planDevices({ linux: { devices } });
}

/** `/dev/null c 1:3 666 0:0` */
function line({ path, type, major, minor, mode, uid, gid }: DevicePlan): string {
  return `${path} ${type} ${major}:${minor} ${mode.toString(8)} ${uid}:${gid}`;
}

const DEFAULTS = [
  "/dev/null c 1:3 666 0:0",
  "/dev/zero c 1:5 666 0:0",
  "/dev/full c 1:7 666 0:0",
  "/dev/random c 1:8 666 0:0",
  "/dev/urandom c 1:9 666 0:0",
  "/dev/tty c 5:0 666 0:0",
];

Deno.test("configLinuxDefaultDevices: they are there without being asked for", () => {
  assertEquals(planDevices({}).map(line), DEFAULTS);
});

Deno.test("configLinuxDevices: listed devices come with mode, owner and numbers", () => {
  const plans = plan(
    { type: "c", path: "/dev/fuse", major: 10, minor: 229, fileMode: 438, uid: 1, gid: 2 },
    { type: "b", path: "/dev/sda", major: 8, minor: 0, fileMode: 0o640 },
  );
  assertEquals(plans.slice(DEFAULTS.length).map(line), [
    "/dev/fuse c 10:229 666 1:2",
    "/dev/sda b 8:0 640 0:0",
  ]);
  assertEquals(plans.at(-1)?.property, "linux.devices[1]");
});

Deno.test("planDevices() has 0666 where no mode is given, and no file type in the mode", () => {
  const [, unset] = plan({ type: "p", path: "/a" }, { type: "p", path: "/b" }).slice(-2);
  assertEquals(unset?.mode, 0o666);
  const [typed] = plan({ type: "c", path: "/c", major: 1, minor: 3, fileMode: 0o20600 }).slice(-1);
  assertEquals(typed?.mode, 0o600);
});

Deno.test("configLinuxDevices: u is c, p is a FIFO without numbers", () => {
  const plans = plan(
    { type: "u", path: "/dev/x", major: 1, minor: 3 },
    { type: "p", path: "/run/fifo", fileMode: 0o600 },
  );
  assertEquals(plans.slice(-2).map(line), ["/dev/x c 1:3 666 0:0", "/run/fifo p 0:0 600 0:0"]);
});

Deno.test("planDevices() lets a listed device replace a default one", () => {
  const plans = plan({ type: "c", path: "//dev/null", major: 1, minor: 3, fileMode: 0o600 });
  assertEquals(plans.filter(({ path }) => path.endsWith("null")).map(line), [
    "//dev/null c 1:3 600 0:0",
  ]);
  assertEquals(plans.length, DEFAULTS.length);
});

Deno.test("ownsDev() is false where /dev is a bind mount", () => {
  const dev = (options: string[], type = "none") => ({
    mounts: [{ destination: "/dev/", type, source: "/dev", options }],
  });
  assertEquals(ownsDev(dev(["rbind"])), false);
  assertEquals(ownsDev(dev(["bind", "ro"])), false);
  assertEquals(ownsDev(dev([], "bind")), false);
  assertEquals(ownsDev(dev(["nosuid"], "tmpfs")), true);
  assertEquals(ownsDev({}), true);
  assertEquals(
    ownsDev({ mounts: [{ destination: "/dev/fuse", source: "/dev/fuse", options: ["bind"] }] }),
    true,
  );
});

Deno.test("planDevices() makes nothing in a /dev of the host's, but elsewhere", () => {
  const mounts = [{ destination: "/dev", source: "/dev", options: ["rbind"] }];
  const devices: Device[] = [{ type: "p", path: "/run/f" }, { type: "p", path: "/dev/f" }];
  assertEquals(planDevices({ mounts, linux: { devices } }).map(({ path }) => path), ["/run/f"]);
});
