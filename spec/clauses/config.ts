/** Clauses of config.md on the whole, the root, annotations and extensions. @module */

import type { Clauses } from "./clause.ts";

/** What the configuration has to say, and what a runtime makes of it. */
export const CONFIG_CLAUSES: Clauses = {
  "config.md#configSpecificationVersion": {
    "semver": {
      level: "REQUIRED",
      text: "ociVersion (string, REQUIRED) MUST be in SemVer v2.0.0 format",
      tests: [
        "conformance/config_test.ts: ociVersion MUST be a SemVer version of this major",
        "spec/bad_values_test.ts: a property that is REQUIRED is named when it is missing",
      ],
    },
  },
  "config.md#configRoot": {
    "root": {
      level: "REQUIRED",
      text: "root (object): on all other platforms than Windows and VM, this field is REQUIRED",
      tests: [
        "spec/bad_values_test.ts: a property that is REQUIRED is named when it is missing",
      ],
    },
    "path": {
      level: "REQUIRED",
      text: "path (string, REQUIRED), an absolute path or a relative path to the bundle",
      tests: [
        "root/rootfs_test.ts: root.path can be ${what} ${flags}",
        "spec/bad_values_test.ts: a property that is REQUIRED is named when it is missing",
      ],
    },
    "conventional": {
      level: "SHOULD",
      text: "The value SHOULD be the conventional rootfs",
      status: "untestable",
      reason: "asked of who writes the configuration; `runts spec` writes it so",
    },
    "exists": {
      level: "MUST",
      text: "A directory MUST exist at the path declared by the field",
      tests: ["conformance/bundle_test.ts: the directory that root.path names MUST exist"],
    },
    "readonly": {
      level: "MUST",
      text: "If readonly is true then the root filesystem MUST be read-only inside the container",
      tests: [
        "conformance/config_test.ts: readonly MUST make the root read-only inside the container",
      ],
    },
  },
  "config.md#configPlatformSpecificConfiguration": {
    "linux": {
      level: "SHOULD",
      text: "linux: this SHOULD only be set if the target platform of this spec is linux",
      status: "untestable",
      reason: "asked of who writes the configuration; so it is for the other platforms' objects",
    },
  },
  "config.md#configAnnotations": {
    "map": {
      level: "MUST",
      text: "Annotations MUST be a key-value map",
      tests: ["spec/bad_values_test.ts: ${path} refuses ${JSON.stringify(value)}"],
    },
    "keys": {
      level: "MUST",
      text: "Keys MUST be strings, and MUST NOT be an empty string",
      tests: [
        "conformance/config_test.ts: keys MUST NOT be empty, values are strings, unknown ones are ignored",
      ],
    },
    "keys-domain": {
      level: "SHOULD",
      text: "Keys SHOULD be named using a reverse domain notation",
      status: "untestable",
      reason: "asked of who writes the configuration",
    },
    "keys-reserved": {
      level: "MUST NOT",
      text:
        "The org.opencontainers namespace for keys is reserved and MUST NOT be used by subsequent specifications",
      status: "untestable",
      reason: "asked of other specifications; no annotation of ours is in that namespace",
    },
    "keys-unknown": {
      level: "MUST",
      text:
        "Implementations reading this file MUST NOT generate an error on an unknown annotation key",
      tests: [
        "conformance/config_test.ts: keys MUST NOT be empty, values are strings, unknown ones are ignored",
      ],
    },
    "values": {
      level: "MUST",
      text: "Values MUST be strings",
      tests: [
        "conformance/config_test.ts: keys MUST NOT be empty, values are strings, unknown ones are ignored",
      ],
    },
    "stop-signal": {
      level: "SHOULD",
      text:
        "org.opencontainers.image.stopSignal: the signal that SHOULD be sent by the container runtimes to kill the container",
      status: "unmet",
      reason:
        "`kill` has its signal from the caller, and TERM by default, as with runc; engines read the image's signal themselves and name it",
    },
  },
  "config.md#configExtensibility": {
    "unknown": {
      level: "MUST",
      text:
        "If a runtime encounters unknown properties, it MUST NOT generate an error: they MUST otherwise be ignored",
      tests: ["conformance/config_test.ts: unknown properties MUST be ignored"],
    },
    "invalid": {
      level: "MUST",
      text:
        "Runtimes MUST generate an error when invalid or unsupported values are encountered, unless support is not required",
      tests: [
        "conformance/config_test.ts: invalid values MUST be an error",
        "conformance/bad_values_test.ts: a value that is refused MUST be named, and leaves the host as it was",
        "spec/bad_values_test.ts: ${path} refuses ${JSON.stringify(value)}",
      ],
    },
    "subset": {
      level: "MUST",
      text:
        "Unless support for a valid value is explicitly required, runtimes MAY choose which subset to support; unsupported ones MUST generate an error",
      tests: [
        "conformance/process_attributes_test.ts: scheduler values that make no sense are refused by name",
      ],
    },
  },
  "config.md#configuration": {
    "json": {
      level: "OPTIONAL",
      text: "The configuration file contains metadata in the format of the schema",
      tests: [
        "conformance/config_test.ts: what is wrong is reported all at once",
        "spec/official_test.ts: the official case ${kind}/${verdict}/${name} is judged as such",
      ],
    },
  },
};
