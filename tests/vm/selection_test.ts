import { assertEquals } from "#assert";
import { allTests, selectTests, testFiles, unmatched } from "./selection.ts";

Deno.test("selectTests() has no file twice, and leaves out what is not asked for", () => {
  const files = [
    "tests/root/labels_test.ts",
    "tests/root/devices_test.ts",
    "tests/root/x_test.ts",
  ];
  assertEquals(selectTests(files), { turns: [[files[0]], [], [], [files[1]]], isWhole: false });
});

Deno.test("every pattern of the selection finds a file", () => {
  assertEquals(unmatched(allTests()), []);
});

Deno.test("testFiles() takes a file as it is, and a directory apart", () => {
  assertEquals(testFiles("tests/root/net_host.ts"), ["tests/root/net_host.ts"]);
  const inVm = testFiles("tests/vm");
  assertEquals(inVm, inVm.filter((file) => file.endsWith("_test.ts")));
  assertEquals(inVm.includes("tests/vm/selection_test.ts"), true);
});
