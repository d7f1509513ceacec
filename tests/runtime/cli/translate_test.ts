import { assertEquals } from "#assert";
import { throws } from "node:assert/strict";
import { findCommand, GLOBAL_FLAGS } from "../../../runtime/cli/commands.ts";
import { parseFlags } from "../../../runtime/cli/flags.ts";
import type { Invocation } from "../../../runtime/cli/invocation.ts";
import type { Root } from "../../../runtime/cli/root.ts";
import {
  containerRef,
  createOptions,
  deleteOptions,
  killOptions,
  listOptions,
  runOptions,
  specOptions,
} from "../../../runtime/cli/translate.ts";

const ROOT: Root = { path: "/r", origin: "option" };

/** Parses a whole command line, with `--root /r` before it. */
function invoke(line: string): Invocation {
  const words = ["--root", "/r", ...line.split(" ")];
  const { values: globals, positionals } = parseFlags(words, GLOBAL_FLAGS, "flags-first");
  const [name = "", ...rest] = positionals;
  const { values: flags, positionals: args } = parseFlags(
    rest,
    findCommand(name)?.flags ?? [],
    "interleaved",
  );
  return { globals, flags, args, print: () => {} };
}

const PLAIN = {
  root: "/r",
  id: "x",
  bundle: Deno.cwd(),
  noPivot: false,
  noNewKeyring: false,
  listenFds: 0,
  preserveFds: 0,
  cgroupManager: "cgroupfs",
  rootless: "auto",
  debug: false,
} as const;

Deno.test("createOptions() has the defaults of a bare create", () => {
  assertEquals(createOptions(invoke("create x"), ROOT), PLAIN);
});

Deno.test("createOptions() carries every flag", () => {
  const line = "--debug --systemd-cgroup --rootless=true create --bundle /b --pid-file /p " +
    "--console-socket /c --pidfd-socket /f --no-pivot --no-new-keyring --preserve-fds 3 x";
  assertEquals(createOptions(invoke(line), ROOT), {
    root: "/r",
    id: "x",
    bundle: "/b",
    consoleSocket: "/c",
    pidfdSocket: "/f",
    pidFile: "/p",
    noPivot: true,
    noNewKeyring: true,
    listenFds: 0,
    preserveFds: 3,
    cgroupManager: "systemd",
    rootless: "true",
    debug: true,
  });
});

Deno.test("createOptions() starts sockets from the bundle and the pid file from the current directory", () => {
  const line = "create -b /b --console-socket c --pidfd-socket f --pid-file p x";
  const { consoleSocket, pidfdSocket, pidFile } = createOptions(invoke(line), ROOT);
  assertEquals([consoleSocket, pidfdSocket, pidFile], ["/b/c", "/b/f", `${Deno.cwd()}/p`]);
});

Deno.test("createOptions() resolves the links of the bundle", () => {
  const directory = Deno.realPathSync(Deno.makeTempDirSync());
  Deno.mkdirSync(`${directory}/bundle`);
  Deno.symlinkSync("bundle", `${directory}/link`);
  const line = `create -b ${directory}/link/../link --console-socket c x`;
  const { bundle, consoleSocket } = createOptions(invoke(line), ROOT);
  Deno.removeSync(directory, { recursive: true });
  assertEquals([bundle, consoleSocket], [`${directory}/bundle`, `${directory}/bundle/c`]);
});

Deno.test("createOptions() takes empty paths as not given", () => {
  const line = "create --bundle= --pid-file= --console-socket= --pidfd-socket= x";
  assertEquals(createOptions(invoke(line), ROOT), PLAIN);
});

for (
  const [text, rootless] of [
    ["auto", "auto"],
    ["true", "true"],
    ["1", "true"],
    ["false", "false"],
    ["F", "false"],
  ] as const
) {
  Deno.test(`createOptions() reads --rootless ${text}`, () => {
    assertEquals(
      createOptions(invoke(`--rootless ${text} create x`), ROOT).rootless,
      rootless,
    );
  });
}

Deno.test("createOptions() refuses a bad --rootless and a negative --preserve-fds", () => {
  throws(
    () => createOptions(invoke("--rootless maybe create x"), ROOT),
    /invalid value "maybe" for flag -rootless: parse error/,
  );
  throws(
    () => createOptions(invoke("create --preserve-fds -1 x"), ROOT),
    /invalid value "-1" for flag -preserve-fds: value out of range/,
  );
});

Deno.test("other commands do not mind a bad --rootless", () => {
  assertEquals(containerRef(invoke("--rootless maybe state x")), { root: "/r", id: "x" });
});

Deno.test("runOptions() adds its flags to those of create", () => {
  assertEquals(runOptions(invoke("run x"), ROOT), {
    ...PLAIN,
    detach: false,
    keep: false,
    noSubreaper: false,
  });
  const { detach, keep, noSubreaper } = runOptions(
    invoke("run -d --keep -no-subreaper x"),
    ROOT,
  );
  assertEquals([detach, keep, noSubreaper], [true, true, true]);
});

Deno.test("killOptions() sends SIGTERM by default", () => {
  assertEquals(killOptions(invoke("kill x")), { root: "/r", id: "x", signal: 15, all: false });
  assertEquals(killOptions(invoke("kill --all x kill")), {
    root: "/r",
    id: "x",
    signal: 9,
    all: true,
  });
  throws(() => killOptions(invoke("kill x FOO")), /unknown signal "FOO"/);
});

Deno.test("deleteOptions() carries force", () => {
  assertEquals(deleteOptions(invoke("delete x -f")), { root: "/r", id: "x", force: true });
});

Deno.test("listOptions() knows an explicit root", () => {
  assertEquals(listOptions(invoke("list")), { root: "/r", rootIsDefault: false });
});

Deno.test("specOptions() takes a bundle or the current directory", () => {
  assertEquals(specOptions(invoke("spec")), { bundle: Deno.cwd(), rootless: false });
  assertEquals(specOptions(invoke("spec -b /b --rootless")), { bundle: "/b", rootless: true });
});

Deno.test("createOptions() takes the cgroup manager by either flag, if both agree", () => {
  const managerOf = (flags: string) =>
    createOptions(invoke(`${flags} create x`), ROOT).cgroupManager;
  assertEquals(managerOf("--cgroup-manager=cgroupfs"), "cgroupfs");
  assertEquals(managerOf("--cgroup-manager disabled"), "disabled");
  assertEquals(managerOf("--cgroup-manager=systemd"), "systemd");
  assertEquals(managerOf("--systemd-cgroup --cgroup-manager=systemd"), "systemd");
  assertEquals(managerOf("--systemd-cgroup=false --cgroup-manager=disabled"), "disabled");
  throws(() => managerOf("--systemd-cgroup --cgroup-manager=disabled"), {
    message: "--cgroup-manager=disabled contradicts --systemd-cgroup",
  });
  throws(() => managerOf("--cgroup-manager=openrc"), {
    message:
      'invalid value "openrc" for flag -cgroup-manager: must be one of cgroupfs, systemd, disabled',
  });
});
