import { assert, assertEquals } from "#assert";
import { match } from "node:assert/strict";
import { cgroups, mounts, type Result, run, RUNTS } from "../lib/sandbox.ts";

const EXAMPLES = new URL("../../examples/", import.meta.url).pathname;

/** What each rung has to say, whatever the machine. */
const LADDER: Readonly<Record<string, readonly RegExp[]>> = {
  "01_pid_namespace.ts": [
    /^outside, the child is number \d+$/m,
    /^inside, it is number 1$/m,
    /^inside, the parent \(\d+\) cannot be seen$/m,
    /^after execve, it is still number 1$/m,
    /^it ended with exit code 0$/m,
  ],
  "02_own_root.ts": [
    /^its root holds:( \/(bin|lib\w*|proc|sbin|usr))+$/m,
    /^it can write to its own root$/m,
    /^and not to what it has from the host$/m,
    /^the host saw nothing of it in its \/tmp$/m,
  ],
  "03_proc_and_hostname.ts": [
    /^its name is third-rung$/m,
    /^it sees the processes \/proc\/1$/m,
    /^and can use them$/m,
    /^the host is still called /m,
  ],
  "04_cgroup.ts": [
    /^cgroups here are (v1|v2|hybrid); the example's is \/sys\/fs\/cgroup\//m,
    /^process 1 started$/m,
    // Either the limit held, or the machine's cgroups have none to give.
    /Cannot fork|there will be no limit/,
  ],
  "05_user_namespace.ts": [
    /^as root inside it cannot read the host's \/etc\/shadow$/m,
    /^inside, it is user 0 with the map: 0 100000 65536$/m,
    /^it can do as it likes in its own root$/m,
    /^the file that it wrote belongs to user 100000, seen from outside$/m,
  ],
  "06_veth.ts": [
    /^before, outside there are: lo, cable1, cable0 192\.0\.2\.1\/24/m,
    /^inside there are: lo, eth0 192\.0\.2\.2\/24/m,
    /^inside, 192\.0\.2\.1 answers$/m,
    /^it ended with exit code 0$/m,
  ],
  "07_capabilities.ts": [
    /^user 0, setting the host name: allowed$/m,
    /^user 65534, setting the host name: sethostname\("eighth", 6\): EPERM/m,
    /^user 65534, going back to user 0: setresuid\(0, 0, 0\): EPERM/m,
    ...["Inh", "Prm", "Eff", "Bnd", "Amb"].map((set) =>
      new RegExp(`^after execve, Cap${set}: 0000000000000400$`, "m")
    ),
    /^after execve, NoNewPrivs: 1$/m,
    /^bit 10 of the sets is CAP_NET_BIND_SERVICE$/m,
  ],
  "08_bundle_by_hand.ts": [
    /^it is created as process \d+, and its program has not begun$/m,
    /^hello from eighth-rung, process 1$/m,
    /^\$ runts delete example-\d+$/m,
  ],
  "09_use_as_library.ts": [
    /^create has \d+ steps, \d+ of them for a clause of the specification$/m,
    /^the step that failed: find the program$/m,
    /^all of it: Cannot find the program: .*no-such-program/m,
    /^the container is created, process \d+$/m,
    /^the container is running, process \d+$/m,
    /^the container is stopped$/m,
  ],
};

/** A run of an example, and what it left behind. */
interface Run extends Result {
  readonly left: readonly string[];
}

/** Runs an example with a temporary directory of its own, and looks for everything that bears its pid. */
function runExample(name: string, prefix: readonly string[] = []): Run {
  const directory = Deno.makeTempDirSync({ prefix: "runts-test-examples-" });
  const pidFile = `${directory}.pid`;
  const before = machine();
  try {
    const options = ["run", "--quiet", "-A", "--v8-flags=--single-threaded"];
    const words = [Deno.execPath(), ...options, `${EXAMPLES}${name}`];
    const script = 'echo $$ > "$1"; shift; exec "$@"';
    const result = run(
      [...prefix, "timeout", "120", "sh", "-c", script, "sh", pidFile, ...words],
      { env: { TMPDIR: directory, RUNTS, NO_COLOR: "1" } },
    );
    const pid = Deno.readTextFileSync(pidFile).trim();
    const isOurs = (text: string): boolean =>
      text.includes(directory) || new RegExp(`(runts|example|demo|pod)-${pid}\\b`).test(text);
    const left = [
      ...mounts().filter(isOurs),
      ...cgroups().filter(isOurs),
      ...processes().filter(isOurs),
      ...list(directory),
      ...list("/dev/shm").filter(isOurs),
    ];
    assertEquals(machine(), before, "the machine is as it was");
    return { ...result, left };
  } finally {
    Deno.removeSync(directory, { recursive: true });
    Deno.removeSync(pidFile);
  }
}

/** What an example must not change. */
function machine(): unknown {
  return { hostname: Deno.hostname(), devices: run(["ip", "-br", "link", "show"]).stdout };
}

function list(path: string): string[] {
  try {
    return [...Deno.readDirSync(path)].map(({ name }) => name);
  } catch {
    return [];
  }
}

/** Every living process with its command line and cgroups. */
function processes(): string[] {
  return list("/proc").filter((name) => /^\d+$/.test(name)).flatMap((pid) => {
    try {
      const read = (file: string): string => Deno.readTextFileSync(`/proc/${pid}/${file}`);
      // One that has ended waits for the machine's init to ask how.
      if (/^State:\s+Z/m.test(read("status"))) return [];
      return [`process ${pid}: ${read("cmdline").replaceAll("\0", " ")} ${read("cgroup")}`];
    } catch {
      return [];
    }
  });
}

function assertSays({ code, stdout, stderr, left }: Run, patterns: readonly RegExp[]): void {
  assertEquals(code, 0, stderr);
  for (const pattern of patterns) match(stdout, pattern);
  assertEquals(left, [], "it left something behind");
}

Deno.test("the ladder has no rung that is not tested, and none is missing", () => {
  const rungs = list(EXAMPLES).filter((name) => /^\d/.test(name)).sort();
  assertEquals(rungs, Object.keys(LADDER));
});

for (const [name, patterns] of Object.entries(LADDER)) {
  Deno.test(`examples/${name} shows what it promises, and leaves nothing behind`, () => {
    const result = runExample(name);
    assertSays(result, patterns);
    const last = result.stdout.trimEnd().split("\n").at(-1) ?? "";
    const named = [...last.matchAll(/[\w/]+\/[\w./]*|\w+\.ts\b/g)].map(([path]) => path);
    assert(named.length > 0, `the last line names where it is done in full: ${last}`);
    for (const path of named) Deno.statSync(`${EXAMPLES}../${path.replace(/\.$/, "")}`);
  });
}

Deno.test("examples/pod.ts: the second container finds the device that the first one brought", () => {
  assertSays(runExample("pod.ts"), [
    /^The first container has eth0 with:\n +inet 192\.0\.2\.2\/24 /m,
    /^The second container has eth0 with:\n +inet 192\.0\.2\.2\/24 /m,
    /^The host has: cable0 up 192\.0\.2\.1\/24$/m,
    /^The pod has: eth0 up 192\.0\.2\.2\/24/m,
  ]);
});

Deno.test("examples/cdi.ts gives a container the devices, variables, mounts, hooks and the NIC of a CDI file", () => {
  assertSays(runExample("cdi.ts"), [
    /^For example\.com\/accelerator=gpu0 there comes into config\.json:\n(?: .*\n)* +linux\.devices +\{"path":"\/dev\/gpu0","type":"c","major":1,"minor":3\}$/m,
    /^ +linux\.netDevices +\{"cable1":\{"name":"eth0"\},"storage0":\{"name":""\}\}$/m,
    /^ +device node +\/dev\/gpu0 character special file 1:3$/m,
    /^ +from the hook +'\/dev\/gpu' -> 'gpu0'$/m,
    /^ +variables +EXAMPLE_GPU=gpu0 EXAMPLE_DRIVER=\/etc\/example$/m,
    /^ +mount +Linux version$/m,
    // One with a name of its own, and one whose name is "".
    /^ +network +eth0 192\.0\.2\.2\/24\n +network +storage0 198\.51\.100\.2\/24$/m,
    /^ +the GPU +takes what it is given$/m,
    // The other ends ended with theirs.
    /^The host has: none of them any more$/m,
  ]);
});

Deno.test("examples/demo.ts moves a device, shows every step and gives the machine back", () => {
  assertSays(runExample("demo.ts"), [
    // A failing create, after which the device has all it had.
    /Cannot find the program: .*no-such-program.*\nThe host has, as before:\n +cable0 up .*\n +cable1 up 192\.0\.2\.2\/24/,
    /^parent +move the network devices +[\d.]+ +config-linux\.md#configLinuxNetworkDevices$/m,
    /^init +change the root +[\d.]+ +config\.md#configRoot$/m,
    /^tape +execute the program +1 call +runtime\.md#runtimeStart$/m,
    /^It is created: process \d+ waits for start, with \d+ kB of memory\.$/m,
    /^The host has only: cable0 up 192\.0\.2\.1\/24$/m,
    /^start +execute the program +[\d.]+ +runtime\.md#runtimeStart$/m,
    /^ +\d+: eth0@.*\n.*\n +inet 192\.0\.2\.2\/24 /m,
    /^ +network devices +as before\n +mounts +none left\n +cgroups +none left\n +processes +none left\n +containers +none left$/m,
  ]);
});

Deno.test("examples/demo.ts says in one sentence what it lacks", () => {
  // In a mount namespace where nothing is left of busybox but its name.
  const hide =
    'for f in /bin/busybox /usr/bin/busybox; do mount --bind /dev/null $f; done; exec "$@"';
  const { code, stdout, stderr, left } = runExample("demo.ts", [
    "unshare",
    "-m",
    "sh",
    "-c",
    hide,
    "sh",
  ]);
  assertEquals(code, 1);
  assertEquals(stdout, "");
  match(stderr, /^Cannot run the demo: this machine lacks busybox-static, .*\n$/);
  assertEquals(left, []);
});

for (const source of ["--any", "--host"]) {
  Deno.test(`examples/make_bundle.ts ${source} makes a bundle that runs`, () => {
    const directory = Deno.makeTempDirSync({ prefix: "runts-test-bundle-" });
    try {
      const bundle = `${directory}/bundle`;
      const make = [Deno.execPath(), "run", "-A", `${EXAMPLES}make_bundle.ts`, bundle, source];
      assertEquals(run(make).code, 0);
      const config = JSON.parse(Deno.readTextFileSync(`${bundle}/config.json`));
      const bound = config.mounts.some(({ destination }: { destination: string }) =>
        destination === "/usr"
      );
      assertEquals(bound, source === "--host");
      const id = `runts-test-bundle-${Deno.pid}${source}`;
      const words = ["--root", `${directory}/state`, "run", "--bundle", bundle, id];
      const { code, stdout, stderr } = run([RUNTS, ...words]);
      assertEquals({ code, stdout, stderr }, {
        code: 0,
        stdout: "Hello from example, process 1\n",
        stderr: "",
      });
    } finally {
      Deno.removeSync(directory, { recursive: true });
    }
  });
}
