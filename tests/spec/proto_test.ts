import { assertEquals } from "#assert";
import { protoIssues } from "../../spec/proto.ts";
import { parseConfig, validateConfig } from "../../spec/validate.ts";

Deno.test("protoIssues() names the map, whatever stands in the member", () => {
  for (const value of ["null", "1", "{}", '{ "name": "x" }']) {
    const config = JSON.parse(`{ "linux": { "netDevices": { "__proto__": ${value} } } }`);
    assertEquals(protoIssues(config), [{
      path: "linux.netDevices.__proto__",
      spec: "config-linux.md#configLinuxNetworkDevices",
      message: "must have another name",
    }]);
    // Beside other faults the rules see the document as it was read.
    const paths = validateConfig(config).map(({ path }) => path);
    assertEquals(paths, ["ociVersion", "root", "linux.netDevices.__proto__"]);
  }
  for (const value of [null, 1, "x", {}, { linux: null }, { linux: { sysctl: [] } }]) {
    assertEquals(protoIssues(value), []);
  }
});

Deno.test("parseConfig() ignores __proto__ where unknown members MUST be ignored", () => {
  const config = parseConfig(
    '{ "ociVersion": "1.3.0", "root": { "path": "/", "__proto__": 1 }, "annotations": { "__proto__": "x" }, "__proto__": null }',
  );
  assertEquals(Object.keys(config), ["ociVersion", "root", "annotations"]);
});
