import { assertEquals } from "#assert";
import { formatIssue } from "../../spec/issue.ts";
import { Config } from "../../spec/schema/config.ts";
import { Features } from "../../spec/schema/features.ts";
import { shown } from "../../spec/shown.ts";
import { shape } from "../../spec/structure.ts";

const good = { ociVersion: "1.3.0", root: { path: "rootfs" } };

Deno.test("shape() leaves out what the schema does not name", () => {
  const value = { ...good, extra: { a: 1 }, freebsd: {}, linux: { extra: 1 } };
  assertEquals(shape(Config, value).value, { ...good, linux: {} });
});

Deno.test("shape() makes a copy", () => {
  const value = { ...good, mounts: [{ destination: "/a", options: ["ro"] }] };
  const copy = shape(Config, value).value;
  copy?.mounts?.[0]?.options?.push("nosuid");
  copy?.mounts?.push({ destination: "/b" });
  assertEquals(value.mounts, [{ destination: "/a", options: ["ro"] }]);
});

for (
  const [value, message] of [
    [null, "expected object, got null (config.md#configuration)"],
    [[], "expected object, got array (config.md#configuration)"],
    ["x", 'expected object, got "x" (config.md#configuration)'],
    [undefined, "is required (config.md#configuration)"],
    [{ ...good, hostname: {} }, "hostname: expected string, got object (config.md#configHostname)"],
    [
      { ...good, linux: 1n },
      "linux: expected object, got 1 (config-linux.md#linuxContainerConfiguration)",
    ],
    [{ ...good, mounts: {} }, "mounts: expected array, got object (config.md#configMounts)"],
  ] as const
) {
  Deno.test(`shape() says in words: ${message}`, () => {
    assertEquals(shape(Config, value).issues?.map(formatIssue), [message]);
  });
}

Deno.test("shape() starts paths where it is told", () => {
  const [issue] = shape(Config, { root: good.root }, "inner").issues ?? [];
  assertEquals(issue?.path, "inner.ociVersion");
});

Deno.test("shown() cuts a long string and does not write out a structure", () => {
  assertEquals(shown("a".repeat(61)), `"${"a".repeat(60)}..."`);
  assertEquals(shown('a"\n'), '"a\\"\\n"');
  assertEquals([shown([1]), shown({ a: 1 }), shown(null), shown(2n ** 64n), shown(true)], [
    "array",
    "object",
    "null",
    "18446744073709551616",
    "true",
  ]);
});

Deno.test("Features allows null for unknown, as the text does", () => {
  const value = { ociVersionMin: "1.0.0", ociVersionMax: "1.3.0" };
  assertEquals(shape(Features, { ...value, hooks: null, linux: null }).issues, undefined);
  assertEquals(
    shape(Features, { ...value, linux: { seccomp: { actions: null } } }).issues,
    undefined,
  );
  assertEquals(shape(Features, { ...value, ociVersionMin: null }).issues?.length, 1);
});
