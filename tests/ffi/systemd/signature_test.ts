import { assertEquals } from "#assert";
import { throws } from "node:assert/strict";
import { splitSignature } from "../../../ffi/systemd/signature.ts";

Deno.test("splitSignature() splits a signature into complete types", () => {
  const cases: [string, string[]][] = [
    ["", []],
    ["s", ["s"]],
    ["ssa(sv)a(sa(sv))", ["s", "s", "a(sv)", "a(sa(sv))"]],
    ["aaia{sv}v", ["aai", "a{sv}", "v"]],
    ["(i(ss))u", ["(i(ss))", "u"]],
    ["ybnqiuxtdsogh", [..."ybnqiuxtdsogh"]],
  ];
  for (const [signature, types] of cases) assertEquals(splitSignature(signature), types);
});

Deno.test("splitSignature() refuses what is no signature", () => {
  for (const signature of ["a", "(", "(s", "z", "s)", "{sv", "aa", "(s}"]) {
    throws(() => splitSignature(signature), {
      name: "TypeError",
      message: `Cannot read the signature ${JSON.stringify(signature)}`,
    });
  }
});
