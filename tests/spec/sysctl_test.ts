import { assertEquals } from "#assert";
import { sysctlSegments } from "../../spec/sysctl.ts";

for (
  const [key, segments] of [
    ["net.ipv4.ip_forward", ["net", "ipv4", "ip_forward"]],
    ["net/ipv4/ip_forward", ["net", "ipv4", "ip_forward"]],
    ["net.ipv4.conf.eth0/1.rp_filter", ["net", "ipv4", "conf", "eth0.1", "rp_filter"]],
    ["net/ipv4/conf/eth0.1/rp_filter", ["net", "ipv4", "conf", "eth0.1", "rp_filter"]],
    ["kernel", ["kernel"]],
  ] as const
) {
  Deno.test(`sysctlSegments() splits ${key}`, () => assertEquals(sysctlSegments(key), segments));
}

for (const key of ["", ".", "a..b", ".a", "a.", "a/../b", "a/./b", "a.//.b", "a./.b", "/a"]) {
  Deno.test(`sysctlSegments() refuses ${JSON.stringify(key)}`, () => {
    assertEquals(sysctlSegments(key), undefined);
  });
}
