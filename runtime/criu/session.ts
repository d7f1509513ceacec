/**
 * A conversation with CRIU: one request, CRIU's notifications on the way, one answer.
 *
 * ```text
 *  runts                                   criu swrk
 *    │ ── VERSION ───────────────────────────▶ │
 *    │ ◀──────────────────────────── version ─ │
 *    │ ── DUMP or RESTORE ───────────────────▶ │
 *    │ ◀─────────────── NOTIFY "pre-dump" … ── │ waits
 *    │ ── NOTIFY, success ───────────────────▶ │ goes on
 *    │                  …                      │
 *    │ ◀─────────────────────────── the answer │ exits
 * ```
 *
 * Messages are datagrams of a SOCK_SEQPACKET pair, see messages.ts. CRIU waits for the answer to every notification, so
 * between {@linkcode CriuSession.waitFor} and whatever is asked next the caller may do what has to be done then.
 *
 * @see https://criu.org/RPC
 * @module
 */
import { POLL } from "../../ffi/constants.ts";
import type { OwnedFd } from "../../ffi/fd.ts";
import type { Child } from "../../ffi/fork.ts";
import { memfd_create } from "../../ffi/memfd.ts";
import { readAll, rewind } from "../../ffi/open.ts";
import { poll, wait4 } from "../../ffi/process.ts";
import { recvmsg, sendmsg } from "../../ffi/socket.ts";
import {
  CRIU,
  criu_req,
  criu_resp,
  type CriuOptions,
  type CriuResponse,
  NETWORK_LOCK_SKIP,
} from "./messages.ts";
import { decode, encode } from "./protobuf.ts";
import { type CriuStart, findCriu, startCriu } from "./program.ts";

/** A version of CRIU. */
interface Version {
  readonly major: number;
  readonly minor: number;
}

/** The oldest version that has all we ask for: `lsm_mount_context` came last. An older one would pass over it silently. */
const OLDEST: Version = { major: 3, minor: 16 };
/** Since then the network can be left unlocked. */
const NETWORK_LOCK_CAN_BE_SKIPPED: Version = { major: 3, minor: 19 };

function isAtLeast({ major, minor }: Version, other: Version): boolean {
  return major > other.major || (major === other.major && minor >= other.minor);
}

/** A notification, with the descriptor that came along. */
export interface Notification {
  readonly script: string;
  /** Of the root of the restored processes, where CRIU tells it. */
  readonly pid: number | undefined;
  readonly fds: readonly OwnedFd[];
}

/** What the session is about. */
export interface CriuRequest {
  readonly type: number;
  readonly options: CriuOptions;
  /** The absolute path of the log that CRIU writes, for the error. */
  readonly log: string;
  /** Told of every notification that nobody waits for. */
  readonly listen?: (notification: Notification) => void;
}

/** A running CRIU. */
export class CriuSession implements Disposable {
  readonly #child: Child;
  /** undefined when it did not even come to that. */
  readonly #socket: OwnedFd | undefined;
  readonly #output: OwnedFd | undefined;
  #request: CriuRequest | undefined;
  /** A notification that CRIU waits for our answer to. */
  #owes = false;
  #answer: CriuResponse | undefined;
  #isReaped = false;
  #version: Version = OLDEST;

  private constructor(child: Child, socket: OwnedFd | undefined, output: OwnedFd | undefined) {
    this.#child = child;
    this.#socket = socket;
    this.#output = output;
  }

  /** Starts CRIU, if it is there and not too old. @param stdio Whether it gets ours, for what it restores to inherit. */
  static start(stdio: "ours" | "none", prepare: CriuStart["prepare"]): CriuSession {
    const path = findCriu();
    const output = stdio === "ours" ? undefined : memfd_create("runts-criu-output");
    const { child, socket } = startCriu({ path, output, prepare });
    const session = new CriuSession(child, socket, output);
    try {
      session.#checkVersion(path);
      return session;
    } catch (error) {
      session[Symbol.dispose]();
      throw error;
    }
  }

  /** Hangs up, and waits until CRIU has ended: one that is in the middle of something gives up and cleans up. */
  [Symbol.dispose](): void {
    this.#socket?.close();
    if (!this.#isReaped) wait4(this.#child.pid);
    this.#isReaped = true;
    this.#child.pidfd.close();
    this.#output?.close();
  }

  #checkVersion(path: string): void {
    this.#send({ type: CRIU.VERSION, keep_open: true });
    const { version } = this.#receive().response;
    const { major_number: major = 0, minor_number: minor = 0 } = version ?? {};
    this.#version = { major, minor };
    if (isAtLeast(this.#version, OLDEST)) return;
    throw new Error(
      `${path} is version ${major}.${minor}, and ${OLDEST.major}.${OLDEST.minor} is the oldest that will do`,
    );
  }

  /** Sends the request. What becomes of it, {@linkcode waitFor} and {@linkcode finish} tell. */
  begin(request: CriuRequest): void {
    this.#request = request;
    const opts = { ...request.options, ...this.#networkLock(request.options) };
    this.#send({ type: request.type, opts: { ...opts, notify_scripts: true } });
  }

  /**
   * CRIU locks the network so that no packet disturbs the connections that it takes along, with iptables, which a host may
   * not have. Where it takes none along there is nothing to lock.
   */
  #networkLock({ tcp_established = false }: CriuOptions): CriuOptions {
    const isNeeded = tcp_established || !isAtLeast(this.#version, NETWORK_LOCK_CAN_BE_SKIPPED);
    return isNeeded ? {} : { network_lock: NETWORK_LOCK_SKIP };
  }

  /**
   * Goes on until CRIU tells of one of these, and waits. A restore of a container without any namespace has no
   * `setup-namespaces`, so whoever waits for it names what comes later too.
   *
   * @returns undefined when it has finished without.
   */
  waitFor(...scripts: string[]): Notification | undefined {
    while (this.#answer === undefined) {
      const notification = this.#next();
      if (notification === undefined) break;
      if (scripts.includes(notification.script)) return notification;
      this.#request?.listen?.(notification);
      for (const fd of notification.fds) fd.close();
    }
    return undefined;
  }

  /** Goes on to the end. @returns CRIU's answer; it throws if that is not success. */
  finish(): CriuResponse {
    this.waitFor();
    return this.#answer!;
  }

  /** Answers what is owed, and takes the next message: undefined for the answer to the request. */
  #next(): Notification | undefined {
    if (this.#owes) this.#send({ type: CRIU.NOTIFY, notify_success: true });
    this.#owes = false;
    const { response, fds } = this.#receive();
    if (response.type === CRIU.NOTIFY) {
      this.#owes = true;
      const { script = "", pid } = response.notify ?? {};
      return { script, pid, fds };
    }
    if (response.success !== true) throw this.#failure(response);
    this.#answer = response;
    return undefined;
  }

  #send(message: Parameters<typeof encode<typeof criu_req>>[1]): void {
    if (this.#socket === undefined) throw this.#death();
    try {
      sendmsg(this.#socket.fd, encode(criu_req, message));
    } catch (error) {
      throw this.#death(error);
    }
  }

  #receive(): { readonly response: CriuResponse; readonly fds: readonly OwnedFd[] } {
    // Its end of the socket may live on in what it was restoring when it died.
    const [heard] = poll([
      { fd: this.#socket!.fd, events: POLL.POLLIN },
      { fd: this.#child.pidfd.fd, events: POLL.POLLIN },
    ]);
    if (heard === 0) throw this.#death();
    const { bytes, fds } = recvmsg(this.#socket!.fd);
    if (bytes.length === 0) throw this.#death();
    try {
      return { response: decode(criu_resp, bytes), fds };
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      throw new Error(`CRIU sent what cannot be understood: ${why}`, { cause: error });
    }
  }

  #failure({ cr_errmsg, cr_errno }: CriuResponse): Error {
    const why = findReason(this.#request?.log) ?? (cr_errmsg && bare(cr_errmsg)) ??
      (cr_errno === undefined ? "it gives no reason" : `errno ${cr_errno}`);
    return new Error(`CRIU failed: ${why}${this.#whereToLook()}`);
  }

  /** CRIU ended without an answer. */
  #death(cause?: unknown): Error {
    const exit = wait4(this.#child.pid);
    this.#isReaped = true;
    const how = exit === undefined
      ? "ended"
      : exit.signal === 0
      ? `exited with status ${exit.status}`
      : `was killed by signal ${exit.signal}`;
    const said = this.#said();
    const what = `CRIU ${how} without an answer${said === "" ? "" : `: ${said}`}`;
    return new Error(`${what}${this.#whereToLook()}`, { cause });
  }

  /** What it wrote before it had a log. */
  #said(): string {
    if (this.#output === undefined) return "";
    rewind(this.#output.fd);
    return new TextDecoder().decode(readAll(this.#output.fd)).trim().replace(/\s*\n\s*/g, "; ");
  }

  #whereToLook(): string {
    return this.#request === undefined ? "" : ` (its log is ${this.#request.log})`;
  }
}

/** A line of the log without the time, the pid, and the place in CRIU's sources. */
function bare(line: string): string {
  return line.trim().replace(/^(?:\(\d+\.\d+\)\s*)?(?:\d+:\s*)?Error \([^)]*\):\s*/, "");
}

/** What CRIU calls an error and is none: it looks which programs of iptables there are. */
const HARMLESS = /execvp\(|tables[a-z-]* -V failed|FAILED\.?$/;

/** The first error in the log, which the later ones follow from. What CRIU itself reports as the first may be harmless. */
function findReason(log: string | undefined): string | undefined {
  if (log === undefined) return undefined;
  try {
    return Deno.readTextFileSync(log).split("\n")
      .filter((line) => / ?Error \(/.test(line) && !HARMLESS.test(line)).map(bare)[0];
  } catch {
    // It failed before it had a log.
    return undefined;
  }
}
