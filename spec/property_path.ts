/** Paths of properties, as people write them: `linux.sysctl["net.ipv4.ip_forward"]`. @module */

const PLAIN = /^[A-Za-z_][\w-]*$/;

/** The path of the member `key` of the object at `path`; quoted when it could be misread. */
export function member(path: string, key: string): string {
  if (!PLAIN.test(key)) return `${path}[${JSON.stringify(key)}]`;
  return path === "" ? key : `${path}.${key}`;
}

/** The path of the entry `index` of the array at `path`. */
export function entry(path: string, index: number): string {
  return `${path}[${index}]`;
}

/** The path that a list of keys and indices leads to from `parent`. */
export function joinPath(keys: readonly PropertyKey[], parent = ""): string {
  let path = parent;
  for (const key of keys) {
    path = typeof key === "number" ? entry(path, key) : member(path, String(key));
  }
  return path;
}

/** Whether the property at `path` is the one at `ancestor`, or lies within it. */
export function isWithin(path: string, ancestor: string): boolean {
  if (!path.startsWith(ancestor)) return false;
  const next = path[ancestor.length];
  return ancestor === "" || next === undefined || next === "." || next === "[";
}
