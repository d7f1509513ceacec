/**
 * gRPC over a unix socket, by `fetch`: single calls, whose failures come in the headers.
 *
 * @module
 */
import type { Message, Schema } from "./protobuf.ts";
import { concat } from "./tar.ts";

/** Before a message: not compressed, and its length. */
const PREFIX = 5;

/** A connection to a server. */
export class Grpc implements Disposable {
  readonly #client: Deno.HttpClient;
  readonly #schema: Schema;

  constructor(path: string, schema: Schema) {
    // HTTP/2 without asking for it first, as gRPC does it.
    const options = { http1: false, http2: true };
    this.#client = Deno.createHttpClient({ proxy: { transport: "unix", path }, ...options });
    this.#schema = schema;
  }

  /** Calls a method; an error has the server's words. */
  async call(name: string, request: Message = {}): Promise<Message> {
    const method = this.#schema.methods.get(name);
    if (method === undefined) throw new Error(`Cannot find the method ${name}`);
    const message = this.#schema.encode(method.request, request);
    const prefix = new Uint8Array(PREFIX);
    new DataView(prefix.buffer).setUint32(1, message.length);
    const response = await fetch(`http://localhost/${method.service}/${name}`, {
      client: this.#client,
      method: "POST",
      headers: { "content-type": "application/grpc", te: "trailers" },
      body: concat([prefix, message]),
      signal: AbortSignal.timeout(120_000),
    });
    const body = new Uint8Array(await response.arrayBuffer());
    const status = response.headers.get("grpc-status") ?? "0";
    if (status !== "0" || body.length < PREFIX) {
      const words = decodeURIComponent(response.headers.get("grpc-message") ?? "no answer");
      throw new Error(`Cannot ${name}: ${words} (status ${status})`);
    }
    return this.#schema.decode(method.response, body.subarray(PREFIX));
  }

  [Symbol.dispose](): void {
    this.#client.close();
  }
}
