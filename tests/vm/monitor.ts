/**
 * The few words of QEMU's monitor protocol that saving and copying a machine takes.
 *
 * @see https://www.qemu.org/docs/master/interop/qemu-qmp-ref.html
 * @module
 */
import { linesOf } from "./lines.ts";

/** Seconds that QEMU may take to open its socket. */
const CONNECT_LIMIT = 30;

interface Message {
  readonly return?: { readonly status?: string };
  readonly error?: { readonly desc: string };
}

/** A connection to one QEMU. */
export class Monitor implements Disposable {
  readonly #connection: Deno.UnixConn;
  readonly #lines: AsyncIterator<string>;

  private constructor(connection: Deno.UnixConn) {
    this.#connection = connection;
    this.#lines = linesOf(connection.readable);
  }

  /** Connects as soon as QEMU has made the socket. */
  static async connect(path: string): Promise<Monitor> {
    for (let tries = CONNECT_LIMIT * 20;; tries--) {
      try {
        const monitor = new Monitor(await Deno.connect({ transport: "unix", path }));
        await monitor.#command("qmp_capabilities");
        return monitor;
      } catch (error) {
        if (tries === 0) throw error;
        await pause(50);
      }
    }
  }

  async setCapability(capability: string): Promise<void> {
    await this.#command("migrate-set-capabilities", {
      capabilities: [{ capability, state: true }],
    });
  }

  /** Stops the machine and writes its devices' state to a file. */
  async save(path: string): Promise<void> {
    await this.#command("migrate", { uri: `file:${path}` });
    await this.#untilCompleted("migrate");
  }

  /** Reads such a state into a machine that waits for one, which then goes on. */
  async load(path: string): Promise<void> {
    await this.#command("migrate-incoming", { uri: `file:${path}` });
    await this.#untilCompleted("migrate-incoming");
  }

  async #untilCompleted(what: string): Promise<void> {
    while (true) {
      const status = (await this.#command("query-migrate")).return?.status;
      if (status === "completed") return;
      if (status === "failed" || status === "cancelled") {
        throw new Error(`Cannot ${what}: ${status}`);
      }
      await pause(20);
    }
  }

  async quit(): Promise<void> {
    await this.#command("quit");
  }

  /** Answers come in the order of the commands; events stand between them. */
  async #command(execute: string, args?: Record<string, unknown>): Promise<Message> {
    const text = JSON.stringify(args === undefined ? { execute } : { execute, arguments: args });
    const writer = this.#connection.writable.getWriter();
    await writer.write(new TextEncoder().encode(`${text}\n`));
    writer.releaseLock();
    while (true) {
      const { done, value } = await this.#lines.next();
      if (done === true) throw new Error(`Cannot ${execute}: QEMU closed the connection`);
      const message: Message = JSON.parse(value);
      if (message.error !== undefined) throw new Error(`Cannot ${execute}: ${message.error.desc}`);
      if (message.return !== undefined) return message;
    }
  }

  [Symbol.dispose](): void {
    try {
      this.#connection.close();
    } catch (error) {
      // Deno closes it by itself when QEMU has.
      if (!(error instanceof Deno.errors.BadResource)) throw error;
    }
  }
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
