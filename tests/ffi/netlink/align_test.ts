import { assertEquals } from "#assert";
import {
  NLA_ALIGN,
  NLA_HDRLEN,
  NLMSG_ALIGN,
  NLMSG_HDRLEN,
  NLMSG_LENGTH,
} from "../../../ffi/netlink/align.ts";
import { nlattr } from "../../../ffi/netlink/attribute.ts";
import { nlmsghdr } from "../../../ffi/netlink/message.ts";

Deno.test("NLMSG_ALIGN() and NLA_ALIGN() round up to four", () => {
  for (
    const [length, aligned] of [[0, 0], [1, 4], [3, 4], [4, 4], [5, 8], [65535, 65536]] as const
  ) {
    assertEquals(NLMSG_ALIGN(length), aligned);
    assertEquals(NLA_ALIGN(length), aligned);
  }
});

Deno.test("the header lengths are the sizes of the headers, aligned", () => {
  assertEquals(NLMSG_HDRLEN, NLMSG_ALIGN(nlmsghdr.size));
  assertEquals(NLA_HDRLEN, NLA_ALIGN(nlattr.size));
  assertEquals(NLMSG_LENGTH(1), 17);
});
