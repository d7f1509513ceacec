/**
 * The project's own lint rules, which `deno lint` and every editor run.
 *
 * @module
 */
/// <reference lib="deno.unstable" />
import { hashPrivate, noDefaultExport, noTopLevelArrow, noTopLevelSideEffects } from "./forms.ts";
import { importDownOnly, noNodeImports } from "./imports.ts";
import { forkWindow, noNonblocking, planIsPure, rawMemoryInFfiOnly } from "./purity.ts";

const plugin: Deno.lint.Plugin = {
  name: "runts",
  rules: {
    "import-down-only": importDownOnly,
    "no-node-imports": noNodeImports,
    "raw-memory-in-ffi-only": rawMemoryInFfiOnly,
    "plan-is-pure": planIsPure,
    "fork-window": forkWindow,
    "no-nonblocking": noNonblocking,
    "no-default-export": noDefaultExport,
    "no-top-level-side-effects": noTopLevelSideEffects,
    "no-top-level-arrow": noTopLevelArrow,
    "hash-private": hashPrivate,
  },
};

export default plugin;
