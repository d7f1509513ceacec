import { assert, assertEquals } from "#assert";
import { throws } from "node:assert/strict";
import {
  type DeviceException,
  type DeviceList,
  deviceList,
  deviceListWrites,
  exceptionText,
  parseDeviceList,
} from "../../../runtime/plan/device_list.ts";
import { deviceRules } from "../../../runtime/plan/device_rules.ts";
import type { Resources } from "../../../spec/schema/resources.ts";
import { generator, isAllowed, randomRules, type Request, REQUESTS } from "./device_semantics.ts";

function listOf(devices: NonNullable<Resources["devices"]>): DeviceList {
  return deviceList(deviceRules({ resources: { devices } }));
}

/** What security/device_cgroup.c does with its list: one exception has to hold all that is asked for. */
function kernelAllows({ allowsAll, exceptions }: DeviceList, request: Request): boolean {
  const about = exceptions.filter((exception) =>
    exception.type === request.type && (exception.major ?? request.major) === request.major &&
    (exception.minor ?? request.minor) === request.minor
  );
  return allowsAll
    ? !about.some(({ access }) => (access & request.access) !== 0)
    : about.some(({ access }) => (request.access & ~access) === 0);
}

/** Two exceptions of which neither holds the other: `c 1:* r` and `c *:3 w`. The kernel does not add them up. */
function cross({ exceptions }: DeviceList): boolean {
  const wild = (e: DeviceException): string => `${e.major === undefined}${e.minor === undefined}`;
  return exceptions.some((a) =>
    exceptions.some((b) => wild(a) === "truefalse" && wild(b) === "falsetrue")
  );
}

Deno.test("deviceList() comes to what the rules say, or refuses them", () => {
  const next = generator(2);
  let [held, refused] = [0, 0];
  for (let round = 0; round < 3000; round++) {
    const rules = randomRules(next);
    let list: DeviceList;
    try {
      list = deviceList(rules);
    } catch (error) {
      assert(
        /^Invalid resources: linux\.resources\.devices\[\d\]: cgroup v1 cannot take /.test(
          (error as Error).message,
        ),
      );
      refused++;
      continue;
    }
    for (const request of REQUESTS) {
      const [said, meant] = [kernelAllows(list, request), isAllowed(rules, request)];
      // Stricter at worst.
      if (said === meant || !said && cross(list)) continue;
      throw new Error(
        `${JSON.stringify(request)} is ${said} by ${JSON.stringify({ rules, list })}`,
      );
    }
    held++;
  }
  assert(held > 500 && refused > 500, `${held} ${refused}`);
});

Deno.test("deviceList() of the default configuration allows the default devices", () => {
  const { allowsAll, exceptions } = listOf([{ allow: false, access: "rwm" }]);
  assertEquals(allowsAll, false);
  assertEquals(exceptions.map(exceptionText), [
    "c *:* m",
    "b *:* m",
    "c 1:3 rwm",
    "c 1:5 rwm",
    "c 1:7 rwm",
    "c 1:8 rwm",
    "c 1:9 rwm",
    "c 5:0 rwm",
    "c 5:2 rwm",
    "c 136:* rwm",
  ]);
});

Deno.test("deviceList() takes exceptions from allowing everything", () => {
  const list = listOf([
    { allow: true },
    { allow: false, type: "b", major: 8, access: "w" },
    { allow: false, type: "c", major: 10, minor: 229 },
    { allow: true, type: "c", major: 10, minor: 229, access: "r" },
  ]);
  assertEquals([list.allowsAll, ...list.exceptions.map(exceptionText)], [
    true,
    "b 8:* w",
    // Not "m" as well: making nodes goes without saying.
    "c 10:229 w",
  ]);
});

Deno.test("deviceList() refuses an exception from an exception", () => {
  throws(
    () =>
      listOf([
        { allow: false },
        { allow: true, type: "c", access: "rw" },
        { allow: false, type: "c", major: 10, minor: 229 },
      ]),
    {
      message:
        'Invalid resources: linux.resources.devices[2]: cgroup v1 cannot take "c 10:229 rwm" out of "c *:* rw" ' +
        "(config-linux.md#configLinuxDeviceAllowedlist)",
    },
  );
});

Deno.test("parseDeviceList() reads what the kernel writes", () => {
  assertEquals(parseDeviceList("a *:* rwm\n"), { allowsAll: true, exceptions: [] });
  assertEquals(parseDeviceList(""), { allowsAll: false, exceptions: [] });
  const text = "c *:* m\nb 8:0 r\nc 136:* rwm\n";
  const { allowsAll, exceptions } = parseDeviceList(text);
  assertEquals([allowsAll, exceptions.map(exceptionText).join("\n") + "\n"], [false, text]);
});

function writes(from: DeviceList, to: DeviceList): string[] {
  return deviceListWrites(from, to).map(({ file, value }) => `${file.slice(8)} ${value}`);
}

const ALL: DeviceList = { allowsAll: true, exceptions: [] };

Deno.test("deviceListWrites() begins with everything where the list is of the other kind", () => {
  const some = parseDeviceList("c 1:3 rwm\nb 8:0 r\n");
  assertEquals(writes(ALL, some), ["deny a", "allow c 1:3 rwm", "allow b 8:0 r"]);
  assertEquals(writes(some, ALL), ["allow a"]);
  const most = { allowsAll: true, exceptions: some.exceptions };
  assertEquals(writes(some, most), ["allow a", "deny c 1:3 rwm", "deny b 8:0 r"]);
  // The kernel does not tell the exceptions of a list that allows everything.
  assertEquals(writes(ALL, most), ["allow a", "deny c 1:3 rwm", "deny b 8:0 r"]);
});

Deno.test("deviceListWrites() changes a list of exceptions by the difference, and adds first", () => {
  const from = parseDeviceList("c 1:3 rwm\nc 1:5 rw\nb 8:0 r\n");
  const to = parseDeviceList("c 1:3 rwm\nc 1:5 rm\nc 10:200 rwm\n");
  assertEquals(writes(from, to), [
    "allow c 1:5 m",
    "allow c 10:200 rwm",
    "deny c 1:5 w",
    "deny b 8:0 r",
  ]);
  assertEquals(writes(to, to), []);
});
