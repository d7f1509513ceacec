/** Ranges of IDs for callers without privileges, as /etc/subuid and /etc/subgid grant them. @module */
import { assert, assertEquals } from "#assert";
import { rootlessConfig } from "../../spec/default_config.ts";
import { type Editable, exists, failure, run, Sandbox, waitUntil } from "../lib/sandbox.ts";

type Range = readonly [containerID: number, hostID: number, size: number];

/** Arbitrary: a user that no machine has, and what is granted to it. */
const UID = 54321;
const GRANTED = 2_100_000_000;
const SIZE = 65536;

const OWN_AND_GRANTED: readonly Range[] = [[0, UID, 1], [1, GRANTED, SIZE]];

const USER = ["setpriv", `--reuid=${UID}`, `--regid=${UID}`, "--clear-groups", "env", "-i"];
const PATH = "PATH=/usr/sbin:/usr/bin:/sbin:/bin";

/** What the helpers and the dynamic linker look at. */
const ETC = ["group", "ld.so.cache", "ld.so.conf", "ld.so.conf.d", "nsswitch.conf"];

/** A bundle of a user's own, and the files that grant it IDs; who runs with a prefix of ours sees them in /etc. */
class RangesSandbox extends Sandbox {
  readonly #etc = Deno.makeTempDirSync({ prefix: "runts-etc-" });

  constructor({ uids = `${GRANTED}:${SIZE}`, gids = uids }: { uids?: string; gids?: string } = {}) {
    super();
    Deno.chmodSync(this.#etc, 0o755);
    for (const name of ETC.filter((name) => exists(`/etc/${name}`))) {
      run(["cp", "--recursive", `/etc/${name}`, this.#etc]);
    }
    const write = (name: string, line: string) =>
      Deno.writeTextFileSync(`${this.#etc}/${name}`, `${line}\n`);
    write("passwd", `root:x:0:0::/:/bin/sh\nranges:x:${UID}:${UID}::/:/bin/sh`);
    write("subuid", `ranges:${uids}`);
    write("subgid", `ranges:${gids}`);
  }

  rootless(script: string, edit?: (config: Editable) => void): void {
    const config: Editable = structuredClone(rootlessConfig(UID, UID));
    config.process.terminal = false;
    config.process.args = ["sh", "-c", script];
    setMappings(config, OWN_AND_GRANTED);
    edit?.(config);
    this.writeConfig(JSON.stringify(config));
    run(["chown", "--recursive", "--no-dereference", `${UID}:${UID}`, this.directory]);
  }

  /** Words before a command by which the user runs it, with an /etc of its own. */
  prefix(commands = ":", env = PATH): string[] {
    const script = `mount --bind ${this.#etc} /etc; ${commands}; exec "$@"`;
    return ["unshare", "--mount", "sh", "-ec", script, "sh", ...USER, env];
  }

  /** The one sentence by which `create` says no. */
  refusal(prefix = this.prefix()): string {
    const result = this.runtsWith({ prefix }, "create", this.id);
    // Nowhere may this user make a cgroup, and the container does without.
    const noCgroup = /^time="[^"]+" level=warning msg="The container gets no cgroup.*\n/;
    return failure({ ...result, stderr: result.stderr.replace(noCgroup, "") });
  }

  override [Symbol.dispose](): void {
    Deno.removeSync(this.#etc, { recursive: true });
    super[Symbol.dispose]();
  }
}

function setMappings(config: Editable, uids: readonly Range[], gids = uids): void {
  const mappings = (ranges: readonly Range[]) =>
    ranges.map(([containerID, hostID, size]) => ({ containerID, hostID, size }));
  config.linux.uidMappings = mappings(uids);
  config.linux.gidMappings = mappings(gids);
}

function lines(text: string): string[] {
  return text.trimEnd().split("\n").map((line) => line.trim().split(/\s+/).join(" "));
}

const mapHelper = run(["sh", "-c", "command -v newuidmap && command -v newgidmap"]);
const [newuidmap = ""] = mapHelper.stdout.split("\n");
const mayUnshare = run([...USER, PATH, "unshare", "--user", "true"]).code === 0;
const missing = mapHelper.code !== 0
  ? "newuidmap and newgidmap are not installed"
  : mayUnshare
  ? undefined
  : "users may not make user namespaces here";

function testRanges(name: string, test: () => void): void {
  const why = missing === undefined ? "" : ` (ignored: ${missing})`;
  Deno.test({ name: `${name}${why}`, ignore: missing !== undefined, fn: test });
}

testRanges("a user without privileges gets the ranges that were granted, and groups", () => {
  using box = new RangesSandbox();
  box.rootless(
    `cat /proc/self/uid_map /proc/self/gid_map /proc/self/setgroups
    id -u; id -g; id -G; touch /tmp/file; stat -c %u:%g /tmp/file /tmp`,
    (config) => {
      Object.assign(config.process.user, { uid: 7, gid: 8, additionalGids: [5, 65536] });
      config.root.readonly = false;
    },
  );
  Deno.chmodSync(`${box.rootfs}/tmp`, 0o777);
  const { code, stdout, stderr } = box.runtsWith({ prefix: box.prefix() }, "run", box.id);
  assertEquals(code, 0, stderr);
  const map = [`0 ${UID} 1`, `1 ${GRANTED} ${SIZE}`];
  assertEquals(lines(stdout), [
    ...[...map, ...map, "allow", "7", "8", "8 5 65536", "7:8", "0:0"],
  ]);
  const { uid, gid } = Deno.lstatSync(`${box.rootfs}/tmp/file`);
  assertEquals([uid, gid], [GRANTED + 6, GRANTED + 7]);
});

testRanges("a container of other IDs than its caller's is used like any other", () => {
  using box = new RangesSandbox();
  box.rootless("trap 'exit 0' TERM; while :; do sleep 0.05; done", (config) => {
    setMappings(config, [[0, GRANTED, 1000], [5000, GRANTED + 5000, 10]]);
    config.process.user.uid = 5001;
  });
  const runts = (...args: string[]) => {
    const { code, stdout, stderr } = box.runtsWith({ prefix: box.prefix() }, ...args);
    assertEquals(code, 0, `${args.join(" ")}: ${stderr}`);
    return stdout;
  };
  runts("create", box.id);
  const { pid } = JSON.parse(runts("state", box.id));
  runts("start", box.id);
  const status = Deno.readTextFileSync(`/proc/${pid}/status`);
  assert(new RegExp(`^Uid:\\t${GRANTED + 5001}\\t`, "m").test(status), status);
  assertEquals(
    runts("exec", "--user", "3:4", "--additional-gids", "9", box.id, "id"),
    "uid=3 gid=4 groups=9\n",
  );
  runts("kill", box.id, "KILL");
  waitUntil(() => JSON.parse(runts("state", box.id)).status === "stopped");
  runts("delete", box.id);
  assertEquals(box.traces(), []);
});

testRanges("with ranges of users and the own group alone setgroups(2) is given up", () => {
  using box = new RangesSandbox();
  const edit = (config: Editable) => setMappings(config, OWN_AND_GRANTED, [[0, UID, 1]]);
  box.rootless("cat /proc/self/gid_map /proc/self/setgroups", edit);
  const { code, stdout, stderr } = box.runtsWith({ prefix: box.prefix() }, "run", box.id);
  assertEquals(code, 0, stderr);
  assertEquals(lines(stdout), [`0 ${UID} 1`, "deny"]);
  box.rootless("true", (config) => {
    edit(config);
    config.process.user.additionalGids = [0];
  });
  const message = box.refusal();
  assert(message.includes("process.user.additionalGids: setgroups(2) is denied"), message);
});

testRanges("the ranges go with a new time namespace, which an intermediate makes first", () => {
  using box = new RangesSandbox();
  box.rootless(
    "cat /proc/self/uid_map; read up rest < /proc/uptime; [ ${up%.*} -gt 8640000 ]",
    (config) => {
      config.linux.namespaces.push({ type: "time" });
      config.linux.timeOffsets = { boottime: { secs: 8640000 } };
    },
  );
  const { code, stdout, stderr } = box.runtsWith({ prefix: box.prefix() }, "run", box.id);
  assertEquals(code, 0, stderr);
  assertEquals(lines(stdout), [`0 ${UID} 1`, `1 ${GRANTED} ${SIZE}`]);
});

for (
  const [what, kind, uids, gids] of [
    ["users", "uid", `${GRANTED}:${SIZE - 1}`, `${GRANTED}:${SIZE}`],
    ["groups", "gid", `${GRANTED}:${SIZE}`, `${GRANTED}:${SIZE - 1}`],
  ] as const
) {
  testRanges(
    `a range of ${what} that was not granted whole is refused, and nothing is changed`,
    () => {
      using box = new RangesSandbox({ uids, gids });
      box.rootless("true");
      const message = box.refusal();
      const name = `new${kind}map`;
      const start = `Cannot write the ID maps: linux.${kind}Mappings: `;
      assert(message.startsWith(start), message);
      const range = `${kind} range [1-${SIZE + 1}) -> [${GRANTED}-${GRANTED + SIZE}) not allowed`;
      assert(message.endsWith(`${name} ended with exit code 1: ${name}: ${range}`), message);
      assertEquals(box.traces(), []);
    },
  );
}

testRanges("without newuidmap ranges are refused by name, and the own ID is mapped as ever", () => {
  using box = new RangesSandbox();
  // No file that could be executed.
  const prefix = box.prefix(`mount --bind /dev/null ${newuidmap}`);
  box.rootless("true");
  const message = box.refusal(prefix);
  const why = "without CAP_SETUID more than the own ID is for newuidmap to map: newuidmap: " +
    "executable file not found in $PATH";
  assert(message.startsWith(`Cannot write the ID maps: linux.uidMappings: ${why}`), message);
  assertEquals(box.traces(), []);
  box.rootless("true", (config) => setMappings(config, [[0, UID, 1]]));
  const { code, stderr } = box.runtsWith({ prefix }, "run", box.id);
  assertEquals(code, 0, stderr);
});

testRanges(
  "newuidmap is the first of $PATH, with the pid and the ranges, and what it says is told",
  () => {
    using box = new RangesSandbox();
    const own = `${box.directory}/bin`;
    Deno.mkdirSync(own);
    const script = '#!/bin/sh\nshift; echo "$*" >&2; echo not today >&2; exit 3\n';
    Deno.writeTextFileSync(`${own}/newuidmap`, script, { mode: 0o755 });
    box.rootless("true");
    const prefix = box.prefix(":", `PATH=${own}:/usr/bin:/bin`);
    const message = box.refusal(prefix);
    const said = `0 ${UID} 1 1 ${GRANTED} ${SIZE}; not today`;
    assert(message.endsWith(`newuidmap ended with exit code 3: ${said}`), message);
  },
);

testRanges("root of a user namespace with ranges maps them itself, and no others", () => {
  using box = new RangesSandbox();
  // As Podman has it without privileges. No helper would be found here.
  const inside = ["unshare", "--user", "--map-root-user", "--map-auto", "--mount", "sh", "-ec"];
  const script = `mount --bind /dev/null ${newuidmap}; exec "$@"`;
  const prefix = [...box.prefix(), ...inside, script, "sh"];
  const program = "cat /proc/self/uid_map /proc/self/setgroups; id -G";
  box.rootless(program, (config) => {
    setMappings(config, [[0, 1, 1000], [1000, 0, 1]]);
    config.process.user.additionalGids = [9];
  });
  const { code, stdout, stderr } = box.runtsWith({ prefix }, "run", box.id);
  assertEquals(code, 0, stderr);
  assertEquals(lines(stdout), ["0 1 1000", "1000 0 1", "allow", "0 9"]);
  box.rootless("true", (config) => setMappings(config, [[0, SIZE, 10]]));
  const message = box.refusal(prefix);
  assert(message.startsWith("Cannot write the ID maps: linux.uidMappings: write("), message);
  assert(message.endsWith("(are the IDs mapped in the runtime's own user namespace?)"), message);
});
