import { assertEquals } from "#assert";
import { formatIssue } from "../../spec/issue.ts";
import { stringifyJson } from "../../spec/json.ts";
import { parseConfig } from "../../spec/validate.ts";
import { configWarnings } from "../../spec/warnings.ts";
import { type Patch, patched } from "./cases.ts";

function warnings(patch: Patch): string[] {
  return configWarnings(parseConfig(stringifyJson(patched(patch)))).map(formatIssue);
}

const map = [{ containerID: 0, hostID: 0, size: 1 }];

for (
  const [name, patch, ...expected] of [
    [
      "a later version",
      { ociVersion: "1.4.0-rc.1" },
      "ociVersion: is newer than 1.3.0: properties new in it are ignored " +
      "(config.md#configSpecificationVersion)",
    ],
    [
      "a relative destination",
      { mounts: [{ destination: "/a" }, { destination: "a" }] },
      'mounts[1].destination: should be absolute; relative to "/" is deprecated ' +
      "(config.md#configMounts)",
    ],
    [
      "mappings that an older runtime would pass over",
      { mounts: [{ destination: "/a", uidMappings: map, gidMappings: map }] },
      'mounts[0].options: should have "idmap" or "ridmap", since there are mappings ' +
      "(config.md#configLinuxMountOptions)",
    ],
    [
      "a device that appears twice",
      {
        linux: {
          devices: [
            { type: "c", path: "/a", major: 1, minor: 3 },
            { type: "b", path: "/b", major: 1, minor: 3 },
            { type: "u", path: "/c", major: 1, minor: 3 },
            { type: "p", path: "/d" },
            { type: "p", path: "/e" },
          ],
        },
      },
      "linux.devices[2]: should not be the same device as linux.devices[0], c 1:3 " +
      "(config-linux.md#configLinuxDevices)",
    ],
    [
      "an L3 schema of two lines",
      { linux: { intelRdt: { l3CacheSchema: "L3:0=1\nMB:0=1" } } },
      'linux.intelRdt.l3CacheSchema: should be one line that starts with "L3:" ' +
      "(config-linux.md#configLinuxIntelRdt)",
    ],
  ] as const
) {
  Deno.test(`configWarnings() warns of ${name}`, () => assertEquals(warnings(patch), expected));
}
