import { assert, assertEquals } from "#assert";
import { throws } from "node:assert/strict";
import { isUnitExists, Systemd } from "../../../runtime/cgroup/systemd.ts";
import type { UnitProperty } from "../../../runtime/plan/systemd_resources.ts";
import { type Answer, type Answers, type Call, FakeBus } from "../../lib/fake_bus.ts";

const NAME = "runts-c.scope";
const JOB = "/org/freedesktop/systemd1/job/7";

/** An answer with a job that ends so. */
function job(result: string): Answer {
  const end = (path: string, unit: string, how: string) => ({
    member: "JobRemoved",
    signature: "uoss",
    body: [7, path, unit, how],
  });
  // Another one's ends first.
  return {
    signature: "o",
    body: [JOB],
    before: [end("/other", "other.scope", "failed")],
    after: [end(JOB, NAME, result)],
  };
}

function refusal(code: string, text: string): Answer {
  return { error: [code, text] };
}

const UNIT_EXISTS = refusal("org.freedesktop.systemd1.UnitExists", `Unit ${NAME} already exists.`);
const NO_SUCH_UNIT = refusal("org.freedesktop.systemd1.NoSuchUnit", `Unit ${NAME} not loaded.`);

/** Talks to a manager that answers so, and returns the calls after those that every connection begins with. */
function callsOf(answers: Answers, action: (systemd: Systemd) => void): Call[] {
  using fake = new FakeBus(answers);
  using systemd = Systemd.connect([{ address: fake.address, isBus: true }]);
  action(systemd);
  const [match, subscribe, ...calls] = fake.calls();
  assertEquals([match?.member, subscribe?.member], ["AddMatch", "Subscribe"]);
  return calls;
}

const SLICE: UnitProperty = { name: "Slice", signature: "s", value: "a.slice" };
const WEIGHT: UnitProperty = { name: "CPUWeight", signature: "t", value: 5n, mayLack: true };
const DEVICES: UnitProperty[] = [
  { name: "DevicePolicy", signature: "s", value: "strict", mayLack: true },
  { name: "DeviceAllow", signature: "a(ss)", value: [["/dev/null", "rw"]], mayLack: true },
];

Deno.test("Systemd.startUnit() makes a transient unit, and waits for its job", () => {
  const calls = callsOf(
    { StartTransientUnit: [job("done")] },
    (systemd) => systemd.startUnit(NAME, [SLICE, ...DEVICES]),
  );
  assertEquals(calls, [{
    destination: "org.freedesktop.systemd1",
    path: "/org/freedesktop/systemd1",
    interface: "org.freedesktop.systemd1.Manager",
    member: "StartTransientUnit",
    signature: "ssa(sv)a(sa(sv))",
    body: [
      NAME,
      "replace",
      [
        ["Slice", { signature: "s", value: "a.slice" }],
        ["DevicePolicy", { signature: "s", value: "strict" }],
        ["DeviceAllow", { signature: "a(ss)", value: [["/dev/null", "rw"]] }],
      ],
      [],
    ],
  }]);
});

/** The names of the properties that each try had. */
function tries(calls: readonly Call[]): string[][] {
  return calls.filter(({ member }) => member === "StartTransientUnit")
    .map(({ body }) => body[2].map(([name]: [string]) => name));
}

Deno.test("Systemd.startUnit() does without a property that this systemd does not have", () => {
  const readOnly = refusal(
    "org.freedesktop.DBus.Error.PropertyReadOnly",
    "Cannot set property CPUWeight, or unknown property.",
  );
  const calls = callsOf(
    { StartTransientUnit: [readOnly, job("done")] },
    (systemd) => systemd.startUnit(NAME, [SLICE, WEIGHT]),
  );
  assertEquals(tries(calls), [["Slice", "CPUWeight"], ["Slice"]]);
});

Deno.test("Systemd.startUnit() has no policy without the list of devices", () => {
  const invalid = refusal(
    "org.freedesktop.DBus.Error.InvalidArgs",
    "DeviceAllow= requires combination of rwm flags",
  );
  const calls = callsOf(
    { StartTransientUnit: [invalid, job("done")] },
    (systemd) => systemd.startUnit(NAME, [SLICE, ...DEVICES, WEIGHT]),
  );
  assertEquals(tries(calls).at(-1), ["Slice", "CPUWeight"]);
});

Deno.test("Systemd.startUnit() does not do without a property that is needed", () => {
  const text = "Cannot set property Slice, or unknown property.";
  const readOnly = refusal("org.freedesktop.DBus.Error.PropertyReadOnly", text);
  callsOf(
    { StartTransientUnit: [readOnly] },
    (systemd) =>
      throws(() => systemd.startUnit(NAME, [SLICE, WEIGHT]), {
        message:
          `StartTransientUnit("${NAME}", …): org.freedesktop.DBus.Error.PropertyReadOnly (${text})`,
      }),
  );
});

Deno.test("Systemd.startUnit() makes room where a unit of that name has failed", () => {
  const calls = callsOf(
    { StartTransientUnit: [UNIT_EXISTS, job("done")] },
    (systemd) => systemd.startUnit(NAME, [SLICE]),
  );
  assertEquals(calls.map(({ member, body }) => [member, body[0]]), [
    ["StartTransientUnit", NAME],
    ["ResetFailedUnit", NAME],
    ["StartTransientUnit", NAME],
  ]);
});

Deno.test("Systemd.startUnit() leaves a unit alone that runs", () => {
  const answers = { StartTransientUnit: [UNIT_EXISTS], ResetFailedUnit: [NO_SUCH_UNIT] };
  const calls = callsOf(
    answers,
    (systemd) => throws(() => systemd.startUnit(NAME, [SLICE]), (error) => isUnitExists(error)),
  );
  assertEquals(tries(calls).length, 2);
  assert(!calls.some(({ member }) => member === "StopUnit"));
});

Deno.test("Systemd.startUnit() stops what it has made when the job fails", () => {
  const answers = { StartTransientUnit: [job("timeout")], StopUnit: [job("done")] };
  const calls = callsOf(answers, (systemd) =>
    throws(() => systemd.startUnit(NAME, [SLICE]), {
      message: `systemd's job for "${NAME}" ended as "timeout"`,
    }));
  assertEquals(calls.map(({ member }) => member), [
    "StartTransientUnit",
    "StopUnit",
    "ResetFailedUnit",
  ]);
});

Deno.test("Systemd.stopUnit() waits for the job, and forgets a failure", () => {
  const calls = callsOf({ StopUnit: [job("done")] }, (systemd) => systemd.stopUnit(NAME));
  assertEquals(calls.map(({ member, body }) => [member, ...body]), [
    ["StopUnit", NAME, "replace"],
    ["ResetFailedUnit", NAME],
  ]);
});

Deno.test("Systemd.stopUnit() does not mind a unit that is gone", () => {
  const answers = { StopUnit: [NO_SUCH_UNIT], ResetFailedUnit: [NO_SUCH_UNIT] };
  callsOf(answers, (systemd) => systemd.stopUnit(NAME));
  const denied = refusal("org.freedesktop.DBus.Error.AccessDenied", "Permission denied");
  callsOf(
    { StopUnit: [denied] },
    (systemd) =>
      throws(() => systemd.stopUnit(NAME), /StopUnit\(.*AccessDenied \(Permission denied\)/),
  );
});

Deno.test("Systemd.controlGroup() asks the unit", () => {
  const path = "/org/freedesktop/systemd1/unit/runts_2dc_2escope";
  const answers = (group: string): Answers => ({
    GetUnit: [{ signature: "o", body: [path] }],
    Get: [{ signature: "v", body: [{ signature: "s", value: group }] }],
  });
  const calls = callsOf(
    answers("/a.slice/runts-c.scope"),
    (systemd) => assertEquals(systemd.controlGroup(NAME), "/a.slice/runts-c.scope"),
  );
  assertEquals(calls.map(({ path, member, body }) => [path, member, ...body]), [
    ["/org/freedesktop/systemd1", "GetUnit", NAME],
    [path, "Get", "org.freedesktop.systemd1.Scope", "ControlGroup"],
  ]);
  const ofSlice = callsOf(answers("/a.slice"), (systemd) => systemd.controlGroup("a.slice"));
  assertEquals(ofSlice[1]?.body[0], "org.freedesktop.systemd1.Slice");
  callsOf(
    answers(""),
    (systemd) =>
      throws(() => systemd.controlGroup(NAME), { message: `systemd has no cgroup for "${NAME}"` }),
  );
});

Deno.test("Systemd.isActive() asks for the unit's state, and knows one that is not there", () => {
  const answers = (state: string): Answers => ({
    GetUnit: [{ signature: "o", body: ["/unit"] }],
    Get: [{ signature: "v", body: [{ signature: "s", value: state }] }],
  });
  const [, get] = callsOf(
    answers("active"),
    (systemd) => assert(systemd.isActive("a.slice")),
  );
  assertEquals(get?.body, ["org.freedesktop.systemd1.Unit", "ActiveState"]);
  callsOf(answers("inactive"), (systemd) => assert(!systemd.isActive("a.slice")));
  callsOf({ GetUnit: [NO_SUCH_UNIT] }, (systemd) => assert(!systemd.isActive("a.slice")));
});

Deno.test("Systemd.attach() moves a process into the unit", () => {
  const [call] = callsOf({}, (systemd) => systemd.attach(NAME, 42));
  assertEquals([call?.member, call?.signature, call?.body], [
    "AttachProcessesToUnit",
    "ssau",
    [NAME, "/", [42]],
  ]);
});

Deno.test("Systemd.connect() goes on to the next address, and tells of all", () => {
  using absent = new FakeBus({
    Subscribe: [refusal("org.freedesktop.DBus.Error.ServiceUnknown", "no systemd on this bus")],
  });
  using fake = new FakeBus({});
  const missing = { address: "unix:path=/nonexistent/bus", isBus: true };
  const other = { address: absent.address, isBus: true };
  const direct = { address: fake.address, isBus: false };
  {
    using systemd = Systemd.connect([missing, other, direct]);
    assertEquals(systemd.address, direct);
  }
  // Without a bus there is nobody to ask for signals but systemd itself.
  assertEquals(fake.calls().map(({ member }) => member), ["Subscribe"]);
  throws(() => Systemd.connect([missing, other]), {
    message: `Cannot talk to systemd: "${missing.address}": sd_bus_start(bus): ENOENT (No such ` +
      `file or directory); "${other.address}": Subscribe(): ` +
      "org.freedesktop.DBus.Error.ServiceUnknown (no systemd on this bus)",
  });
});
