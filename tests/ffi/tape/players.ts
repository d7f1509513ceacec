/** The machines that a test can play a tape on: this one, and the other one under an emulator. */
import type { Machine, Tape } from "../../../ffi/tape/tape.ts";
import { findProgram, temporaryFile } from "./tools.ts";

/** One machine: how to start its programs, and the numbers of the calls that the tests make. */
export interface Player {
  readonly machine: Machine;
  /** `undefined` if the machine is this one. */
  readonly emulator: string | undefined;
  readonly playable: boolean;
  readonly nr: Record<Call, number>;
}

type Call =
  | "read"
  | "write"
  | "close"
  | "openat"
  | "dup3"
  | "epoll_create1"
  | "epoll_ctl"
  | "epoll_pwait"
  | "execve"
  | "exit_group";

// From arch/x86/entry/syscalls/syscall_64.tbl and include/uapi/asm-generic/unistd.h.
// deno-fmt-ignore
const NUMBERS: Record<Machine, Record<Call, number>> = {
  x86_64: {
    read: 0, write: 1, close: 3, openat: 257, dup3: 292, epoll_create1: 291, epoll_ctl: 233,
    epoll_pwait: 281, execve: 59, exit_group: 231,
  },
  aarch64: {
    read: 63, write: 64, close: 57, openat: 56, dup3: 24, epoll_create1: 20, epoll_ctl: 21,
    epoll_pwait: 22, execve: 221, exit_group: 94,
  },
};

/** Both machines. */
export function players(): Player[] {
  return (["x86_64", "aarch64"] as const).map((machine) => {
    const native = machine === Deno.build.arch;
    const emulator = native ? undefined : findProgram(`qemu-${machine}-static`, `qemu-${machine}`);
    return { machine, emulator, playable: native || emulator !== undefined, nr: NUMBERS[machine] };
  });
}

/** The numbers of the calls as this machine's kernel counts them, emulator or not. */
export function hostNumbers(): Record<Call, number> {
  return NUMBERS[Deno.build.arch];
}

/** Plays a tape to its end, without standard input. */
export function play(
  player: Player,
  tape: Tape,
): { code: number; stdout: string; bytes: Uint8Array } {
  using file = temporaryFile(tape.encode(player.machine));
  const { code, stdout } = commandOf(player, file.path, "null").outputSync();
  return { code, stdout: new TextDecoder().decode(stdout), bytes: stdout };
}

/** The command that plays the image at `path`, with an empty environment. */
export function commandOf(
  { emulator }: Player,
  path: string,
  stdin: "null" | "piped",
): Deno.Command {
  return new Deno.Command(emulator ?? path, {
    args: emulator === undefined ? [] : [path],
    clearEnv: true,
    stdin,
    stdout: "piped",
    stderr: "inherit",
  });
}

/** Waits until the process is blocked in the given call of the host; the process must get there. */
export async function blockedIn(pid: number, nr: number): Promise<void> {
  for (let tries = 0; tries < 2000; tries++) {
    // "running", or the number of the call and its arguments.
    if (Deno.readTextFileSync(`/proc/${pid}/syscall`).split(" ")[0] === `${nr}`) return;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  throw new Error(`process ${pid} did not get to syscall ${nr}`);
}
