import { throws } from "node:assert/strict";
import { assertEquals } from "#assert";
import type { Link } from "../../../ffi/netlink/route_link.ts";
import { describeMove, type FoundMove, refuseClashes } from "../../../runtime/net/clashes.ts";

let lastIndex = 0;

function link(name: string, more: Partial<Link> = {}): Link {
  return {
    index: ++lastIndex,
    flags: 0,
    name,
    altNames: [],
    master: 0,
    mtu: 1500,
    txqlen: 0,
    group: 0,
    alias: "",
    permAddress: new Uint8Array(0),
    address: new Uint8Array(6),
    kind: "ifb",
    slaveKind: "",
    slaveData: [],
    addrGenMode: 0,
    netnsImmutable: false,
    newIndex: undefined,
    ...more,
  };
}

function move(device: Link, name?: string): FoundMove {
  const isTemplate = name?.endsWith("%d") ?? false;
  return { move: { hostName: device.name, name, isTemplate }, link: device };
}

const LO = link("lo", { flags: 0x8 });

function why(found: FoundMove[], present: Link[] = [LO]): string {
  let message = "";
  throws(() => refuseClashes(found, present, "there"), (error: unknown) => {
    message = (error as Error).message;
    return true;
  });
  return message;
}

Deno.test("refuseClashes() lets pass what can move", () => {
  const h0 = link("h0", { altNames: ["alt0"] });
  const h1 = link("h1");
  refuseClashes([], [LO], "there");
  refuseClashes([move(h0), move(h1)], [LO], "there");
  refuseClashes([move(h0, "h1"), move(h1, "h0")], [LO], "there");
  // A template cannot clash, whatever is there.
  refuseClashes([move(h0, "h%d"), move(h1, "h%d")], [LO, link("h0"), link("h1")], "there");
});

Deno.test("refuseClashes() refuses names that are taken there", () => {
  const h0 = link("h0");
  const there = [LO, link("c0", { altNames: ["alt0"] })];
  assertEquals(
    why([move(h0, "c0")], there),
    'Cannot move "h0" to there as "c0": the name "c0" is taken there by a device "c0"',
  );
  assertEquals(
    why([move(h0, "alt0")], there),
    'Cannot move "h0" to there as "alt0": the name "alt0" is taken there by a device "c0"',
  );
  assertEquals(
    why([move(link("c0"))], there),
    'Cannot move "c0" to there: the name "c0" is taken there by a device "c0"',
  );
  assertEquals(
    why([move(link("h1", { altNames: ["c0"] }), "h%d")], there),
    'Cannot move "h1" to there as "h%d": the device\'s alternative name "c0" is taken there by a device "c0"',
  );
});

Deno.test("refuseClashes() refuses what the devices would do to each other", () => {
  const h0 = link("h0", { altNames: ["alt0"] });
  const h1 = link("h1");
  const there = '" is taken there by "h0", which moves there too';
  assertEquals(
    why([move(h0), move(h1, "alt0")]),
    `Cannot move "h1" to there as "alt0": the name "alt0${there}`,
  );
  assertEquals(
    why([move(h0, "x"), move(link("h2", { altNames: ["x"] }))]),
    `Cannot move "h2" to there: the device's alternative name "x${there}`,
  );
  assertEquals(
    why([move(h0), { move: { hostName: "alt0", name: "c0", isTemplate: false }, link: h0 }]),
    'Cannot move "alt0" to there as "c0": it is the same device as "h0"',
  );
  assertEquals(
    why([move(h0, "alt0")]),
    'Cannot move "h0" to there as "alt0": "alt0" is an alternative name of the device, to be removed first',
  );
});

Deno.test("refuseClashes() refuses devices that stay, also where the kernel does not tell", () => {
  const stays = "in the namespace it was made in";
  const cases: [Partial<Link>, string][] = [
    [{ flags: 0x8 }, "every network namespace keeps its own loopback device"],
    [{ kind: "bridge", netnsImmutable: true }, `the kernel keeps a bridge ${stays}`],
    [{ kind: "", netnsImmutable: true }, `the kernel keeps this device ${stays}`],
    [{ kind: "bond", netnsImmutable: undefined }, `the kernel keeps a bond ${stays}`],
  ];
  for (const [more, message] of cases) {
    assertEquals(why([move(link("h0", more))]), `Cannot move "h0" to there: ${message}`);
  }
  // What the kernel says counts for more than what older kernels did.
  refuseClashes([move(link("h0", { kind: "bond" }))], [LO], "there");
  refuseClashes([move(link("h0", { netnsImmutable: undefined }))], [LO], "there");
});

Deno.test("describeMove() names the new name only where there is one", () => {
  const describe = (hostName: string, name?: string) =>
    describeMove({ hostName, name, isTemplate: false }, "there");
  assertEquals(describe("h0"), 'move "h0" to there');
  assertEquals(describe("h0", "h0"), 'move "h0" to there');
  assertEquals(describe("h0", "c0"), 'move "h0" to there as "c0"');
});
