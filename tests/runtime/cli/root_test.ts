import { assertEquals } from "#assert";
import { throws } from "node:assert/strict";
import { chooseRoot, prepareRoot, type Root } from "../../../runtime/cli/root.ts";

interface Case {
  readonly option?: string;
  readonly euid?: number;
  readonly userNamespace?: boolean;
  readonly XDG_RUNTIME_DIR?: string;
  readonly USER?: string;
}

function choose(given: Case): Root {
  return chooseRoot(given.option, {
    euid: () => given.euid ?? 0,
    inUserNamespace: () => given.userNamespace ?? false,
    env: (name) => given[name as "USER"],
  });
}

const SYSTEM: Root = { path: "/run/runts", origin: "system" };
const USER: Root = { path: "/run/user/7/runts", origin: "user" };
const XDG_RUNTIME_DIR = "/run/user/7";

const CASES: readonly (readonly [string, Case, Root])[] = [
  ["root", {}, SYSTEM],
  ["root with a runtime directory", { XDG_RUNTIME_DIR }, SYSTEM],
  ["root as Podman calls it", { XDG_RUNTIME_DIR: "" }, SYSTEM],
  ["a user", { euid: 1000, XDG_RUNTIME_DIR }, USER],
  ["a user named root", { euid: 1000, XDG_RUNTIME_DIR, USER: "root" }, USER],
  ["a user without a runtime directory", { euid: 1000 }, SYSTEM],
  ["a user with an empty runtime directory", { euid: 1000, XDG_RUNTIME_DIR: "" }, SYSTEM],
  ["root of a user namespace", { userNamespace: true, XDG_RUNTIME_DIR }, USER],
  [
    "root of a user namespace, by name another",
    { userNamespace: true, XDG_RUNTIME_DIR, USER: "me" },
    USER,
  ],
  [
    "root of a user namespace, by name root",
    { userNamespace: true, XDG_RUNTIME_DIR, USER: "root" },
    SYSTEM,
  ],
  ["the option", { option: "/a", euid: 1000, XDG_RUNTIME_DIR }, { path: "/a", origin: "option" }],
  ["the option, cleaned", { option: "/a//b/../c/." }, { path: "/a/c", origin: "option" }],
  ["the option, relative", { option: "x" }, { path: `${Deno.cwd()}/x`, origin: "option" }],
];

for (const [who, given, expected] of CASES) {
  Deno.test(`chooseRoot() for ${who}`, () => assertEquals(choose(given), expected));
}

for (const option of ["/", "//", "/..", "/a/.."]) {
  Deno.test(`chooseRoot() refuses "${option}"`, () => {
    throws(() => choose({ option }), /Option --root argument should not be set to \/$/);
  });
}

Deno.test("chooseRoot() refuses the empty string", () => {
  throws(() => choose({ option: "" }), /Option --root argument should not be empty$/);
});

Deno.test("prepareRoot() makes the user's own directory, sticky, and no other", () => {
  const directory = Deno.makeTempDirSync();
  prepareRoot({ path: `${directory}/a`, origin: "option" });
  prepareRoot({ path: `${directory}/b/runts`, origin: "user" });
  prepareRoot({ path: `${directory}/b/runts`, origin: "user" });
  assertEquals([...Deno.readDirSync(directory)].map((entry) => entry.name), ["b"]);
  assertEquals((Deno.statSync(`${directory}/b/runts`).mode ?? 0) & 0o7777, 0o1700);
  Deno.removeSync(directory, { recursive: true });
});

Deno.test("prepareRoot() names the directory that it cannot make", () => {
  throws(
    () => prepareRoot({ path: "/proc/nonexistent/runts", origin: "user" }),
    /Cannot make the state directory "\/proc\/nonexistent\/runts": /,
  );
});
