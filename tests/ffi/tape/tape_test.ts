import { assert, assertEquals } from "#assert";
import { throws } from "node:assert/strict";
import { Tape } from "../../../ffi/tape/tape.ts";

const DATA_BASE = 0x411000;

/** The data segment of an image, by word. */
function dataOf(tape: Tape): (address: number) => bigint {
  const image = tape.encode("x86_64");
  const view = new DataView(image.buffer);
  return (address) => view.getBigUint64(0x1000 + address - DATA_BASE, true);
}

Deno.test("Tape.cstring() packs strings one behind the other", () => {
  const tape = new Tape({ errorFd: 3 });
  assertEquals(tape.cstring("abc"), DATA_BASE);
  assertEquals(tape.cstring("ä"), DATA_BASE + 4);
  assertEquals(tape.cstring(""), DATA_BASE + 7);
  assertEquals(dataOf(tape)(DATA_BASE), 0x00_00_a4_c3_00_63_62_61n);
});

Deno.test("Tape.cstring() refuses a NUL byte", () => {
  const tape = new Tape({ errorFd: 3 });
  throws(() => tape.cstring("a\0b"), {
    name: "TypeError",
    message: 'Cannot put "a\\u0000b" on the tape: a C string cannot hold a NUL byte',
  });
});

Deno.test("Tape.cstrings() makes an aligned char*[] with NULL at its end", () => {
  const tape = new Tape({ errorFd: 3 });
  const array = tape.cstrings(["ab", "c"]);
  assertEquals(array, DATA_BASE + 8);
  const data = dataOf(tape);
  assertEquals(data(DATA_BASE), 0x63_00_62_61n);
  assertEquals([0, 8, 16].map((i) => Number(data(array + i))), [DATA_BASE, DATA_BASE + 3, 0]);
});

Deno.test("Tape.words() takes addresses and negative numbers", () => {
  const tape = new Tape({ errorFd: 3 });
  const filter = tape.zeros(16);
  const prog = tape.words([2, filter, -1]);
  const data = dataOf(tape);
  assertEquals([0, 8, 16].map((i) => data(prog + i)), [2n, BigInt(filter), (1n << 64n) - 1n]);
});

Deno.test("Tape.bytes() copies, and aligns to eight bytes", () => {
  const tape = new Tape({ errorFd: 3 });
  tape.cstring("");
  const source = Uint8Array.of(1, 2);
  const address = tape.bytes(source);
  source[0] = 9;
  assertEquals(address, DATA_BASE + 8);
  assertEquals(dataOf(tape)(address), 0x0201n);
});

Deno.test("Tape.zeros() refuses to grow without end", () => {
  const tape = new Tape({ errorFd: 3 });
  throws(() => tape.zeros(2 ** 31), {
    name: "RangeError",
    message: "Cannot put 2147483648 bytes on the tape: it holds at most 67108864",
  });
});

Deno.test("Tape.encode() has the size of the data and its records", () => {
  const tape = new Tape({ errorFd: 3 });
  const sizes = [tape.encode("x86_64").length];
  tape.zeros(1000);
  sizes.push(tape.encode("x86_64").length);
  const result = tape.call(39);
  tape.call(60, [result]);
  sizes.push(tape.encode("x86_64").length, tape.encode("aarch64").length);
  // A header page, the record that ends the tape, then data, two records and a store.
  assertEquals(sizes, [4096 + 72, 4096 + 1072, 4096 + 1072 + 144 + 16, 4096 + 1072 + 144 + 16]);
});

Deno.test("Tape.encode() ends the tape with exit_group(0) of its machine", () => {
  const tape = new Tape({ errorFd: 3 });
  for (const [machine, e_machine, nr] of [["x86_64", 62, 231], ["aarch64", 183, 94]] as const) {
    const view = new DataView(tape.encode(machine).buffer);
    assertEquals(view.getUint16(18, true), e_machine);
    assertEquals([0x1000, 0x1008].map((at) => Number(view.getBigUint64(at, true))), [nr, 0]);
  }
});

Deno.test("Tape.encode() can be repeated, also after more calls", () => {
  const tape = new Tape({ errorFd: 3 });
  const fd = tape.call(2, [tape.cstring("x")]);
  const first = tape.encode("x86_64");
  assertEquals(tape.encode("x86_64"), first);
  tape.call(3, [fd]);
  assert(tape.encode("x86_64").length > first.length, "the second call is there");
});

Deno.test("Tape.encode() refuses a last record with nothing to skip", () => {
  const tape = new Tape({ errorFd: 3 });
  tape.call(39, [], { skipNextOnSuccess: true });
  throws(() => tape.encode("x86_64"), {
    message: "Cannot encode the tape: its last record has nothing to skip",
  });
});

Deno.test("Tape.call() refuses what the loop could not pass on", () => {
  const tape = new Tape({ errorFd: 3 });
  throws(() => tape.call(1, [1, 2, 3, 4, 5, 6, 7]), {
    message: "Cannot put syscall 1 on the tape: it has more than six arguments",
  });
  throws(() => tape.call(1, [0.5]), /^RangeError: Cannot put 0\.5 on the tape: /);
  assertEquals(tape.labels, []);
});

Deno.test("Tape.call() refuses the result of a record that is not earlier", () => {
  const other = new Tape({ errorFd: 3 });
  const result = other.call(39);
  throws(() => new Tape({ errorFd: 3 }).call(1, [result]), {
    message: "Cannot use result[0] in record 0: it is not an earlier record",
  });
});

Deno.test("new Tape() refuses numbers that the loop cannot hold", () => {
  throws(() => new Tape({ errorFd: -1 }), {
    message: "Cannot make a tape: errorFd -1 is not between 0 and 65535",
  });
  throws(() => new Tape({ errorFd: 3, exitCode: 256 }), {
    message: "Cannot make a tape: exitCode 256 is not between 0 and 255",
  });
});

/** A tape as init would write it, cut short. */
function sample(): Tape {
  const tape = new Tape({ errorFd: 3 });
  const event = tape.zeros(8);
  tape.call(157, [4, 1]);
  tape.begin("wait for start", "runtime.md#runtimeStart");
  const accepted = tape.call(288, [4, 0, 0, 0], {
    text: "accept4(4, NULL, NULL, 0)",
    retryOnEintr: true,
  });
  tape.call(0, [accepted, event, 1], {
    text: `read(${accepted}, "", 1)`,
    zeroIsFatal: true,
    storeInto: event,
  });
  tape.begin("execute the program", "config.md#configProcess");
  tape.call(436, [4, -1, 0], { skipNextOnSuccess: true });
  tape.call(3, [accepted], { mayFail: true });
  return tape;
}

Deno.test("Tape.labels names step, clause and call of each record", () => {
  assertEquals(sample().labels.slice(0, 2), [
    { step: "play the tape", spec: "internal", call: "syscall_157(4, 1)" },
    {
      step: "wait for start",
      spec: "runtime.md#runtimeStart",
      call: "accept4(4, NULL, NULL, 0)",
    },
  ]);
});

Deno.test("Tape.describe() prints a heading a step and a line a call", () => {
  const tape = sample();
  assertEquals(
    tape.describe().split("\n"),
    [
      "# play the tape (internal)",
      "  [0] syscall_157(4, 1)",
      "# wait for start (runtime.md#runtimeStart)",
      "  [1] accept4(4, NULL, NULL, 0)  # retry on EINTR",
      '  [2] read(result[1], "", 1)  # 0 is fatal, result to 0x411000',
      "# execute the program (config.md#configProcess)",
      "  [3] syscall_436(4, -1, 0)  # on success skip the next",
      "  [4] syscall_3(result[1])  # may fail",
    ],
  );
  assertEquals(`${tape}`, tape.describe());
});
