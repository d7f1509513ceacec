/**
 * config.json as a whole.
 *
 * The schemas follow the text of the runtime-spec where its JSON Schema is looser (`root` and
 * `process.args` are required, for example) or stricter (`pids.limit` and `fileMode`). A property
 * that they do not name MUST be ignored (config.md#configExtensibility): it is left out of the
 * result, and so are the objects of other platforms (platforms.ts).
 *
 * @module
 */

import * as z from "zod/mini";
import { Hooks } from "./hooks.ts";
import { Linux } from "./linux.ts";
import { Mount } from "./mount.ts";
import { optional } from "./optional.ts";
import { Process } from "./process.ts";
import { string } from "./scalars.ts";

/** The container's root file system. @see config.md#configRoot */
export const Root = z.object({
  /** Absolute, or relative to the bundle. */
  path: string,
  /** Absent, false. */
  readonly: optional.boolean,
});

/** See {@linkcode Root}. */
export type Root = z.infer<typeof Root>;

/** The configuration of a container. @see config.md#configuration */
export const Config = z.object({
  /** MUST be SemVer 2.0.0. @see config.md#configSpecificationVersion */
  ociVersion: string,
  root: Root,
  /** @see config.md#configMounts */
  mounts: z.optional(z.array(Mount)),
  /** Required by `start`, not by `create`. @see config.md#configProcess */
  process: z.optional(Process),
  /** @see config.md#configHostname */
  hostname: optional.string,
  /** Since 1.1.0. @see config.md#configDomainname */
  domainname: optional.string,
  /** @see config.md#configHooks */
  hooks: z.optional(Hooks),
  /** @see config.md#configAnnotations */
  annotations: optional.stringMap,
  linux: z.optional(Linux),
});

/** See {@linkcode Config}. */
export type Config = z.infer<typeof Config>;
