import { assert, assertEquals } from "#assert";
import { type Anchor, ANCHORS, clauseUrl, type SpecRef } from "../../spec/anchors.ts";

Deno.test("ANCHORS has each anchor once, of the seven documents", () => {
  assertEquals(new Set(ANCHORS).size, ANCHORS.length);
  const files = new Map<string, number>();
  for (const anchor of ANCHORS) {
    const match = /^([a-z-]+\.md)#[A-Za-z0-9]+$/.exec(anchor);
    assert(match?.[1], anchor);
    files.set(match[1], (files.get(match[1]) ?? 0) + 1);
  }
  // Counted in the documents of v1.3.0: 74 in the first five.
  assertEquals(Object.fromEntries(files), {
    "bundle.md": 4,
    "runtime.md": 13,
    "runtime-linux.md": 3,
    "config.md": 25,
    "config-linux.md": 29,
    "features.md": 7,
    "features-linux.md": 10,
  });
});

Deno.test("clauseUrl() leads to the pinned version", () => {
  assertEquals(
    clauseUrl("config.md#configMounts"),
    "https://github.com/opencontainers/runtime-spec/blob/v1.3.0/config.md#configMounts",
  );
});

Deno.test("SpecRef refuses what the specification does not have", () => {
  const refs: SpecRef[] = ["config.md#configRoot", "de-facto", "internal"];
  // @ts-expect-error: no such anchor.
  const misspelt: Anchor = "config.md#configRot";
  // @ts-expect-error: no such document.
  const elsewhere: SpecRef = "README.md#usage";
  assertEquals([...refs, misspelt, elsewhere].length, 5);
});
