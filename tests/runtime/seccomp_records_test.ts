import { assertEquals } from "#assert";
import { Tape } from "../../ffi/tape/tape.ts";
import { planProcess, type ProcessPlan } from "../../runtime/plan/process.ts";
import type { SeccompFilter } from "../../runtime/seccomp.ts";
import { planLoading } from "../../runtime/seccomp_records.ts";
import { becomeUser, executeProgram } from "../../runtime/tape_records.ts";
import type { Process } from "../../spec/schema/process.ts";

const FILTER: SeccompFilter = { program: new Uint8Array(16), flags: 0, hasListener: false };
const ADMIN = 1n << 21n;

function plan(process: Partial<Process>): ProcessPlan {
  return planProcess({ cwd: "/", args: ["true"], ...process });
}

/** The calls from the one that loads the filter on. */
function callsFromFilter(process: ProcessPlan, filter = FILTER): string[] {
  const tape = new Tape({ errorFd: 3 });
  const loading = planLoading(filter, process, 3);
  becomeUser(tape, process, { cwd: undefined, keepGroups: true, extra: loading.extra });
  executeProgram(tape, { path: "/p", argv: ["p"], envp: [], closeFrom: 3, filter: loading });
  const names = tape.labels.map(({ call }) => call.slice(0, call.indexOf("(")));
  return names.slice(names.indexOf("seccomp"));
}

Deno.test("nothing stands between the filter and execve, with or without no-new-privileges", () => {
  for (const noNewPrivileges of [true, false]) {
    assertEquals(callsFromFilter(plan({ noNewPrivileges })), ["seccomp", "execve"]);
  }
});

Deno.test("planLoading() wants CAP_SYS_ADMIN where the kernel does, and the process has it not", () => {
  const extra = (process: Partial<Process>): bigint => planLoading(FILTER, plan(process), 3).extra;
  assertEquals(extra({}), ADMIN);
  assertEquals(extra({ noNewPrivileges: true }), 0n);
  assertEquals(extra({ capabilities: { effective: ["CAP_SYS_ADMIN"] } }), 0n);
  // Permitted is not enough.
  assertEquals(extra({ capabilities: { permitted: ["CAP_SYS_ADMIN"] } }), ADMIN);
});

Deno.test("a listener is handed over before execve, and an answer waited for", () => {
  const filter = { ...FILTER, flags: 8, hasListener: true };
  assertEquals(callsFromFilter(plan({}), filter), ["seccomp", "sendmsg", "read", "execve"]);
});

Deno.test("the tape tells what it loads", () => {
  const tape = new Tape({ errorFd: 3 });
  const filter = { ...FILTER, flags: 9, hasListener: true };
  const process = plan({ noNewPrivileges: true });
  executeProgram(tape, {
    path: "/p",
    argv: ["p"],
    envp: [],
    closeFrom: 3,
    filter: planLoading(filter, process, 3),
  });
  assertEquals(tape.labels.map(({ step, call }) => `${step}: ${call}`).slice(1, 4), [
    "load the filter of system calls: seccomp(SECCOMP_SET_MODE_FILTER, " +
    "SECCOMP_FILTER_FLAG_TSYNC|SECCOMP_FILTER_FLAG_NEW_LISTENER, {len=2})",
    'hand over the listener: sendmsg(3, {"L", SCM_RIGHTS [result[1]]}, MSG_NOSIGNAL)',
    "hand over the listener: read(3, …, 8)",
  ]);
});
