/** Clauses of config-linux.md on Intel RDT. @module */

import type { Clauses } from "./clause.ts";

/** What is written below resctrl. No machine of ours has it: most tests are of a directory that looks like it. */
export const INTEL_RDT_CLAUSES: Clauses = {
  "config-linux.md#configLinuxIntelRdt": {
    "tasks": {
      level: "MUST",
      text:
        "If intelRdt is set, the runtime MUST write the container process ID to the tasks file in a proper sub-directory of resctrl",
      tests: [
        "root/intel_rdt_test.ts: create finds resctrl, remembers the place before it is made, and puts init in",
      ],
    },
    "not-mounted": {
      level: "MUST",
      text:
        "If no mounted resctrl pseudo-filesystem is available in the runtime mount namespace, the runtime MUST generate an error",
      tests: [
        "conformance/intel_rdt_test.ts: without a mounted resctrl it is an error, and nothing is left",
      ],
    },
    "unset": {
      level: "MUST NOT",
      text:
        "If intelRdt is not set, the runtime MUST NOT manipulate any resctrl pseudo-filesystems",
      tests: [
        "conformance/intel_rdt_test.ts: if it is not set, resctrl MUST NOT be touched",
      ],
    },
    "closID-unset": {
      level: "MUST",
      text: "If closID is not set, the runtime MUST use the container ID, and create the directory",
      tests: [
        "runtime/intel_rdt_test.ts: a group without a closID is the container's own, and goes with it",
      ],
    },
    "remove-own": {
      level: "MUST",
      text:
        "The runtime MUST remove the directory that it made when the container is deleted, if closID is not set",
      tests: [
        "runtime/intel_rdt_test.ts: a group without a closID is the container's own, and goes with it",
        "root/intel_rdt_test.ts: delete removes what state.json says that create made",
      ],
    },
    "remove-other": {
      level: "MUST NOT",
      text:
        "If closID is set, or the directory was not made by the runtime, it MUST NOT be removed",
      tests: [
        "runtime/intel_rdt_test.ts: a group with a closID and a schema is made, and not removed",
        "runtime/intel_rdt_test.ts: a group without a closID takes a directory that is there, and leaves it there",
      ],
    },
    "root": {
      level: "OPTIONAL",
      text: 'closID "/" is the default class, the root of resctrl',
      tests: [
        'runtime/intel_rdt_test.ts: closID "/" is the root of resctrl',
      ],
    },
    "make": {
      level: "MUST",
      text:
        "If closID and a schema are set and the directory does not exist, the runtime MUST create it",
      tests: [
        "runtime/intel_rdt_test.ts: a group with a closID and a schema is made, and not removed",
      ],
    },
    "compare": {
      level: "MUST",
      text:
        "If it exists, the runtime MUST compare the schemas with those of the directory, and generate an error if they do not match",
      tests: [
        "runtime/intel_rdt_test.ts: the schemas must agree with a directory that is there",
        "runtime/plan/intel_rdt_test.ts: findMismatch() finds another value, another domain, another resource, and nonsense",
      ],
    },
    "alone": {
      level: "MUST",
      text:
        "If closID is set and no schema is, the directory MUST exist; otherwise an error MUST be generated",
      tests: [
        "runtime/intel_rdt_test.ts: a group with a closID alone must be there",
      ],
    },
    "order": {
      level: "MUST",
      text:
        "If several schemas are set, the runtime MUST write l3CacheSchema, memBwSchema and schemata in this order",
      tests: [
        "runtime/intel_rdt_test.ts: the L3 schema is written first, then the bandwidth, then the schemata",
      ],
    },
    "none": {
      level: "MUST NOT",
      text: "If none of the schemas is set, the runtime MUST NOT write to any schemata file",
      tests: [
        "runtime/plan/intel_rdt_test.ts: planIntelRdt() of nothing is the container's own class, with nothing to write",
      ],
    },
    "l3CacheSchema": {
      level: "SHOULD",
      text: "The value SHOULD start with L3: and SHOULD NOT contain newlines",
      status: "untestable",
      reason: "asked of who writes the configuration",
    },
    "memBwSchema": {
      level: "MUST",
      text: "The value MUST start with MB: and MUST NOT contain newlines",
      tests: [
        "conformance/intel_rdt_test.ts: values that make no sense are refused by name",
      ],
    },
    "schemata": {
      level: "MUST NOT",
      text: "schemata: each line MUST NOT contain newlines",
      tests: [
        "conformance/intel_rdt_test.ts: values that make no sense are refused by name",
      ],
    },
    "monitoring": {
      level: "MUST",
      text:
        "enableMonitoring: a directory mon_groups/<container-id> MUST be created, and deleted after the container is",
      tests: [
        "runtime/intel_rdt_test.ts: a monitoring group is made in the class, entered after it, and removed before it",
      ],
    },
    "monitoring-error": {
      level: "MUST",
      text: "If the monitoring group cannot be created, the runtime MUST generate an error",
      tests: [
        "runtime/intel_rdt_test.ts: an error has what resctrl says about it",
      ],
    },
    "removed": {
      level: "OPTIONAL",
      text: "enableCMT and enableMBM are no properties any more",
      tests: [
        "conformance/intel_rdt_test.ts: enableCMT and enableMBM are unknown since 1.3, and ignored",
      ],
    },
  },
};
