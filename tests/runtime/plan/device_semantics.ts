/** What device rules mean, written down in the plainest way: the measure for both of their translations. */
import {
  ALL_ACCESS,
  type DevicePattern,
  type DeviceRule,
} from "../../../runtime/plan/device_rules.ts";

/** What somebody wants to do. */
export interface Request {
  readonly type: "b" | "c";
  readonly major: number;
  readonly minor: number;
  readonly access: number;
}

function matches(pattern: DevicePattern, { type, major, minor }: Request): boolean {
  return (pattern.type === "a" || pattern.type === type) &&
    (pattern.major ?? major) === major && (pattern.minor ?? minor) === minor;
}

/** Every access by itself: the last rule that speaks of it decides, and without one it is denied. */
export function isAllowed(rules: readonly DeviceRule[], request: Request): boolean {
  return [1, 2, 4].filter((bit) => (request.access & bit) !== 0).every((bit) =>
    rules.findLast((rule) => (rule.access & bit) !== 0 && matches(rule, request))?.allow ?? false
  );
}

/** All that can be asked of a few devices. */
export const REQUESTS: readonly Request[] = (["b", "c"] as const).flatMap((type) =>
  [0, 1, 2].flatMap((major) =>
    [0, 1, 2].flatMap((minor) =>
      [1, 2, 3, 4, 5, 6, 7].map((access) => ({
        type,
        major,
        minor,
        access,
      }))
    )
  )
);

/** Numbers from 0 up to `below`, the same each time. */
export function generator(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    // Mulberry32.
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) % below;
  };
}

/** Rules about the same few devices, so that they meet. */
export function randomRules(next: (below: number) => number): DeviceRule[] {
  return Array.from({ length: 1 + next(7) }, (_, index): DeviceRule => ({
    property: `linux.resources.devices[${index}]`,
    allow: next(2) === 1,
    type: (["a", "b", "c"] as const)[next(3)]!,
    major: next(2) === 0 ? undefined : next(3),
    minor: next(2) === 0 ? undefined : next(3),
    access: next(2) === 0 ? ALL_ACCESS : 1 + next(7),
  }));
}
