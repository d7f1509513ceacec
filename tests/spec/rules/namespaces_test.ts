import { namespaces, testCases } from "../cases.ts";

const at = "(config-linux.md#configLinuxNamespaces)";
const maps = "(config-linux.md#configLinuxUserNamespaceMappings)";
const time = "(config-linux.md#configLinuxTimeOffset)";

const all = namespaces("pid", "network", "ipc", "uts", "mount", "user", "cgroup", "time");
const map = [{ containerID: 0, hostID: 1000, size: 65536 }];

function mapped(...uidMappings: readonly (readonly [number, number, number])[]) {
  return {
    linux: {
      namespaces: all,
      uidMappings: uidMappings.map(([containerID, hostID, size]) => ({
        containerID,
        hostID,
        size,
      })),
      gidMappings: map,
    },
  };
}

testCases("the rules of namespaces", [
  ["all namespaces", { linux: { namespaces: all, uidMappings: map, gidMappings: map } }],
  ["none", {
    hostname: undefined,
    linux: { namespaces: undefined, maskedPaths: [], readonlyPaths: undefined },
  }],
  ["no linux", { hostname: undefined, linux: undefined }],
  ["namespaces to join", {
    linux: {
      namespaces: [
        { type: "network", path: "/proc/1/ns/net" },
        { type: "uts", path: "" },
        { type: "mount" },
      ],
    },
  }],
  [
    "a namespace that appears twice",
    { linux: { namespaces: [...namespaces("uts", "mount", "uts"), { type: "uts", path: "/a" }] } },
    `linux.namespaces[2].type: repeats linux.namespaces[0], "uts" ${at}`,
    `linux.namespaces[3].type: repeats linux.namespaces[0], "uts" ${at}`,
  ],
  [
    "a relative path",
    { linux: { namespaces: [{ type: "network", path: "net" }, ...namespaces("uts", "mount")] } },
    `linux.namespaces[0].path: must be an absolute path, got "net" ${at}`,
  ],
  [
    "a type that is none, without consequences of it",
    { linux: { namespaces: namespaces("net", "mount") } },
    'linux.namespaces[0].type: expected one of "cgroup", "ipc", "mount", "network", "pid", "time", ' +
    `"user", "uts", got "net" ${at}`,
  ],
  [
    "namespaces as an object",
    { linux: { namespaces: { pid: {} } } },
    `linux.namespaces: expected array, got object ${at}`,
  ],

  [
    "mappings without a user namespace",
    { linux: { uidMappings: map, gidMappings: map } },
    `linux.uidMappings: needs a namespace of type "user" in linux.namespaces ${maps}`,
    `linux.gidMappings: needs a namespace of type "user" in linux.namespaces ${maps}`,
  ],
  [
    "a new user namespace without mappings",
    { linux: { namespaces: all } },
    `linux.uidMappings: must have at least one entry, since a user namespace is to be created ${maps}`,
    `linux.gidMappings: must have at least one entry, since a user namespace is to be created ${maps}`,
  ],
  ["a user namespace to join, with or without mappings", {
    linux: {
      namespaces: [{ type: "user", path: "/a" }, ...namespaces("uts", "mount")],
      uidMappings: map,
    },
  }],
  ["ranges that touch", mapped([0, 1000, 10], [10, 1010, 10], [100, 0, 1])],
  ["the last ID", mapped([0, 4294967294, 1], [4294967294, 0, 1])],
  [
    "an empty range",
    mapped([0, 1000, 0]),
    `linux.uidMappings[0].size: must not be 0 ${maps}`,
  ],
  [
    "ranges that overlap in the container",
    mapped([0, 1000, 10], [9, 2000, 1]),
    `linux.uidMappings[1].containerID: overlaps linux.uidMappings[0] ${maps}`,
  ],
  [
    "ranges that overlap on the host",
    mapped([0, 1000, 10], [50, 0, 2000]),
    `linux.uidMappings[1].hostID: overlaps linux.uidMappings[0] ${maps}`,
  ],
  [
    "a range beyond all IDs",
    mapped([0, 4294967295, 1]),
    `linux.uidMappings[0].size: must not reach beyond ID 4294967294, got 1 ${maps}`,
  ],
  ["340 ranges", mapped(...Array.from({ length: 340 }, (_, i) => [i, i + 1000, 1] as const))],
  [
    "341 ranges",
    mapped(...Array.from({ length: 341 }, (_, i) => [i, i + 1000, 1] as const)),
    `linux.uidMappings: must not have more than 340 entries, got 341 ${maps}`,
  ],

  ["offsets of both clocks", {
    linux: {
      namespaces: namespaces("uts", "mount", "time"),
      timeOffsets: { monotonic: { secs: -5, nanosecs: 999999999 }, boottime: { secs: 2n ** 62n } },
    },
  }],
  ["no offset", { linux: { timeOffsets: {} } }],
  [
    "offsets without a time namespace",
    { linux: { timeOffsets: { boottime: {} } } },
    `linux.timeOffsets: needs a namespace of type "time" in linux.namespaces ${time}`,
  ],
  [
    "offsets for a time namespace that exists",
    {
      linux: {
        namespaces: [...namespaces("uts", "mount"), { type: "time", path: "/a" }],
        timeOffsets: { boottime: {} },
      },
    },
    `linux.timeOffsets: must be absent, since a time namespace is joined ${time}`,
  ],
  [
    "a clock that cannot be set off, and a nanosecond too many",
    {
      linux: {
        namespaces: namespaces("uts", "mount", "time"),
        timeOffsets: { realtime: { secs: 1 } },
      },
    },
    `linux.timeOffsets.realtime: must be for the clock "monotonic" or "boottime" ${time}`,
  ],
  [
    "a nanosecond too many",
    { linux: { timeOffsets: { boottime: { nanosecs: 1000000000 } } } },
    `linux.timeOffsets.boottime.nanosecs: expected integer from 0 to 999999999, got 1000000000 ${time}`,
  ],
]);
