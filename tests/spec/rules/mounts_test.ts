import { testCases } from "../cases.ts";

const map = [{ containerID: 0, hostID: 1000, size: 10 }];
const at = "(config.md#configMounts)";

testCases("the rules of mounts", [
  ["a mount of a destination alone", { mounts: [{ destination: "/a" }] }],
  ["a relative destination", { mounts: [{ destination: "a", type: "tmpfs" }] }],
  ["options that no one knows", { mounts: [{ destination: "/a", options: ["x=1", "tmpcopyup"] }] }],
  ["no mounts", { mounts: [] }],
  ["a missing destination", { mounts: [{}] }, `mounts[0].destination: is required ${at}`],
  [
    "an empty destination",
    { mounts: [{ destination: "" }] },
    `mounts[0].destination: must not be empty ${at}`,
  ],
  [
    "bind mounts without source",
    {
      mounts: [
        { destination: "/a", options: ["ro", "bind"] },
        { destination: "/b", source: "", options: ["rbind"] },
      ],
    },
    `mounts[0]: must have a source, since it is a bind mount ${at}`,
    `mounts[1]: must have a source, since it is a bind mount ${at}`,
  ],
  ["both mappings", {
    mounts: [{
      destination: "/a",
      source: "/b",
      options: ["bind", "idmap"],
      uidMappings: map,
      gidMappings: map,
    }],
  }],
  ["mappings that are both empty", {
    mounts: [{ destination: "/a", uidMappings: [], gidMappings: [] }],
  }],
  [
    "one mapping alone",
    { mounts: [{ destination: "/a", uidMappings: map }, { destination: "/b", gidMappings: map }] },
    `mounts[0]: must have gidMappings beside uidMappings ${at}`,
    `mounts[1]: must have uidMappings beside gidMappings ${at}`,
  ],
  [
    "a mapping without size",
    { mounts: [{ destination: "/a", uidMappings: [{ containerID: 0, hostID: 0 }] }] },
    "mounts[0].uidMappings[0].size: is required (config.md#configPOSIXMounts)",
  ],
  [
    "idmap with neither mappings nor a user namespace",
    {
      mounts: [
        { destination: "/a", source: "/b", options: ["bind", "idmap"] },
        { destination: "/a", source: "/b", options: ["rbind", "ridmap"] },
      ],
    },
    ...[0, 1].map((i) =>
      `mounts[${i}]: must have uidMappings and gidMappings: it is to be ID-mapped, ` +
      `and the container has no user namespace ${at}`
    ),
  ],
  ["idmap by the container's user namespace", {
    mounts: [{ destination: "/a", source: "/b", options: ["bind", "idmap"] }],
    linux: {
      namespaces: [{ type: "user" }, { type: "uts" }, { type: "mount" }],
      uidMappings: map,
      gidMappings: map,
    },
  }],
  [
    "options as a string, and a source that is a number",
    { mounts: [{ destination: "/a", options: "ro", source: 1 }] },
    `mounts[0].source: expected string, got 1 ${at}`,
    'mounts[0].options: expected array, got "ro" (config.md#configLinuxMountOptions)',
  ],
]);
