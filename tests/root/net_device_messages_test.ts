/** How many messages a move takes: as many as there are devices and addresses, and no dump for each. @module */
import { assert, assertEquals } from "#assert";
import { RTM } from "../../ffi/netlink/constants.ts";
import { RouteSocket } from "../../ffi/netlink/socket.ts";
import { Rooms } from "./network_room.ts";

const NLM_F_DUMP = 0x300;

/** Counts what is sent meanwhile: dumps, and everything else. */
function count(act: () => void): { dumps: number; others: number } {
  const { send } = RouteSocket.prototype;
  const counts = { dumps: 0, others: 0 };
  RouteSocket.prototype.send = function (datagram) {
    const view = new DataView(datagram.buffer, datagram.byteOffset);
    const type = view.getUint16(4, true);
    // RTM_GET* are those whose number is 2 modulo 4; other requests use the bits for other things.
    const isDump = type % 4 === RTM.RTM_GETLINK % 4 &&
      (view.getUint16(6, true) & NLM_F_DUMP) === NLM_F_DUMP;
    counts[isDump ? "dumps" : "others"]++;
    return send.call(this, datagram);
  };
  try {
    act();
  } finally {
    RouteSocket.prototype.send = send;
  }
  return counts;
}

function countFor(devices: number, addresses: number): ReturnType<typeof count>[] {
  using rooms = new Rooms({ dad: false });
  const names = Array.from({ length: devices }, (_, i) => `h${i}`);
  rooms.host.batch(names.map((name) => `link add ${name} type ifb`));
  rooms.host.batch(
    names.flatMap((name, i) =>
      Array.from({ length: addresses }, (_, j) => `addr add 10.${i}.0.${j}/32 dev ${name}`)
    ),
  );
  const wanted = Object.fromEntries(names.map((name) => [name, { name: `c-${name}` }]));
  using transaction = {
    current: undefined as ReturnType<Rooms["inspect"]> | undefined,
    [Symbol.dispose]() {
      this.current?.[Symbol.dispose]();
    },
  };
  return [
    count(() => transaction.current = rooms.inspect(wanted)),
    count(() => rooms.host.run(() => transaction.current!.move())),
    count(() => rooms.host.run(() => transaction.current!.undo())),
  ];
}

Deno.test("the dumps of a move are as many for 30 devices as for two", () => {
  const [few, many] = [countFor(2, 1), countFor(30, 1)];
  assertEquals(many.map(({ dumps }) => dumps), few.map(({ dumps }) => dumps));
  assertEquals(few.map(({ dumps }) => dumps), [6, 0, 0]);
});

Deno.test("the other messages of a move are a few for each device, and one for each address", () => {
  const [two, four, more] = [countFor(2, 1), countFor(4, 1), countFor(2, 11)];
  // One to find the device; the move, its name, its address, up; and back.
  two.forEach(({ others }, i) => {
    assertEquals(four[i]!.others, 2 * others);
    assert(others / 2 <= [1, 4, 7][i]!, `phase ${i}: ${others / 2} a device`);
    assertEquals(more[i]!.others - others, i === 0 ? 0 : 2 * 10);
  });
});
