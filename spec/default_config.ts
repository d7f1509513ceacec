/** The config that `spec` writes. @module */

import type { Config } from "./schema/config.ts";
import type { Linux } from "./schema/linux.ts";
import type { Mount } from "./schema/mount.ts";
import type { Process } from "./schema/process.ts";
import { OCI_VERSION_MAX } from "./version.ts";

/** The config of a shell in a container of its own, to be run by root. A new object each time. */
export function defaultConfig(): Config {
  return {
    ociVersion: OCI_VERSION_MAX,
    process: shell(),
    root: { path: "rootfs", readonly: true },
    hostname: "runts",
    mounts: mounts(),
    linux: linux(),
  };
}

/**
 * The same for a user without privileges, who is root in the container: `uid` and `gid` are the
 * caller's effective IDs, the only ones that may be mapped without newuidmap(1).
 */
export function rootlessConfig(uid: number, gid: number): Config {
  const { resources: _, ...rest } = linux();
  return {
    ...defaultConfig(),
    mounts: mounts().map(withoutPrivileges),
    linux: {
      uidMappings: [{ containerID: 0, hostID: uid, size: 1 }],
      gidMappings: [{ containerID: 0, hostID: gid, size: 1 }],
      ...rest,
      // In a network namespace of its own it would have no network, and no right to make one.
      namespaces: [
        ...(rest.namespaces ?? []).filter(({ type }) => type !== "network"),
        { type: "user" },
      ],
    },
  };
}

function withoutPrivileges(mount: Mount): Mount {
  if (mount.destination === "/sys") {
    // Mounting sysfs takes the network namespace, which is the host's; binding the host's does not.
    const options = ["rbind", "nosuid", "noexec", "nodev", "ro"];
    return { destination: "/sys", type: "none", source: "/sys", options };
  }
  if (mount.options === undefined) return mount;
  // Group 5 (tty) is not mapped, and devpts refuses a group that is not.
  return { ...mount, options: mount.options.filter((option) => option !== "gid=5") };
}

function shell(): Process {
  const capabilities = ["CAP_AUDIT_WRITE", "CAP_KILL", "CAP_NET_BIND_SERVICE"];
  return {
    terminal: true,
    user: { uid: 0, gid: 0 },
    args: ["sh"],
    env: ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "TERM=xterm"],
    cwd: "/",
    capabilities: {
      bounding: [...capabilities],
      effective: [...capabilities],
      permitted: [...capabilities],
    },
    rlimits: [{ type: "RLIMIT_NOFILE", hard: 1024, soft: 1024 }],
    noNewPrivileges: true,
  };
}

function mounts(): Mount[] {
  return [
    { destination: "/proc", type: "proc", source: "proc" },
    {
      destination: "/dev",
      type: "tmpfs",
      source: "tmpfs",
      options: ["nosuid", "strictatime", "mode=755", "size=65536k"],
    },
    {
      destination: "/dev/pts",
      type: "devpts",
      source: "devpts",
      options: ["nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620", "gid=5"],
    },
    {
      destination: "/dev/shm",
      type: "tmpfs",
      source: "shm",
      options: ["nosuid", "noexec", "nodev", "mode=1777", "size=65536k"],
    },
    {
      destination: "/dev/mqueue",
      type: "mqueue",
      source: "mqueue",
      options: ["nosuid", "noexec", "nodev"],
    },
    {
      destination: "/sys",
      type: "sysfs",
      source: "sysfs",
      options: ["nosuid", "noexec", "nodev", "ro"],
    },
    {
      destination: "/sys/fs/cgroup",
      type: "cgroup",
      source: "cgroup",
      options: ["nosuid", "noexec", "nodev", "relatime", "ro"],
    },
  ];
}

function linux(): Linux {
  return {
    resources: { devices: [{ allow: false, access: "rwm" }] },
    namespaces: [
      { type: "pid" },
      { type: "network" },
      { type: "ipc" },
      { type: "uts" },
      { type: "mount" },
      { type: "cgroup" },
    ],
    // What tells about the host, or reaches it, though the container's user may read it.
    maskedPaths: [
      "/proc/acpi",
      "/proc/asound",
      "/proc/kcore",
      "/proc/keys",
      "/proc/latency_stats",
      "/proc/timer_list",
      "/proc/timer_stats",
      "/proc/sched_debug",
      "/sys/firmware",
      "/proc/scsi",
    ],
    readonlyPaths: [
      "/proc/bus",
      "/proc/fs",
      "/proc/irq",
      "/proc/sys",
      "/proc/sysrq-trigger",
    ],
  };
}
