/**
 * A kernel with RDMA devices in two network namespaces, as far as its answers go.
 *
 * @module
 */
import { E } from "../../../ffi/errno.ts";
import {
  type Attribute,
  encodeAttributes,
  string,
  u32,
  u8,
} from "../../../ffi/netlink/attribute.ts";
import { Connection } from "../../../ffi/netlink/connection.ts";
import { NLM_F, NLMSG, RDMA_NLDEV } from "../../../ffi/netlink/constants.ts";
import type { Message } from "../../../ffi/netlink/message.ts";
import type { Place } from "../../../runtime/net/rdma.ts";
import { FakePeer, type Reply } from "../../ffi/netlink/fake_peer.ts";

const GET = 0x1401, SET = 0x1402, PORT_GET = 0x1405, SYS_GET = 0x1406;

/** One of its devices. */
export interface FakeDevice {
  readonly index: number;
  readonly name: string;
  /** The index of the network device that each port stands on. */
  readonly ports: readonly number[];
  /** What its move fails with. */
  readonly errno?: number;
}

/** Descriptors that stand for the namespaces. */
const FDS = { host: 8, container: 9 } as const;

/** One of the two namespaces. */
export type Where = keyof typeof FDS;

/** Which of the two it is, for a kernel whose namespaces are real ones. */
export interface Whereabouts {
  /** Where the thread is. */
  thread(): Where;
  /** What the descriptor stands for. */
  descriptor(fd: number): Where;
}

/** The kernel, and how one speaks with it. */
export class FakeRdma {
  readonly devices: Record<Where, FakeDevice[]>;
  /** What was asked to move, whether it did or not: `mlx5_0 to the container`. */
  readonly moves: string[] = [];
  mode: "exclusive" | "shared" | undefined = "exclusive";
  /** What every request fails with. */
  errno = 0;
  readonly #whereabouts: Whereabouts;
  #thread: Where = "host";

  constructor(
    host: FakeDevice[],
    container: FakeDevice[] = [],
    whereabouts: Whereabouts = {
      thread: () => this.#thread,
      descriptor: (fd) => fd === FDS.host ? "host" : "container",
    },
  ) {
    this.devices = { host, container };
    this.#whereabouts = whereabouts;
  }

  readonly host: Place = this.#place("host");
  readonly container: Place = this.#place("container");

  /** Opens a connection where the thread is. */
  readonly open = (): Connection | undefined => {
    if (this.mode === undefined) return undefined;
    const socket = this.#whereabouts.thread();
    return new Connection(new FakePeer((request) => [this.#answer(socket, request)]));
  };

  /** The names of the devices that are there. */
  names(where: Where): string[] {
    return this.devices[where].map(({ name }) => name);
  }

  #place(where: Where): Place {
    const run = <T>(act: () => T): T => {
      const before = this.#thread;
      this.#thread = where;
      try {
        return act();
      } finally {
        this.#thread = before;
      }
    };
    return { name: `the ${where}`, fd: { fd: FDS[where] }, run };
  }

  #answer(socket: Where, { type, payload }: Message): Reply {
    if (this.errno !== 0) return ack(this.errno);
    if (type === SYS_GET) {
      const mode = u8(RDMA_NLDEV.RDMA_NLDEV_SYS_ATTR_NETNS_MODE, this.mode === "shared" ? 1 : 0);
      return [{ type, payload: encodeAttributes([mode]) }];
    }
    if (type === GET) return dump(type, this.devices[socket].map(identify));
    const [index = 0, fd] = values(payload);
    const device = this.devices[socket].find((each) => each.index === index);
    if (device === undefined) return ack(E.ENODEV);
    if (type === PORT_GET) {
      return dump(
        type,
        device.ports.map((port) => [
          ...identify(device),
          u32(RDMA_NLDEV.RDMA_NLDEV_ATTR_NDEV_INDEX, port),
        ]),
      );
    }
    return type === SET ? ack(this.#move(socket, device, fd)) : ack(E.EINVAL);
  }

  #move(from: Where, device: FakeDevice, fd = -1): number {
    const to = this.#whereabouts.descriptor(fd);
    this.moves.push(`${device.name} to the ${to}`);
    // It looks at the thread, too.
    if (from !== this.#whereabouts.thread() || from === to) return E.EINVAL;
    if (device.errno !== undefined) return device.errno;
    this.devices[from].splice(this.devices[from].indexOf(device), 1);
    this.devices[to].push(device);
    return 0;
  }
}

function identify({ index, name }: FakeDevice): Attribute[] {
  return [
    u32(RDMA_NLDEV.RDMA_NLDEV_ATTR_DEV_INDEX, index),
    string(RDMA_NLDEV.RDMA_NLDEV_ATTR_DEV_NAME, name),
  ];
}

function dump(type: number, entries: readonly Attribute[][]): Reply {
  const flags = NLM_F.NLM_F_MULTI;
  return [
    ...entries.map((attributes) => ({ type, flags, payload: encodeAttributes(attributes) })),
    { type: NLMSG.NLMSG_DONE, flags, payload: new Uint8Array(4) },
  ];
}

function ack(errno: number): Reply {
  const payload = new Uint8Array(20);
  new DataView(payload.buffer).setInt32(0, -errno, true);
  return [{ type: NLMSG.NLMSG_ERROR, payload }];
}

/** The 32-bit values of a request's attributes: each has eight bytes. */
function values(payload: Uint8Array): number[] {
  const view = new DataView(payload.buffer, payload.byteOffset, payload.byteLength);
  return Array.from({ length: payload.length / 8 }, (_, i) => view.getUint32(8 * i + 4, true));
}
