import { assertEquals } from "#assert";
import * as constants from "../../../ffi/netlink/constants.ts";

/** Newer than the headers that made the golden table; the root tests see the kernel use it. */
const NEWER = new Map([["IFLA_NETNS_IMMUTABLE", 67]]);

Deno.test("the constants are those of the kernel's headers", () => {
  const text = Deno.readTextFileSync(
    new URL("../../golden/netlink_constants.txt", import.meta.url),
  );
  const golden = new Map(NEWER);
  for (const line of text.trimEnd().split("\n").slice(1)) {
    const [name = "", value] = line.split(" ");
    golden.set(name, Number(value));
  }
  const ours = Object.values(constants).flatMap((table) => Object.entries(table));
  assertEquals(new Map(ours.sort()), new Map([...golden].sort()));
});
