/**
 * RDMA devices: which there are, which network devices their ports stand on, and moving them between network namespaces.
 *
 * The messages have no header of their own: attributes begin where the netlink header ends.
 *
 * ```
 * +---------------------------------------------------------------+
 * |            nlmsghdr; nlmsg_type = RDMA_NL_NLDEV << 10 | op    |
 * +---------------------------------------------------------------+
 * |                  attributes (RDMA_NLDEV_*) …                  |
 * +---------------------------------------------------------------+
 * ```
 *
 * @see include/uapi/rdma/rdma_netlink.h, drivers/infiniband/core/nldev.c, rdma-system(8), rdma-dev(8)
 * @module
 */
import { isErrno } from "../check.ts";
import { E } from "../errno.ts";
import { AttributeDecoder, encodeAttributes, u32 } from "./attribute.ts";
import { Connection, type Request } from "./connection.ts";
import { RDMA_NLDEV } from "./constants.ts";
import type { Message } from "./message.ts";
import { RdmaSocket } from "./socket.ts";

/** An RDMA device, such as `mlx5_0`. Its index is the whole system's: it stays the same in every namespace. */
export interface RdmaDevice {
  readonly index: number;
  readonly name: string;
}

/** A port of an RDMA device. */
export interface RdmaPort {
  /** Index of the network device that it stands on; 0 if it has none here. */
  readonly netDevice: number;
}

/** A connection to the RDMA subsystem, as the calling thread's network namespace sees it; undefined if the kernel has none. */
export function openRdma(): Connection | undefined {
  try {
    return new Connection(new RdmaSocket());
  } catch (error) {
    if (isErrno(error, E.EPROTONOSUPPORT)) return undefined;
    throw error;
  }
}

/** Whether each RDMA device is in one network namespace; otherwise every namespace has all of them, and none can be moved. */
export function isRdmaExclusive(connection: Connection): boolean {
  const { payload } = connection.get(request("RDMA_NLDEV_CMD_SYS_GET", []));
  const attributes = new AttributeDecoder(payload, "the RDMA subsystem's state");
  // Absent where devices cannot be in one namespace at all (before Linux 5.2).
  let shared = 1;
  for (const attribute of attributes) {
    if (attribute.type === RDMA_NLDEV.RDMA_NLDEV_SYS_ATTR_NETNS_MODE) {
      shared = attributes.u8(attribute);
    }
  }
  attributes.finish();
  return shared === 0;
}

/** All RDMA devices of the connection's network namespace. */
export function dumpRdmaDevices(connection: Connection): RdmaDevice[] {
  return connection.dump(request("RDMA_NLDEV_CMD_GET", [])).map(decodeRdmaDevice);
}

function decodeRdmaDevice({ payload }: Message): RdmaDevice {
  const attributes = new AttributeDecoder(payload, "an RDMA device");
  let [index, name] = [0, ""];
  for (const attribute of attributes) {
    const { type } = attribute;
    if (type === RDMA_NLDEV.RDMA_NLDEV_ATTR_DEV_INDEX) index = attributes.u32(attribute);
    if (type === RDMA_NLDEV.RDMA_NLDEV_ATTR_DEV_NAME) name = attributes.string(attribute);
  }
  attributes.finish();
  return { index, name };
}

/** The ports of one device. */
export function dumpRdmaPorts(connection: Connection, device: number): RdmaPort[] {
  const which = [["RDMA_NLDEV_ATTR_DEV_INDEX", device]] as const;
  return connection.dump(request("RDMA_NLDEV_CMD_PORT_GET", which)).map(decodeRdmaPort);
}

function decodeRdmaPort({ payload }: Message): RdmaPort {
  const attributes = new AttributeDecoder(payload, "a port of an RDMA device");
  let netDevice = 0;
  for (const attribute of attributes) {
    if (attribute.type === RDMA_NLDEV.RDMA_NLDEV_ATTR_NDEV_INDEX) {
      netDevice = attributes.u32(attribute);
    }
  }
  attributes.finish();
  return { netDevice };
}

/**
 * Moves a device to another network namespace. Whoever has it open loses it.
 *
 * The kernel takes it from the namespace of the *calling thread*, and not from that of the connection's socket
 * (rdma_dev_change_netns() in drivers/infiniband/core/device.c): both must be the one where it is.
 */
export function moveRdmaDevice(connection: Connection, device: number, netNsFd: number): void {
  connection.execute(request("RDMA_NLDEV_CMD_SET", [
    ["RDMA_NLDEV_ATTR_DEV_INDEX", device],
    ["RDMA_NLDEV_NET_NS_FD", netNsFd],
  ]));
}

function request(
  type: Request["type"],
  attributes: readonly (readonly [name: keyof typeof RDMA_NLDEV, value: number])[],
): Request {
  return {
    type,
    payload: encodeAttributes(attributes.map(([name, value]) => u32(RDMA_NLDEV[name], value))),
    args: attributes.length === 0
      ? ""
      : `{${attributes.map(([name, value]) => `${name}=${value}`).join(", ")}}`,
  };
}
