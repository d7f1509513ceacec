/** Protocol Buffers, against the bytes of Google's own implementation for CRIU's rpc.proto. @module */
import { assertEquals } from "#assert";
import { throws } from "node:assert/strict";
import { CRIU, criu_req, criu_resp } from "../../../runtime/criu/messages.ts";
import { decode, encode } from "../../../runtime/criu/protobuf.ts";

/** By Python's protobuf. */
const REQUEST =
  "08011268080410c0c40718013800520864756d702e6c6f675a070a033a3a31101bca010c0a066d656d6f" +
  "727912022f61ca010412022f62da010c0a08706970653a5b375d1000aa020c6d6e745b2fc3a45d3a2fc3a4aa0201" +
  "78b00280808080048803ffffffffffffffffff01";

const OPTIONS = {
  images_dir_fd: 4,
  pid: 123456,
  leave_running: true,
  shell_job: false,
  log_file: "dump.log",
  ps: { address: "::1", port: 27 },
  cg_root: [{ ctrl: "memory", path: "/a" }, { path: "/b" }],
  inherit_fd: [{ key: "pipe:[7]", fd: 0 }],
  external: ["mnt[/ä]:/ä", "x"],
  empty_ns: 0x40000000,
  status_fd: -1,
};

Deno.test("encode() writes what other implementations write", () => {
  assertEquals(encode(criu_req, { type: CRIU.DUMP, opts: OPTIONS }).toHex(), REQUEST);
  assertEquals(encode(criu_req, {}).length, 0);
});

Deno.test("decode() reads what other implementations write", () => {
  const request = decode(criu_req, Uint8Array.fromHex(REQUEST));
  assertEquals(request, { type: CRIU.DUMP, opts: OPTIONS });
  const notify = "080610012a150a1073657475702d6e616d6573706163657310e724";
  assertEquals(decode(criu_resp, Uint8Array.fromHex(notify)), {
    type: CRIU.NOTIFY,
    success: true,
    notify: { script: "setup-namespaces", pid: 4711 },
  });
});

Deno.test("decode() passes over fields that it does not know, and reads negative numbers", () => {
  // With features (8) and status (11), which are not in our table.
  const bytes = "08021000220b08ffffffffffffffffff013811420208014a026e6f58feffffffffffffffff01";
  assertEquals(decode(criu_resp, Uint8Array.fromHex(bytes)), {
    type: CRIU.RESTORE,
    success: false,
    restore: { pid: -1 },
    cr_errno: 17,
    cr_errmsg: "no",
  });
  // Fields of fixed size, 32 and 64 bits.
  assertEquals(decode(criu_resp, Uint8Array.fromHex("fd0701020304f90701020304050607081001")), {
    success: true,
  });
});

Deno.test("decode() refuses what is no message", () => {
  const refuses = (hex: string, message: RegExp): void =>
    throws(() => decode(criu_resp, Uint8Array.fromHex(hex)), { message });
  refuses("08", /cut off/);
  refuses("2a050a", /cut off/);
  refuses("08ffffffffffffffffffffff", /no end/);
  refuses("0a0101", /another type/);
  refuses("28", /cut off/);
  refuses("0b", /wire type 3/);
});
