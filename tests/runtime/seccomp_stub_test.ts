import { assert, assertEquals } from "#assert";
import { ret } from "../../ffi/seccomp/bpf.ts";
import { assembleBpf } from "../../ffi/seccomp/bpf.ts";
import { SCMP_ACT, SCMP_ARCH } from "../../ffi/seccomp/constants.ts";
import { enosysStub, type KnownArch } from "../../runtime/seccomp_stub.ts";
import { lengthOf, runFilter } from "../lib/bpf_machine.ts";

const ENOSYS = SCMP_ACT.SCMP_ACT_ERRNO + 38;
/** What a filter behind the stub says. */
const FILTER = SCMP_ACT.SCMP_ACT_TRAP;
const { SCMP_ARCH_X86_64, SCMP_ARCH_X86, SCMP_ARCH_AARCH64, SCMP_ARCH_ARM } = SCMP_ARCH;
const X32 = 0x4000_0000;

/** A stub with a filter behind it: which of the two answers to each number. */
function answers(archs: readonly KnownArch[], arch: number, numbers: readonly number[]): number[] {
  const stub = enosysStub(archs);
  const filter = assembleBpf([ret(FILTER)]);
  const program = new Uint8Array([...stub, ...filter]);
  return numbers.map((nr) => runFilter(program, { arch, nr }));
}

const NATIVE = [{ arch: "SCMP_ARCH_X86_64", newest: 456 }] as const;
const ALL_X86 = [
  { arch: "SCMP_ARCH_X86_64", newest: 456 },
  { arch: "SCMP_ARCH_X86", newest: 450 },
  { arch: "SCMP_ARCH_X32", newest: 456 },
] as const;

Deno.test("enosysStub() answers for numbers beyond the newest, and leaves the others to the filter", () => {
  assertEquals(answers(NATIVE, SCMP_ARCH_X86_64, [0, 456]), [FILTER, FILTER]);
  assertEquals(answers(NATIVE, SCMP_ARCH_X86_64, [457, 500, X32 - 1]), [ENOSYS, ENOSYS, ENOSYS]);
});

Deno.test("enosysStub() leaves conventions that are not in the filter to the filter", () => {
  assertEquals(answers(NATIVE, SCMP_ARCH_X86, [0, 500, 0xffffffff]), [FILTER, FILTER, FILTER]);
  assertEquals(answers(NATIVE, SCMP_ARCH_X86_64, [X32, X32 + 500, 0xffffffff]), [
    FILTER,
    FILTER,
    FILTER,
  ]);
});

Deno.test("enosysStub() counts for each convention", () => {
  assertEquals(answers(ALL_X86, SCMP_ARCH_X86, [450, 451, 0xffffffff]), [FILTER, ENOSYS, ENOSYS]);
  assertEquals(answers(ALL_X86, SCMP_ARCH_X86_64, [451, 457]), [FILTER, ENOSYS]);
  assertEquals(answers(ALL_X86, SCMP_ARCH_AARCH64, [0, 5000]), [FILTER, FILTER]);
});

Deno.test("enosysStub() knows the block of calls that x32 has by itself", () => {
  const numbers = [0, 456, 457, 511, 512, 547, 548, 5000].map((nr) => X32 + nr);
  assertEquals(answers(ALL_X86, SCMP_ARCH_X86_64, numbers), [
    FILTER,
    FILTER,
    ENOSYS,
    ENOSYS,
    FILTER,
    FILTER,
    ENOSYS,
    ENOSYS,
  ]);
});

Deno.test("enosysStub() leaves the processor's own calls of 32-bit ARM to the filter", () => {
  const archs = [
    { arch: "SCMP_ARCH_AARCH64", newest: 456 },
    { arch: "SCMP_ARCH_ARM", newest: 456 },
  ] as const;
  const cacheflush = 0xf0002;
  assertEquals(answers(archs, SCMP_ARCH_ARM, [456, 457, 0xeffff, cacheflush]), [
    FILTER,
    ENOSYS,
    ENOSYS,
    FILTER,
  ]);
  assertEquals(answers(archs, SCMP_ARCH_AARCH64, [456, 457, cacheflush]), [FILTER, ENOSYS, ENOSYS]);
});

Deno.test("enosysStub() is short: every call of a program pays for it", () => {
  assert(lengthOf(enosysStub(ALL_X86)) < 20);
});
