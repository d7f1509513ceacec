import { assertEquals } from "#assert";
import { ipText } from "../../../ffi/netlink/ip_text.ts";

Deno.test("ipText() writes addresses as RFC 5952 wants them", () => {
  const cases: [string, string][] = [
    ["c0000201", "192.0.2.1"],
    ["00000000", "0.0.0.0"],
    ["00000000000000000000000000000000", "::"],
    ["00000000000000000000000000000001", "::1"],
    ["20010db8000000000000000000000000", "2001:db8::"],
    ["20010db8000000000001000000000001", "2001:db8::1:0:0:1"],
    ["20010db8000000010001000100010001", "2001:db8:0:1:1:1:1:1"],
    ["fe80000000000000883266fffe2c46d5", "fe80::8832:66ff:fe2c:46d5"],
    ["00010002000300040005000600070008", "1:2:3:4:5:6:7:8"],
    ["", "0x"],
    ["010203", "0x010203"],
  ];
  for (const [bytes, text] of cases) assertEquals(ipText(Uint8Array.fromHex(bytes)), text);
});
