/**
 * Statistics of huge pages.
 *
 * @see Documentation/admin-guide/cgroup-v1/hugetlb.rst
 * @module
 */
import type { Integer64 } from "../../../spec/schema/numbers.ts";
import type { Cgroup, ControllerDirectory } from "../manager.ts";
import { omitEmpty, parseNumber, parsePairs, readIfAny } from "./values.ts";

/** Bytes, and how often the limit was met. */
export interface HugetlbEntry {
  readonly usage?: Integer64;
  /** v1 only. */
  readonly max?: Integer64;
  readonly failcnt: Integer64;
}

/** The member `hugetlb`, by the size of the pages as in the files' names. */
export type HugetlbStats = Readonly<Record<string, HugetlbEntry>>;

/** The sizes of which a cgroup has files, smallest first. */
export function pageSizes(files: readonly string[]): string[] {
  const sizes = files.flatMap((file) => /^hugetlb\.(\d+[KMG]B)\./.exec(file)?.[1] ?? []);
  return [...new Set(sizes)].sort((a, b) => bytes(a) - bytes(b));
}

function bytes(size: string): number {
  return Number.parseInt(size) * 1024 ** ("KMG".indexOf(size.at(-2)!) + 1);
}

/** Reads the statistics. */
export function readHugetlbStats(cgroup: Cgroup): HugetlbStats {
  const place = cgroup.find("hugetlb");
  if (place === undefined) return {};
  const files = [...Deno.readDirSync(place.directory)].map(({ name }) => name);
  return Object.fromEntries(pageSizes(files).map((size) => [size, readEntry(place, size)]));
}

/** What was reserved counts, where the kernel counts it (Linux 5.7): that is what fails first. */
function readEntry({ version, directory }: ControllerDirectory, size: string): HugetlbEntry {
  const [current, most] = version === 1
    ? ["usage_in_bytes", "max_usage_in_bytes"]
    : ["current", undefined];
  const reserved = readIfAny(directory, `hugetlb.${size}.rsvd.${current}`);
  const prefix = reserved === undefined ? `hugetlb.${size}` : `hugetlb.${size}.rsvd`;
  const number = (name: string): Integer64 =>
    parseNumber(readIfAny(directory, `${prefix}.${name}`) ?? "0");
  return {
    ...omitEmpty({
      usage: reserved === undefined ? number(current!) : parseNumber(reserved),
      max: most === undefined ? 0 : number(most),
    }),
    failcnt: version === 1
      ? number("failcnt")
      : parsePairs(readIfAny(directory, `hugetlb.${size}.events`) ?? "").max ?? 0,
  };
}
