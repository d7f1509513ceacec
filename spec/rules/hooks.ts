/** Rules on `hooks`. @module */

import { HOOK_NAMES } from "../hooks.ts";
import { entry } from "../property_path.ts";
import { type Report, requireAbsolute, type Rule } from "../rule.ts";
import type { Config } from "../schema/config.ts";

/** The path of a hook. */
export const HOOK_RULES: readonly Rule[] = [{ reads: ["hooks"], check: checkHooks }];

function checkHooks({ hooks = {} }: Config, report: Report): void {
  for (const name of HOOK_NAMES) {
    for (const [index, hook] of (hooks[name] ?? []).entries()) {
      requireAbsolute(`${entry(`hooks.${name}`, index)}.path`, hook.path, report);
    }
  }
}
