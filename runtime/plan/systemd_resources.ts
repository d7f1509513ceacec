/**
 * `linux.resources` → properties of a unit of systemd.
 *
 * All of it is written into the cgroup as well, exactly; the properties are there so that systemd agrees. It owns the tree,
 * and whenever it comes by (a `systemctl daemon-reload`, or set-property) it writes what it believes.
 *
 * @see systemd.resource-control(5)
 * @module
 */
import type { BusValue } from "../../ffi/systemd/value.ts";
import type { Integer64 } from "../../spec/schema/numbers.ts";
import type { Resources } from "../../spec/schema/resources.ts";
import { isNonzero } from "./cgroup/controller.ts";
import { sharesToWeight } from "./cgroup/cpu.ts";
import { weightToV2 } from "./cgroup/io.ts";
import { swapAlone } from "./cgroup/memory.ts";
import { planBitMask } from "./number_list.ts";

/** One property, as D-Bus has it. */
export interface UnitProperty {
  readonly name: string;
  readonly signature: string;
  readonly value: BusValue;
  /** An older or newer systemd may do without: what it is about is written into the cgroup anyway. */
  readonly mayLack?: true;
}

/** No limit. */
const INFINITY = 0xffff_ffff_ffff_ffffn;

/** What systemd can be told of the resources, by the version of the hierarchy that has the controllers. */
export function resourceProperties(resources: Resources, version: 1 | 2): UnitProperty[] {
  const properties = [
    ...accounting(version),
    ...memoryProperties(resources, version),
    ...cpuProperties(resources, version),
    ...(version === 2 ? cpusetProperties(resources) : []),
    ...ioProperties(resources, version),
    ...pidsProperties(resources),
    ...(version === 2 ? unifiedProperties(resources) : []),
  ];
  return properties.map((property) => ({ ...property, mayLack: true }));
}

/** A property of 64 bits without a sign, as nearly all of them are. What has no room there is no limit in practice. */
function number(name: string, value: Integer64): UnitProperty {
  return { name, signature: "t", value: value > INFINITY ? INFINITY : BigInt(value) };
}

/** Without it older ones enable no controller, and newer ones may disable it again. */
function accounting(version: 1 | 2): UnitProperty[] {
  const names = ["CPU", "Memory", version === 2 ? "IO" : "BlockIO", "Tasks"];
  return names.map((name) => ({ name: `${name}Accounting`, signature: "b", value: true }));
}

/** v1 has one property only. */
function memoryProperties({ memory = {} }: Resources, version: 1 | 2): UnitProperty[] {
  const { limit, reservation } = memory;
  const bytes = (name: string, value: Integer64): UnitProperty =>
    number(name, value < 0 ? INFINITY : value);
  const properties: UnitProperty[] = [];
  if (isNonzero(limit)) properties.push(bytes(version === 2 ? "MemoryMax" : "MemoryLimit", limit));
  if (version === 1) return properties;
  if (isNonzero(reservation)) properties.push(bytes("MemoryLow", reservation));
  const swap = swapAlone(memory);
  if (swap !== undefined) properties.push(bytes("MemorySwapMax", swap));
  return properties;
}

/** Microseconds; the kernel's own. */
const DEFAULT_PERIOD = 100_000n;

function cpuProperties({ cpu = {} }: Resources, version: 1 | 2): UnitProperty[] {
  const { shares, quota, period, idle } = cpu;
  const properties: UnitProperty[] = [];
  if (idle === 1 && version === 2) {
    // systemd 252: no weight at all stands for the idle state.
    properties.push(number("CPUWeight", 0));
  } else if (isNonzero(shares)) {
    properties.push(
      version === 2
        ? number("CPUWeight", sharesToWeight(Number(shares)))
        : number("CPUShares", shares),
    );
  }
  if (isNonzero(period)) properties.push(number("CPUQuotaPeriodUSec", period));
  if (quota !== undefined) {
    const usual = isNonzero(period) ? BigInt(period) : DEFAULT_PERIOD;
    properties.push(quotaProperty(quota > 0 ? BigInt(quota) : undefined, usual));
  }
  return properties;
}

/** What systemd keeps of a share of time is a whole number of percents. */
const PERCENT = 10_000n;

/** Microseconds of each second, rounded up: what the cgroup has must fit into what systemd believes. */
function quotaProperty(quota: bigint | undefined, period: bigint): UnitProperty {
  if (quota === undefined) return number("CPUQuotaPerSecUSec", INFINITY);
  const share = divideUp(quota * 1_000_000n, period);
  return number("CPUQuotaPerSecUSec", divideUp(share, PERCENT) * PERCENT);
}

function divideUp(a: bigint, b: bigint): bigint {
  return (a + b - 1n) / b;
}

/** systemd 244. It leaves v1's cpuset alone. */
function cpusetProperties({ cpu: { cpus = "", mems = "" } = {} }: Resources): UnitProperty[] {
  return [
    ...maskIfAny("AllowedCPUs", cpus),
    ...maskIfAny("AllowedMemoryNodes", mems),
  ];
}

function mask(name: string, list: string): UnitProperty {
  return { name, signature: "ay", value: planBitMask(list).bytes };
}

/** Limits of devices systemd takes as well, but never touches those that it was not told of. */
function ioProperties({ blockIO: { weight } = {} }: Resources, version: 1 | 2): UnitProperty[] {
  if (!isNonzero(weight)) return [];
  return [
    version === 2 ? number("IOWeight", weightToV2(weight)) : number("BlockIOWeight", weight),
  ];
}

/** By itself systemd would set one (DefaultTasksMax, 15 % of what the host can have), of which the configuration knows nothing. */
function pidsProperties({ pids: { limit = -1 } = {} }: Resources): UnitProperty[] {
  // It does not take 0; with the container's program in it, no fork will do as well.
  return [number("TasksMax", limit < 0 ? INFINITY : limit < 1 ? 1 : limit)];
}

/** Files of cgroup v2 → properties with the same values. */
const UNIFIED: Readonly<Record<string, string>> = {
  "cpu.weight": "CPUWeight",
  "memory.min": "MemoryMin",
  "memory.low": "MemoryLow",
  "memory.high": "MemoryHigh",
  "memory.max": "MemoryMax",
  "memory.swap.max": "MemorySwapMax",
  "memory.zswap.max": "MemoryZSwapMax",
  "pids.max": "TasksMax",
};

/** They come last, as the files do: of two properties with one name the later one holds. */
function unifiedProperties({ unified = {} }: Resources): UnitProperty[] {
  return Object.entries(unified).flatMap(([file, content]): UnitProperty[] => {
    const text = content.trim();
    const name = Object.hasOwn(UNIFIED, file) ? UNIFIED[file] : undefined;
    if (name !== undefined) {
      const value = text === "max" ? INFINITY : /^\d+$/.test(text) ? BigInt(text) : undefined;
      return value === undefined ? [] : [number(name, value)];
    }
    switch (file) {
      case "cpuset.cpus":
        return maskIfAny("AllowedCPUs", text);
      case "cpuset.mems":
        return maskIfAny("AllowedMemoryNodes", text);
      case "cpu.max":
        return maxProperties(text);
      case "io.weight":
        return weightProperties(text);
      default:
        return [];
    }
  });
}

/** What the kernel makes of a list that we cannot read is not known here; it will say so itself. */
function maskIfAny(name: string, list: string): UnitProperty[] {
  try {
    return list === "" ? [] : [mask(name, list)];
  } catch {
    return [];
  }
}

/** "quota", or "quota period". */
function maxProperties(text: string): UnitProperty[] {
  const [, quota, period] = /^(\d+|max)(?: +(\d+))?$/.exec(text) ?? [];
  if (quota === undefined || period === "0") return [];
  const time = period === undefined ? DEFAULT_PERIOD : BigInt(period);
  return [
    ...(period === undefined ? [] : [number("CPUQuotaPeriodUSec", time)]),
    quotaProperty(quota === "max" ? undefined : BigInt(quota), time),
  ];
}

/** "100" or "default 100"; a line of a device's is not the cgroup's weight. */
function weightProperties(text: string): UnitProperty[] {
  const [, weight] = /^(?:default +)?(\d+)$/.exec(text) ?? [];
  return weight === undefined ? [] : [number("IOWeight", BigInt(weight))];
}
