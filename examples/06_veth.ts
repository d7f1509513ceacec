/**
 * 6. A cable into it.
 *
 *     deno run -A --v8-flags=--single-threaded examples/06_veth.ts
 *
 * A new network namespace holds a loopback device and nothing else: perfect isolation, and useless.
 * New idea: a device can be moved from one namespace to another. A veth is a pair of devices joined by
 * a cable; one end stays, one goes. What is moved loses its addresses and is set down on the way, so
 * whoever moves it must give it everything again. A pair needs no hardware, but any device that has
 * been given to a container goes the same way: a port of a network card, say.
 *
 * The whole of it plays in a network namespace of the example's own, in the place of the host's.
 *
 * @see network_namespaces(7), veth(4), rtnetlink(7)
 * @module
 */
import { check } from "../ffi/check.ts";
import { CLONE, O, SOCK } from "../ffi/constants.ts";
import { syscall } from "../ffi/libc.ts";
import { type Scratch, scratch } from "../ffi/memory.ts";
import { unshare } from "../ffi/namespace.ts";
import { encodeAttributes, nested, string } from "../ffi/netlink/attribute.ts";
import { Connection } from "../ffi/netlink/connection.ts";
import { AF, IFA, IFLA, IFLA_INFO, NLM_F } from "../ffi/netlink/constants.ts";
import { ipText } from "../ffi/netlink/ip_text.ts";
import { addressText, dumpAddresses, setAddress } from "../ffi/netlink/route_address.ts";
import { changeLink, dumpLinks, getLink, ifinfomsg } from "../ffi/netlink/route_link.ts";
import { RouteSocket } from "../ffi/netlink/socket.ts";
import { NR } from "../ffi/numbers.ts";
import { open } from "../ffi/open.ts";
import { listen, setTimeouts, socket } from "../ffi/socket.ts";
import { say } from "./01_pid_namespace.ts";
import { gated } from "./04_cgroup.ts";

/** Addresses for documentation (RFC 5737): nobody's. */
const HERE = Uint8Array.of(192, 0, 2, 1);
const THERE = Uint8Array.of(192, 0, 2, 2);
const PORT = 1024;

const VETH_INFO_PEER = 1;

/** The message behind `ip link add NAME type veth peer name PEER`. */
function addVeth(connection: Connection, name: string, peer: string): void {
  // The peer is described as a device is: by a header of its own, here all zeros, and attributes.
  const peerName = encodeAttributes([string(IFLA.IFLA_IFNAME, peer)]);
  const peerLink = { type: VETH_INFO_PEER, value: concat(ifinfomsg.encode({}), peerName) };
  const attributes = encodeAttributes([
    string(IFLA.IFLA_IFNAME, name),
    nested(IFLA.IFLA_LINKINFO, [
      string(IFLA_INFO.IFLA_INFO_KIND, "veth"),
      nested(IFLA_INFO.IFLA_INFO_DATA, [peerLink]),
    ]),
  ]);
  connection.execute({
    type: "RTM_NEWLINK",
    flags: NLM_F.NLM_F_CREATE | NLM_F.NLM_F_EXCL,
    payload: concat(ifinfomsg.encode({}), attributes),
    args: `{IFLA_IFNAME="${name}", IFLA_INFO_KIND="veth"}`,
  });
}

function concat(a: Uint8Array, b: Uint8Array): Uint8Array {
  return Uint8Array.of(...a, ...b);
}

/** Gives a device its address and sets it up, in this order: a device that is up talks at once. */
function equip(connection: Connection, name: string, address: Uint8Array): void {
  const { index } = getLink(connection, name);
  const attributes = [IFA.IFA_LOCAL, IFA.IFA_ADDRESS].map((type) => ({ type, value: address }));
  setAddress(connection, {
    family: AF.AF_INET,
    prefixlen: 24,
    flags: 0,
    scope: 0,
    index,
    attributes,
  });
  changeLink(connection, index, { up: true });
}

/** Moves a device into the network namespace of a process. */
function giveAway(connection: Connection, name: string, pid: number, newName: string): void {
  using target = open(`/proc/${pid}/ns/net`, O.O_RDONLY);
  const { index } = getLink(connection, name);
  // One message moves and renames. The kernel does the one, then the other, and if the other fails (a
  // name that is taken there) the device stays in between: that is why the runtime looks first.
  changeLink(connection, index, { netNsFd: target.fd, name: newName });
}

/** The devices of the caller's network namespace, on a line. */
function devices(connection: Connection): string {
  return dumpLinks(connection).map(({ index, name }) =>
    [name, ...dumpAddresses(connection, index).map(addressText)].join(" ")
  ).join(", ");
}

/** `struct sockaddr_in`: family in host order, port and address in network order. @see ip(7) */
function socketAddress(m: Scratch, address: Uint8Array): number {
  return m.bytes(
    Uint8Array.of(AF.AF_INET, 0, PORT >> 8, PORT & 0xff, ...address, 0, 0, 0, 0, 0, 0, 0, 0),
  );
}

function first(): number {
  using connection = new Connection(new RouteSocket());
  equip(connection, "eth0", THERE);
  say(`inside there are: ${devices(connection)}`);
  // The kernel at the other end answers for the program that listens there.
  using m = scratch();
  using caller = socket(AF.AF_INET, SOCK.SOCK_STREAM);
  setTimeouts(caller.fd, 10_000);
  check(syscall(NR.connect, caller.fd, socketAddress(m, HERE), 16), "connect", ipText(HERE));
  say(`inside, ${ipText(HERE)} answers`);
  return 0;
}

if (import.meta.main) {
  unshare(CLONE.CLONE_NEWNET);
  using connection = new Connection(new RouteSocket());
  addVeth(connection, "cable0", "cable1");
  equip(connection, "cable0", HERE);
  using m = scratch();
  using server = socket(AF.AF_INET, SOCK.SOCK_STREAM);
  check(syscall(NR.bind, server.fd, socketAddress(m, HERE), 16), "bind", ipText(HERE));
  listen(server.fd, 1);
  say(`before, outside there are: ${devices(connection)}`);
  const code = gated(
    CLONE.CLONE_NEWNET,
    (pid) => giveAway(connection, "cable1", pid, "eth0"),
    first,
  );
  say(`it ended with exit code ${code}`);
  say("The same thing in full: runtime/steps/net_devices.ts and runtime/net/");
}
