/** The `hooks` object. @module */

import * as z from "zod/mini";
import { integer } from "./numbers.ts";
import { optional } from "./optional.ts";
import { string } from "./scalars.ts";

/** A program to run at a point of the container's life. @see config.md#configHooks */
export const Hook = z.object({
  /** As execve(2)'s *pathname*; MUST be absolute. */
  path: string,
  /** As execve(2)'s *argv*, hence with `argv[0]`. */
  args: optional.strings,
  /** Exactly the environment; absent, it is the runtime's own (the text is silent). */
  env: optional.strings,
  /** Seconds until the hook is aborted, which counts as its failure. */
  timeout: z.optional(integer(1, Number.MAX_SAFE_INTEGER)),
});

/** See {@linkcode Hook}. */
export type Hook = z.infer<typeof Hook>;

const list = z.optional(z.array(Hook));

/** The hooks by kind; those of one kind MUST run in the listed order. @see config.md#configHooks */
export const Hooks = z.object({
  /** Deprecated in favour of `createRuntime`. @see config.md#configHooksPrestart */
  prestart: list,
  /** @see config.md#configHooksCreateRuntime */
  createRuntime: list,
  /** @see config.md#configHooksCreateContainer */
  createContainer: list,
  /** @see config.md#configHooksStartContainer */
  startContainer: list,
  /** @see config.md#configHooksPoststart */
  poststart: list,
  /** @see config.md#configHooksPoststop */
  poststop: list,
});

/** See {@linkcode Hooks}. */
export type Hooks = z.infer<typeof Hooks>;
