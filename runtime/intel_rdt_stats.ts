/**
 * Statistics of resctrl.
 *
 * Members are named by the files that they come from; what the machine does not have is left out.
 *
 * @see Documentation/filesystems/resctrl.rst
 * @module
 */
import { readSmallFile } from "../ffi/small_file.ts";
import type { Integer64 } from "../spec/schema/numbers.ts";
import { omitEmpty, parseNumber } from "./cgroup/stats/values.ts";
import type { SavedIntelRdt } from "./intel_rdt.ts";

/** What the L3 cache can be divided into. */
export interface L3CacheInfo {
  readonly cbm_mask?: string;
  readonly min_cbm_bits?: Integer64;
  readonly num_closids?: Integer64;
}

/** What memory bandwidth can be divided into. */
export interface MemBwInfo {
  readonly bandwidth_gran?: Integer64;
  readonly delay_linear?: Integer64;
  readonly min_bandwidth?: Integer64;
  readonly num_closids?: Integer64;
}

/** The bytes that went over one memory controller. */
export interface MbmStats {
  readonly mbm_total_bytes?: Integer64;
  readonly mbm_local_bytes?: Integer64;
}

/** The bytes that are held in one cache. */
export interface CmtStats {
  readonly llc_occupancy?: Integer64;
}

/** The member `intel_rdt`. */
export interface IntelRdtStats {
  readonly l3_cache_info?: L3CacheInfo;
  readonly l3_cache_schema_root?: string;
  readonly l3_cache_schema?: string;
  readonly mem_bw_info?: MemBwInfo;
  readonly mem_bw_schema_root?: string;
  readonly mem_bw_schema?: string;
  readonly schemata?: readonly string[];
  readonly mbm_stats?: readonly MbmStats[];
  readonly cmt_stats?: readonly CmtStats[];
}

const L3 = ["L3", "L3CODE", "L3DATA"];
const MB = ["MB"];

/**
 * Reads the statistics.
 *
 * @param root Where resctrl is mounted.
 */
export function readIntelRdtStats(root: string, group: SavedIntelRdt): IntelRdtStats {
  const everyone = schemataOf(root);
  const own = schemataOf(group.directory);
  return {
    ...member("l3_cache_info", l3CacheInfo(root)),
    ...omitEmpty({
      l3_cache_schema_root: linesOf(everyone, L3),
      l3_cache_schema: linesOf(own, L3),
    }),
    ...member("mem_bw_info", memBwInfo(root)),
    ...omitEmpty({
      mem_bw_schema_root: linesOf(everyone, MB),
      mem_bw_schema: linesOf(own, MB),
      schemata: own,
    }),
    ...monitoringOf(group),
  };
}

function schemataOf(directory: string): string[] {
  const lines = (readSmallFile(`${directory}/schemata`) ?? "").split("\n");
  return lines.map((line) => line.trim()).filter((line) => line !== "");
}

function linesOf(schemata: readonly string[], resources: readonly string[]): string {
  return schemata.filter((line) => resources.includes(line.split(":")[0]!)).join("\n");
}

function l3CacheInfo(root: string): L3CacheInfo {
  const directory = ["L3", "L3CODE"].map((name) => `${root}/info/${name}`).find((path) =>
    readSmallFile(`${path}/cbm_mask`) !== undefined
  );
  if (directory === undefined) return {};
  return omitEmpty({
    cbm_mask: readSmallFile(`${directory}/cbm_mask`) ?? "",
    min_cbm_bits: count(directory, "min_cbm_bits"),
    num_closids: count(directory, "num_closids"),
  });
}

function memBwInfo(root: string): MemBwInfo {
  const directory = `${root}/info/MB`;
  return omitEmpty({
    bandwidth_gran: count(directory, "bandwidth_gran"),
    delay_linear: count(directory, "delay_linear"),
    min_bandwidth: count(directory, "min_bandwidth"),
    num_closids: count(directory, "num_closids"),
  });
}

/** Of the container alone: a class of service with a name of its own may have others in it. */
function monitoringOf({ monitor, directory, made }: SavedIntelRdt): IntelRdtStats {
  const group = monitor ?? (made.includes(directory) ? directory : undefined);
  const domains = group === undefined ? [] : domainsOf(`${group}/mon_data`);
  return omitEmpty({
    mbm_stats: saying(domains.map((domain) =>
      omitEmpty({
        mbm_total_bytes: count(domain, "mbm_total_bytes"),
        mbm_local_bytes: count(domain, "mbm_local_bytes"),
      })
    )),
    cmt_stats: saying(
      domains.map((domain) => omitEmpty({ llc_occupancy: count(domain, "llc_occupancy") })),
    ),
  });
}

/** The directories of the L3 caches, in their order. */
function domainsOf(directory: string): string[] {
  try {
    return [...Deno.readDirSync(directory)].map(({ name }) => name)
      .filter((name) => name.startsWith("mon_L3_")).sort().map((name) => `${directory}/${name}`);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}

/** Undefined where there is no number: a domain may answer "Unavailable". */
function count(directory: string, file: string): Integer64 | undefined {
  const text = readSmallFile(`${directory}/${file}`)?.trim() ?? "";
  return /^\d+$/.test(text) ? parseNumber(text) : undefined;
}

/** Empty where no domain has anything to say: the machine does not monitor it. */
function saying<T extends object>(entries: readonly T[]): readonly T[] {
  return entries.every((entry) => Object.keys(entry).length === 0) ? [] : entries;
}

function member<K extends string, T extends object>(key: K, value: T): { [P in K]?: T } {
  return (Object.keys(value).length === 0 ? {} : { [key]: value }) as { [P in K]?: T };
}
