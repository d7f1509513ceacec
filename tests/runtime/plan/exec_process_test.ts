import { assertEquals } from "#assert";
import { changeProcess } from "../../../runtime/plan/exec_process.ts";
import type { Process } from "../../../spec/schema/process.ts";

const BASE: Process = {
  terminal: true,
  consoleSize: { height: 10, width: 20 },
  cwd: "/srv",
  args: ["init"],
  env: ["PATH=/bin", "A=1", "B=2"],
  user: { uid: 7, gid: 8, umask: 63, additionalGids: [9] },
  capabilities: { bounding: ["CAP_KILL"], inheritable: ["CAP_CHOWN"] },
  oomScoreAdj: 5,
  apparmorProfile: "profile",
  noNewPrivileges: true,
};

const NONE = { args: ["ls"], terminal: false };

Deno.test("changeProcess() keeps what is not changed, but the terminal and its size", () => {
  const { consoleSize: _, ...kept } = BASE;
  assertEquals(changeProcess(BASE, NONE), {
    ...kept,
    terminal: false,
    args: ["ls"],
    capabilities: {
      bounding: ["CAP_KILL"],
      effective: [],
      permitted: [],
      inheritable: ["CAP_CHOWN"],
      ambient: [],
    },
  });
});

Deno.test("changeProcess() replaces variables of the same name, the last one counts", () => {
  const { env } = changeProcess(BASE, { ...NONE, env: ["A=3", "C=a,b=c", "A=4", "AB="] });
  assertEquals(env, ["PATH=/bin", "B=2", "A=4", "C=a,b=c", "AB="]);
});

Deno.test("changeProcess() takes the user, and the group only if it is given", () => {
  const user = (changes: object): unknown => changeProcess(BASE, { ...NONE, ...changes }).user;
  const base = { uid: 7, gid: 8, umask: 63, additionalGids: [9] };
  assertEquals(user({ user: { uid: 0 } }), { ...base, uid: 0 });
  assertEquals(user({ user: { uid: 1, gid: 0 } }), { ...base, uid: 1, gid: 0 });
  assertEquals(user({ additionalGids: [3, 4] }), { ...base, additionalGids: [9, 3, 4] });
  const { user: none, ...rest } = BASE;
  assertEquals(none?.uid, 7);
  assertEquals(changeProcess(rest, NONE).user, { uid: 0, gid: 0, additionalGids: [] });
});

Deno.test("changeProcess() never makes a capability inheritable, and ambient only what is", () => {
  const { capabilities } = changeProcess(BASE, {
    ...NONE,
    capabilities: ["CAP_CHOWN", "CAP_NET_RAW"],
  });
  assertEquals(capabilities, {
    bounding: ["CAP_KILL", "CAP_CHOWN", "CAP_NET_RAW"],
    effective: ["CAP_CHOWN", "CAP_NET_RAW"],
    permitted: ["CAP_CHOWN", "CAP_NET_RAW"],
    inheritable: ["CAP_CHOWN"],
    ambient: ["CAP_CHOWN"],
  });
});

Deno.test("changeProcess() sets what is given, and takes no privilege's absence back", () => {
  const changed = changeProcess(BASE, {
    ...NONE,
    cwd: "/tmp",
    apparmorProfile: "other",
    selinuxLabel: "label",
    noNewPrivileges: false,
    terminal: true,
  });
  const { cwd, apparmorProfile, selinuxLabel, noNewPrivileges, terminal } = changed;
  assertEquals([cwd, apparmorProfile, selinuxLabel, noNewPrivileges, terminal], [
    "/tmp",
    "other",
    "label",
    true,
    true,
  ]);
});
