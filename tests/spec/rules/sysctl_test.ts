import { namespaces, testCases } from "../cases.ts";

const at = "(config-linux.md#configLinuxSysctl)";
const map = [{ containerID: 0, hostID: 0, size: 1 }];

function sysctl(...keys: string[]): { linux: Record<string, unknown> } {
  return { linux: { sysctl: Object.fromEntries(keys.map((key) => [key, "1"])) } };
}

function without(type: string, key: string): { linux: Record<string, unknown> } {
  const types = ["uts", "mount", "ipc", "network"].filter((other) => other !== type);
  return { linux: { namespaces: namespaces(...types), sysctl: { [key]: "1" } } };
}

testCases("the rules of sysctl", [
  [
    "what the IPC namespace confines",
    sysctl(
      "kernel.msgmax",
      "kernel.msgmnb",
      "kernel.msgmni",
      "kernel.sem",
      "kernel.shmall",
      "kernel.shmmax",
      "kernel.shmmni",
      "kernel.shm_rmid_forced",
      "fs.mqueue.msg_max",
    ),
  ],
  [
    "what the network namespace confines",
    sysctl(
      "net.ipv4.ip_forward",
      "net/core/somaxconn",
      "net.ipv4.conf.eth0/1.forwarding",
      "net/ipv4/conf/eth0.1/forwarding",
    ),
  ],
  ["what the UTS namespace confines", sysctl("kernel.domainname")],
  ["what the user namespace confines", {
    linux: {
      namespaces: namespaces("uts", "mount", "user"),
      uidMappings: map,
      gidMappings: map,
      sysctl: { "user.max_net_namespaces": "1" },
    },
  }],
  ...([
    ["ipc", "kernel.sem"],
    ["ipc", "fs.mqueue.msg_max"],
    ["network", "net.ipv4.ip_forward"],
    ["user", "user.max_net_namespaces"],
  ] as const).map(([type, key]) =>
    [
      `${key} in the host's namespace`,
      without(type, key),
      `linux.sysctl["${key}"]: needs a namespace of type "${type}" in linux.namespaces ${at}`,
    ] as const
  ),
  [
    "the host name",
    sysctl("kernel.hostname"),
    `linux.sysctl["kernel.hostname"]: must be set by the property hostname ${at}`,
  ],
  ...["kernel.core_pattern", "vm.overcommit_memory", "kernel.sem.x", "net", "user", "fs.file-max"]
    .map(
      (key) =>
        [
          `the host's ${key}`,
          sysctl(key),
          `linux.sysctl${key.includes(".") ? `["${key}"]` : `.${key}`}: must be absent: ` +
          `no namespace confines it, so it would be the host's ${at}`,
        ] as const,
    ),
  ...["", ".", "net..x", "net.ipv4.", "net/../kernel/core_pattern", "net.//.kernel.x", "/net/x"]
    .map(
      (key) =>
        [
          `the key ${JSON.stringify(key)}`,
          sysctl(key),
          `linux.sysctl[${JSON.stringify(key)}]: must be keyed by names that dots separate, ` +
          `such as "net.ipv4.ip_forward" ${at}`,
        ] as const,
    ),
  [
    "a value that is a number",
    { linux: { sysctl: { "net.ipv4.ip_forward": 1 } } },
    `linux.sysctl["net.ipv4.ip_forward"]: expected string, got 1 ${at}`,
  ],
]);
