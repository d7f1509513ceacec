import { assert, assertEquals } from "#assert";
import { throws } from "node:assert/strict";
import { SOCK } from "../../ffi/constants.ts";
import { memfd_create } from "../../ffi/memfd.ts";
import { isCloseOnExec, readAll, rewind, write } from "../../ffi/open.ts";
import {
  accept,
  bindUnix,
  connectUnix,
  listen,
  recvmsg,
  sendmsg,
  shutdownWrite,
  socket,
  socketpair,
} from "../../ffi/socket.ts";

Deno.test("sendmsg() passes descriptors, and recvmsg() makes them close-on-exec", () => {
  const [a, b] = socketpair(SOCK.SOCK_SEQPACKET);
  using _a = a;
  using _b = b;
  using one = memfd_create("one");
  using two = memfd_create("two");
  write(two.fd, new Uint8Array([7]));
  sendmsg(a.fd, new Uint8Array([42]), [one.fd, two.fd]);
  const { bytes, fds } = recvmsg(b.fd);
  assertEquals([...bytes], [42]);
  assertEquals(fds.map((fd) => isCloseOnExec(fd.fd)), [true, true]);
  rewind(fds[1]!.fd);
  assertEquals([...readAll(fds[1]!.fd)], [7]);
  for (const fd of fds) fd.close();
});

Deno.test("recvmsg() keeps the bounds of messages, and is empty at the end", () => {
  const [a, b] = socketpair(SOCK.SOCK_SEQPACKET);
  using _b = b;
  sendmsg(a.fd, new Uint8Array([1, 2]));
  sendmsg(a.fd, new Uint8Array([3]));
  a.close();
  assertEquals([[...recvmsg(b.fd).bytes], [...recvmsg(b.fd).bytes]], [[1, 2], [3]]);
  assertEquals(recvmsg(b.fd).bytes.length, 0);
});

Deno.test("sendmsg() to nobody is an error, not a signal", () => {
  const [a, b] = socketpair(SOCK.SOCK_SEQPACKET);
  using _a = a;
  b.close();
  throws(() => sendmsg(a.fd, new Uint8Array([1])), { code: "EPIPE" });
});

Deno.test("bindUnix() and connectUnix() meet at a path", () => {
  const directory = Deno.makeTempDirSync();
  try {
    using server = socket(SOCK.AF_UNIX, SOCK.SOCK_SEQPACKET);
    bindUnix(server.fd, `${directory}/s`);
    listen(server.fd, 1);
    using client = socket(SOCK.AF_UNIX, SOCK.SOCK_SEQPACKET);
    connectUnix(client.fd, `${directory}/s`);
    using connection = accept(server.fd);
    sendmsg(client.fd, new Uint8Array([5]));
    shutdownWrite(client.fd);
    assertEquals([...recvmsg(connection.fd).bytes], [5]);
    assertEquals(recvmsg(connection.fd).bytes.length, 0);
  } finally {
    Deno.removeSync(directory, { recursive: true });
  }
});

Deno.test("bindUnix() refuses a path that the kernel would cut", () => {
  using server = socket(SOCK.AF_UNIX, SOCK.SOCK_STREAM);
  throws(() => bindUnix(server.fd, "/" + "x".repeat(107)), /longer than 107 bytes/);
  assert(server.fd >= 0);
});

Deno.test("recvmsg() refuses a message that it would have to cut", () => {
  const [a, b] = socketpair(SOCK.SOCK_SEQPACKET);
  using _a = a;
  using _b = b;
  sendmsg(a.fd, new Uint8Array(100));
  throws(() => recvmsg(b.fd, 50), /more than 50 bytes/);
});

Deno.test("as many descriptors pass as one message carries", () => {
  const [a, b] = socketpair(SOCK.SOCK_SEQPACKET);
  using _a = a;
  using _b = b;
  using one = memfd_create("one");
  sendmsg(a.fd, new Uint8Array([1]), Array.from({ length: 253 }, () => one.fd));
  const { fds } = recvmsg(b.fd);
  for (const fd of fds) fd.close();
  assertEquals(fds.length, 253);
});
