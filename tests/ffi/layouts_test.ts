import { assert, assertEquals } from "#assert";
import * as layouts from "../../ffi/layouts.ts";
import { nlattr } from "../../ffi/netlink/attribute.ts";
import { nlmsgerr, nlmsghdr } from "../../ffi/netlink/message.ts";
import { ifa_cacheinfo, ifaddrmsg } from "../../ffi/netlink/route_address.ts";
import { ifinfomsg } from "../../ffi/netlink/route_link.ts";
import { ndmsg } from "../../ffi/netlink/route_neighbour.ts";
import { rtmsg, rtnexthop } from "../../ffi/netlink/route_route.ts";
import { sockaddr_nl } from "../../ffi/netlink/socket.ts";
import { syscall } from "../../ffi/libc.ts";
import { scratch } from "../../ffi/memory.ts";
import { NR } from "../../ffi/numbers.ts";
import type { Struct } from "../../ffi/struct.ts";

// deno-lint-ignore no-explicit-any -- structs of all kinds
const STRUCTS: readonly Struct<any>[] = [
  ...Object.values(layouts),
  sockaddr_nl,
  nlmsghdr,
  nlmsgerr,
  nlattr,
  ifinfomsg,
  ifaddrmsg,
  ifa_cacheinfo,
  rtmsg,
  rtnexthop,
  ndmsg,
];

interface Golden {
  readonly size: number;
  readonly alignment: number;
  readonly fields: Map<string, { readonly offset: number; readonly size: number }>;
}

/** What the C compiler made of the kernel's headers (tests/golden/layouts.c). */
function readGolden(): Map<string, Golden> {
  const structs = new Map<string, Golden>();
  let current: Golden | undefined;
  const text = Deno.readTextFileSync(new URL("../golden/layouts.txt", import.meta.url));
  for (const line of text.trimEnd().split("\n")) {
    if (line.startsWith("#")) continue;
    const [name = "", first, second] = line.trim().split(" ");
    if (line.startsWith("  ")) {
      current?.fields.set(name, { offset: Number(first), size: Number(second) });
    } else {
      current = { size: Number(first), alignment: Number(second), fields: new Map() };
      structs.set(name, current);
    }
  }
  return structs;
}

const golden = readGolden();

Deno.test("layouts.txt and the structs of ffi/ are the same set", () => {
  assertEquals(STRUCTS.map(({ name }) => name).sort(), [...golden.keys()].sort());
});

for (const struct of STRUCTS) {
  Deno.test(`${struct.name} is laid out as the C compiler lays it out`, () => {
    const { size, alignment, fields } = golden.get(struct.name)!;
    assertEquals([struct.size, struct.alignment], [size, alignment]);
    for (const [field, { offset, size }] of fields) {
      assertEquals([field, struct.offsets[field], struct.sizes[field]], [field, offset, size]);
    }
    // What C has no name for is padding: spelled out where the kernel's header spells it out.
    const extra = Object.keys(struct.offsets).filter((field) => !fields.has(field));
    assert(extra.every((field) => /^__(pad|spare)/.test(field)), extra.join());
  });
}

Deno.test("statx of the kernel decodes to what Deno.stat says", () => {
  const path = new URL(import.meta.url).pathname;
  const bytes = statx(path);
  const { stx_ino, stx_size, stx_mode, stx_uid, stx_mtime } = layouts.statx.decode(bytes);
  const stat = Deno.statSync(path);
  assertEquals(Number(stx_ino), stat.ino);
  assertEquals(Number(stx_size), stat.size);
  assertEquals(stx_mode, stat.mode);
  assertEquals(stx_uid, stat.uid);
  assertEquals(Number(stx_mtime.tv_sec), Math.floor(stat.mtime!.getTime() / 1000));
});

/** The raw bytes of `struct statx`, as the kernel writes them. */
function statx(path: string): Uint8Array {
  using m = scratch();
  const buffer = m.zeros(layouts.statx.size);
  const STATX_BASIC_STATS = 0x7ff;
  assertEquals(syscall(NR.statx, -100, m.cstring(path), 0, STATX_BASIC_STATS, buffer), 0);
  return m.u8(buffer, layouts.statx.size).slice();
}
