import { assert, assertEquals } from "#assert";
import {
  isNewerMinor,
  OCI_VERSION_MAX,
  OCI_VERSION_MIN,
  parseVersion,
} from "../../spec/version.ts";

Deno.test("parseVersion() reads both of our own versions", () => {
  assertEquals(parseVersion(OCI_VERSION_MIN), { major: 1, minor: 0, patch: 0 });
  assertEquals(parseVersion(OCI_VERSION_MAX), { major: 1, minor: 3, patch: 0 });
});

Deno.test("parseVersion() reads prereleases and passes over build metadata", () => {
  assertEquals(parseVersion("1.0.2-dev"), { major: 1, minor: 0, patch: 2, prerelease: "dev" });
  assertEquals(parseVersion("1.0.0-rc.1+a.b"), {
    major: 1,
    minor: 0,
    patch: 0,
    prerelease: "rc.1",
  });
  assertEquals(parseVersion("1.3.0+dev"), { major: 1, minor: 3, patch: 0 });
});

for (
  const text of [
    "",
    "1",
    "1.0",
    "v1.0.0",
    "1.0.0-",
    "1.0.0-01",
    "01.0.0",
    "1.0.0+",
    "1.0.0\n",
    " 1.0.0",
  ]
) {
  Deno.test(`parseVersion() refuses ${JSON.stringify(text)}`, () => {
    assertEquals(parseVersion(text), undefined);
  });
}

Deno.test("isNewerMinor() is about the minor version alone", () => {
  const newer = (text: string): boolean => {
    const version = parseVersion(text);
    assert(version);
    return isNewerMinor(version);
  };
  assertEquals(newer("1.4.0"), true);
  assertEquals(newer("1.3.9"), false);
  assertEquals(newer("2.9.0"), false);
});
