import { assertEquals } from "#assert";
import { throws } from "node:assert/strict";
import { checkpointOptions, restoreOptions } from "../../../runtime/cli/criu_options.ts";
import { findCommand, GLOBAL_FLAGS } from "../../../runtime/cli/commands.ts";
import { parseFlags } from "../../../runtime/cli/flags.ts";
import type { Invocation } from "../../../runtime/cli/invocation.ts";

const ROOT = { path: "/r", origin: "option" } as const;

function invoke(name: string, line: string): Invocation {
  const { values: globals } = parseFlags(["--root", "/r"], GLOBAL_FLAGS, "flags-first");
  const words = line.split(" ").filter((word) => word !== "");
  const { values: flags, positionals: args } = parseFlags(
    words,
    findCommand(name)!.flags,
    "interleaved",
  );
  return { globals, flags, args, print: () => {} };
}

const NOTHING_ASKED = {
  root: "/r",
  id: "x",
  imagePath: `${Deno.cwd()}/checkpoint`,
  workPath: `${Deno.cwd()}/checkpoint`,
  tcpEstablished: false,
  extUnixSk: false,
  shellJob: false,
  fileLocks: false,
  manageCgroupsMode: "soft",
  emptyNetwork: false,
  autoDedup: false,
  lazyPages: false,
};

Deno.test("checkpointOptions() are those of runc, with its defaults", () => {
  const plain = {
    ...NOTHING_ASKED,
    leaveRunning: false,
    preDump: false,
    tcpSkipInFlight: false,
    linkRemap: false,
  };
  assertEquals(checkpointOptions(invoke("checkpoint", "x")), plain as never);
  // As containerd calls it.
  const line = "--image-path /i --work-path /w --tcp-established --ext-unix-sk --shell-job " +
    "--file-locks --manage-cgroups-mode full --empty-ns network --leave-running x";
  assertEquals(checkpointOptions(invoke("checkpoint", line)), {
    ...plain,
    imagePath: "/i",
    workPath: "/w",
    tcpEstablished: true,
    extUnixSk: true,
    shellJob: true,
    fileLocks: true,
    manageCgroupsMode: "full",
    emptyNetwork: true,
    leaveRunning: true,
  } as never);
  assertEquals(checkpointOptions(invoke("checkpoint", "--status-fd 9 x")).statusFd, 9);
});

Deno.test("checkpointOptions() reads the address of a page server", () => {
  const pageServer = (text: string): unknown =>
    checkpointOptions(invoke("checkpoint", `--page-server ${text} x`)).pageServer;
  assertEquals(pageServer("127.0.0.1:27"), { address: "127.0.0.1", port: 27 });
  assertEquals(pageServer("[fe80::1]:65535"), { address: "fe80::1", port: 65535 });
  for (const wrong of ["27", ":27", "host", "host:", "host:0", "host:65536", "fe80::1:27"]) {
    throws(() => pageServer(wrong), { message: /must be HOST:PORT/ }, wrong);
  }
});

Deno.test("restoreOptions() are those of a run, of which nothing is new", () => {
  const options = restoreOptions(
    // As containerd calls it, with one dash.
    invoke("restore", "--detach --pid-file /p -no-subreaper --bundle / --console-socket s x"),
    ROOT,
  );
  assertEquals(options, {
    ...NOTHING_ASKED,
    bundle: "/",
    consoleSocket: "/s",
    pidFile: "/p",
    detach: true,
    noSubreaper: true,
    noPivot: false,
    cgroupManager: "cgroupfs",
    rootless: "auto",
    debug: false,
    keep: false,
    noNewKeyring: true,
    listenFds: 0,
    preserveFds: 0,
  } as never);
});

Deno.test("checkpointOptions() refuses modes, namespaces and parents that there are not", () => {
  const refuses = (line: string, message: RegExp): void =>
    throws(() => checkpointOptions(invoke("checkpoint", `${line} x`)), { message });
  refuses("--manage-cgroups-mode toString", /one of ignore, soft, full, strict/);
  refuses("--empty-ns network --empty-ns pid", /"pid" for flag -empty-ns/);
  refuses("--parent-path /absolute", /must be relative/);
});
