import { assert, assertEquals } from "#assert";
import type { BpfInsn } from "../../../ffi/bpf_layouts.ts";
import { deviceFilter } from "../../../runtime/plan/device_filter.ts";
import { type DeviceRule, deviceRules } from "../../../runtime/plan/device_rules.ts";
import { generator, isAllowed, randomRules, type Request, REQUESTS } from "./device_semantics.ts";

const NAMES: Readonly<Record<number, string>> = {
  0x61: "ldxw",
  0xb7: "set",
  0x54: "and32",
  0x74: "rsh32",
  0x05: "ja",
  0x55: "jne",
  0x45: "jset",
  0x95: "exit",
};

/** What the kernel's interpreter does with a program; the code bytes are those of its manual. */
function run(program: readonly BpfInsn[], { type, major, minor, access }: Request): boolean {
  const context = new Map([[0, (access << 16) | (type === "b" ? 1 : 2)], [4, major], [8, minor]]);
  const r: number[] = [];
  for (let at = 0; at < program.length; at++) {
    const { code, dst, src, off, imm } = program[at]!;
    switch (NAMES[code]) {
      case "ldxw":
        assertEquals(src, 1);
        r[dst] = context.get(off)!;
        break;
      case "set":
        r[dst] = imm;
        break;
      case "and32":
        r[dst]! &= imm;
        break;
      case "rsh32":
        r[dst]! >>>= imm;
        break;
      case "ja":
        at += off;
        break;
      case "jne":
        if (r[dst] !== imm) at += off;
        break;
      case "jset":
        if ((r[dst]! & imm) !== 0) at += off;
        break;
      case "exit":
        assert(r[0] === 0 || r[0] === 1);
        return r[0] === 1;
      default:
        throw new Error(`There is no instruction ${code.toString(16)}`);
    }
  }
  throw new Error("The program runs off its end");
}

/** Which instructions can be come to. The kernel refuses a program that has others. */
function unreachable(program: readonly BpfInsn[]): number[] {
  const seen = new Set<number>();
  const todo = [0];
  for (let at = todo.pop(); at !== undefined; at = todo.pop()) {
    if (seen.has(at)) continue;
    seen.add(at);
    const { code, off } = program[at]!;
    const name = NAMES[code];
    if (name !== "exit" && name !== "ja") todo.push(at + 1);
    if (["ja", "jne", "jset"].includes(name!)) todo.push(at + 1 + off);
  }
  return program.flatMap((_, index) => seen.has(index) ? [] : [index]);
}

function check(rules: readonly DeviceRule[]): void {
  const program = deviceFilter(rules);
  assertEquals(unreachable(program), [], JSON.stringify(rules));
  for (const request of REQUESTS) {
    const said = run(program, request);
    if (said === isAllowed(rules, request)) continue;
    throw new Error(`${JSON.stringify(request)} is ${said} by ${JSON.stringify(rules)}`);
  }
}

Deno.test("deviceFilter() denies what no rule speaks of", () => {
  const program = deviceFilter([]);
  assert(REQUESTS.every((request) => !run(program, request)));
});

Deno.test("deviceFilter() answers as the rules say, whatever they are", () => {
  const next = generator(1);
  for (let round = 0; round < 3000; round++) check(randomRules(next));
});

Deno.test("deviceFilter() stops at the last rule about everything", () => {
  const rules = deviceRules({ resources: { devices: [{ allow: false, type: "c", major: 1 }] } });
  const length = deviceFilter(rules).length;
  const after = deviceRules({
    resources: { devices: [{ allow: false, type: "c", major: 1 }, { allow: true }] },
  });
  // The rule and the answer after all rules are left out.
  assert(deviceFilter(after).length < length);
  assertEquals(unreachable(deviceFilter(after)), []);
});

Deno.test("deviceFilter() leaves out a rule about a device that cannot be", () => {
  const rule = { property: "x", allow: true, type: "c", access: 7 } as const;
  const none = deviceFilter([]).length;
  for (const [major, minor] of [[4096, 0], [0, 1 << 20], [4294967295, undefined]] as const) {
    assertEquals(deviceFilter([{ ...rule, major, minor }]).length, none);
  }
  assert(deviceFilter([{ ...rule, major: 4095, minor: (1 << 20) - 1 }]).length > none);
});

Deno.test("deviceFilter() tells an access that is allowed from one that is asked for beside it", () => {
  const rules = deviceRules({
    resources: {
      devices: [{ allow: false }, { allow: true, type: "b", major: 8, minor: 0, access: "r" }],
    },
  });
  const program = deviceFilter(rules);
  const disk = { type: "b", major: 8, minor: 0 } as const;
  assertEquals(
    [2, 4, 6, 1, 3, 0].map((access) => run(program, { ...disk, access })),
    [true, false, false, true, true, true],
  );
});
