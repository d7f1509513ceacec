/** Properties of plain documents by their paths. */

/** The keys and indices of a path such as `linux.sysctl["a.b"]` or `mounts[0].type`. */
function keysOf(path: string): string[] {
  const parts = path.matchAll(/\[("(?:[^"\\]|\\.)*"|\d+)\]|[^.[\]]+/g);
  return [...parts].map(([whole, quoted]) => {
    if (quoted === undefined) return whole;
    return quoted.startsWith('"') ? JSON.parse(quoted) as string : quoted;
  });
}

/** Sets a property, or with `undefined` removes it; what it is in must be there. */
export function setAt(document: unknown, path: string, value: unknown): void {
  const keys = keysOf(path);
  const last = keys.pop()!;
  let parent = document as Record<string, unknown>;
  for (const key of keys) {
    // Parts of the full config are shared: only one of their places is meant.
    parent[key] = structuredClone(parent[key]);
    parent = parent[key] as Record<string, unknown>;
  }
  if (value === undefined) delete parent[last];
  // Also for `__proto__`, as JSON.parse does it.
  else Object.defineProperty(parent, last, { value, enumerable: true, configurable: true });
}
