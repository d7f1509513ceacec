import { namespaces, testCases } from "../cases.ts";

const at = "(config-linux.md#configLinuxNetworkDevices)";

function devices(netDevices: unknown): { linux: Record<string, unknown> } {
  return { linux: { netDevices } };
}

function named(name: string): { linux: Record<string, unknown> } {
  return devices({ eth0: { name } });
}

testCases("the rules of netDevices", [
  ["none", devices({})],
  ["none without a network namespace", {
    linux: { netDevices: {}, namespaces: namespaces("uts", "mount") },
  }],
  [
    "the specification's example",
    devices({ eth0: { name: "container_eth0" }, ens4: {}, ens5: {} }),
  ],
  ["members that it does not have", devices({ eth0: { addresses: ["10.0.0.1/8"], mtu: 1500 } })],
  ["a network namespace to join", {
    linux: {
      netDevices: { eth0: {} },
      namespaces: [{ type: "network", path: "/run/netns/a" }, ...namespaces("uts", "mount")],
    },
  }],
  [
    "devices without a network namespace",
    { linux: { netDevices: { eth0: {} }, namespaces: namespaces("uts", "mount") } },
    `linux.netDevices: needs a namespace of type "network" in linux.namespaces ${at}`,
  ],
  ["a list", devices([{ name: "eth0" }]), `linux.netDevices: expected object, got array ${at}`],
  ["null", devices({ eth0: null }), `linux.netDevices.eth0: expected object, got null ${at}`],

  ["an empty name", named("")],
  ["a name of 15 bytes", named("abcdefghijklmno")],
  ["a name that is not ASCII", named("é")],
  ["a template", named("eth%d")],
  ["a template and nothing else", named("%d")],
  ["a device with a dot and a dash", devices({ "eth0.100-a": {} })],
  [
    "a name of 16 bytes",
    named("abcdefghijklmnop"),
    `linux.netDevices.eth0.name: must have 1 to 15 bytes, got "abcdefghijklmnop" ${at}`,
  ],
  [
    "a name of 8 letters and 16 bytes",
    named("éééééééé"),
    `linux.netDevices.eth0.name: must have 1 to 15 bytes, got "éééééééé" ${at}`,
  ],
  ...[".", ".."].map((name) =>
    [
      `the name ${name}`,
      named(name),
      `linux.netDevices.eth0.name: must not be ${JSON.stringify(name)} ${at}`,
    ] as const
  ),
  // The last one has the byte 0xa0, which is white space to the kernel (measured on Linux 6.18).
  ...["a/b", "a:b", "a b", "a\tb", "a\nb", "a\vb", "xàb"].map((name) =>
    [
      `the name ${JSON.stringify(name)}`,
      named(name),
      'linux.netDevices.eth0.name: must not contain "/", ":" or white space, got ' +
      `${JSON.stringify(name)} ${at}`,
    ] as const
  ),
  [
    "a template with something behind it",
    named("eth%dx"),
    `linux.netDevices.eth0.name: must have "%" only in "%d" at its end, got "eth%dx" ${at}`,
  ],
  ...["a%d%d", "b%x", "c%", "%%d", "x%dy"].map((name) =>
    [
      `the name ${name}`,
      named(name),
      `linux.netDevices.eth0.name: must have "%" only in "%d" at its end, got "${name}" ${at}`,
    ] as const
  ),
  [
    "the loopback by either name",
    devices({ lo: { name: "lo1" }, eth0: { name: "lo" }, eth1: {} }),
    `linux.netDevices.eth0.name: must not be "lo", which every network namespace has ${at}`,
  ],
  [
    "the loopback itself",
    devices({ lo: {} }),
    `linux.netDevices.lo: must not be "lo", which every network namespace has ${at}`,
  ],
  [
    "a host's name that is none",
    devices({ "": {}, "a b": {}, "..": {}, [`${"é".repeat(64)}`]: {} }),
    `linux.netDevices[""]: must be named by a device's name: must have 1 to 127 bytes, got "" ${at}`,
    `linux.netDevices["a b"]: must be named by a device's name: must not contain "/", NUL or white ` +
    `space, got "a b" ${at}`,
    `linux.netDevices[".."]: must be named by a device's name: must not be ".." ${at}`,
    `linux.netDevices["${
      "é".repeat(64)
    }"]: must be named by a device's name: must have 1 to 127 bytes, got "${"é".repeat(64)}" ${at}`,
  ],
  [
    "an alternative name",
    devices({ ["a".repeat(127)]: { name: "a" }, "eth0:1%d": { name: "b" }, "xàb": { name: "c" } }),
  ],

  ["devices that swap their names", devices({ a: { name: "b" }, b: { name: "a" } })],
  ["two of one template", devices({ a: { name: "eth%d" }, b: { name: "eth%d" } })],
  [
    "two of one name",
    devices({ a: { name: "x" }, b: { name: "x" } }),
    `linux.netDevices.b.name: repeats the name of linux.netDevices.a, "x" ${at}`,
  ],
  [
    "a name that another device keeps",
    devices({ a: { name: "b" }, b: {} }),
    `linux.netDevices.b: repeats the name of linux.netDevices.a, "b" ${at}`,
  ],
]);
