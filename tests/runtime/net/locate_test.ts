import { assertEquals } from "#assert";
import type { Address } from "../../../ffi/netlink/route_address.ts";
import type { Link } from "../../../ffi/netlink/route_link.ts";
import type { JournalEntry } from "../../../runtime/net/journal.ts";
import { chooseGuest, chooseLocal, isBare, isPhysical } from "../../../runtime/net/locate.ts";

const UP = 1;

function link(rest: Partial<Link>): Link {
  return {
    index: 5,
    flags: UP,
    name: "h0",
    altNames: [],
    master: 0,
    mtu: 1500,
    txqlen: 1000,
    group: 0,
    alias: "",
    address: Uint8Array.of(2, 0, 0, 0, 0, 1),
    permAddress: new Uint8Array(0),
    kind: "veth",
    slaveKind: "",
    slaveData: [],
    addrGenMode: 0,
    netnsImmutable: false,
    newIndex: undefined,
    ...rest,
  };
}

const ADDRESS = { family: 2 } as Address;

function entry(was: Link, name?: string, addresses: readonly Address[] = [ADDRESS]): JournalEntry {
  return {
    move: { hostName: was.name, name, isTemplate: name?.endsWith("%d") ?? false },
    snapshot: { link: was, addresses, neighbours: [], sysctls: new Map() },
  };
}

const PHYSICAL = link({ kind: "", permAddress: Uint8Array.of(2, 0, 0, 0, 0, 9) });

Deno.test("chooseGuest() takes the same kind and hardware address, best under the wanted name", () => {
  const was = entry(link({}), "c0");
  const other = link({ address: Uint8Array.of(2, 0, 0, 0, 0, 2), name: "c0" });
  const renamed = link({ name: "c0", index: 9 });
  const unnamed = link({ index: 9 });
  const sameIndex = link({ name: "x" });
  assertEquals(chooseGuest(was, [other, link({ kind: "ifb", name: "c0" })]), undefined);
  assertEquals(chooseGuest(was, [sameIndex, unnamed, renamed]), renamed);
  assertEquals(chooseGuest(was, [sameIndex, unnamed]), unnamed);
  assertEquals(chooseGuest(was, [link({ name: "y", index: 7 }), sameIndex]), sameIndex);
  // A template's name is the kernel's choice.
  const picked = link({ name: "eth3", index: 7 });
  assertEquals(chooseGuest(entry(link({}), "eth%d"), [other, picked]), picked);
});

Deno.test("chooseLocal() finds a virtual device only where it was", () => {
  const was = entry(link({}));
  assertEquals(chooseLocal(was, [link({ name: "renamed" })])?.name, "renamed");
  assertEquals(chooseLocal(was, [link({ index: 6 })]), undefined);
  assertEquals(chooseLocal(was, [link({ kind: "ifb" })]), undefined);
});

Deno.test("chooseLocal() finds a physical device that the kernel has sent home under another name", () => {
  const was = entry(PHYSICAL, "eth0");
  assertEquals(isPhysical(was), true);
  const { permAddress } = PHYSICAL;
  // Its own address may have been changed in the container; the one it was made with cannot be.
  const address = Uint8Array.of(6, 6, 6, 6, 6, 6);
  const back = link({ kind: "", name: "dev7", index: 7, flags: 0, permAddress, address });
  const another = link({ kind: "", name: "eth9", permAddress: Uint8Array.of(2, 0, 0, 0, 0, 8) });
  assertEquals(chooseLocal(was, [another, back]), back);
  assertEquals(chooseLocal(was, [another]), undefined);
});

Deno.test("chooseLocal() finds a CAN device, which goes home although it has a kind, by its name alone", () => {
  const can = { kind: "can", address: new Uint8Array(0), addrGenMode: undefined };
  const was = entry(link({ ...can, name: "can0" }), "bus", []);
  assertEquals(isPhysical(was), true);
  assertEquals(isPhysical(entry(link({ ...can, kind: "vcan" }))), false);
  const another = link({ ...can, name: "can1", index: 6 });
  const back = link({ ...can, name: "bus", index: 7 });
  assertEquals(chooseLocal(was, [another, back]), back);
  // There is no telling one from the other.
  assertEquals(chooseLocal(was, [another]), undefined);
  assertEquals(chooseLocal(was, [link({ ...can, name: "dev5" })])?.name, "dev5");
});

Deno.test("isBare() tells what has been through a move from what has not", () => {
  const was = entry(link({}));
  const some = () => [ADDRESS];
  assertEquals(isBare(was, link({}), some), false);
  assertEquals(isBare(was, link({ flags: 0 }), some), true);
  assertEquals(isBare(was, link({ name: "dev5" }), some), true);
  assertEquals(isBare(was, link({}), () => []), true);
  assertEquals(
    isBare(entry(link({ flags: 0 }), undefined, []), link({ flags: 0 }), () => []),
    false,
  );
});
