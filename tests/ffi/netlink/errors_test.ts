import { assert, assertEquals } from "#assert";
import { E } from "../../../ffi/errno.ts";
import { isNetlinkErrno, NetlinkError } from "../../../ffi/netlink/errors.ts";

Deno.test("NetlinkError prints the call, the errno and the kernel's sentence", () => {
  const error = new NetlinkError("RTM_NEWLINK", "{ifi_index=5}", {
    errno: E.EBUSY,
    extack: "The ifindex 5 is not available in the target netns.",
    offset: 32,
  });
  assertEquals(
    error.message,
    "RTM_NEWLINK({ifi_index=5}): EBUSY (Device or resource busy): " +
      "The ifindex 5 is not available in the target netns",
  );
  assertEquals([error.name, error.code, error.errno, error.offset], [
    "NetlinkError",
    "EBUSY",
    16,
    32,
  ]);
  const silent = new NetlinkError("RTM_GETADDR", "", { errno: E.EINVAL });
  assertEquals(silent.message, "RTM_GETADDR(): EINVAL (Invalid argument)");
});

Deno.test("isNetlinkErrno() looks at the errno of refused requests only", () => {
  const error = new NetlinkError("RTM_NEWLINK", "", { errno: E.EEXIST });
  assert(isNetlinkErrno(error, E.ENODEV, E.EEXIST));
  assert(!isNetlinkErrno(error, E.ENODEV));
  assert(!isNetlinkErrno(new Error("EEXIST"), E.EEXIST));
});
