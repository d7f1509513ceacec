import { throws } from "node:assert/strict";
import { assertIdsMapped } from "../../../runtime/plan/mapped_ids.ts";
import { ConfigError } from "../../../spec/issue.ts";
import type { Config } from "../../../spec/schema/config.ts";
import type { Linux } from "../../../spec/schema/linux.ts";
import type { User } from "../../../spec/schema/process.ts";

function config(user: Partial<User>, linux: Linux): Config {
  return {
    process: { cwd: "/", args: ["true"], user: { uid: 0, gid: 0, ...user } },
    linux,
  } as Config;
}

const RANGES: Linux = {
  namespaces: [{ type: "user" }],
  uidMappings: [
    { containerID: 0, hostID: 100000, size: 10 },
    { containerID: 1000, hostID: 200000, size: 2 },
  ],
  gidMappings: [{ containerID: 0, hostID: 100000, size: 10 }],
};

Deno.test("assertIdsMapped() takes IDs at both ends of each range", () => {
  for (const uid of [0, 9, 1000, 1001]) {
    assertIdsMapped(config({ uid, gid: 9, additionalGids: [0, 9] }, RANGES));
  }
});

Deno.test("assertIdsMapped() names every ID that is not mapped", () => {
  throws(
    () => assertIdsMapped(config({ uid: 1002, gid: 10, additionalGids: [9, 1000] }, RANGES)),
    (error) =>
      error instanceof ConfigError &&
      error.issues.map(({ path, message }) => `${path} ${message}`).join("\n") === [
          "process.user.uid must be mapped by linux.uidMappings, got 1002",
          "process.user.gid must be mapped by linux.gidMappings, got 10",
          "process.user.additionalGids[1] must be mapped by linux.gidMappings, got 1000",
        ].join("\n"),
  );
});

Deno.test("assertIdsMapped() wants a root to set the container up", () => {
  const uidMappings = [{ containerID: 1, hostID: 100000, size: 10 }];
  throws(
    () => assertIdsMapped(config({ uid: 1 }, { ...RANGES, uidMappings })),
    /linux\.uidMappings: must map ID 0, as which the container is set up \(config-linux\.md#configLinuxUser/,
  );
});

Deno.test("assertIdsMapped() has nothing to say without a new user namespace", () => {
  assertIdsMapped(config({ uid: 5, gid: 5 }, {}));
  assertIdsMapped(config({ uid: 5 }, { namespaces: [{ type: "user", path: "/proc/1/ns/user" }] }));
  assertIdsMapped({} as Config);
});
