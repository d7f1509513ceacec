/**
 * `deno task bench:net`: what moving network devices costs beside what the kernel takes.
 *
 * The kernel's share is the time inside of the system calls on its netlink sockets, measured in the very same run: every
 * message costs that, whoever sends it. What is left is ours: deciding, encoding and decoding, and reading the settings
 * below /proc/sys/net. Figures are for people: nothing here passes or fails.
 *
 *     net_bench.ts [--rounds=5]
 *
 * @module
 */
import { RouteSocket } from "../../ffi/netlink/socket.ts";
import { encodeJournal } from "../../runtime/net/journal.ts";
import { Rooms } from "../root/network_room.ts";

/** Milliseconds inside of the calls, and how many messages went to the kernel. */
const kernel = { time: 0, messages: 0 };

/** Has every call of a method counted as the kernel's. */
function meter(method: "send" | "receive" | "receiveNow"): void {
  const original = RouteSocket.prototype[method] as (...args: unknown[]) => unknown;
  const metered = function (this: RouteSocket, ...args: unknown[]): unknown {
    const start = performance.now();
    try {
      return original.apply(this, args);
    } finally {
      kernel.time += performance.now() - start;
      if (method === "send") kernel.messages++;
    }
  };
  Object.defineProperty(RouteSocket.prototype, method, { value: metered });
}

interface Scenario {
  readonly name: string;
  readonly devices: number;
  /** Of each device, half of them IPv6. */
  readonly addresses: number;
}

const SCENARIOS: readonly Scenario[] = [
  { name: "1 device", devices: 1, addresses: 2 },
  { name: "10 devices", devices: 10, addresses: 2 },
  { name: "100 devices", devices: 100, addresses: 2 },
  { name: "1 device with 1,000 addresses", devices: 1, addresses: 1000 },
];

const PHASES = ["inspect", "journal", "move", "undo"] as const;

/** What each phase took: all of it, the kernel's part, and the messages. */
type Times = Record<typeof PHASES[number], { total: number; kernel: number; messages: number }>;

function measure({ devices, addresses }: Scenario): Times {
  using rooms = new Rooms({ dad: false });
  const names = Array.from({ length: devices }, (_, i) => `h${i}`);
  rooms.host.batch(names.map((name) => `link add ${name} type ifb`));
  rooms.host.batch(names.flatMap((name, i) =>
    Array.from(
      { length: addresses / 2 },
      (_, j) => [
        `addr add 10.${i}.${j >> 8}.${j & 255}/32 dev ${name}`,
        `addr add 2001:db8:${i.toString(16)}::${(j + 1).toString(16)}/128 dev ${name}`,
      ],
    ).flat()
  ));
  const times = {} as Times;
  const timed = <T>(phase: typeof PHASES[number], act: () => T): T => {
    Object.assign(kernel, { time: 0, messages: 0 });
    const start = performance.now();
    const result = rooms.host.run(act);
    times[phase] = {
      total: performance.now() - start,
      kernel: kernel.time,
      messages: kernel.messages,
    };
    return result;
  };
  const netDevices = Object.fromEntries(names.map((name) => [name, { name: `c-${name}` }]));
  using transaction = timed("inspect", () => rooms.inspect(netDevices));
  timed("journal", () => encodeJournal(transaction.journal(undefined)));
  timed("move", () => transaction.move());
  timed("undo", () => transaction.undo());
  return times;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1]!;
}

function main(): void {
  const rounds = Number(/--rounds=(\d+)/.exec(Deno.args.join(" "))?.[1] ?? 5);
  for (const method of ["send", "receive", "receiveNow"] as const) meter(method);
  measure(SCENARIOS[0]!);
  console.log(
    "                                  phase    messages      total     kernel       ours",
  );
  for (const scenario of SCENARIOS) {
    const all = Array.from({ length: rounds }, () => measure(scenario));
    for (const phase of PHASES) {
      const of = (pick: "total" | "kernel" | "messages") =>
        median(all.map((times) => times[phase][pick]));
      const ms = (value: number) => `${value.toFixed(2)} ms`.padStart(11);
      const ours = of("total") - of("kernel");
      console.log(
        scenario.name.padEnd(33) + phase.padEnd(9) + String(of("messages")).padStart(8) +
          ms(of("total")) + ms(of("kernel")) + ms(ours),
      );
    }
  }
}

if (import.meta.main) main();
