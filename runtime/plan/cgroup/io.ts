/**
 * The io controller, blkio in v1: weights and rates of block devices.
 *
 * Weights are a matter of the device's scheduler: CFQ (until Linux 5.0) and BFQ have files of their own in v1, BFQ and the
 * io.cost model in v2.
 *
 * @see config-linux.md#configLinuxBlockIO
 * @see Documentation/admin-guide/cgroup-v1/blkio-controller.rst
 * @module
 */
import type { Resources, ThrottleDevice } from "../../../spec/schema/resources.ts";
import { type CgroupWrite, type Controller, isNonzero, refuseOnV2, write } from "./controller.ts";

/** See {@linkcode Controller}. */
export const IO_CONTROLLER: Controller = {
  names: { 1: "blkio", 2: "io" },
  isSet: ({ blockIO: { weight, leafWeight, ...lists } = {} }) =>
    isNonzero(weight) || isNonzero(leafWeight) ||
    Object.values(lists).some((list = []) => list.length > 0),
  plan: { 1: planV1, 2: planV2 },
};

/** Property → v1's file, and the key of v2's `io.max`. */
const THROTTLES = {
  throttleReadBpsDevice: ["blkio.throttle.read_bps_device", "rbps"],
  throttleWriteBpsDevice: ["blkio.throttle.write_bps_device", "wbps"],
  throttleReadIOPSDevice: ["blkio.throttle.read_iops_device", "riops"],
  throttleWriteIOPSDevice: ["blkio.throttle.write_iops_device", "wiops"],
} as const;

function planV1({ blockIO = {} }: Resources): CgroupWrite[] {
  const { weight, leafWeight, weightDevice = [] } = blockIO;
  const writes: CgroupWrite[] = [];
  if (isNonzero(weight)) {
    writes.push(eachOf("weight", { "blkio.bfq.weight": weight, "blkio.weight": weight }));
  }
  if (isNonzero(leafWeight)) writes.push(eachOf("leafWeight", { "blkio.leaf_weight": leafWeight }));
  weightDevice.forEach(({ major, minor, weight, leafWeight }, index) => {
    const property = `weightDevice[${index}]`;
    const device = `${major}:${minor}`;
    if (weight !== undefined) {
      const value = `${device} ${weight}`;
      const files = { "blkio.bfq.weight_device": value, "blkio.weight_device": value };
      writes.push(eachOf(`${property}.weight`, files));
    }
    if (leafWeight !== undefined) {
      const files = { "blkio.leaf_weight_device": `${device} ${leafWeight}` };
      writes.push(eachOf(`${property}.leafWeight`, files));
    }
  });
  // 0 takes a limit away.
  return [...writes, ...throttles(blockIO, ([file], rate) => [file, `${rate}`])];
}

function planV2({ blockIO = {} }: Resources): CgroupWrite[] {
  const { weight, leafWeight, weightDevice = [] } = blockIO;
  if (isNonzero(leafWeight)) refuseOnV2("blockIO.leafWeight");
  const writes: CgroupWrite[] = [];
  if (isNonzero(weight)) writes.push(eachOf("weight", weights(weight, "")));
  weightDevice.forEach(({ major, minor, weight, leafWeight }, index) => {
    const property = `weightDevice[${index}]`;
    if (leafWeight !== undefined) refuseOnV2(`blockIO.${property}.leafWeight`);
    if (weight === undefined) return;
    writes.push(eachOf(`${property}.weight`, weights(weight, `${major}:${minor} `)));
  });
  const limits = throttles(
    blockIO,
    ([, key], rate) => ["io.max", `${key}=${rate === "0" ? "max" : rate}`],
  );
  return [...writes, ...limits];
}

function eachOf(
  property: string,
  values: Readonly<Record<string, string | number>>,
): CgroupWrite {
  const files = Object.entries(values).map(([file, value]) => [file, `${value}`]);
  return { property: `linux.resources.blockIO.${property}`, files: Object.fromEntries(files) };
}

/** A write a device and limit, so that an error names what was wrong; what is not named the kernel leaves as it is. */
function throttles(
  blockIO: NonNullable<Resources["blockIO"]>,
  target: (names: readonly [string, string], rate: string) => readonly [string, string],
): CgroupWrite[] {
  return Object.entries(THROTTLES).flatMap(([property, names]) => {
    const list: readonly ThrottleDevice[] = blockIO[property as keyof typeof THROTTLES] ?? [];
    return list.map(({ major, minor, rate }, index) => {
      const [file, limit] = target(names, `${rate}`);
      return write(`blockIO.${property}[${index}]`, file, `${major}:${minor} ${limit}`);
    });
  });
}

const LEAST_WEIGHT = 10;
const MOST_WEIGHT = 1000;

function weights(weight: number, device: string): Record<string, string> {
  return {
    "io.bfq.weight": `${device}${weight}`,
    "io.weight": `${device}${weightToV2(weight)}`,
  };
}

/** From the configuration's weight (10 to 1000) to that of `io.weight` (1 to 10000), in a straight line. */
export function weightToV2(weight: number): number {
  const part = (weight - LEAST_WEIGHT) / (MOST_WEIGHT - LEAST_WEIGHT);
  return Math.max(1, 1 + Math.floor(part * 9999));
}
