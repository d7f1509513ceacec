/** Rules on `linux.sysctl`: only what a namespace of the container confines. @module */

import { member } from "../property_path.ts";
import type { NamespaceType } from "../namespaces.ts";
import { findNamespace, type Report, type Rule } from "../rule.ts";
import type { Config } from "../schema/config.ts";
import { sysctlSegments } from "../sysctl.ts";

/** The text says nothing of this; every runtime has such a list, as a sysctl can be the host's. */
export const SYSCTL_RULES: readonly Rule[] = [
  { reads: ["linux.sysctl", "linux.namespaces"], check: checkSysctls },
];

/** @see ipc_namespaces(7) */
const OF_IPC: ReadonlySet<string> = new Set([
  "kernel.msgmax",
  "kernel.msgmnb",
  "kernel.msgmni",
  "kernel.sem",
  "kernel.shm_rmid_forced",
  "kernel.shmall",
  "kernel.shmmax",
  "kernel.shmmni",
]);

function checkSysctls(config: Config, report: Report): void {
  for (const key of Object.keys(config.linux?.sysctl ?? {})) {
    const path = member("linux.sysctl", key);
    const segments = sysctlSegments(key);
    if (segments === undefined) {
      report(path, 'must be keyed by names that dots separate, such as "net.ipv4.ip_forward"');
      continue;
    }
    const name = segments.join(".");
    const type = namespaceOf(segments, name);
    if (name === "kernel.hostname") {
      report(path, "must be set by the property hostname");
    } else if (type === undefined) {
      report(path, "must be absent: no namespace confines it, so it would be the host's");
    } else if (findNamespace(config, type) === undefined) {
      report(path, `needs a namespace of type "${type}" in linux.namespaces`);
    }
  }
}

function namespaceOf(segments: readonly string[], name: string): NamespaceType | undefined {
  if (OF_IPC.has(name) || name.startsWith("fs.mqueue.")) return "ipc";
  if (name === "kernel.domainname") return "uts";
  if (segments.length < 2) return undefined;
  if (segments[0] === "net") return "network";
  // /proc/sys/user is that of the user namespace of who opens it.
  return segments[0] === "user" ? "user" : undefined;
}
