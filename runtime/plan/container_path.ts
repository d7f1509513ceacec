/**
 * Paths of the container, as text.
 *
 * @module
 */

/** The names of a path, without empty ones and `.`. */
export function pathNames(path: string): string[] {
  return path.split("/").filter((name) => name !== "" && name !== ".");
}

/**
 * The path as it would be if there were no links: absolute, without `.`, `..` and double slashes. For decisions about
 * names only, never to open anything by.
 */
export function cleanPath(path: string): string {
  const names: string[] = [];
  for (const name of pathNames(path)) {
    if (name === "..") names.pop();
    else names.push(name);
  }
  return `/${names.join("/")}`;
}
