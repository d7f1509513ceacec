import { assertEquals } from "#assert";
import { loopX86_64 } from "../../../ffi/tape/x86_64.ts";
import { disassemble, expectedDisassembly, findProgram, testWith } from "./tools.ts";

const CONSTANTS = { records: 0x41d068, errorFd: 0x1234, exitCode: 127 };

testWith(
  findProgram("x86_64-linux-gnu-objdump", "objdump"),
  "objdump",
  "loopX86_64() has bytes that disassemble to its listing",
  (objdump) => {
    const loop = loopX86_64(CONSTANTS);
    const disassembly = disassemble(objdump, loop.code, "-m", "i386:x86-64", "-M", "intel");
    assertEquals(disassembly, expectedDisassembly(loop));
  },
);

Deno.test("loopX86_64() has not changed", () => {
  assertEquals(
    loopX86_64(CONSTANTS).code.toHex(),
    "bb68d04100488b03488b7b08488b7310488b53184c8b53204c8b43284c8b4b30" +
      "0f058b53444885c0782a7505f6c2047533488b4b384885c9740b488b31890648" +
      "8b4908ebf0f6c20874044883c3484883c348ebb1f6c20274064883f8fc74a6f6" +
      "c20175eaf7d8894344bf34120000488d7340ba08000000b8010000000f05bf7f" +
      "000000b8e70000000f050f0b",
  );
});
