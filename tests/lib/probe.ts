/**
 * Programs that make one system call and end: static, of a few hundred bytes, and free of all calls that a C library
 * makes. So a filter has to allow no more than what it is about.
 *
 * @module
 */
import { strict as assert } from "node:assert";
import { elfImage } from "../../ffi/tape/elf.ts";
import { EM_X86_64 } from "../../ffi/tape/x86_64.ts";
import { decodeReport } from "../../ffi/tape/report.ts";
import { Tape } from "../../ffi/tape/tape.ts";
import type { Argument } from "../../ffi/tape/tape.ts";
import type { Editable, Result, Sandbox } from "./sandbox.ts";

/** How a probe ends when its call has failed; else with 0. */
const FAILED = 42;

/** A system call. */
export type Call = readonly [nr: number, ...args: Argument[]];

/** Writes a program that makes the calls in turn. The first that fails ends it; {@linkcode errnoOf} reads the errno. */
export function writeProbe(path: string, ...calls: readonly Call[]): void {
  const tape = new Tape({ errorFd: 1, exitCode: FAILED });
  for (const [nr, ...args] of calls) tape.call(nr, args);
  Deno.writeFileSync(path, tape.encode(Deno.build.arch), { mode: 0o755 });
}

/** What the call of a probe failed with; 0 if it did not. */
export function errnoOf({ code, stdout, stderr }: Result): number {
  if (code === 0) return 0;
  assert.equal(code, FAILED, `the probe did not end by itself: ${stderr}`);
  return decodeReport(new TextEncoder().encode(stdout)).errno;
}

/** What each call fails with in one container, 0 if it does not; where a shell can run, that saves containers. */
export function errnosOf(
  box: Sandbox,
  calls: readonly Call[],
  edit: (config: Editable) => void,
): number[] {
  calls.forEach((call, i) => writeProbe(`${box.rootfs}/probe${i}`, call));
  const script = calls.map((_, i) => `echo $(/probe${i} | od -An -tu4 -j4)`).join("; ");
  box.script(script, edit);
  return box.output().trimEnd().split("\n").map(Number);
}

/**
 * Writes a program (x86-64) that makes a system call of i386, and exits with its result, which must be small, or with its
 * errno and 128.
 */
export function writeProbeI386(path: string, nr: number): void {
  const code = [
    ...[0xb8, nr, 0, 0, 0], //                     mov eax, nr
    ...[0xcd, 0x80], //                            int 0x80
    ...[0x89, 0xc7], //                            mov edi, eax
    ...[0x85, 0xc0], //                            test eax, eax
    ...[0x79, 0x08], //                            jns exit
    ...[0xf7, 0xdf], //                            neg edi
    ...[0x81, 0xcf, 0x80, 0, 0, 0], //             or edi, 128
    ...[0xb8, 0xe7, 0, 0, 0], //             exit: mov eax, __NR_exit_group
    ...[0x0f, 0x05], //                            syscall
  ];
  const image = elfImage(EM_X86_64, Uint8Array.from(code), [new Uint8Array(8)]);
  Deno.writeFileSync(path, image, { mode: 0o755 });
}
