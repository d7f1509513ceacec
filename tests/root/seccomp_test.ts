/** Filters of system calls in real containers: what the kernel makes of them, and what runts needs of them itself. */
import { assert, assertEquals } from "#assert";
import { E } from "../../ffi/errno.ts";
import { NR } from "../../ffi/numbers.ts";
import { type Call, errnoOf, errnosOf, writeProbe, writeProbeI386 } from "../lib/probe.ts";
import { type Editable, exists, failure, type Result, Sandbox } from "../lib/sandbox.ts";

/** Exit status of a container that SIGSYS has killed. */
const SIGSYS = 128 + 31;
/** A number that no system call has. */
const UNKNOWN = 500;
/** By what a static program of ours comes and goes. */
const BARE = { names: ["execve", "exit_group", "write"], action: "SCMP_ACT_ALLOW" };

const MKDIR_IS_EXDEV = {
  defaultAction: "SCMP_ACT_ALLOW",
  syscalls: [{
    names: ["mkdir", "mkdirat"],
    action: "SCMP_ACT_ERRNO",
    errnoRet: E.EXDEV,
  }],
};

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
  const privilegedUser = (config: Editable): void => {
    withPrivileges(config);
    asUser(config);
  };
  const privilegedAdmin = (config: Editable): void => {
    withPrivileges(config);
    withSysAdmin(config);
  };
  for (const edit of [undefined, privilegedUser, privilegedAdmin]) {
    assertEquals(probe({ seccomp, edit }).code, 0, edit?.name);
  }
  assertEquals(probe(seccomp, [NR.getpid]).code, SIGSYS);
});

Deno.test("a filter without no-new-privileges leaves no capability behind, and takes none away", () => {
  const script = "grep -E 'CapPrm|CapEff|CapAmb|NoNewPrivs|Seccomp:' /proc/self/status";
  const status = (edit: (config: Editable) => void): string[] => {
    const { stdout } = shell(script, { defaultAction: "SCMP_ACT_ALLOW" }, edit);
    return stdout.trimEnd().split("\n").map((line) => line.split("\t")[1]!);
  };
  const [caps, none] = ["0000000020000420", "0000000000000000"];
  assertEquals(status(withPrivileges), [caps, caps, none, "0", "2"]);
  const ambient = "0000000000000020";
  assertEquals(
    status((config) => {
      withPrivileges(config);
      asUser(config);
      for (const set of ["inheritable", "ambient"]) config.process.capabilities[set] = ["CAP_KILL"];
    }),
    [ambient, ambient, ambient, "0", "2"],
  );
});

Deno.test("a filter works in a user namespace without no-new-privileges", () => {
  const { stdout, stderr } = shell(
    "mkdir /tmp/x 2>&1; grep Seccomp: /proc/self/status",
    MKDIR_IS_EXDEV,
    (config) => {
      withPrivileges(config);
      config.linux.namespaces.push({ type: "user" });
      config.linux.uidMappings = [{ containerID: 0, hostID: 100000, size: 1000 }];
      config.linux.gidMappings = [{ containerID: 0, hostID: 100000, size: 1000 }];
    },
  );
  const refused = "mkdir: can't create directory '/tmp/x': Invalid cross-device link";
  assertEquals(stdout, `${refused}\nSeccomp:\t2\n`, stderr);
});

Deno.test("an errno of 0 feigns that the call was made", () => {
  const seccomp = {
    defaultAction: "SCMP_ACT_ALLOW",
    syscalls: [{ names: ["close"], action: "SCMP_ACT_ERRNO", errnoRet: 0 }],
  };
  assertEquals(errnoOf(probe(seccomp, [NR.close, -1])), 0);
});

Deno.test("SCMP_ACT_KILL and its relatives kill, SCMP_ACT_LOG does not", () => {
  const ends = ["KILL", "KILL_PROCESS", "LOG"].map((action) =>
    probe({
      defaultAction: "SCMP_ACT_ERRNO",
      syscalls: [BARE, { names: ["getpid"], action: `SCMP_ACT_${action}` }],
    }, [NR.getpid]).code
  );
  assertEquals(ends, [SIGSYS, SIGSYS, 0]);
});

Deno.test("SCMP_ACT_TRAP sends a signal that the program can handle", () => {
  const { stdout } = shell("trap 'echo caught' SYS; umask 022; echo after", {
    defaultAction: "SCMP_ACT_ALLOW",
    syscalls: [{ names: ["umask"], action: "SCMP_ACT_TRAP" }],
  });
  assertEquals(stdout, "caught\nafter\n");
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

/** What lseek(-1, offset, SEEK_SET) fails with: EBADF, or EXDEV where these conditions hold. */
function lseek(args: Editable, ...offsets: (number | bigint)[]): number[] {
  using box = new Sandbox();
  return errnosOf(box, offsets.map((offset) => [NR.lseek, -1, offset, 0]), (config) => {
    config.linux.seccomp = {
      defaultAction: "SCMP_ACT_ALLOW",
      syscalls: [{ names: ["lseek"], action: "SCMP_ACT_ERRNO", errnoRet: E.EXDEV, args }],
    };
  });
}

Deno.test("conditions look at all 64 bits of an argument", () => {
  const large = 2n ** 63n - 1n;
  const equal = [{ index: 1, value: rawJson(large), op: "SCMP_CMP_EQ" }];
  assertEquals(lseek(equal, large, large - 1n, 2n ** 32n - 1n), [E.EXDEV, E.EBADF, E.EBADF]);
  const [value, valueTwo] = [0xf0_0000_0000, 0x10_0000_0000];
  const masked = [{ index: 1, value, valueTwo, op: "SCMP_CMP_MASKED_EQ" }];
  assertEquals(lseek(masked, 0x1f_1234_5678n, 0x2f_1234_5678n), [E.EXDEV, E.EBADF]);
});

Deno.test("two conditions on one argument are alternatives", () => {
  const args = [1001, 1002].map((value) => ({ index: 1, value, op: "SCMP_CMP_EQ" }));
  assertEquals(lseek(args, 1001, 1002, 1003), [E.EXDEV, E.EXDEV, E.EBADF]);
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
  for (const defaultAction of ["SCMP_ACT_ERRNO", "SCMP_ACT_KILL_PROCESS"]) {
    const seccomp = { defaultAction, syscalls: [BARE] };
    assertEquals(errnoOf(probe(seccomp, [UNKNOWN])), E.ENOSYS, defaultAction);
  }
});

Deno.test({
  name: "the same holds for x32, and its calls kill where it is not in `architectures`",
  ignore: !X86_64,
  fn() {
    const X32 = 0x4000_0000;
    const run = (nr: number, ...architectures: string[]): Result =>
      probe({ defaultAction: "SCMP_ACT_ERRNO", architectures, syscalls: [BARE] }, [X32 + nr]);
    assertEquals(errnoOf(run(UNKNOWN, "SCMP_ARCH_X32")), E.ENOSYS);
    assertEquals(run(UNKNOWN).code, SIGSYS);
  },
});

Deno.test("flags are taken without a listener, too", () => {
  const flags = ["TSYNC", "LOG", "SPEC_ALLOW", "WAIT_KILLABLE_RECV"].map((name) =>
    `SECCOMP_FILTER_FLAG_${name}`
  );
  assertEquals(probe({ defaultAction: "SCMP_ACT_ALLOW", flags }).code, 0);
});

Deno.test("names that nobody knows are passed over, and named in the debug log", () => {
  using box = new Sandbox((config) => {
    config.process.args = ["true"];
    config.linux.seccomp = {
      defaultAction: "SCMP_ACT_ALLOW",
      syscalls: [{ names: ["no_such_call", "mkdir", "nor_this"], action: "SCMP_ACT_ERRNO" }],
    };
  });
  const { code, stderr } = box.runts("--debug", "run", box.id);
  assertEquals(code, 0, stderr);
  assert(stderr.includes("ignoring unknown system calls: no_such_call, nor_this"), stderr);
});

Deno.test("start tells that execve failed under the filter, as far as the filter lets it be told", () => {
  const start = (...names: string[]): Result => {
    using box = new Sandbox((config) => {
      config.process.args = ["/text"];
      config.linux.seccomp = {
        defaultAction: "SCMP_ACT_ERRNO",
        syscalls: [{ names: ["execve", ...names], action: "SCMP_ACT_ALLOW" }],
      };
    });
    Deno.writeTextFileSync(`${box.rootfs}/text`, "no program", { mode: 0o755 });
    box.succeed("create", box.id);
    const result = box.runts("start", box.id);
    box.waitUntilStopped();
    return result;
  };
  const sentence =
    'Cannot execute the program: execve("/text", ["/text"], …): ENOEXEC (Exec format error)';
  // Not even exit_group: the process ends all the same, and nobody waits for ever.
  assertEquals(failure(start("write")), sentence);
  assertEquals(start().code, 0);
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
  using box = new Sandbox((config) => {
    config.process.args = ["cat", "/tmp/hook"];
    withPrivileges(config);
    const script = "{ mkdir /tmp/x 2>&1; grep -E '^(Seccomp|CapEff):' /proc/self/status; }";
    config.hooks = {
      startContainer: [{ path: "/bin/sh", args: ["sh", "-c", `${script} >/tmp/hook`] }],
    };
    config.root.readonly = false;
    config.linux.seccomp = MKDIR_IS_EXDEV;
  });
  assertEquals(
    box.output(),
    "mkdir: can't create directory '/tmp/x': Invalid cross-device link\n" +
      "CapEff:\t0000000020000420\nSeccomp:\t2\n",
  );
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
