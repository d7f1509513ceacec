import { assert, assertEquals } from "#assert";
import { string } from "../../../ffi/netlink/attribute.ts";
import { IFA, IFA_F } from "../../../ffi/netlink/constants.ts";
import { type Address, ifa_cacheinfo } from "../../../ffi/netlink/route_address.ts";
import {
  addableAddress,
  agedAddress,
  inOrderOfAge,
  isPreserved,
  isRemade,
  isRoutedLate,
  isVerified,
  relabelledAddress,
} from "../../../runtime/net/addresses.ts";

const IPV4: Address = {
  family: 2,
  prefixlen: 24,
  flags: IFA_F.IFA_F_PERMANENT,
  scope: 0,
  index: 3,
  attributes: [],
};
const IPV6: Address = { ...IPV4, family: 10, prefixlen: 64 };
const FOREVER = 0xffffffff;

function withLifetimes(address: Address, ifa_prefered: number, ifa_valid: number): Address {
  const value = ifa_cacheinfo.encode({ ifa_prefered, ifa_valid, cstamp: 5, tstamp: 6 });
  return { ...address, attributes: [{ type: IFA.IFA_CACHEINFO, value }] };
}

function lifetimes(address: Address | undefined): [number, number] | undefined {
  const info = address?.attributes.find(({ type }) => type === IFA.IFA_CACHEINFO);
  if (info === undefined) return undefined;
  const { ifa_prefered, ifa_valid } = ifa_cacheinfo.decode(info.value);
  return [ifa_prefered, ifa_valid];
}

Deno.test("isPreserved() takes permanent global addresses of any family", () => {
  for (const address of [IPV4, IPV6, { ...IPV4, family: 99 }, { ...IPV6, flags: 0xfff }]) {
    assert(isPreserved(address));
    assert(!isPreserved({ ...address, flags: address.flags & ~IFA_F.IFA_F_PERMANENT }));
    for (const scope of [200, 253, 254]) assert(!isPreserved({ ...address, scope }));
  }
});

Deno.test("inOrderOfAge() leaves IPv4 as it is, and turns IPv6 round", () => {
  const of = (family: number, index: number): Address => ({ ...IPV4, family, index });
  const dump = [of(2, 1), of(2, 2), of(10, 3), of(10, 4)];
  assertEquals(inOrderOfAge(dump).map(({ index }) => index), [1, 2, 4, 3]);
});

Deno.test("addableAddress() drops the flags that the kernel finds for itself", () => {
  const wishes = IFA_F.IFA_F_NODAD | IFA_F.IFA_F_HOMEADDRESS | IFA_F.IFA_F_MANAGETEMPADDR |
    IFA_F.IFA_F_NOPREFIXROUTE | IFA_F.IFA_F_MCAUTOJOIN | IFA_F.IFA_F_STABLE_PRIVACY;
  const { flags, index } = addableAddress({ ...IPV6, flags: 0xfff }, 9);
  assertEquals([flags, index], [wishes, 9]);
});

Deno.test("addableAddress() keeps every attribute, and says of a deprecated address that it is", () => {
  const address = withLifetimes(IPV4, FOREVER, FOREVER);
  const label = string(IFA.IFA_LABEL, "h0");
  const full = { ...address, attributes: [...address.attributes, label] };
  assertEquals(addableAddress(full, 3).attributes, full.attributes);
  const deprecated = { ...full, flags: full.flags | IFA_F.IFA_F_DEPRECATED };
  assertEquals(lifetimes(addableAddress(deprecated, 3)), [0, FOREVER]);
  assertEquals(addableAddress(deprecated, 3).attributes[1], label);
});

Deno.test("agedAddress() counts down lifetimes that end", () => {
  const cases: [[number, number], number, [number, number] | undefined][] = [
    [[FOREVER, FOREVER], 1000, [FOREVER, FOREVER]],
    [[500, 1000], 0.9, [500, 1000]],
    [[500, 1000], 10.9, [490, 990]],
    [[500, 1000], 600, [0, 400]],
    [[500, FOREVER], 600, [0, FOREVER]],
    [[0, 1000], 10, [0, 990]],
    [[500, 1000], 1000, undefined],
    [[500, 1000], 2000, undefined],
  ];
  for (const [[preferred, valid], seconds, left] of cases) {
    assertEquals(lifetimes(agedAddress(withLifetimes(IPV6, preferred, valid), seconds)), left);
  }
  assertEquals(agedAddress(IPV4, 1000), IPV4);
});

Deno.test("relabelledAddress() adapts labels that follow the device", () => {
  const cases: [string, string, string][] = [
    // label, new name, new label
    ["h0", "c0", "c0"],
    ["h0:web", "c0", "c0:web"],
    ["other", "c0", "other"],
    ["h01", "c0", "h01"],
    ["h0x:web", "c0", "h0x:web"],
    ["h0:a", "thirteen-byte", "thirteen-byte:a"],
    ["h0:ab", "thirteen-byte", "thirteen-byte"],
    ["h0", "h0", "h0"],
  ];
  for (const [label, name, expected] of cases) {
    const address = { ...IPV4, attributes: [string(IFA.IFA_LABEL, label)] };
    assertEquals(relabelledAddress(address, "h0", name).attributes, [
      string(IFA.IFA_LABEL, expected),
    ]);
  }
});

Deno.test("isVerified() wants an IPv6 address that has been through the detection", () => {
  assert(isVerified(IPV6));
  assert(!isVerified(IPV4));
  for (const flag of [IFA_F.IFA_F_TENTATIVE, IFA_F.IFA_F_OPTIMISTIC, IFA_F.IFA_F_DADFAILED]) {
    assert(!isVerified({ ...IPV6, flags: IPV6.flags | flag }));
  }
});

Deno.test("isRoutedLate() finds dynamic IPv6 addresses and those with a peer", () => {
  const local = { type: IFA.IFA_LOCAL, value: new Uint8Array(16) };
  assert(!isRoutedLate(IPV6));
  assert(isRoutedLate({ ...IPV6, flags: 0 }));
  assert(isRoutedLate({ ...IPV6, attributes: [local] }));
  assert(!isRoutedLate({ ...IPV4, flags: 0, attributes: [local] }));
});

Deno.test("isRemade() finds link-local addresses that are made of a secret", () => {
  const stable = IFA_F.IFA_F_PERMANENT | IFA_F.IFA_F_STABLE_PRIVACY;
  assert(isRemade({ ...IPV6, scope: 253, flags: stable }));
  assert(!isRemade({ ...IPV6, scope: 253 }));
  assert(!isRemade({ ...IPV6, flags: stable }));
  assert(!isRemade({ ...IPV4, scope: 253, flags: stable }));
});
