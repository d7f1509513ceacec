/**
 * What a controller's file has to offer: whether its part of `linux.resources` is set, and the files that say so.
 *
 * @module
 */
import type { Resources } from "../../../spec/schema/resources.ts";
import type { Integer64 } from "../../../spec/schema/numbers.ts";
import { refusal } from "../refusal.ts";

/** Of the hierarchy that has the controller. */
export type CgroupVersion = 1 | 2;

/** What to write; a function where it depends on what the file holds. */
export type Content = string | ((current: string) => string);

/** One setting, as something to write. */
export interface CgroupWrite {
  /** Where it stands in the configuration, for messages. */
  readonly property: string;
  /**
   * Name → content. Mostly one; where kernels differ in what they call a file, all names: every one that is there gets
   * written, and there must be one.
   */
  readonly files: Readonly<Record<string, Content>>;
  /** Without file or controller it is as the setting wants it. */
  readonly mayLack?: true;
  /** The files that tell what is in use, for a limit that must not be below that. */
  readonly usage?: Usage;
}

/** How much is in use. */
export interface Usage {
  readonly current: string;
  readonly peak: string;
  /** The kernel would accept the limit, and kill for it: `checkBeforeUpdate`. */
  readonly check: boolean;
}

/** A controller of cgroups(7), with the part of `linux.resources` that is its business. */
export interface Controller {
  /** What the kernel calls it, by version; absent where it has none. */
  readonly names: { readonly [V in CgroupVersion]?: string };
  /** Whether the configuration asks for anything of it. */
  readonly isSet: (resources: Resources) => boolean;
  /**
   * The files to write, in the order in which a new cgroup takes them.
   *
   * @throws {ConfigError} For what that version has no setting for (MUST, config-linux.md#configLinuxControlGroups).
   */
  readonly plan: { readonly [V in CgroupVersion]: (resources: Resources) => CgroupWrite[] };
}

/** A setting in one file. */
export function write(property: string, file: string, content: Content): CgroupWrite {
  return { property: `linux.resources.${property}`, files: { [file]: content } };
}

/** The same, where nothing to write is no loss. */
export function writeIfThere(property: string, file: string, content: Content): CgroupWrite {
  return { ...write(property, file, content), mayLack: true };
}

/**
 * Whether a number asks for something. Where 0 makes no sense callers mean by it that they say nothing: their JSON comes
 * from structs in which a number is always there.
 */
export function isNonzero(value: Integer64 | undefined): value is Integer64 {
  return value !== undefined && BigInt(value) !== 0n;
}

/** Refuses what only cgroup v1 has. */
export function refuseOnV2(property: string, why = "cgroup v2 has no such setting"): never {
  throw refusal(`linux.resources.${property}`, why);
}
