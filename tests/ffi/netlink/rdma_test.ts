import { throws } from "node:assert/strict";
import { assertEquals } from "#assert";
import { Connection } from "../../../ffi/netlink/connection.ts";
import { NLM_F, NLMSG } from "../../../ffi/netlink/constants.ts";
import type { Message } from "../../../ffi/netlink/message.ts";
import {
  dumpRdmaDevices,
  dumpRdmaPorts,
  isRdmaExclusive,
  moveRdmaDevice,
} from "../../../ffi/netlink/rdma.ts";
import { FakePeer, hex, type Reply } from "./fake_peer.ts";

// What nlmsg_type is: RDMA_NL_GET_TYPE(RDMA_NL_NLDEV, op), (5 << 10) + op.
const GET = 0x1401, SET = 0x1402, PORT_GET = 0x1405, SYS_GET = 0x1406;

const DONE = { type: NLMSG.NLMSG_DONE, flags: NLM_F.NLM_F_MULTI, payload: hex("00000000") };
const ACK = { type: NLMSG.NLMSG_ERROR, payload: hex(`00000000 ${"00".repeat(16)}`) };
const EOPNOTSUPP = { type: NLMSG.NLMSG_ERROR, payload: hex(`a1ffffff ${"00".repeat(16)}`) };

/** By hand, after include/uapi/rdma/rdma_netlink.h and drivers/infiniband/core/nldev.c: fill_dev_info(). */
const MLX5_0 = hex(`
  0800 0100  00000000          # RDMA_NLDEV_ATTR_DEV_INDEX 0
  0b00 0200  6d6c78355f3000 00 # RDMA_NLDEV_ATTR_DEV_NAME "mlx5_0", padded
  0800 0300  01000000          # RDMA_NLDEV_ATTR_PORT_INDEX: how many ports it has
  0c00 0400  3600000000000000  # RDMA_NLDEV_ATTR_CAP_FLAGS, which nobody here reads
`);
const RXE0 = hex(`
  0800 0100  05000000
  0900 0200  7278653000 000000 # "rxe0"
`);

/** fill_port_info() */
const PORT_ON_7 = hex(`
  0800 0100  05000000
  0900 0200  7278653000 000000
  0800 0300  01000000          # RDMA_NLDEV_ATTR_PORT_INDEX 1
  0500 0c00  04 000000         # RDMA_NLDEV_ATTR_PORT_STATE
  0800 3200  07000000          # RDMA_NLDEV_ATTR_NDEV_INDEX 7
  0700 3300  683000 00         # RDMA_NLDEV_ATTR_NDEV_NAME "h0"
`);
const PORT_ELSEWHERE = hex("0800 0100 05000000  0800 0300 02000000");

function connect(...answers: (readonly Reply[])[]): { peer: FakePeer; connection: Connection } {
  const peer = new FakePeer(() => answers.shift() ?? []);
  return { peer, connection: new Connection(peer) };
}

function part(type: number, payload: Uint8Array): Partial<Message> {
  return { type, flags: NLM_F.NLM_F_MULTI, payload };
}

Deno.test("dumpRdmaDevices() reads indices, which begin with 0, and names", () => {
  const { peer, connection } = connect([[part(GET, MLX5_0)], [part(GET, RXE0)], [DONE]]);
  assertEquals(dumpRdmaDevices(connection), [
    { index: 0, name: "mlx5_0" },
    { index: 5, name: "rxe0" },
  ]);
  const flags = NLM_F.NLM_F_REQUEST | NLM_F.NLM_F_DUMP;
  assertEquals(peer.requests, [{ type: GET, flags, seq: 1, payload: hex("") }]);
});

Deno.test("dumpRdmaPorts() names the device, and reads what each port stands on", () => {
  const { peer, connection } = connect([
    [part(PORT_GET, PORT_ON_7), part(PORT_GET, PORT_ELSEWHERE), DONE],
  ]);
  assertEquals(dumpRdmaPorts(connection, 5), [{ netDevice: 7 }, { netDevice: 0 }]);
  const flags = NLM_F.NLM_F_REQUEST | NLM_F.NLM_F_DUMP;
  const payload = hex("0800 0100 05000000");
  assertEquals(peer.requests, [{ type: PORT_GET, flags, seq: 1, payload }]);
});

Deno.test("isRdmaExclusive() reads the mode, and takes none for shared", () => {
  const { peer, connection } = connect(
    [[{ type: SYS_GET, payload: hex("0500 4200 00 000000") }]],
    [[{ type: SYS_GET, payload: hex("0500 4200 01 000000") }]],
    [[{ type: SYS_GET, payload: hex("") }]],
  );
  assertEquals([1, 2, 3].map(() => isRdmaExclusive(connection)), [true, false, false]);
  const [request] = peer.requests;
  assertEquals(request, {
    type: SYS_GET,
    flags: NLM_F.NLM_F_REQUEST,
    seq: 1,
    payload: hex(""),
  });
});

Deno.test("moveRdmaDevice() names the destination by its descriptor, and wants an answer", () => {
  const { peer, connection } = connect([[ACK]], [[EOPNOTSUPP]]);
  moveRdmaDevice(connection, 5, 9);
  const flags = NLM_F.NLM_F_REQUEST | NLM_F.NLM_F_ACK;
  const payload = hex("0800 0100 05000000  0800 4400 09000000");
  assertEquals(peer.requests, [{ type: SET, flags, seq: 1, payload }]);
  throws(() => moveRdmaDevice(connection, 5, 9), {
    name: "NetlinkError",
    code: "EOPNOTSUPP",
    message:
      "RDMA_NLDEV_CMD_SET({RDMA_NLDEV_ATTR_DEV_INDEX=5, RDMA_NLDEV_NET_NS_FD=9}): EOPNOTSUPP (Operation not supported)",
  });
});

Deno.test("what is no RDMA device is refused", () => {
  for (const payload of ["0800 0100 0500", "0600 0100 0500 0000"]) {
    const { connection } = connect([[part(GET, hex(payload)), DONE]]);
    throws(() => dumpRdmaDevices(connection), { name: "NetlinkFormatError" });
  }
});
