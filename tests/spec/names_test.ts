import { assertEquals } from "#assert";
import { CAPABILITIES } from "../../spec/capabilities.ts";
import { NAMESPACE_TYPES } from "../../spec/namespaces.ts";
import { RLIMIT_TYPES } from "../../spec/rlimits.ts";
import * as scheduling from "../../spec/scheduling.ts";
import {
  SECCOMP_ACTIONS,
  SECCOMP_ARCHS,
  SECCOMP_FLAGS,
  SECCOMP_OPERATORS,
} from "../../spec/seccomp.ts";

interface Definition {
  readonly enum: readonly string[];
}

const definitions: Record<string, Definition> = JSON.parse(
  Deno.readTextFileSync(new URL("./schema/defs-linux.json", import.meta.url)),
).definitions;

const LISTS: Record<string, readonly string[]> = {
  NamespaceType: NAMESPACE_TYPES,
  SeccompAction: SECCOMP_ACTIONS,
  SeccompArch: SECCOMP_ARCHS,
  SeccompFlag: SECCOMP_FLAGS,
  SeccompOperators: SECCOMP_OPERATORS,
  SchedulerPolicy: scheduling.SCHEDULER_POLICIES,
  SchedulerFlag: scheduling.SCHEDULER_FLAGS,
  MemoryPolicyMode: scheduling.MEMORY_POLICY_MODES,
  MemoryPolicyFlag: scheduling.MEMORY_POLICY_FLAGS,
};

for (const [name, list] of Object.entries(LISTS)) {
  Deno.test(`the names of ${name} are those of the official schema`, () => {
    assertEquals(list.toSorted(), definitions[name]?.enum.toSorted());
  });
}

Deno.test("CAPABILITIES and RLIMIT_TYPES are in the kernel's order", () => {
  // linux/capability.h and asm-generic/resource.h of Linux 6.18.
  assertEquals(CAPABILITIES.length, 41);
  const capabilities: [number, string][] = [
    [0, "CAP_CHOWN"],
    [8, "CAP_SETPCAP"],
    [12, "CAP_NET_ADMIN"],
    [21, "CAP_SYS_ADMIN"],
    [27, "CAP_MKNOD"],
    [31, "CAP_SETFCAP"],
    [38, "CAP_PERFMON"],
    [40, "CAP_CHECKPOINT_RESTORE"],
  ];
  for (const [number, name] of capabilities) assertEquals(CAPABILITIES[number], name);
  assertEquals(RLIMIT_TYPES.length, 16);
  assertEquals([4, 7, 9, 15].map((n) => RLIMIT_TYPES[n]), [
    "RLIMIT_CORE",
    "RLIMIT_NOFILE",
    "RLIMIT_AS",
    "RLIMIT_RTTIME",
  ]);
});
