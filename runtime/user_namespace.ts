/**
 * What the user namespace that we run in allows.
 *
 * @module
 */

/** Whether it is another one than the first, which maps every ID onto itself. @see user_namespaces(7) */
export function inUserNamespace(): boolean {
  try {
    const map = Deno.readTextFileSync("/proc/self/uid_map");
    return map.trim().replace(/\s+/g, " ") !== "0 0 4294967295";
  } catch {
    // A kernel without user namespaces has no such file.
    return false;
  }
}

/** Whether setgroups(2) is allowed: who makes a user namespace without privileges gives it up, for good. */
export function isSetgroupsAllowed(): boolean {
  try {
    return Deno.readTextFileSync("/proc/self/setgroups").trim() === "allow";
  } catch {
    return true;
  }
}
