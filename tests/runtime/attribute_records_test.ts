import { assert, assertEquals } from "#assert";
import { AT_FDCWD, O } from "../../ffi/constants.ts";
import { E } from "../../ffi/errno.ts";
import { NR } from "../../ffi/numbers.ts";
import { decodeReport } from "../../ffi/tape/report.ts";
import { Tape } from "../../ffi/tape/tape.ts";
import { type Attributes, setAttributes, writeLabels } from "../../runtime/attribute_records.ts";
import { planMemoryPolicy } from "../../runtime/plan/memory_policy.ts";
import { planIOPriority, planScheduler } from "../../runtime/plan/scheduling.ts";
import { play, players } from "../ffi/tape/players.ts";

const native = players().find(({ emulator }) => emulator === undefined)!;
const PROC = 9;

/** A directory that takes the place of a proc, under the number {@linkcode PROC}. */
function openDirectory(tape: Tape, path: string): void {
  const fd = tape.call(NR.openat, [AT_FDCWD, tape.cstring(path), O.O_PATH | O.O_DIRECTORY, 0]);
  tape.call(NR.dup3, [fd, PROC, 0]);
}

Deno.test("writeLabels() writes each label into its file, and closes the directory", () => {
  const directory = Deno.makeTempDirSync();
  try {
    Deno.mkdirSync(`${directory}/thread-self/attr/apparmor`, { recursive: true });
    for (const name of ["apparmor/exec", "exec"]) {
      Deno.writeTextFileSync(`${directory}/thread-self/attr/${name}`, "");
    }
    const tape = new Tape({ errorFd: 1 });
    openDirectory(tape, directory);
    writeLabels(tape, [
      { step: "a", path: "thread-self/attr/apparmor/exec", text: "exec profile" },
      { step: "s", path: "thread-self/attr/exec", text: "u:r:t:s0:c1,c2" },
    ], PROC);
    const next = tape.labels.length;
    tape.call(NR.dup3, [PROC, PROC + 1, 0]);
    const { bytes } = play(native, tape);
    assertEquals(decodeReport(bytes), { index: next, errno: E.EBADF });
    const read = (name: string) => Deno.readTextFileSync(`${directory}/thread-self/attr/${name}`);
    assertEquals([read("apparmor/exec"), read("exec")], ["exec profile", "u:r:t:s0:c1,c2"]);
  } finally {
    Deno.removeSync(directory, { recursive: true });
  }
});

Deno.test("writeLabels() follows no link out of its directory, and its error names the label", () => {
  const directory = Deno.makeTempDirSync();
  try {
    Deno.mkdirSync(`${directory}/thread-self/attr`, { recursive: true });
    Deno.writeTextFileSync(`${directory}/elsewhere`, "");
    Deno.symlinkSync(`${directory}/elsewhere`, `${directory}/thread-self/attr/exec`);
    const tape = new Tape({ errorFd: 1 });
    openDirectory(tape, directory);
    const write = { step: "apply the label", path: "thread-self/attr/exec", text: "label" };
    writeLabels(tape, [write], PROC);
    const { index, errno } = decodeReport(play(native, tape).bytes);
    const { step, call } = tape.labels[index]!;
    assertEquals([step, errno], ["apply the label", E.EXDEV]);
    assert(call.startsWith('openat2(9, "thread-self/attr/exec", '), call);
    assertEquals(Deno.readTextFileSync(`${directory}/elsewhere`), "");
  } finally {
    Deno.removeSync(directory, { recursive: true });
  }
});

Deno.test("writeLabels() of no label leaves no trace on the tape", () => {
  const tape = new Tape({ errorFd: 1 });
  writeLabels(tape, [], PROC);
  assertEquals(tape.labels, []);
});

const NONE: Attributes = {
  scheduler: undefined,
  ioPriority: undefined,
  memoryPolicy: undefined,
  personality: undefined,
};

/** What a shell script prints that a tape with these attributes executes. */
function outputWith(attributes: Partial<Attributes>, script: string): string[] {
  const tape = new Tape({ errorFd: 2 });
  setAttributes(tape, { ...NONE, ...attributes });
  const argv = ["sh", "-c", script];
  tape.call(NR.execve, [tape.cstring("/bin/sh"), tape.cstrings(argv), tape.cstrings(ENVIRONMENT)]);
  const { code, stdout } = play(native, tape);
  assertEquals(code, 0);
  return stdout.trim().split("\n");
}

const ENVIRONMENT = ["PATH=/usr/sbin:/usr/bin:/sbin:/bin"];

Deno.test("setAttributes() sets what a program keeps", () => {
  const seen = outputWith(
    {
      scheduler: planScheduler({ policy: "SCHED_BATCH", nice: 3 }),
      ioPriority: planIOPriority({ class: "IOPRIO_CLASS_BE", priority: 6 }),
    },
    "cut -d ' ' -f 19,41 /proc/self/stat; ionice",
  );
  assertEquals(seen, ["3 3", "best-effort: prio 6"]);
});

Deno.test({
  name: "setAttributes() sets the personality",
  // Other machines have no 32-bit name to show.
  ignore: Deno.build.arch !== "x86_64",
  fn: () => {
    const here = outputWith({}, "uname -m");
    assertEquals(here, ["x86_64"]);
    assertEquals(outputWith({ personality: "LINUX32" }, "uname -m"), ["i686"]);
    assertEquals(outputWith({ personality: "LINUX" }, "uname -m"), here);
  },
});

Deno.test({
  name: "setAttributes() sets the memory policy",
  ignore: !exists("/proc/self/numa_maps"),
  fn: () => {
    const policy = (memoryPolicy: Parameters<typeof planMemoryPolicy>[0]) =>
      outputWith(
        { memoryPolicy: planMemoryPolicy(memoryPolicy) },
        "head -n 1 /proc/self/numa_maps",
      )[0]!.split(" ")[1];
    assertEquals(policy({ mode: "MPOL_BIND", nodes: "0" }), "bind:0");
    assertEquals(policy({ mode: "MPOL_PREFERRED" }), "local");
    assertEquals(
      policy({ mode: "MPOL_INTERLEAVE", nodes: "0", flags: ["MPOL_F_STATIC_NODES"] }),
      "interleave=static:0",
    );
    assertEquals(policy({ mode: "MPOL_DEFAULT" }), "default");
  },
});

Deno.test("setAttributes() leaves alone what is not asked for", () => {
  const tape = new Tape({ errorFd: 1 });
  setAttributes(tape, NONE);
  assertEquals(tape.labels, []);
});

function exists(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}
