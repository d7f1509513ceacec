import { assertEquals } from "#assert";
import { loopAarch64 } from "../../../ffi/tape/aarch64.ts";
import { disassemble, expectedDisassembly, findProgram, testWith } from "./tools.ts";

const CONSTANTS = { records: 0x41d068, errorFd: 0x1234, exitCode: 127 };

testWith(
  findProgram("aarch64-linux-gnu-objdump"),
  "aarch64-linux-gnu-objdump",
  "loopAarch64() has bytes that disassemble to its listing",
  (objdump) => {
    const loop = loopAarch64(CONSTANTS);
    const disassembly = disassemble(objdump, loop.code, "-m", "aarch64");
    assertEquals(disassembly, expectedDisassembly(loop));
  },
);

Deno.test("loopAarch64() has not changed", () => {
  assertEquals(
    loopAarch64(CONSTANTS).code.toHex(),
    "130d9ad23308a0f2680240a9610a41a9631242a9652643a9010000d46a4640b9" +
      "6001f8b7400000b5aa011037890000b42b2540a9600100b9fdffff174a001836" +
      "7322019173220191f0ffff176a0008361f1000b1a0fdff546aff0737e003004b" +
      "604600b98046825261020191020180d2080880d2010000d4e00f8052c80b80d2" +
      "010000d400000000",
  );
});
