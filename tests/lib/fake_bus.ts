/**
 * A D-Bus of one's own, with a service on it that answers as a test says. It is a process by itself: who calls it waits
 * without doing anything else.
 *
 * @module
 */
import { decodeMessage, encodeMessage, TYPE, type Value, type WireMessage } from "./dbus_wire.ts";
import { exists, hasEnded, run, waitUntil } from "./sandbox.ts";

/** What is answered to a call. */
export interface Answer {
  /** The answer's values; without signature none. */
  readonly signature?: string;
  readonly body?: readonly Value[];
  /** Name and text of an error, instead. */
  readonly error?: readonly [name: string, text: string];
  /** Signals of the service's that come before the answer. */
  readonly before?: readonly Signal[];
  /** Signals that come after it. */
  readonly after?: readonly Signal[];
  /** Hangs up instead. */
  readonly end?: true;
}

/** A signal of the object that was called. */
export interface Signal {
  readonly member: string;
  readonly signature: string;
  readonly body: readonly Value[];
}

/** By the method's name: the first call gets the first answer, and so on; the last one is repeated. */
export type Answers = Readonly<Record<string, readonly Answer[]>>;

/** A call as it came in. Integers of 64 bits are texts. */
export interface Call {
  readonly destination: string;
  readonly path: string;
  readonly interface: string;
  readonly member: string;
  readonly signature: string;
  readonly body: readonly Value[];
}

/** The test's side. */
export class FakeBus implements Disposable {
  readonly #directory = Deno.makeTempDirSync({ prefix: "runts-test-bus-" });
  readonly #pid: number;
  /** As D-Bus writes it. */
  readonly address: string;

  constructor(answers: Answers) {
    this.address = `unix:path=${this.#directory}/socket`;
    // By a shell, which lets it go: a child of ours would be the test runner's to wait for.
    const words = [Deno.execPath(), "run", "--allow-all", "--no-check", import.meta.filename!];
    const { stdout } = run([
      ...["sh", "-c", '"$@" </dev/null >/dev/null & echo $!', "sh"],
      ...[...words, this.#directory, JSON.stringify(answers)],
    ]);
    this.#pid = Number(stdout);
    waitUntil(() => exists(`${this.#directory}/calls`));
  }

  /** What was called up to now, but for what every connection begins with. */
  calls(): Call[] {
    const text = Deno.readTextFileSync(`${this.#directory}/calls`);
    return text.split("\n").filter((line) => line !== "").map((line) => JSON.parse(line));
  }

  [Symbol.dispose](): void {
    Deno.kill(this.#pid, "SIGKILL");
    waitUntil(() => hasEnded(this.#pid));
    Deno.removeSync(this.#directory, { recursive: true });
  }
}

/** The service's side of one connection. */
class Connection {
  readonly #socket: Deno.Conn;
  readonly #answers: Answers;
  readonly #counts: Map<string, number>;
  readonly #log: string;
  #serial = 0;

  constructor(socket: Deno.Conn, answers: Answers, counts: Map<string, number>, log: string) {
    this.#socket = socket;
    this.#answers = answers;
    this.#counts = counts;
    this.#log = log;
  }

  async serve(): Promise<void> {
    let bytes = new Uint8Array(0);
    let isGreeted = false;
    const chunk = new Uint8Array(65536);
    for (;;) {
      const size = await this.#socket.read(chunk);
      if (size === null) return;
      bytes = Uint8Array.from([...bytes, ...chunk.subarray(0, size)]);
      if (!isGreeted) {
        const end = new TextDecoder("latin1").decode(bytes).lastIndexOf("\n") + 1;
        const lines = new TextDecoder("latin1").decode(bytes.subarray(0, end)).split("\r\n");
        isGreeted = lines.includes("BEGIN");
        await this.#authenticate(lines);
        bytes = bytes.slice(end);
      }
      if (!isGreeted) continue;
      for (let next = decodeMessage(bytes); next !== undefined; next = decodeMessage(bytes)) {
        bytes = bytes.slice(next.length);
        if (next.message.type === TYPE.call && !await this.#answer(next.message)) {
          return this.#socket.close();
        }
      }
    }
  }

  /** Whoever comes is welcome. */
  async #authenticate(lines: readonly string[]): Promise<void> {
    const ok = `OK ${"0".repeat(32)}\r\n`;
    for (const line of lines) {
      const answer = /^\0?AUTH EXTERNAL$/.test(line)
        ? "DATA\r\n"
        : /^\0?AUTH EXTERNAL \w+$|^DATA/.test(line)
        ? ok
        : line === "NEGOTIATE_UNIX_FD"
        ? "AGREE_UNIX_FD\r\n"
        : "";
      await this.#write(new TextEncoder().encode(answer));
    }
  }

  async #answer(call: WireMessage): Promise<boolean> {
    const { serial, body, member = "", signature = "", path, destination } = call;
    const { interface: name } = call;
    if (member === "Hello") {
      await this.#send({ type: TYPE.return, reply: serial, signature: "s", body: [":1.1"] });
      return true;
    }
    const entry = { destination, path, interface: name, member, signature, body };
    Deno.writeTextFileSync(this.#log, `${JSON.stringify(entry)}\n`, { append: true });
    const count = this.#counts.get(member) ?? 0;
    this.#counts.set(member, count + 1);
    const list = this.#answers[member] ?? [{}];
    const answer = list[Math.min(count, list.length - 1)]!;
    if (answer.end) return false;
    const signals = (all: readonly Signal[] = []): WireMessage[] =>
      all.map((signal) => ({
        ...{ type: TYPE.signal, serial: 0, path: path!, interface: name!, sender: destination! },
        ...signal,
      }));
    const { error } = answer;
    const reply = error === undefined
      ? {
        ...{ type: TYPE.return, reply: serial, body: answer.body ?? [] },
        ...(answer.signature === undefined ? {} : { signature: answer.signature }),
      }
      : { type: TYPE.error, reply: serial, error: error[0], signature: "s", body: [error[1]] };
    for (const message of [...signals(answer.before), reply, ...signals(answer.after)]) {
      await this.#send(message);
    }
    return true;
  }

  #send(message: Omit<WireMessage, "serial">): Promise<void> {
    return this.#write(encodeMessage({ ...message, serial: ++this.#serial }));
  }

  async #write(bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.length;) at += await this.#socket.write(bytes.subarray(at));
  }
}

if (import.meta.main) {
  const [directory = "", answers = "{}"] = Deno.args;
  const counts = new Map<string, number>();
  const listener = Deno.listen({ transport: "unix", path: `${directory}/socket` });
  Deno.writeTextFileSync(`${directory}/calls`, "");
  for await (const socket of listener) {
    new Connection(socket, JSON.parse(answers), counts, `${directory}/calls`).serve()
      .catch(console.error);
  }
}
