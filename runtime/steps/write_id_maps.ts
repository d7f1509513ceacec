/**
 * The ID maps of the container's new user namespace, written from outside.
 *
 * @see user_namespaces(7)
 * @module
 */
import { getCapabilities } from "../../ffi/capabilities.ts";
import { isErrno } from "../../ffi/check.ts";
import { E } from "../../ffi/errno.ts";
import { getegid, geteuid } from "../../ffi/process.ts";
import { CAPABILITIES } from "../../spec/capabilities.ts";
import type { Creation } from "../creation.ts";
import { hostOutput } from "../host_program.ts";
import { idMapArguments, type IdMapWriter, idMapWriter } from "../plan/id_map_writer.ts";
import { type IdMapping, idMapText, type NamespacePlan } from "../plan/namespaces.ts";
import { inUserNamespace, isSetgroupsAllowed } from "../user_namespace.ts";
import { writeProc } from "./limits.ts";

type Kind = "uid" | "gid";

const CAPABILITY = { uid: "CAP_SETUID", gid: "CAP_SETGID" } as const;

/**
 * Writes both maps. One write each: the kernel takes a map whole, and once.
 *
 * For our own group alone the kernel wants setgroups(2) given up first. newgidmap(1) leaves it, where it finds that the
 * groups were granted.
 */
export function writeIdMaps(c: Creation): void {
  const { uidMappings, gidMappings } = c.plan.namespaces;
  writeMap(c.init!.pid, "uid", uidMappings);
  if (writerOf("gid", gidMappings) === "own") writeProc(c.init!.pid, "setgroups", "deny");
  writeMap(c.init!.pid, "gid", gidMappings);
}

/** Whether a process in the namespaces may call setgroups(2), where the user namespace is not one that is joined. */
export function maySetGroups({ fresh, gidMappings }: NamespacePlan, privileged: boolean): boolean {
  if (!isSetgroupsAllowed()) return false;
  return fresh.has("user") ? writerOf("gid", gidMappings) !== "own" : privileged;
}

function writerOf(kind: Kind, mappings: readonly IdMapping[]): IdMapWriter {
  const bit = 1n << BigInt(CAPABILITIES.indexOf(CAPABILITY[kind]));
  return idMapWriter(mappings, {
    id: kind === "uid" ? geteuid() : getegid(),
    isCapable: (getCapabilities().effective & bit) !== 0n,
  });
}

function writeMap(pid: number, kind: Kind, mappings: readonly IdMapping[]): void {
  const property = `linux.${kind}Mappings`;
  try {
    if (writerOf(kind, mappings) === "helper") letHelperWrite(pid, kind, mappings);
    else writeProc(pid, `${kind}_map`, idMapText(mappings));
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    const hint = isErrno(error, E.EPERM) && inUserNamespace()
      ? " (are the IDs mapped in the runtime's own user namespace?)"
      : "";
    throw new Error(`${property}: ${why}${hint}`, { cause: error });
  }
}

/** They are set-user-ID, or have the capability; what they allow stands in /etc/subuid and /etc/subgid. */
function letHelperWrite(pid: number, kind: Kind, mappings: readonly IdMapping[]): void {
  const name = `new${kind}map`;
  try {
    hostOutput(name, idMapArguments(pid, mappings));
  } catch (error) {
    const why = error instanceof Error ? error.message.replaceAll(/\s*\n\s*/g, "; ") : "";
    throw new Error(
      `without ${CAPABILITY[kind]} more than the own ID is for ${name} to map: ${why}`,
      { cause: error },
    );
  }
}
