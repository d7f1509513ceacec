/**
 * The project's own files, for tests of the project itself.
 *
 * @module
 */

/** The project's root, without a slash at its end. */
export const ROOT: string = new URL("../..", import.meta.url).pathname.replace(/\/$/, "");

/** What is made, fetched or copied from elsewhere. */
const FOREIGN: readonly string[] = [
  ".cache",
  ".git",
  "LICENSE",
  "deno.lock",
  "dist",
  "node_modules",
  "tests/spec/schema",
];

/** The paths of all files of the project below `directory`, from its root. */
export function projectFiles(directory = ""): string[] {
  const files: string[] = [];
  for (const entry of Deno.readDirSync(`${ROOT}/${directory}`)) {
    const path = directory === "" ? entry.name : `${directory}/${entry.name}`;
    if (FOREIGN.includes(path)) continue;
    if (entry.isDirectory) files.push(...projectFiles(path));
    else if (entry.isFile) files.push(path);
  }
  return files.sort();
}

/** What is compiled into the program. */
export function sourceFiles(): string[] {
  return projectFiles().filter((path) => /^(?:(?:ffi|runtime|spec)\/.+|mod)\.ts$/.test(path));
}

/** A file's text. */
export function read(path: string): string {
  return Deno.readTextFileSync(`${ROOT}/${path}`);
}
