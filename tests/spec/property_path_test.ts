import { assertEquals } from "#assert";
import { isWithin, joinPath, member } from "../../spec/property_path.ts";

Deno.test("joinPath() writes plain keys with dots and indices in brackets", () => {
  assertEquals(joinPath([]), "");
  assertEquals(joinPath(["linux", "namespaces", 2, "type"]), "linux.namespaces[2].type");
  assertEquals(joinPath(["jail", "vnet"], "freebsd"), "freebsd.jail.vnet");
  assertEquals(joinPath(["ens-4"], "linux.netDevices"), "linux.netDevices.ens-4");
});

Deno.test("member() quotes a key that could be misread", () => {
  assertEquals(member("linux.sysctl", "net.core"), 'linux.sysctl["net.core"]');
  assertEquals(member("annotations", ""), 'annotations[""]');
  assertEquals(member("annotations", "1"), 'annotations["1"]');
  assertEquals(member("annotations", 'a"]\n'), 'annotations["a\\"]\\n"]');
  assertEquals(member("", "root"), "root");
});

Deno.test("isWithin() knows a property from one whose name starts alike", () => {
  assertEquals(isWithin("linux.namespaces[0].type", "linux.namespaces"), true);
  assertEquals(isWithin("linux.namespaces", "linux.namespaces"), true);
  assertEquals(isWithin("linux", "linux.namespaces"), false);
  assertEquals(isWithin("hostnames", "hostname"), false);
  assertEquals(isWithin("anything", ""), true);
});
