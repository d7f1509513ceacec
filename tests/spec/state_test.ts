import { assertEquals } from "#assert";
import { isState, type State, stateFault } from "../../spec/state.ts";
import { isValid } from "./json_schema.ts";

const state: State = {
  ociVersion: "1.3.0",
  id: "redis",
  status: "running",
  pid: 4422,
  bundle: "/containers/redis",
  annotations: { myKey: "" },
};

Deno.test("isState() accepts a state, with more or with less", () => {
  const { pid: _, annotations: __, ...least } = state;
  for (const value of [state, least, { ...state, owner: "root", created: "now" }]) {
    assertEquals(isState(value), true);
    assertEquals(isValid("state-schema.json", value), true);
  }
});

Deno.test("isState() accepts paused, which the official schema does not have", () => {
  assertEquals(isState({ ...state, status: "paused" }), true);
  assertEquals(isValid("state-schema.json", { ...state, status: "paused" }), false);
});

for (
  const [value, fault] of [
    [null, "expected object"],
    [[], "expected object"],
    ["{}", "expected object"],
    [{}, "ociVersion: expected string that is not empty"],
    [{ ...state, id: "" }, "id: expected string that is not empty"],
    [{ ...state, bundle: 1 }, "bundle: expected string that is not empty"],
    [
      { ...state, status: "dead" },
      "status: expected one of creating, created, running, paused, stopped",
    ],
    [{ ...state, pid: -1 }, "pid: expected integer from 0"],
    [{ ...state, pid: 1.5 }, "pid: expected integer from 0"],
    [{ ...state, pid: null }, "pid: expected integer from 0"],
    [{ ...state, pid: "1" }, "pid: expected integer from 0"],
    [{ ...state, annotations: null }, "annotations: expected object of strings"],
    [{ ...state, annotations: { a: 1 } }, "annotations: expected object of strings"],
    [{ ...state, annotations: [] }, "annotations: expected object of strings"],
  ] as const
) {
  Deno.test(`stateFault() refuses ${JSON.stringify(value)}`, () => {
    assertEquals(stateFault(value), fault);
    assertEquals(isState(value), false);
  });
}

Deno.test("state.ts loads nothing, so that state and kill do not pay for zod", () => {
  for (const name of ["state", "hooks", "version", "features", "default_config", "json_fault"]) {
    const source = Deno.readTextFileSync(new URL(`../../spec/${name}.ts`, import.meta.url));
    const loaded = source.match(/^import (?!type )[^;]*;/gm) ?? [];
    assertEquals(loaded.filter((line) => !line.includes('"./version.ts"')), []);
  }
});
