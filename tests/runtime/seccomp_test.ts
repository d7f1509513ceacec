import { assert, assertEquals } from "#assert";
import { throws } from "node:assert/strict";
import { NR } from "../../ffi/numbers.ts";
import { OWN_ARCHS, SCMP_ACT, SCMP_ARCH } from "../../ffi/seccomp/constants.ts";
import { planSeccomp } from "../../runtime/plan/seccomp_filter.ts";
import { makeFilter } from "../../runtime/seccomp.ts";
import type { Seccomp, SyscallArg } from "../../spec/schema/seccomp.ts";
import { engineProfile } from "../lib/engine_profile.ts";
import { lengthOf, runFilter } from "../lib/bpf_machine.ts";

const OWN = SCMP_ARCH[OWN_ARCHS[0]!];
const { SCMP_ACT_ALLOW, SCMP_ACT_ERRNO, SCMP_ACT_KILL } = SCMP_ACT;

/** What the kernel is told of a call, by a configuration. */
function asked(seccomp: Seccomp): (nr: number, ...args: bigint[]) => number {
  const { program } = makeFilter(planSeccomp(seccomp));
  return (nr, ...args) => runFilter(program, { arch: OWN, nr, args });
}

Deno.test("makeFilter() answers ENOSYS for what is newer than everything, and the default for the rest", () => {
  const ask = asked({
    defaultAction: "SCMP_ACT_ERRNO",
    syscalls: [{ names: ["read", "no_such_call"], action: "SCMP_ACT_ALLOW" }],
  });
  assertEquals([NR.read, NR.write, 4000].map((nr) => ask(nr)), [
    SCMP_ACT_ALLOW,
    SCMP_ACT_ERRNO + 1,
    SCMP_ACT_ERRNO + 38,
  ]);
});

Deno.test("makeFilter() puts nothing before a filter that lets unknown calls pass", () => {
  const ask = asked({ defaultAction: "SCMP_ACT_LOG" });
  assertEquals(ask(4000), SCMP_ACT.SCMP_ACT_LOG);
});

const OPERATORS: readonly (readonly [SyscallArg["op"], hits: bigint[], misses: bigint[]])[] = [
  ["SCMP_CMP_NE", [6n, 2n ** 32n + 7n], [7n]],
  ["SCMP_CMP_LT", [6n, 0n], [7n, 8n, 2n ** 63n]],
  ["SCMP_CMP_LE", [6n, 7n], [8n, 2n ** 32n]],
  ["SCMP_CMP_EQ", [7n], [6n, 2n ** 32n + 7n]],
  ["SCMP_CMP_GE", [7n, 2n ** 64n - 1n], [6n]],
  ["SCMP_CMP_GT", [8n, 2n ** 32n], [7n, 6n]],
];

for (const [op, hits, misses] of OPERATORS) {
  Deno.test(`makeFilter() compares with ${op}`, () => {
    const ask = asked({
      defaultAction: "SCMP_ACT_ALLOW",
      syscalls: [{
        names: ["lseek"],
        action: "SCMP_ACT_KILL",
        args: [{ index: 1, value: 7, op }],
      }],
    });
    const answer = (value: bigint): number => ask(NR.lseek, 0n, value);
    assertEquals(hits.map(answer), hits.map(() => SCMP_ACT_KILL));
    assertEquals(misses.map(answer), misses.map(() => SCMP_ACT_ALLOW));
  });
}

Deno.test("makeFilter() compares with SCMP_CMP_MASKED_EQ: value is the mask, valueTwo what is to be left", () => {
  const ask = asked({
    defaultAction: "SCMP_ACT_ALLOW",
    syscalls: [{
      names: ["lseek"],
      action: "SCMP_ACT_KILL",
      args: [{ index: 1, value: 0xf0, valueTwo: 0x10, op: "SCMP_CMP_MASKED_EQ" }],
    }],
  });
  assertEquals([0x10n, 0x1fn, 0x20n, 0x30n].map((value) => ask(NR.lseek, 0n, value)), [
    SCMP_ACT_KILL,
    SCMP_ACT_KILL,
    SCMP_ACT_ALLOW,
    SCMP_ACT_ALLOW,
  ]);
});

Deno.test("makeFilter() makes of an engine's profile what it says", () => {
  const { program } = makeFilter(planSeccomp(engineProfile()));
  assert(lengthOf(program) < 2000);
  const ask = (nr: number, ...args: bigint[]): number =>
    runFilter(program, { arch: OWN, nr, args });
  const [allow, eperm] = [SCMP_ACT_ALLOW, SCMP_ACT_ERRNO + 1];
  assertEquals([NR.read, NR.execve, NR.mount, NR.bpf].map((nr) => ask(nr)), [
    allow,
    allow,
    eperm,
    eperm,
  ]);
  assertEquals([0n, 8n, 9n, 0xffffffffn].map((value) => ask(NR.personality, value)), [
    allow,
    allow,
    eperm,
    allow,
  ]);
  assertEquals(ask(NR.clone3), SCMP_ACT_ERRNO + 38);
  assertEquals(ask(NR.socket, 40n), eperm);
  assertEquals(ask(NR.socket, 1n), allow);
});

Deno.test("makeFilter() refuses what the kernel would not load", () => {
  const syscalls = Array.from({ length: 4500 }, (_, value) => ({
    names: ["lseek"],
    action: "SCMP_ACT_KILL" as const,
    args: [{ index: 1, value, op: "SCMP_CMP_EQ" as const }],
  }));
  throws(() => makeFilter(planSeccomp({ defaultAction: "SCMP_ACT_ALLOW", syscalls })), {
    message: /^linux.seccomp: the filter has \d+ instructions, and the kernel takes 4096$/,
  });
});

Deno.test("makeFilter() names the rule that contradicts another", () => {
  const rule = (action: "SCMP_ACT_KILL" | "SCMP_ACT_TRAP") => ({
    names: ["lseek"],
    action,
    args: [{ index: 0, value: 1, op: "SCMP_CMP_EQ" as const }],
  });
  const syscalls = [rule("SCMP_ACT_KILL"), rule("SCMP_ACT_KILL"), rule("SCMP_ACT_TRAP")];
  throws(() => makeFilter(planSeccomp({ defaultAction: "SCMP_ACT_ALLOW", syscalls })), {
    message:
      "linux.seccomp.syscalls[2]: seccomp_rule_add_array(ctx, SCMP_ACT_TRAP, lseek, 1, …): " +
      "EEXIST (File exists)",
  });
});
