/**
 * Paths as the caller gave them.
 *
 * @module
 */

/**
 * A path made absolute, otherwise as it stands: `..` after a link means what the kernel makes of it.
 *
 * @param from The directory that a relative path starts from, absolute. The current directory by default; it is looked
 * up only when it is needed, because it may have been removed.
 */
export function absolutePath(path: string, from?: string): string {
  if (path.startsWith("/")) return path;
  const start = from ?? Deno.cwd();
  return start === "/" ? `/${path}` : `${start}/${path}`;
}

/** An absolute path without `.`, `..`, and repeated or trailing slashes, by the letters alone. */
export function cleanPath(path: string): string {
  const parts: string[] = [];
  for (const part of path.split("/")) {
    if (part === "..") parts.pop();
    else if (part !== "" && part !== ".") parts.push(part);
  }
  return "/" + parts.join("/");
}
