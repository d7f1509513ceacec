import { assert, assertEquals } from "#assert";
import { formatIssue } from "../../spec/issue.ts";
import { JsonError, parseJson } from "../../spec/json.ts";
import { Features } from "../../spec/schema/features.ts";
import { State } from "../../spec/schema/state.ts";
import { isState } from "../../spec/state.ts";
import { shape } from "../../spec/structure.ts";
import { validateConfig, validateShape } from "../../spec/validate.ts";
import { isValid } from "./json_schema.ts";

/** The runtime-spec's own cases: tests/spec/schema/test/<kind>/<good|bad>/, v1.3.0. */
const CASES = new URL("./schema/test/", import.meta.url);

type Kind = "config" | "features" | "state";

function ours(kind: Kind, value: unknown): boolean {
  if (kind === "config") return validateShape(value).length === 0;
  if (kind === "features") return shape(Features, value).issues === undefined;
  assertEquals(isState(value), shape(State, value).issues === undefined);
  return isState(value);
}

function parses(text: string): boolean {
  try {
    parseJson(text);
    return true;
  } catch (error) {
    assert(error instanceof JsonError);
    return false;
  }
}

let count = 0;
for (const kind of ["config", "features", "state"] as const) {
  for (const verdict of ["good", "bad"] as const) {
    const directory = new URL(`${kind}/${verdict}/`, CASES);
    for (const { name } of Deno.readDirSync(directory)) {
      count++;
      Deno.test(`the official case ${kind}/${verdict}/${name} is judged as such`, () => {
        const text = Deno.readTextFileSync(new URL(name, directory));
        const good = verdict === "good";
        if (!parses(text)) return assertEquals(good, false);
        const value = parseJson(text);
        assertEquals(ours(kind, value), good);
        assertEquals(isValid(`${kind}-schema.json`, value), good);
      });
    }
  }
}

Deno.test("there are 19 official cases", () => assertEquals(count, 19));

/** What the good cases violate beyond their shape: they are examples of JSON, not of containers. */
const MEANING: Record<string, string[]> = {
  "freebsd-example.json": [
    'hostname: needs a namespace of type "uts" in linux.namespaces (config.md#configHostname)',
  ],
  "linux-netdevice.json": [
    'linux.netDevices: needs a namespace of type "network" in linux.namespaces ' +
    "(config-linux.md#configLinuxNetworkDevices)",
  ],
  "spec-example.json": [
    'ociVersion: must be of major version 1, got "0.5.0-dev" (config.md#configSpecificationVersion)',
  ],
  "zos-example.json": [
    'ociVersion: must be of major version 1, got "0.5.0-dev" (config.md#configSpecificationVersion)',
    'hostname: needs a namespace of type "uts" in linux.namespaces (config.md#configHostname)',
  ],
};

Deno.test("validateConfig() finds in the good official configs only what is no matter of shape", () => {
  const directory = new URL("config/good/", CASES);
  for (const { name } of Deno.readDirSync(directory)) {
    const value = parseJson(Deno.readTextFileSync(new URL(name, directory)));
    assertEquals(validateConfig(value).map(formatIssue), MEANING[name] ?? [], name);
  }
});
