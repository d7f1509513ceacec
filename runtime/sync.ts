/**
 * What parent and init say to each other while a container is made.
 *
 * ```text
 *  parent (create.ts)                      intermediate            init (init.ts)
 *    │ clone3 ───────────────────────────▶ │ (only when namespaces are joined)
 *    │                                     │ setns …, clone3 ────▶ │
 *    │ ◀── ⇄0 "born" with pid and pidfd ── │ exits                 │
 *    │ limits, ID maps, cgroup,                                    │
 *    │ network devices                                             │
 *    │ ── "sources" of bind mounts, in a user namespace ─────────▶ │
 *    │ ◀─────────────────────────── "clones", to be id-mapped ──── │
 *    │ ── ⇄1 "go" ───────────────────────────────────────────────▶ │ mounts, devices
 *    │ ◀────────────────────────────────── ⇄2 "mounted" ────────── │
 *    │ prestart, createRuntime hooks                               │
 *    │ ── ⇄3 "go" ───────────────────────────────────────────────▶ │ createContainer hooks, pivot_root, …
 *    │                                                             │ execs the tape
 *    │ ◀────────────────────────────────── ⇄4 "ready" ──────────── │ (tape) credentials done
 *    │ stores the state                                            │
 *    │ ── ⇄5 "go" ───────────────────────────────────────────────▶ │ (tape) accept(start.sock) …
 * ```
 *
 * Messages are datagrams of a SOCK_SEQPACKET pair: one JSON object each, but for what the tape says, which cannot make
 * JSON: one byte `R` for "ready", and 8 bytes of report for a failure. If the parent dies the child reads the end and
 * exits; if a child dies the parent reads the end and fails.
 *
 * @module
 */
import { SOCK } from "../ffi/constants.ts";
import { Printed, SyscallError } from "../ffi/errno.ts";
import type { OwnedFd } from "../ffi/fd.ts";
import { recvmsg, sendmsg, socketpair } from "../ffi/socket.ts";
import { decodeReport, REPORT_SIZE } from "../ffi/tape/report.ts";
import type { TapeLabel } from "../ffi/tape/tape.ts";
import type { GuestRoot } from "./guest_root.ts";
import type { SpecRef } from "../spec/anchors.ts";
import { waitToRead } from "./interruption.ts";
import { StepError } from "./step.ts";

/** The byte by which the tape says "ready" (⇄4). */
export const TAPE_READY = "R";

/** How long a pid is that the tape of `exec` tells: a C int. */
const PID_SIZE = 4;

/** Goes on with the work (⇄1, ⇄3, ⇄5). */
interface Go {
  readonly type: "go";
}

/** The intermediate has made init (⇄0); its pidfd comes along. */
interface Born {
  readonly type: "born";
  readonly pid: number;
}

/** Places to bind from, which init may not open itself; in the order of the descriptors. */
interface Sources {
  readonly type: "sources";
  readonly indices: readonly number[];
}

/** Copies of some of them, whose IDs init may not map itself; they are mapped when the next word comes. */
interface Clones {
  readonly type: "clones";
}

/** The mounts are in place (⇄2). */
interface Mounted {
  readonly type: "mounted";
  /** The root's mount, where the mount namespace is not the container's own and outlives it. */
  readonly guest?: GuestRoot;
}

/** What init knows about the tape that it is about to become: the names of its records, to read a report by. */
interface TapeLabels {
  readonly type: "tape";
  readonly labels: readonly TapeLabel[];
}

/** An error crosses as data, and is the same error on the other side. */
export interface Failure {
  readonly type: "error";
  readonly step: string;
  readonly spec: SpecRef;
  readonly message: string;
}

/** All messages in JSON. */
export type Message = Go | Born | Sources | Clones | Mounted | TapeLabels | Failure;

/** A message, or what the tape said. */
export type Heard = Message | { readonly type: "ready" } | Pid;

/** Of the process that the tape of `exec` has made. */
interface Pid {
  readonly type: "pid";
  readonly pid: number;
}

/** What was heard, and the descriptors that came along. */
export interface Word {
  readonly heard: Heard;
  readonly fds: readonly OwnedFd[];
}

/** One end of the ladder. */
export class Channel implements Disposable {
  socket: OwnedFd;
  /** The labels of the tape, once init has sent them. */
  labels: readonly TapeLabel[] = [];

  constructor(socket: OwnedFd) {
    this.socket = socket;
  }

  [Symbol.dispose](): void {
    this.socket.close();
  }

  /** Goes on over another descriptor of the same socket. */
  moveTo(socket: OwnedFd): void {
    this.socket = socket;
  }

  /** Sends one message. */
  send(message: Message, fds: readonly number[] = []): void {
    sendmsg(this.socket.fd, new TextEncoder().encode(JSON.stringify(message)), fds);
  }

  /**
   * Waits for the message that the ladder has here; an error of the other side is thrown as if it were ours.
   *
   * @param wait Waits until there is something to read.
   */
  expect(type: Heard["type"], wait: (socket: OwnedFd) => void = waitToRead): Word {
    for (;;) {
      wait(this.socket);
      const { bytes, fds } = recvmsg(this.socket.fd);
      if (bytes.length === 0) throw new PeerGone();
      const heard = this.#decode(bytes);
      if (heard.type === "tape") this.labels = heard.labels;
      else if (heard.type === "error") throw asError(heard);
      else if (heard.type === type) return { heard, fds };
      else throw new Error(`Cannot go on: heard "${heard.type}" where "${type}" was due`);
    }
  }

  #decode(bytes: Uint8Array<ArrayBuffer>): Heard {
    const text = new TextDecoder().decode(bytes);
    if (text === TAPE_READY) return { type: "ready" };
    // Shorter than any JSON of ours.
    if (bytes.length === PID_SIZE) {
      return { type: "pid", pid: new DataView(bytes.buffer, bytes.byteOffset).getInt32(0, true) };
    }
    if (bytes.length === REPORT_SIZE) return reportToFailure(bytes, this.labels);
    return JSON.parse(text) as Message;
  }
}

/** The other process ended without a word. */
export class PeerGone extends Error {
  override readonly name = "PeerGone";
  constructor() {
    super("The other process ended without reporting an error");
  }
}

/** Makes both ends. */
export function channelPair(): [Channel, Channel] {
  const [a, b] = socketpair(SOCK.SOCK_SEQPACKET);
  return [new Channel(a), new Channel(b)];
}

/** The error that a step of this process failed with, as a message. */
export function toFailure(error: unknown): Message {
  if (error instanceof StepError) {
    const cause = error.cause instanceof Error ? error.cause.message : error.message;
    return { type: "error", step: error.step, spec: error.spec, message: cause };
  }
  const message = error instanceof Error ? error.message : String(error);
  return { type: "error", step: "make the container", spec: "internal", message };
}

function asError({ step, spec, message }: Failure): StepError {
  return new StepError(step, spec, new Error(message));
}

/**
 * Turns the 8 bytes of a tape that failed into the failure of the record that they name.
 *
 * @param first The index of the record that `labels` begins with.
 */
export function reportToFailure(
  bytes: Uint8Array<ArrayBuffer>,
  labels: readonly TapeLabel[],
  first = 0,
): Failure {
  const { index, errno } = decodeReport(bytes);
  const label = labels[index - first] ??
    { step: "play the tape", spec: "internal", call: `record ${index}` };
  const message = errno === 0 ? `${label.call}: unexpected end` : describe(label.call, errno);
  return { type: "error", step: label.step, spec: label.spec as SpecRef, message };
}

function describe(text: string, errno: number): string {
  // The text is a call as strace prints it, `chdir("/x")`; SyscallError adds errno's name and text in the one form.
  const open = text.indexOf("(");
  const name = open < 0 ? text : text.slice(0, open);
  const args = open < 0 ? [] : [new Printed(text.slice(open + 1, text.lastIndexOf(")")))];
  return new SyscallError(name, args, errno).message;
}
