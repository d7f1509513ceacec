import { assertEquals } from "#assert";
import { HOOK_KINDS, HOOK_NAMES } from "../../spec/hooks.ts";
import { Hooks } from "../../spec/schema/hooks.ts";

Deno.test("HOOK_KINDS are in lifecycle order, each with its namespaces", () => {
  assertEquals(HOOK_KINDS.map((k) => [k.name, k.operation, k.resolvedIn, k.executedIn].join(" ")), [
    "prestart create runtime runtime",
    "createRuntime create runtime runtime",
    "createContainer create runtime container",
    "startContainer start container container",
    "poststart start runtime runtime",
    "poststop delete runtime runtime",
  ]);
});

Deno.test("HOOK_NAMES are the members of hooks", () => {
  assertEquals([...HOOK_NAMES], Object.keys(Hooks.def.shape));
});
