import { assertEquals } from "#assert";
import { capabilityNames, planProcess } from "../../../runtime/plan/process.ts";

const LEAST = { cwd: "/", args: ["true"] };

Deno.test("planProcess() drops every capability when none is configured", () => {
  assertEquals(planProcess(LEAST).capabilities, {
    bounding: 0n,
    effective: 0n,
    permitted: 0n,
    inheritable: 0n,
    ambient: 0n,
  });
});

Deno.test("planProcess() turns capability names into bits", () => {
  const { capabilities } = planProcess({
    ...LEAST,
    capabilities: { bounding: ["CAP_CHOWN", "CAP_CHECKPOINT_RESTORE"], effective: ["CAP_KILL"] },
  });
  assertEquals([capabilities.bounding, capabilities.effective], [1n | 1n << 40n, 1n << 5n]);
  assertEquals(capabilityNames(capabilities.bounding), ["CAP_CHOWN", "CAP_CHECKPOINT_RESTORE"]);
});

Deno.test("planProcess() warns once of a capability that it does not know", () => {
  const names = ["CAP_MAGIC", "CAP_KILL"];
  const { capabilities, warnings } = planProcess({
    ...LEAST,
    capabilities: { bounding: names, permitted: names },
  });
  assertEquals(warnings, ['process.capabilities: ignoring unknown capability "CAP_MAGIC"']);
  assertEquals(capabilities.permitted, 1n << 5n);
});

Deno.test("planProcess() keeps 64 bits of a limit", () => {
  const { rlimits } = planProcess({
    ...LEAST,
    rlimits: [{ type: "RLIMIT_NOFILE", soft: 1024, hard: 18446744073709551615n }],
  });
  assertEquals(rlimits, [
    { resource: 7, type: "RLIMIT_NOFILE", soft: 1024n, hard: 18446744073709551615n },
  ]);
});

Deno.test("planProcess() ignores consoleSize without a terminal (MUST)", () => {
  const consoleSize = { height: 24, width: 80 };
  assertEquals(planProcess({ ...LEAST, consoleSize }).consoleSize, undefined);
  assertEquals(planProcess({ ...LEAST, consoleSize, terminal: true }).consoleSize, consoleSize);
});

Deno.test("planProcess() tells an OOM score of 0 from none", () => {
  assertEquals(planProcess(LEAST).oomScoreAdj, undefined);
  assertEquals(planProcess({ ...LEAST, oomScoreAdj: 0 }).oomScoreAdj, 0);
});

Deno.test("planProcess() plans a container without a process", () => {
  const { args, cwd, uid, terminal } = planProcess(undefined);
  assertEquals([args, cwd, uid, terminal], [[], "/", 0, false]);
});

Deno.test("planProcess() keeps the CPUs for exec, and plans no scheduling unasked", () => {
  const { scheduler, ioPriority, execCPUAffinity } = planProcess(LEAST);
  assertEquals([scheduler, ioPriority], [undefined, undefined]);
  assertEquals(execCPUAffinity, { initial: undefined, final: undefined });
  const plan = planProcess({ ...LEAST, execCPUAffinity: { initial: "0", final: "0-1" } });
  assertEquals(plan.execCPUAffinity.initial?.text, "0");
  assertEquals(plan.execCPUAffinity.final?.bytes[0], 3);
});
