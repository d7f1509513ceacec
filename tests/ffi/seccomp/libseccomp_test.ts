import { assert, assertEquals } from "#assert";
import { throws } from "node:assert/strict";
import { SCMP_ACT, SCMP_ARCH } from "../../../ffi/seccomp/constants.ts";
import {
  libseccompVersion,
  newestSyscall,
  ScmpFilter,
  syscallNumber,
} from "../../../ffi/seccomp/libseccomp.ts";
import { NR } from "../../../ffi/numbers.ts";
import { runFilter } from "../../lib/bpf_machine.ts";

const OWN = Deno.build.arch === "x86_64" ? "SCMP_ARCH_X86_64" : "SCMP_ARCH_AARCH64";
const { SCMP_ACT_ALLOW, SCMP_ACT_ERRNO, SCMP_ACT_KILL } = SCMP_ACT;

/** Makes a filter by what `add` does, and asks it about calls of this machine. */
function filterOf(add: (filter: ScmpFilter) => void): (nr: number, ...args: bigint[]) => number {
  using filter = new ScmpFilter(SCMP_ACT_ALLOW);
  add(filter);
  const program = filter.exportBpf();
  return (nr, ...args) => runFilter(program, { arch: SCMP_ARCH[OWN], nr, args });
}

Deno.test("libseccompVersion() is a version", () => {
  assert(/^2\.\d+\.\d+$/.test(libseccompVersion()), libseccompVersion());
});

Deno.test("syscallNumber() knows this machine's calls, and that it does not know some", () => {
  assertEquals(syscallNumber("openat2"), NR.openat2);
  assertEquals(syscallNumber("no_such_call"), undefined);
  assertEquals(syscallNumber(""), undefined);
  // A call that only another machine has gets a number that no machine has.
  assert(syscallNumber(Deno.build.arch === "x86_64" ? "cacheflush" : "arch_prctl")! < -1);
});

Deno.test("newestSyscall() lies behind the newest call that the library knows", () => {
  const newest = newestSyscall(OWN);
  assert(newest >= NR.openat2 && newest < 4096, String(newest));
});

Deno.test("newestSyscall() is the same for the conventions of one machine", () => {
  if (Deno.build.arch !== "x86_64") return;
  assertEquals(newestSyscall("SCMP_ARCH_X32"), newestSyscall("SCMP_ARCH_X86_64"));
  assertEquals(newestSyscall("SCMP_ARCH_X86"), newestSyscall("SCMP_ARCH_X86_64"));
});

Deno.test("ScmpFilter makes a program that decides by number and arguments", () => {
  const result = filterOf((filter) => {
    filter.addRule(SCMP_ACT_ERRNO + 7, NR.kill, "kill", []);
    filter.addRule(SCMP_ACT_ERRNO + 8, NR.prctl, "prctl", [
      { index: 0, op: "SCMP_CMP_EQ", datum_a: 2n ** 64n - 1n, datum_b: 0n },
      { index: 5, op: "SCMP_CMP_MASKED_EQ", datum_a: 0xf0n, datum_b: 0x10n },
    ]);
  });
  assertEquals(result(NR.read), SCMP_ACT_ALLOW);
  assertEquals(result(NR.kill), SCMP_ACT_ERRNO + 7);
  const all = 2n ** 64n - 1n;
  assertEquals(result(NR.prctl, all, 0n, 0n, 0n, 0n, 0x1fn), SCMP_ACT_ERRNO + 8);
  assertEquals(result(NR.prctl, all, 0n, 0n, 0n, 0n, 0x2fn), SCMP_ACT_ALLOW);
  assertEquals(result(NR.prctl, all - 1n, 0n, 0n, 0n, 0n, 0x1fn), SCMP_ACT_ALLOW);
});

Deno.test("ScmpFilter kills calls of other conventions, until it is told of them", () => {
  const other = Deno.build.arch === "x86_64" ? "SCMP_ARCH_X86" : "SCMP_ARCH_ARM";
  const call = { arch: SCMP_ARCH[other], nr: 1 };
  using filter = new ScmpFilter(SCMP_ACT_ALLOW);
  assertEquals(runFilter(filter.exportBpf(), call), SCMP_ACT_KILL);
  filter.addArch(other);
  assertEquals(runFilter(filter.exportBpf(), call), SCMP_ACT_ALLOW);
});

Deno.test("ScmpFilter takes a rule twice, and one on a call that this machine lacks", () => {
  const foreign = Deno.build.arch === "x86_64" ? "cacheflush" : "arch_prctl";
  const result = filterOf((filter) => {
    for (const name of ["kill", "kill", foreign]) {
      filter.addRule(SCMP_ACT_ERRNO + 7, syscallNumber(name)!, name, []);
    }
  });
  assertEquals([result(NR.kill), result(NR.read)], [SCMP_ACT_ERRNO + 7, SCMP_ACT_ALLOW]);
});

Deno.test("ScmpFilter says what the library refused", () => {
  using filter = new ScmpFilter(SCMP_ACT_ERRNO + 1);
  throws(() => filter.addRule(SCMP_ACT_ERRNO + 1, NR.kill, "kill", []), {
    name: "SyscallError",
    message:
      "seccomp_rule_add_array(ctx, SCMP_ACT_ERRNO(1), kill, 0, …): EACCES (Permission denied)",
  });
  const twice = { index: 0, op: "SCMP_CMP_EQ", datum_a: 1n, datum_b: 0n } as const;
  throws(() => filter.addRule(SCMP_ACT_ALLOW, NR.kill, "kill", [twice, twice]), {
    message: "seccomp_rule_add_array(ctx, SCMP_ACT_ALLOW, kill, 2, …): EINVAL (Invalid argument)",
  });
  throws(() => filter.addArch(OWN), {
    message: `seccomp_arch_add(ctx, ${OWN}): EEXIST (File exists)`,
  });
  throws(() => new ScmpFilter(0x12345678), { message: "seccomp_init(0x12345678) returned NULL" });
});
