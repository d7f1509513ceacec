/**
 * Device rules as cgroup v1 keeps them: everything is denied or everything allowed, but for a list of exceptions.
 *
 * @see Documentation/admin-guide/cgroup-v1/devices.rst
 * @module
 */
import {
  ACCESS,
  type DevicePattern,
  type DeviceRule,
  isEverything,
  numbersOf,
} from "./device_rules.ts";
import { refusal } from "./refusal.ts";

/** An exception; v1 has none for both types of devices. */
export interface DeviceException extends DevicePattern {
  readonly type: "b" | "c";
}

/** What `devices.list` comes to. */
export interface DeviceList {
  /** What the exceptions are from. */
  readonly allowsAll: boolean;
  readonly exceptions: readonly DeviceException[];
}

/**
 * The state that the rules lead to.
 *
 * The kernel forgets an exception only when it is named exactly, and takes no exception from an exception: a rule that
 * would make one, it would pass over in silence.
 *
 * @throws {ConfigError} For such a rule.
 */
export function deviceList(rules: readonly DeviceRule[]): DeviceList {
  let allowsAll = false;
  let exceptions: DeviceException[] = [];
  for (const rule of rules) {
    if (isEverything(rule)) {
      allowsAll = rule.allow;
      exceptions = [];
      continue;
    }
    for (const type of rule.type === "a" ? ["b", "c"] as const : [rule.type]) {
      const exception = { ...rule, type };
      exceptions = rule.allow === allowsAll
        ? without(exceptions, exception)
        : withException(exceptions, exception);
    }
  }
  return { allowsAll, exceptions: exceptions.map(bare) };
}

function without(exceptions: DeviceException[], rule: DeviceRule & DeviceException) {
  return exceptions.flatMap((exception) => {
    if (!overlaps(exception, rule)) return [exception];
    if (!covers(rule, exception)) {
      throw refusal(
        rule.property,
        `cgroup v1 cannot take ${describe(rule)} out of ${describe(exception)}`,
      );
    }
    const access = exception.access & ~rule.access;
    return access === 0 ? [] : [{ ...exception, access }];
  });
}

/** One exception has to hold all that an open(2) asks for: so it gets what wider ones say, and adds to narrower ones. */
function withException(
  exceptions: DeviceException[],
  added: DeviceException,
): DeviceException[] {
  const access = exceptions.filter((other) => covers(other, added))
    .reduce((sum, other) => sum | other.access, added.access);
  const others = exceptions.filter((other) => !isSame(other, added))
    .map((other) =>
      covers(added, other) ? { ...other, access: other.access | added.access } : other
    );
  return [...others, { ...added, access }];
}

function overlaps(a: DeviceException, b: DeviceException): boolean {
  return a.type === b.type && (a.access & b.access) !== 0 &&
    [[a.major, b.major], [a.minor, b.minor]].every(([x, y]) =>
      x === undefined || y === undefined || x === y
    );
}

function covers(wide: DeviceException, narrow: DeviceException): boolean {
  return wide.type === narrow.type &&
    (wide.major === undefined || wide.major === narrow.major) &&
    (wide.minor === undefined || wide.minor === narrow.minor);
}

function isSame(a: DeviceException, b: DeviceException): boolean {
  return covers(a, b) && covers(b, a);
}

function bare({ type, major, minor, access }: DeviceException): DeviceException {
  return { type, major, minor, access };
}

function describe(exception: DeviceException): string {
  return JSON.stringify(exceptionText(exception));
}

/** `c 1:3 rwm`, as the files have it. */
export function exceptionText(exception: DeviceException): string {
  const letters = (["r", "w", "m"] as const).filter((letter) =>
    (exception.access & ACCESS[letter]) !== 0
  );
  return `${exception.type} ${numbersOf(exception)} ${letters.join("")}`;
}

/** Reads `devices.list`. With everything allowed it does not tell the exceptions. */
export function parseDeviceList(text: string): DeviceList {
  const exceptions: DeviceException[] = [];
  for (const line of text.split("\n")) {
    const [, type, major = "", minor = "", access = ""] =
      /^([abc]) (\d+|\*):(\d+|\*) ([rwm]*)$/.exec(line) ?? [];
    if (type === "a") return { allowsAll: true, exceptions: [] };
    if (type !== "b" && type !== "c") continue;
    const sum = [...access].reduce((all, letter) => all | ACCESS[letter as "r" | "w" | "m"], 0);
    exceptions.push({ type, major: numberOf(major), minor: numberOf(minor), access: sum });
  }
  return { allowsAll: false, exceptions };
}

function numberOf(text: string): number | undefined {
  return text === "*" ? undefined : Number(text);
}

/** One line for `devices.allow` or `devices.deny`. */
export interface DeviceListWrite {
  readonly file: "devices.allow" | "devices.deny";
  readonly value: string;
}

/**
 * What leads from one state to another. Denying everything first is avoided where it can be: a running container would be
 * without its devices for a moment, and the kernel refuses it once there are sub-cgroups.
 */
export function deviceListWrites(from: DeviceList, to: DeviceList): DeviceListWrite[] {
  const [yes, no] = ["devices.allow", "devices.deny"] as const;
  const add = to.allowsAll ? no : yes;
  const take = to.allowsAll ? yes : no;
  if (from.allowsAll !== to.allowsAll || from.allowsAll) {
    const lines = to.exceptions.map((exception) => ({
      file: add,
      value: exceptionText(exception),
    }));
    return [{ file: take, value: "a" }, ...lines];
  }
  return [
    // First, so that nothing is missing in between.
    ...missing(to, from).map((value) => ({ file: add, value })),
    ...missing(from, to).map((value) => ({ file: take, value })),
  ];
}

/** What of the first list's exceptions the second does not have. */
function missing(of: DeviceList, from: DeviceList): string[] {
  return of.exceptions.flatMap((exception) => {
    const same = from.exceptions.find((other) => isSame(other, exception));
    const access = exception.access & ~(same?.access ?? 0);
    return access === 0 ? [] : [exceptionText({ ...exception, access })];
  });
}
