import { assertEquals } from "#assert";
import { throws } from "node:assert/strict";
import {
  externalNamespaces,
  restoredNamespaces,
} from "../../../runtime/plan/external_namespaces.ts";
import { planNamespaces } from "../../../runtime/plan/namespaces.ts";
import type { NamespaceType } from "../../../spec/namespaces.ts";

const POD = planNamespaces({
  namespaces: [
    { type: "mount" },
    { type: "network", path: "/n" },
    { type: "pid", path: "/p" },
    { type: "ipc", path: "/i" },
    { type: "uts", path: "/u" },
    { type: "time", path: "/t" },
  ],
});

Deno.test("externalNamespaces() names those that stay outside of the images", () => {
  assertEquals(externalNamespaces(POD, (name) => `${name}-inode`), [
    "net[net-inode]:extRootNetNS",
    "pid[pid-inode]:extRootPidNS",
  ]);
});

Deno.test("restoredNamespaces() hands over what is external, and joins the others", () => {
  assertEquals(restoredNamespaces(POD), {
    inherited: [{ path: "/n", key: "extRootNetNS" }, { path: "/p", key: "extRootPidNS" }],
    joined: [
      { ns: "ipc", ns_file: "/i" },
      { ns: "uts", ns_file: "/u" },
      { ns: "time", ns_file: "/t" },
    ],
  });
});

Deno.test("externalNamespaces() and restoredNamespaces() refuse what CRIU cannot do", () => {
  for (const type of ["cgroup", "mount", "user"] as const satisfies NamespaceType[]) {
    const plan = planNamespaces({ namespaces: [{ type, path: "/x" }] });
    const message =
      `linux.namespaces[0].path: CRIU cannot restore into a ${type} namespace that exists`;
    throws(() => externalNamespaces(plan, () => "1"), { message });
    throws(() => restoredNamespaces(plan), { message });
  }
});
