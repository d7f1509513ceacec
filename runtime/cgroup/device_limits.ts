/**
 * Which devices the processes of a cgroup may use: a list in v1, a program in v2.
 *
 * @see config-linux.md#configLinuxDeviceAllowedlist
 * @module
 */
import {
  attachDeviceProgram,
  attachedDevicePrograms,
  detachDeviceProgram,
  loadDeviceProgram,
  openProgram,
  programName,
} from "../../ffi/bpf.ts";
import { encodeBpf } from "../../ffi/bpf_layouts.ts";
import { O } from "../../ffi/constants.ts";
import type { OwnedFd } from "../../ffi/fd.ts";
import { open } from "../../ffi/open.ts";
import { deviceFilter } from "../plan/device_filter.ts";
import {
  type DeviceList,
  deviceList,
  deviceListWrites,
  parseDeviceList,
} from "../plan/device_list.ts";
import type { DeviceRule } from "../plan/device_rules.ts";
import { undoAll } from "../step.ts";
import { readCgroupFile, writeCgroupFile } from "./file.ts";
import type { Cgroup, ControllerDirectory } from "./manager.ts";

/**
 * Makes the rules hold, in place of those that were set before. v1's list where there is one, as other programs look there;
 * on a hybrid host without it, and on a pure v2 host, a program.
 *
 * @returns What takes the rules back.
 * @throws {Error} Where there is neither, and for what v1's list cannot hold.
 */
export function applyDeviceRules(cgroup: Cgroup, rules: readonly DeviceRule[]): DisposableStack {
  const undo = new DisposableStack();
  const v1 = cgroup.find("devices", 1);
  const place = v1 ?? cgroup.find(undefined, 2);
  if (place === undefined) {
    const why = cgroup.isUsed ? "the host has no device controller" : "the container has no cgroup";
    throw new Error(`linux.resources.devices: ${why}`);
  }
  try {
    if (place === v1) applyList(place, deviceList(rules), undo);
    else applyProgram(place, rules, undo);
  } catch (error) {
    throw undoAll(undo, named(error));
  }
  return undo;
}

/** A rule at fault names itself. */
function named(error: unknown): unknown {
  const message = error instanceof Error ? error.message : String(error);
  return message.startsWith("linux.resources.devices")
    ? error
    : new Error(`linux.resources.devices: ${message}`, { cause: error });
}

function applyList(
  { directory, isMade }: ControllerDirectory,
  wanted: DeviceList,
  undo: DisposableStack,
): void {
  const before = readList(directory);
  if (!isMade) undo.defer(() => writeList(directory, readList(directory), before));
  writeList(directory, before, wanted);
}

function readList(directory: string): DeviceList {
  return parseDeviceList(readCgroupFile(directory, "devices.list"));
}

function writeList(directory: string, from: DeviceList, to: DeviceList): void {
  for (const { file, value } of deviceListWrites(from, to)) {
    writeCgroupFile(directory, file, value);
  }
}

/** What tools such as bpftool show it by. */
const PROGRAM_NAME = "runts_devices";

/**
 * The new program first, the old one then: in between both have to agree, and nothing is open that should not be. Programs
 * of others stay, and have to agree as well.
 */
function applyProgram(
  { directory, isMade }: ControllerDirectory,
  rules: readonly DeviceRule[],
  undo: DisposableStack,
): void {
  using cgroup = open(directory, O.O_RDONLY | O.O_DIRECTORY);
  const old = ourPrograms(cgroup);
  for (const program of old) undo.use(program);
  using program = loadDeviceProgram(encodeBpf(deviceFilter(rules)), PROGRAM_NAME);
  replacePrograms(cgroup, old, [program]);
  if (isMade) return;
  undo.defer(() => {
    using cgroup = open(directory, O.O_RDONLY | O.O_DIRECTORY);
    const ours = ourPrograms(cgroup);
    replacePrograms(cgroup, ours, old);
    for (const program of ours) program.close();
  });
}

function ourPrograms(cgroup: OwnedFd): OwnedFd[] {
  return attachedDevicePrograms(cgroup).map(openProgram).filter((program) => {
    if (programName(program) === PROGRAM_NAME) return true;
    program.close();
    return false;
  });
}

function replacePrograms(
  cgroup: OwnedFd,
  from: readonly OwnedFd[],
  to: readonly OwnedFd[],
): void {
  for (const program of to) attachDeviceProgram(cgroup, program);
  for (const program of from) detachDeviceProgram(cgroup, program);
}
