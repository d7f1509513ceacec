import { assertEquals } from "#assert";
import { throws } from "node:assert/strict";
import {
  chooseFormat,
  formatIds,
  formatJson,
  formatTable,
} from "../../../runtime/cli/list_format.ts";
import type { ContainerState } from "../../../runtime/options.ts";

const WEB: ContainerState = {
  ociVersion: "1.3.0",
  id: "web",
  pid: 4711,
  status: "running",
  bundle: "/run/bundles/web",
  rootfs: "/run/bundles/web/rootfs",
  created: "2026-11-24T00:12:03.123456789Z",
  owner: "root",
};

const OLD: ContainerState = {
  ...WEB,
  id: "a-container-with-a-long-name",
  pid: 0,
  status: "stopped",
  bundle: "/é",
};

Deno.test("formatTable() prints a header alone for no containers", () => {
  assertEquals(
    formatTable([]),
    "ID          PID         STATUS      BUNDLE      CREATED     OWNER\n",
  );
});

Deno.test("formatTable() makes columns of at least 12 characters with 3 between", () => {
  assertEquals(
    formatTable([WEB, OLD]),
    `ID                             PID         STATUS      BUNDLE             CREATED                          OWNER
web                            4711        running     /run/bundles/web   2026-11-24T00:12:03.123456789Z   root
a-container-with-a-long-name   0           stopped     /é                 2026-11-24T00:12:03.123456789Z   root
`,
  );
});

Deno.test("formatJson() prints one line, and null for none", () => {
  assertEquals(formatJson([]), "null\n");
  assertEquals(formatJson([WEB]), JSON.stringify([WEB]) + "\n");
});

Deno.test("formatIds() prints an ID a line", () => {
  assertEquals(formatIds([WEB, OLD]), "web\na-container-with-a-long-name\n");
  assertEquals(formatIds([]), "");
});

Deno.test("chooseFormat() lets quiet win and refuses what it does not know", () => {
  assertEquals(chooseFormat("table", false), formatTable);
  assertEquals(chooseFormat("json", false), formatJson);
  assertEquals(chooseFormat("json", true), formatIds);
  assertEquals(chooseFormat("xml", true), formatIds);
  throws(() => chooseFormat("xml", false), { message: "invalid format option" });
  throws(() => chooseFormat("", false), { message: "invalid format option" });
});
