/**
 * Device rules → properties of a unit of systemd.
 *
 * What holds is our own program, or v1's list. systemd's beside it may not forbid more; without one, it would take ours away
 * where there is only room for one of them (v1) when it comes by.
 *
 * @see systemd.resource-control(5)
 * @module
 */
import { type DeviceException, type DeviceList, deviceList } from "./device_list.ts";
import { ACCESS, type DeviceRule, isEverything } from "./device_rules.ts";
import type { UnitProperty } from "./systemd_resources.ts";

/** The policy, and the list of what it allows. Without rules there is none. */
export function deviceProperties(rules: readonly DeviceRule[]): UnitProperty[] {
  if (rules.length === 0) return [];
  const { allowsAll, exceptions } = listOf(rules);
  // It knows no list of what is forbidden.
  const [policy, allowed] = allowsAll ? ["auto", []] : ["strict", exceptions];
  return [
    { name: "DevicePolicy", signature: "s", value: policy, mayLack: true },
    { name: "DeviceAllow", signature: "a(ss)", value: allowed.flatMap(entries), mayLack: true },
  ];
}

/** The exact list; where v1's form has none, one that allows what any rule allows. */
function listOf(rules: readonly DeviceRule[]): DeviceList {
  try {
    return deviceList(rules);
  } catch {
    const start = rules.findLastIndex(isEverything);
    const allowing = rules.slice(start + 1).filter(({ allow }) => allow);
    return start >= 0 && rules[start]!.allow
      ? { allowsAll: true, exceptions: [] }
      : deviceList(allowing);
  }
}

/** `["/dev/char/1:3", "rwm"]`, `["char-136", "rwm"]`, `["block-*", "m"]` */
function entries({ type, major, minor, access }: DeviceException): [string, string][] {
  const kind = type === "b" ? "block" : "char";
  const letters = (["r", "w", "m"] as const).filter((letter) => (access & ACCESS[letter]) !== 0);
  // A minor with every major is more than it can say: with every minor, then.
  const devices = major === undefined
    ? `${kind}-*`
    : minor === undefined
    ? `${kind}-${major}`
    : `/dev/${kind}/${major}:${minor}`;
  return [[devices, letters.join("")]];
}
