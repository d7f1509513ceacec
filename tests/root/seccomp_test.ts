/** Filters of system calls in real containers: what the kernel makes of them, and what runts needs of them itself. */
import { assert, assertEquals } from "#assert";
import { E } from "../../ffi/errno.ts";
import { NR } from "../../ffi/numbers.ts";
import type { Argument } from "../../ffi/tape/tape.ts";
import { errnoOf, writeProbe, writeProbeI386 } from "../lib/probe.ts";
import { type Editable, exists, failure, type Result, Sandbox } from "../lib/sandbox.ts";

/** Exit status of a container that SIGSYS has killed. */
const SIGSYS = 128 + 31;
/** A number that no system call has. */
const UNKNOWN = 500;
/** By what a static program of ours comes and goes. */
const BARE = { names: ["execve", "exit_group", "write"], action: "SCMP_ACT_ALLOW" };

type Call = readonly [nr: number, ...args: Argument[]];

interface Filtered {
  readonly seccomp: Editable;
  readonly edit?: ((config: Editable) => void) | undefined;
}

/** Runs a program that makes these calls alone, with a filter and no-new-privileges. */
function probe(filtered: Editable | Filtered, ...calls: Call[]): Result {
  const { seccomp, edit } = "seccomp" in filtered
    ? filtered
    : { seccomp: filtered, edit: undefined };
  using box = new Sandbox((config) => {
    config.process.args = ["/probe"];
    config.process.noNewPrivileges = true;
    config.linux.seccomp = seccomp;
    edit?.(config);
  });
  writeProbe(`${box.rootfs}/probe`, ...calls);
  return box.runts("run", box.id);
}

/** Runs a shell script with a filter. */
function shell(script: string, seccomp: Editable, edit?: (config: Editable) => void): Result {
  using box = new Sandbox();
  box.script(script, (config) => {
    config.linux.seccomp = seccomp;
    edit?.(config);
  });
  return box.runts("run", box.id);
}

function withPrivileges(config: Editable): void {
  config.process.noNewPrivileges = false;
}

function asUser(config: Editable): void {
  config.process.user = { uid: 1000, gid: 1000 };
}

function withSysAdmin(config: Editable): void {
  for (const set of ["bounding", "effective", "permitted"]) {
    config.process.capabilities[set].push("CAP_SYS_ADMIN");
  }
}

Deno.test("a filter has to allow nothing of runts but execve", () => {
  const seccomp = {
    defaultAction: "SCMP_ACT_KILL_PROCESS",
    syscalls: [{ names: ["execve", "exit_group"], action: "SCMP_ACT_ALLOW" }],
  };
  const privileged = (...edits: ((config: Editable) => void)[]) => (config: Editable): void =>
    [withPrivileges, ...edits].forEach((edit) => edit(config));
  for (
    const edit of [
      undefined,
      asUser,
      privileged(),
      privileged(asUser),
      privileged(withSysAdmin),
    ]
  ) {
    assertEquals(probe({ seccomp, edit }).code, 0);
  }
  assertEquals(probe(seccomp, [NR.getpid]).code, SIGSYS);
});

Deno.test("a filter without no-new-privileges leaves no capability behind", () => {
  const seccomp = { defaultAction: "SCMP_ACT_ALLOW" };
  const script = "grep -E 'CapPrm|CapEff|NoNewPrivs|Seccomp:' /proc/self/status";
  const status = (edit: (config: Editable) => void): string[] =>
    shell(script, seccomp, edit).stdout.trimEnd().split("\n").map((line) => line.split("\t")[1]!);
  const caps = "0000000020000420";
  assertEquals(status(withPrivileges), [caps, caps, "0", "2"]);
  const none = "0000000000000000";
  assertEquals(
    status((config) => {
      withPrivileges(config);
      asUser(config);
    }),
    [none, none, "0", "2"],
  );
  assertEquals(status((config) => config.process.noNewPrivileges = true), [caps, caps, "1", "2"]);
});

Deno.test("a filter without no-new-privileges leaves the ambient set as it is to be", () => {
  const { stdout } = shell(
    "grep CapAmb /proc/self/status",
    { defaultAction: "SCMP_ACT_ALLOW" },
    (config) => {
      withPrivileges(config);
      asUser(config);
      for (const set of ["inheritable", "ambient"]) config.process.capabilities[set] = ["CAP_KILL"];
    },
  );
  assertEquals(stdout, "CapAmb:\t0000000000000020\n");
});

Deno.test("a filter works in a user namespace, with and without no-new-privileges", () => {
  for (const noNewPrivileges of [true, false]) {
    const { stdout, stderr } = shell(
      "mkdir /tmp/x 2>&1; grep Seccomp: /proc/self/status",
      {
        defaultAction: "SCMP_ACT_ALLOW",
        syscalls: [{ names: ["mkdir", "mkdirat"], action: "SCMP_ACT_ERRNO", errnoRet: E.EXDEV }],
      },
      (config) => {
        config.process.noNewPrivileges = noNewPrivileges;
        config.linux.namespaces.push({ type: "user" });
        config.linux.uidMappings = [{ containerID: 0, hostID: 100000, size: 1000 }];
        config.linux.gidMappings = [{ containerID: 0, hostID: 100000, size: 1000 }];
      },
    );
    assertEquals(
      stdout,
      "mkdir: can't create directory '/tmp/x': Invalid cross-device link\nSeccomp:\t2\n",
      stderr,
    );
  }
});

Deno.test("calls without a rule get the default action and its errno", () => {
  const denied = (seccomp: Editable): number =>
    errnoOf(probe({ defaultAction: "SCMP_ACT_ERRNO", syscalls: [BARE], ...seccomp }, [NR.getpid]));
  assertEquals(denied({}), E.EPERM);
  assertEquals(denied({ defaultErrnoRet: E.EXDEV }), E.EXDEV);
});

Deno.test("a rule's errno is what the program sees", () => {
  const rule = (value: Editable): Editable => ({
    defaultAction: "SCMP_ACT_ALLOW",
    syscalls: [{ names: ["getpid"], action: "SCMP_ACT_ERRNO", ...value }],
  });
  assertEquals(errnoOf(probe(rule({}), [NR.getpid])), E.EPERM);
  assertEquals(errnoOf(probe(rule({ errnoRet: E.ELOOP }), [NR.getpid])), E.ELOOP);
  // No error: the call is not made, and returns 0.
  assertEquals(errnoOf(probe(rule({ errnoRet: 0 }), [NR.getpid])), 0);
});

Deno.test("SCMP_ACT_KILL and its relatives kill, SCMP_ACT_LOG does not", () => {
  const ends = ["KILL", "KILL_PROCESS", "KILL_THREAD", "TRAP", "LOG", "ALLOW"].map((action) =>
    probe({
      defaultAction: "SCMP_ACT_ERRNO",
      syscalls: [BARE, { names: ["getpid"], action: `SCMP_ACT_${action}` }],
    }, [NR.getpid]).code
  );
  assertEquals(ends, [SIGSYS, SIGSYS, SIGSYS, SIGSYS, 0, 0]);
});

Deno.test("SCMP_ACT_TRAP sends a signal that the program can handle", () => {
  const trap = (action: string): Result =>
    shell("trap 'echo caught' SYS; umask 022; echo after", {
      defaultAction: "SCMP_ACT_ALLOW",
      syscalls: [{ names: ["umask"], action }],
    });
  assertEquals(trap("SCMP_ACT_TRAP").stdout, "caught\nafter\n");
  const { code, stdout } = trap("SCMP_ACT_KILL");
  assertEquals([code, stdout], [SIGSYS, ""]);
});

Deno.test("SCMP_ACT_TRACE is ENOSYS without a tracer", () => {
  const seccomp = {
    defaultAction: "SCMP_ACT_ALLOW",
    syscalls: [{ names: ["getpid"], action: "SCMP_ACT_TRACE", errnoRet: 7 }],
  };
  assertEquals(errnoOf(probe(seccomp, [NR.getpid])), E.ENOSYS);
});

/** A number that JSON.stringify writes with all its digits. */
function rawJson(value: bigint): unknown {
  return (JSON as unknown as { rawJSON(text: string): unknown }).rawJSON(String(value));
}

Deno.test("conditions look at all 64 bits of an argument", () => {
  const seccomp = (args: Editable): Editable => ({
    defaultAction: "SCMP_ACT_ALLOW",
    syscalls: [{ names: ["lseek"], action: "SCMP_ACT_ERRNO", errnoRet: E.EXDEV, args }],
  });
  // lseek(-1, offset, whence) is EBADF, whatever the offset.
  const lseek = (args: Editable, offset: bigint): number =>
    errnoOf(probe(seccomp(args), [NR.lseek, -1, offset, 0]));
  const large = 2n ** 63n - 1n;
  const equal = [{ index: 1, value: rawJson(large), op: "SCMP_CMP_EQ" }];
  assertEquals([lseek(equal, large), lseek(equal, large - 1n), lseek(equal, 2n ** 32n - 1n)], [
    E.EXDEV,
    E.EBADF,
    E.EBADF,
  ]);
  const masked = [{
    index: 1,
    value: 0xf0_0000_0000,
    valueTwo: 0x10_0000_0000,
    op: "SCMP_CMP_MASKED_EQ",
  }];
  assertEquals([lseek(masked, 0x1f_1234_5678n), lseek(masked, 0x2f_1234_5678n)], [
    E.EXDEV,
    E.EBADF,
  ]);
});

Deno.test("two conditions on one argument are alternatives", () => {
  const seccomp = {
    defaultAction: "SCMP_ACT_ALLOW",
    syscalls: [{
      names: ["lseek"],
      action: "SCMP_ACT_ERRNO",
      errnoRet: E.EXDEV,
      args: [
        { index: 1, value: 1, op: "SCMP_CMP_EQ" },
        { index: 1, value: 2, op: "SCMP_CMP_EQ" },
      ],
    }],
  };
  const lseek = (offset: number): number => errnoOf(probe(seccomp, [NR.lseek, -1, offset, 0]));
  assertEquals([1, 2, 3].map(lseek), [E.EXDEV, E.EXDEV, E.EBADF]);
});

const X86_64 = Deno.build.arch === "x86_64";
/** getpid of i386; the container's init is 1. */
const GETPID_I386 = 20;

/** Whether the kernel serves i386 at all; if not, such a call is a fault. */
function hasI386(): boolean {
  if (!X86_64) return false;
  const path = Deno.makeTempFileSync({ prefix: "i386-" });
  try {
    writeProbeI386(path, GETPID_I386);
    return new Deno.Command(path, { stdin: "null" }).outputSync().signal === null;
  } finally {
    Deno.removeSync(path);
  }
}

Deno.test({
  name: "calls of another convention kill, unless `architectures` has it",
  ignore: !hasI386(),
  fn() {
    const run = (seccomp: Editable): number => {
      using box = new Sandbox((config) => {
        config.process.args = ["/probe"];
        config.linux.seccomp = seccomp;
      });
      writeProbeI386(`${box.rootfs}/probe`, GETPID_I386);
      return box.runts("run", box.id).code;
    };
    const defaultAction = "SCMP_ACT_ALLOW";
    const syscalls = [{ names: ["getpid"], action: "SCMP_ACT_ERRNO", errnoRet: 9 }];
    assertEquals(run({ defaultAction }), SIGSYS);
    assertEquals(run({ defaultAction, architectures: ["SCMP_ARCH_X86"] }), 1);
    assertEquals(run({ defaultAction, architectures: ["SCMP_ARCH_X86"], syscalls }), 128 + 9);
  },
});

Deno.test("architectures of other machines change nothing", () => {
  const seccomp = {
    defaultAction: "SCMP_ACT_ALLOW",
    architectures: ["SCMP_ARCH_S390X", "SCMP_ARCH_LOONGARCH64", "SCMP_ARCH_M68K"],
  };
  assertEquals(probe(seccomp, [NR.getpid]).code, 0);
});

Deno.test("a call that is too new to be named does not exist, where the default refuses", () => {
  const refusing = (defaultAction: string, nr: number): Result =>
    probe({ defaultAction, syscalls: [BARE] }, [nr]);
  assertEquals(errnoOf(refusing("SCMP_ACT_ERRNO", UNKNOWN)), E.ENOSYS);
  assertEquals(errnoOf(refusing("SCMP_ACT_KILL_PROCESS", UNKNOWN)), E.ENOSYS);
  // What has a name is refused as the configuration says.
  assertEquals(errnoOf(refusing("SCMP_ACT_ERRNO", NR.mount_setattr)), E.EPERM);
  assertEquals(refusing("SCMP_ACT_KILL_PROCESS", NR.mount_setattr).code, SIGSYS);
  assertEquals(refusing("SCMP_ACT_TRAP", UNKNOWN).code, SIGSYS);
});

Deno.test({
  name: "the same holds for x32, and its calls kill where it is not in `architectures`",
  ignore: !X86_64,
  fn() {
    const X32 = 0x4000_0000;
    const run = (nr: number, ...architectures: string[]): Result =>
      probe({ defaultAction: "SCMP_ACT_ERRNO", architectures, syscalls: [BARE] }, [X32 + nr]);
    assertEquals(errnoOf(run(UNKNOWN, "SCMP_ARCH_X32")), E.ENOSYS);
    assertEquals(errnoOf(run(NR.getpid, "SCMP_ARCH_X32")), E.EPERM);
    assertEquals(run(UNKNOWN).code, SIGSYS);
  },
});

Deno.test("every flag is taken, together and alone", () => {
  const flags = ["TSYNC", "LOG", "SPEC_ALLOW", "WAIT_KILLABLE_RECV"].map((name) =>
    `SECCOMP_FILTER_FLAG_${name}`
  );
  for (const some of [flags, ...flags.map((flag) => [flag]), []]) {
    assertEquals(probe({ defaultAction: "SCMP_ACT_ALLOW", flags: some }).code, 0, some.join());
  }
});

Deno.test("names that nobody knows are passed over, and named in the debug log", () => {
  using box = new Sandbox((config) => {
    config.process.args = ["true"];
    config.linux.seccomp = {
      defaultAction: "SCMP_ACT_ALLOW",
      syscalls: [{ names: ["no_such_call", "mkdir", "nor_this"], action: "SCMP_ACT_ERRNO" }],
    };
  });
  const quiet = box.runts("run", box.id);
  assertEquals([quiet.code, quiet.stderr], [0, ""]);
  const { stderr } = box.runts("--debug", "run", box.id);
  assert(stderr.includes("ignoring unknown system calls: no_such_call, nor_this"), stderr);
});

Deno.test("start tells that execve failed under the filter, as far as the filter lets it be told", () => {
  const start = (...names: string[]): { box: string; result: Result; status: string } => {
    using box = new Sandbox((config) => {
      config.process.args = ["/text"];
      config.process.noNewPrivileges = true;
      config.linux.seccomp = {
        defaultAction: "SCMP_ACT_ERRNO",
        syscalls: [{ names: ["execve", ...names], action: "SCMP_ACT_ALLOW" }],
      };
    });
    Deno.writeTextFileSync(`${box.rootfs}/text`, "no program", { mode: 0o755 });
    box.succeed("create", box.id);
    const result = box.runts("start", box.id);
    box.waitUntilStopped();
    return { box: box.id, result, status: box.state().status };
  };
  assertEquals(
    failure(start("write", "exit_group").result),
    'Cannot execute the program: execve("/text", ["/text"], …): ENOEXEC (Exec format error)',
  );
  // Not even exit_group: the process ends all the same, and nobody waits for ever.
  for (const names of [["write"], ["exit_group"], []]) {
    const { result, status } = start(...names);
    assertEquals([result.code === 0, status], [!names.includes("write"), "stopped"], names.join());
  }
});

Deno.test("start tells that the filter refuses execve itself", () => {
  using box = new Sandbox((config) => {
    config.process.args = ["true"];
    config.linux.seccomp = {
      defaultAction: "SCMP_ACT_ALLOW",
      syscalls: [{ names: ["execve"], action: "SCMP_ACT_ERRNO", errnoRet: E.EXDEV }],
    };
  });
  box.succeed("create", box.id);
  assertEquals(
    failure(box.runts("start", box.id)),
    'Cannot execute the program: execve("/bin/true", ["true"], …): EXDEV (Invalid cross-device link)',
  );
});

Deno.test("start is not taken in by a filter that feigns execve", () => {
  using box = new Sandbox((config) => {
    config.process.args = ["true"];
    config.linux.seccomp = {
      defaultAction: "SCMP_ACT_ALLOW",
      syscalls: [{ names: ["execve"], action: "SCMP_ACT_ERRNO", errnoRet: 0 }],
    };
  });
  box.succeed("create", box.id);
  assertEquals(
    failure(box.runts("start", box.id)),
    'Cannot execute the program: execve("/bin/true", ["true"], …): unexpected end',
  );
});

Deno.test("startContainer hooks run under the same filter", () => {
  for (const noNewPrivileges of [true, false]) {
    using box = new Sandbox((config) => {
      config.process.args = ["cat", "/tmp/hook"];
      config.process.noNewPrivileges = noNewPrivileges;
      config.hooks = {
        startContainer: [{
          path: "/bin/sh",
          args: [
            "sh",
            "-c",
            "{ mkdir /tmp/x 2>&1; grep -E '^(Seccomp|CapEff):' /proc/self/status; } >/tmp/hook",
          ],
        }],
      };
      config.root.readonly = false;
      config.linux.seccomp = {
        defaultAction: "SCMP_ACT_ALLOW",
        syscalls: [{
          names: ["mkdir", "mkdirat"],
          action: "SCMP_ACT_ERRNO",
          errnoRet: E.EXDEV,
        }],
      };
    });
    assertEquals(
      box.output(),
      "mkdir: can't create directory '/tmp/x': Invalid cross-device link\n" +
        "CapEff:\t0000000020000420\nSeccomp:\t2\n",
    );
  }
});

Deno.test("a filter that is too long is refused before anything is made", () => {
  using box = new Sandbox((config) => {
    config.linux.seccomp = {
      defaultAction: "SCMP_ACT_ALLOW",
      syscalls: Array.from({ length: 4500 }, (_, value) => ({
        names: ["lseek"],
        action: "SCMP_ACT_ERRNO",
        args: [{ index: 1, value, op: "SCMP_CMP_EQ" }],
      })),
    };
  });
  const message = failure(box.runts("create", box.id));
  assert(
    /^Cannot make the filter of system calls: linux.seccomp: the filter has \d+ instructions, and the kernel takes 4096$/
      .test(message),
    message,
  );
  assertEquals(box.traces(), []);
  assertEquals(exists(`${box.root}/${box.id}`), false);
});
