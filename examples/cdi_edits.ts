/**
 * Puts the edits of a CDI file into a configuration.
 *
 * The Container Device Interface is how vendors say what a container needs for a device of theirs, and
 * how container managers find it: `--device example.com/accelerator=gpu0` means the device `gpu0` of the
 * file whose kind is `example.com/accelerator`. A file has edits for each device, and edits that go with
 * any of them. The runtime never sees the file: its edits are in the config.json when that comes.
 *
 * @see https://github.com/cncf-tags/container-device-interface/blob/main/SPEC.md
 * @module
 */
import type { Config, HookName } from "../mod.ts";

/** A file of CDI, version 1.1, as far as it is read here. */
export interface CdiFile {
  readonly cdiVersion: string;
  /** `vendor/class`. */
  readonly kind: string;
  readonly devices: readonly { readonly name: string; readonly containerEdits: CdiEdits }[];
  /** What goes with any of the devices. */
  readonly containerEdits?: CdiEdits;
}

/** What a device needs. */
export interface CdiEdits {
  readonly env?: readonly string[];
  readonly deviceNodes?: readonly CdiDeviceNode[];
  readonly netDevices?: readonly CdiNetDevice[];
  readonly mounts?: readonly CdiMount[];
  readonly hooks?: readonly CdiHook[];
}

/** A device node: what is not said is what it is on the host. */
export interface CdiDeviceNode {
  readonly path: string;
  /** Absent is the same as `path`. */
  readonly hostPath?: string;
  readonly type?: "b" | "c" | "u" | "p";
  readonly major?: number;
  readonly minor?: number;
  readonly fileMode?: number;
  readonly permissions?: string;
  readonly uid?: number;
  readonly gid?: number;
}

/** A network device, since CDI 1.1. */
export interface CdiNetDevice {
  readonly hostInterfaceName: string;
  /** Its name in the container. It is never left out, so `""` is to keep the host's. */
  readonly name: string;
}

/** A mount; bind unless it says what else. */
export interface CdiMount {
  readonly hostPath: string;
  readonly containerPath: string;
  readonly type?: string;
  readonly options?: readonly string[];
}

/** A hook, with the name of its kind. */
export interface CdiHook {
  readonly hookName: HookName;
  readonly path: string;
  readonly args?: readonly string[];
  readonly env?: readonly string[];
  readonly timeout?: number;
}

/** The edits for devices by their full names, `vendor/class=name`, with those that go with all of them first. */
export function editsFor(file: CdiFile, names: readonly string[]): CdiEdits[] {
  const edits = names.map((name) => {
    const device = file.devices.find((device) => name === `${file.kind}=${device.name}`);
    if (device !== undefined) return device.containerEdits;
    throw new Error(`Cannot use the CDI device "${name}": the file has none of that name`);
  });
  return [...(file.containerEdits === undefined ? [] : [file.containerEdits]), ...edits];
}

/** Puts edits into a configuration. What it has under the same name already is replaced. */
export function applyEdits(config: Config, edits: CdiEdits): void {
  config.linux ??= {};
  applyEnv(config, edits.env ?? []);
  for (const node of edits.deviceNodes ?? []) addDeviceNode(config, node);
  for (const { hostInterfaceName, name } of edits.netDevices ?? []) {
    config.linux.netDevices = { ...config.linux.netDevices, [hostInterfaceName]: { name } };
  }
  for (const { containerPath, hostPath, type = "bind", options = [] } of edits.mounts ?? []) {
    const others = config.mounts?.filter(({ destination }) => destination !== containerPath) ?? [];
    const mount = { destination: containerPath, source: hostPath, type, options: [...options] };
    config.mounts = [...others, mount];
  }
  for (const { hookName, args, env, ...hook } of edits.hooks ?? []) {
    const added = { ...hook, ...(args && { args: [...args] }), ...(env && { env: [...env] }) };
    config.hooks = { ...config.hooks, [hookName]: [...config.hooks?.[hookName] ?? [], added] };
  }
}

function applyEnv({ process }: Config, env: readonly string[]): void {
  if (process === undefined) return;
  const nameOf = (variable: string) => variable.split("=", 1)[0];
  const names = env.map(nameOf);
  const others = process.env?.filter((variable) => !names.includes(nameOf(variable))) ?? [];
  process.env = [...others, ...env];
}

/** A node takes two entries: one to make it, and a rule of the cgroup to let it be used. */
function addDeviceNode(config: Config, node: CdiDeviceNode): void {
  const { path, hostPath = path, permissions = "rwm", fileMode, uid, gid } = node;
  const { type, major, minor } = node.type === undefined ? identify(hostPath) : node;
  const linux = config.linux!;
  const others = linux.devices?.filter((device) => device.path !== path) ?? [];
  linux.devices = [...others, {
    path,
    type: type!,
    ...(major !== undefined && { major }),
    ...(minor !== undefined && { minor }),
    ...(fileMode !== undefined && { fileMode }),
    ...(uid !== undefined && { uid }),
    ...(gid !== undefined && { gid }),
  }];
  if (type === "p" || major === undefined || minor === undefined) return;
  const rule = { allow: true, type: type === "u" ? "c" : type!, major, minor, access: permissions };
  linux.resources = {
    ...linux.resources,
    devices: [...linux.resources?.devices ?? [], rule],
  };
}

/** What a device node of the host is. */
function identify(path: string): Pick<CdiDeviceNode, "type" | "major" | "minor"> {
  const info = Deno.statSync(path);
  if (info.isFifo) return { type: "p" };
  if (!info.isCharDevice && !info.isBlockDevice) {
    throw new Error(`Cannot use "${path}" as a device node: it is none`);
  }
  const rdev = BigInt(info.rdev ?? 0);
  return {
    type: info.isCharDevice ? "c" : "b",
    // gnu_dev_major() and gnu_dev_minor().
    major: Number((rdev >> 8n & 0xfffn) | (rdev >> 32n & 0xfffff000n)),
    minor: Number((rdev & 0xffn) | (rdev >> 12n & 0xffffff00n)),
  };
}
