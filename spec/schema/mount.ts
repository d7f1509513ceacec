/** An entry of `mounts`. @module */

import * as z from "zod/mini";
import { IDMapping } from "./lists.ts";
import { optional } from "./optional.ts";
import { string } from "./scalars.ts";

/** A mount beside the root, MUST be done in the listed order. @see config.md#configMounts */
export const Mount = z.object({
  /** Path in the container; a relative one (deprecated) is relative to `/`. */
  destination: string,
  /** Device, file or directory (absolute or relative to the bundle), or a dummy. */
  source: optional.string,
  /** File system, from /proc/filesystems; a dummy for a bind mount. @see config.md#configPOSIXMounts */
  type: optional.string,
  /** `bind` or `rbind` makes it a bind mount. @see config.md#configLinuxMountOptions */
  options: optional.strings,
  /** MUST come with `gidMappings`. Since 1.1.0. @see config.md#configPOSIXMounts */
  uidMappings: z.optional(z.array(IDMapping)),
  /** MUST come with `uidMappings`. Since 1.1.0. @see config.md#configPOSIXMounts */
  gidMappings: z.optional(z.array(IDMapping)),
});

/** See {@linkcode Mount}. */
export type Mount = z.infer<typeof Mount>;
