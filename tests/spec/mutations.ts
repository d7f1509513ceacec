/** Documents changed at random, and made small again when one of them shows a fault. */

/** A generator of numbers in [0, 1): mulberry32. */
export function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/** Values of every type, each of which means trouble somewhere. */
export const STRANGE: readonly unknown[] = [
  null,
  true,
  false,
  0,
  -1,
  1.5,
  1e300,
  2n ** 64n,
  -(2n ** 63n),
  4294967295,
  "",
  "x",
  "/",
  "a/../..",
  "\0",
  "\ud800",
  "net.ipv4.x",
  "0-9999999999",
  [],
  {},
  [[]],
  [null],
  [{}],
  ["x"],
  { x: "y" },
  { "": "" },
  { __proto__: null },
  { constructor: 1, toString: "x" },
];

const { rawJSON, isRawJSON } = JSON as unknown as {
  rawJSON(text: string): unknown;
  isRawJSON(value: unknown): boolean;
};

/** Numbers that JSON can write and a double cannot hold, or not as they stand; ends of the kernel's widths. */
const NUMBERS: readonly unknown[] = [
  ..."1e999 -1e999 1e-400 -0 0.1e1 1E400 123456789012345678901234567890".split(" ").map(rawJSON),
  rawJSON("9".repeat(400)),
  2n ** 63n - 1n,
  2n ** 63n,
  2n ** 64n - 1n,
  -(2n ** 63n) - 1n,
  2 ** 53,
  2147483647,
  -2147483648,
  65535,
  65536,
  4095,
  1,
  -2,
];

const STRINGS: readonly string[] = [
  "\n",
  "a\nb",
  "x\0y",
  "NaN",
  "Infinity",
  "-1",
  " ",
  "..",
  ".",
  ":",
  "a:b:c",
  "max",
  "%d",
  "__proto__",
  "constructor",
  "\u{1f4a9}",
  "\udfff\ud800",
  "x".repeat(70_000),
  "0-65535",
  "65535-0",
  "{'a': <1>}",
  "/proc/self/../sys",
  "ro,rw,\\,=",
];

const KEYS: readonly string[] = [
  "",
  "extra",
  "toString",
  "__proto__",
  "constructor",
  "hasOwnProperty",
  "type",
  "path",
  "name",
  "length",
  "cpu.max",
  "cpuset.cpus",
  "\0",
];

type Tree = Record<string, unknown> | unknown[];

interface Place {
  readonly parent: Tree;
  readonly key: string;
  readonly path: string;
}

type Pick = <T>(list: readonly T[]) => T;

/** Changes one place of `value` in the ways that most bad configs are bad in, and tells the path. */
export function mutate(value: unknown, next: () => number, strange = STRANGE): string {
  const pick: Pick = (list) => list[Math.floor(next() * list.length)]!;
  const place = pick(placesIn(value));
  const choice = next();
  if (choice < 0.15) drop(place);
  else if (choice < 0.3) add(place, pick, strange);
  else put(place, copy(pick(strange)));
  return place.path;
}

/** Changes one place of `value`, in any way at all. */
export function mutateWildly(value: unknown, next: () => number): void {
  const pick: Pick = (list) => list[Math.floor(next() * list.length)]!;
  const places = placesIn(value);
  if (places.length === 0) return;
  const place = pick(places);
  const ways: readonly (() => void)[] = [
    () => drop(place),
    () => add(place, pick, STRANGE),
    () => put(place, copy(pick(STRANGE))),
    () => put(place, pick(NUMBERS)),
    () => put(place, pick(STRINGS)),
    () => put(place, null),
    () => put(place, nested(pick([3, 100, 140]), pick([true, false]))),
    () => rename(place, pick([...KEYS, ...STRINGS])),
    () => swap(place, pick(places)),
    () => put(place, copy(pick(places).parent)),
    () => repeat(place, pick([2, 400])),
  ];
  pick(ways)();
}

/** The smallest document that is left of `value` when all goes of which nothing depends. */
export function shrink(value: unknown, isBad: (value: unknown) => boolean): unknown {
  let best = value;
  for (let again = true; again;) {
    again = false;
    for (let at = 0; at < placesIn(best).length; at++) {
      const smaller = copy(best);
      drop(placesIn(smaller)[at]!);
      if (!isBad(smaller)) continue;
      best = smaller;
      again = true;
      at--;
    }
  }
  return best;
}

/** All entries of arrays and members of objects, at any depth. */
function placesIn(value: unknown): Place[] {
  const places: Place[] = [];
  const visit = (value: unknown, path: string): void => {
    if (!isTree(value)) return;
    for (const [key, item] of Object.entries(value)) {
      const inner = path === "" ? key : `${path}.${key}`;
      places.push({ parent: value, key, path: inner });
      visit(item, inner);
    }
  };
  visit(value, "");
  return places;
}

function isTree(value: unknown): value is Tree {
  return typeof value === "object" && value !== null && !isRawJSON(value);
}

function drop({ parent, key }: Place): void {
  if (Array.isArray(parent)) parent.splice(Number(key), 1);
  else delete parent[key];
}

function add({ parent, key }: Place, pick: Pick, strange: readonly unknown[]): void {
  if (Array.isArray(parent)) parent.push(copy(parent[Number(key)]));
  else define(parent, pick(KEYS), copy(pick(strange)));
}

function put({ parent, key }: Place, value: unknown): void {
  define(parent, key, value);
}

function rename(place: Place, name: string): void {
  if (Array.isArray(place.parent)) return;
  const value = place.parent[place.key];
  drop(place);
  define(place.parent, name, value);
}

/** Both get copies: one place may lie within the other. */
function swap(a: Place, b: Place): void {
  const [ofA, ofB] = [copy(valueAt(a)), copy(valueAt(b))];
  put(a, ofB);
  put(b, ofA);
}

function repeat({ parent, key }: Place, times: number): void {
  if (!Array.isArray(parent)) return;
  parent.push(...Array.from({ length: times }, () => copy(parent[Number(key)])));
}

function valueAt({ parent, key }: Place): unknown {
  return (parent as Record<string, unknown>)[key];
}

function nested(depth: number, inArrays: boolean): unknown {
  let value: unknown = "x";
  for (let i = 0; i < depth; i++) value = inArrays ? [value] : { x: value };
  return value;
}

/** As structuredClone(), which makes of a raw number an object. */
export function copy(value: unknown): unknown {
  if (!isTree(value)) return value;
  if (Array.isArray(value)) return value.map(copy);
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, copy(item)]));
}

/** Also for `__proto__`, as JSON.parse does it. */
function define(parent: Tree, key: string, value: unknown): void {
  Object.defineProperty(parent, key, {
    value,
    enumerable: true,
    configurable: true,
    writable: true,
  });
}
