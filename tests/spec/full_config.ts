/** A config in which each property of Linux has a valid value; the first entry of each array has all that such an entry can have. */

/** A new object each time, as JSON has it. */
export function fullConfig(): Record<string, unknown> {
  return {
    ociVersion: "1.3.0",
    root: { path: "rootfs", readonly: true },
    mounts: mounts(),
    process: process(),
    hostname: "host",
    domainname: "example.org",
    hooks: hooks(),
    annotations: {
      "org.example.key": "value",
      "org.runts.rdma": "true",
      "org.systemd.property.TimeoutStopSec": "uint64 5",
    },
    linux: linux(),
  };
}

const MAPPINGS = [{ containerID: 0, hostID: 100000, size: 65536 }];

function mounts(): unknown[] {
  const options = ["nosuid", "noexec", "nodev"];
  const uidMappings = MAPPINGS;
  return [
    {
      destination: "/data",
      type: "none",
      source: "data",
      options: ["rbind", "rro", "idmap", "rslave"],
      uidMappings,
      gidMappings: uidMappings,
    },
    { destination: "/proc", type: "proc", source: "proc", options },
    { destination: "/tmp", type: "tmpfs", source: "tmpfs", options: ["size=1m,mode=1777", "ro"] },
    { destination: "/sys/fs/cgroup", type: "cgroup", source: "cgroup", options: ["rw"] },
  ];
}

function process(): Record<string, unknown> {
  const names = ["CAP_KILL", "CAP_CHOWN"];
  return {
    terminal: true,
    consoleSize: { height: 25, width: 80 },
    cwd: "/",
    env: ["PATH=/bin", "TERM=xterm"],
    args: ["sh", "-c", "true"],
    commandLine: "",
    user: { uid: 1, gid: 2, umask: 63, additionalGids: [3, 4], username: "" },
    rlimits: [
      { type: "RLIMIT_NOFILE", soft: 1024, hard: 4096 },
      { type: "RLIMIT_CORE", soft: 0, hard: 18446744073709551615n },
    ],
    apparmorProfile: "profile",
    capabilities: {
      effective: names,
      bounding: names,
      inheritable: names,
      permitted: names,
      ambient: names,
    },
    noNewPrivileges: true,
    oomScoreAdj: 100,
    scheduler: {
      policy: "SCHED_DEADLINE",
      nice: 0,
      priority: 0,
      flags: ["SCHED_FLAG_RESET_ON_FORK"],
      runtime: 100000,
      deadline: 200000,
      period: 300000,
    },
    selinuxLabel: "system_u:system_r:container_t:s0",
    ioPriority: { class: "IOPRIO_CLASS_BE", priority: 4 },
    execCPUAffinity: { initial: "0-3", final: "1,2" },
  };
}

function hooks(): Record<string, unknown> {
  const hook = { path: "/bin/hook", args: ["hook", "x"], env: ["A=b"], timeout: 5 };
  return {
    prestart: [hook],
    createRuntime: [hook, hook],
    createContainer: [hook],
    startContainer: [hook],
    poststart: [hook],
    poststop: [hook],
  };
}

function linux(): Record<string, unknown> {
  const types = ["cgroup", "ipc", "mount", "network", "pid", "time", "user", "uts"];
  return {
    namespaces: types.map((type) => ({ type, path: "" })),
    uidMappings: MAPPINGS,
    gidMappings: MAPPINGS,
    timeOffsets: { monotonic: { secs: 5, nanosecs: 6 }, boottime: { secs: -7, nanosecs: 0 } },
    devices: [
      { type: "c", path: "/dev/fuse", major: 10, minor: 229, fileMode: 438, uid: 0, gid: 0 },
      { type: "p", path: "/dev/fifo" },
    ],
    netDevices: { eth9: { name: "eth%d" }, "eth.9": {}, dummy0: { name: "net0" } },
    cgroupsPath: "/full/container",
    resources: resources(),
    intelRdt: {
      closID: "class",
      l3CacheSchema: "L3:0=7f0",
      memBwSchema: "MB:0=20",
      schemata: ["L2:0=f"],
      enableMonitoring: true,
    },
    memoryPolicy: { mode: "MPOL_BIND", nodes: "0-1", flags: ["MPOL_F_STATIC_NODES"] },
    sysctl: { "net.ipv4.ip_forward": "1", "kernel.sem": "1 2 3 4" },
    seccomp: seccomp(),
    rootfsPropagation: "slave",
    maskedPaths: ["/proc/kcore"],
    readonlyPaths: ["/proc/sys"],
    mountLabel: "system_u:object_r:container_file_t:s0",
    personality: { domain: "LINUX32", flags: [] },
  };
}

/** All of them, though no host has both versions of cgroups for each. */
export function resources(): Record<string, unknown> {
  const throttle = [{ major: 8, minor: 0, rate: 1048576 }];
  return {
    devices: [
      { allow: false, access: "rwm" },
      { allow: true, type: "c", major: 10, minor: 229, access: "rw" },
    ],
    memory: {
      limit: 536870912,
      reservation: 268435456,
      swap: 1073741824,
      kernel: -1,
      kernelTCP: -1,
      swappiness: 10,
      disableOOMKiller: false,
      useHierarchy: true,
      checkBeforeUpdate: true,
    },
    cpu: {
      shares: 1024,
      quota: 50000,
      burst: 1000,
      period: 100000,
      realtimeRuntime: 950000,
      realtimePeriod: 1000000,
      cpus: "0-1",
      mems: "0",
      idle: 0,
    },
    blockIO: {
      weight: 100,
      leafWeight: 100,
      weightDevice: [{ major: 8, minor: 0, weight: 500, leafWeight: 300 }],
      throttleReadBpsDevice: throttle,
      throttleWriteBpsDevice: throttle,
      throttleReadIOPSDevice: throttle,
      throttleWriteIOPSDevice: throttle,
    },
    hugepageLimits: [{ pageSize: "2MB", limit: 9223372036854771712n }],
    network: { classID: 1048577, priorities: [{ name: "eth0", priority: 500 }] },
    pids: { limit: 100 },
    rdma: { mlx5_1: { hcaHandles: 3, hcaObjects: 10000 } },
    unified: { "memory.high": "1073741824", "io.max": "8:0 rbps=1\n8:16 rbps=2" },
  };
}

function seccomp(): Record<string, unknown> {
  return {
    defaultAction: "SCMP_ACT_ERRNO",
    defaultErrnoRet: 38,
    architectures: ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86"],
    flags: ["SECCOMP_FILTER_FLAG_LOG"],
    listenerPath: "/run/agent.sock",
    listenerMetadata: "metadata",
    syscalls: [
      {
        names: ["clone"],
        action: "SCMP_ACT_TRACE",
        errnoRet: 1,
        args: [{ index: 0, value: 2114060288, valueTwo: 0, op: "SCMP_CMP_MASKED_EQ" }],
      },
      { names: ["read", "write", "sendmsg"], action: "SCMP_ACT_ALLOW" },
      { names: ["mkdir"], action: "SCMP_ACT_NOTIFY" },
    ],
  };
}
