/**
 * The tables that the lint rules hold: who may import whom, and where the special zones are.
 *
 * Paths are relative to the project's root; one that ends in "/" stands for everything below it.
 *
 * @module
 */

/** A floor of the house, and what it may stand on. */
export interface Floor {
  readonly path: string;
  /** Own paths that it may import, itself included where that makes sense. */
  readonly imports: readonly string[];
  /** Packages that it may import, by the import map's name. */
  readonly packages: readonly string[];
}

/** Imports point down. The first floor whose path fits a file is the one that it stands on. */
export const FLOORS: readonly Floor[] = [
  { path: "runtime/plan/", imports: ["runtime/plan/", "spec/", "ffi/"], packages: [] },
  { path: "runtime/", imports: ["runtime/", "spec/", "ffi/"], packages: [] },
  { path: "ffi/", imports: ["ffi/"], packages: [] },
  { path: "spec/", imports: ["spec/"], packages: ["zod/mini"] },
  { path: "mod.ts", imports: ["runtime/", "spec/"], packages: [] },
];

/**
 * The files of ffi/ that only hold constants, layouts and printing, so that the pure floor may use their values.
 * (A meta test follows their imports and checks that none of them reaches the kernel.)
 */
export const PURE_FFI =
  /^ffi\/(?:[a-z0-9_]+\/)*(?:[a-z0-9_]+_)?(?:constants|errno|flags|layouts|numbers|struct|align|attribute|message|signature)\.ts$/;

/** What runs in a forked child, where only synchronous FFI and plain JavaScript are safe. */
export const FORK_WINDOW: readonly string[] = [
  "ffi/fork.ts",
  "runtime/init.ts",
  "runtime/intermediate.ts",
  "runtime/steps/",
];

/** What the program is made of: rules about modules that are loaded at its start hold here. */
export const PROGRAM: readonly string[] = ["spec/", "ffi/", "runtime/", "mod.ts"];

/** Where an address may be a number. Tests may look at memory, too. */
export const RAW_MEMORY: readonly string[] = ["ffi/", "tests/"];

/** Whether a path is one of the table's, or below one. */
export function isIn(path: string, table: readonly string[]): boolean {
  return table.some((entry) => entry.endsWith("/") ? path.startsWith(entry) : path === entry);
}

/** The floor that a file stands on; tests, examples and build scripts stand outside of the house. */
export function floorOf(path: string): Floor | undefined {
  return FLOORS.find((floor) => isIn(path, [floor.path]));
}

const ROOT = new URL("../../", import.meta.url).pathname;

/** A file's path from the project's root, or undefined for one that is not below it. */
export function projectPath(filename: string): string | undefined {
  return filename.startsWith(ROOT) ? filename.slice(ROOT.length) : undefined;
}

/** Where a relative import leads, from the project's root; undefined for a package. */
export function importedPath(importer: string, specifier: string): string | undefined {
  if (!specifier.startsWith("./") && !specifier.startsWith("../")) return undefined;
  const url = new URL(specifier, new URL(importer, "file:///root/of/the/project/"));
  return url.pathname.replace(/^\/root\/of\/the\/project\//, "");
}
