/** Clauses of features.md and features-linux.md. @module */

import type { Clauses } from "./clause.ts";

/** What a runtime says of itself. */
export const FEATURES_CLAUSES: Clauses = {
  "features.md#features": {
    "schema": {
      level: "OPTIONAL",
      text: "The features structure is JSON in the format of the schema",
      tests: ["conformance/features_test.ts: the document fits the schema"],
    },
    "compiled": {
      level: "SHOULD",
      text:
        "The content of the feature document SHOULD be determined on the compilation time of the runtime, not on the execution time",
      tests: [
        "conformance/features_test.ts: the document SHOULD be the same without privileges, and in a bare environment",
      ],
    },
    "null": {
      level: "MUST NOT",
      text: "The null value MUST NOT be confused with an empty value",
      tests: ["runtime/features_test.ts: features() fits the schema, and has no null in it"],
    },
  },
  "features.md#featuresSpecificationVersion": {
    "min": {
      level: "REQUIRED",
      text:
        "ociVersionMin (string, REQUIRED): the runtime MUST accept this value as ociVersion of config.json",
      tests: ["conformance/features_test.ts: both versions MUST be accepted in a config"],
    },
    "max": {
      level: "REQUIRED",
      text:
        "ociVersionMax (string, REQUIRED): the runtime MUST accept this value as ociVersion of config.json",
      tests: ["conformance/features_test.ts: both versions MUST be accepted in a config"],
    },
    "order": {
      level: "MUST NOT",
      text: "The value of ociVersionMax MUST NOT be less than the value of ociVersionMin",
      tests: [
        "runtime/features_test.ts: features() claims the versions, hooks and capabilities of runtime-spec 1.3",
      ],
    },
    "properties": {
      level: "MUST NOT",
      text:
        "The feature document MUST NOT contain properties that are not defined in version ociVersionMax",
      tests: [
        "runtime/features_test.ts: features() prints its keys in the order of the specification",
      ],
    },
  },
  "features.md#featuresHooks": {
    "supported": {
      level: "MUST",
      text: "The runtime MUST support the elements in this array as hooks of config.json",
      tests: ["conformance/features_test.ts: every hook that is listed is run"],
    },
  },
  "features.md#featuresMountOptions": {
    "recognized": {
      level: "MUST",
      text: "The runtime MUST recognize the elements in this array as options of mounts",
      tests: [
        "conformance/mount_options_test.ts: no option of the table reaches the filesystem as data",
        "runtime/features_test.ts: features() lists every mount option of the specification, and no other",
      ],
    },
    "specific": {
      level: "SHOULD NOT",
      text: "Linux: this array SHOULD NOT contain filesystem-specific mount options",
      tests: [
        "runtime/features_test.ts: features() lists every mount option of the specification, and no other",
      ],
    },
  },
  "features.md#featuresAnnotations": {
    "map": {
      level: "MUST",
      text:
        "Annotations MUST be a key-value map that follows the convention of annotations of config.json",
      tests: ["runtime/features_test.ts: features() has annotations such as a config may have"],
    },
  },
  "features-linux.md#linuxFeaturesNamespaces": {
    "recognized": {
      level: "MUST",
      text: "The runtime MUST recognize the elements in this array as the type of namespaces",
      tests: ["conformance/features_test.ts: every type that is listed is recognised"],
    },
  },
  "features-linux.md#linuxFeaturesCapabilities": {
    "recognized": {
      level: "MUST",
      text: "The runtime MUST recognize the elements in this array in capabilities of process",
      tests: ["conformance/features_test.ts: every capability that is listed MUST be recognised"],
    },
  },
  "features-linux.md#linuxFeaturesSeccomp": {
    "recognized": {
      level: "MUST",
      text:
        "The runtime MUST recognize the actions, operators, archs and knownFlags that are listed",
      tests: [
        "conformance/features_test.ts: every action, operator, architecture and flag that is listed MUST be recognised",
      ],
    },
    "supported": {
      level: "MUST",
      text:
        "The runtime MUST recognize and support the elements in supportedFlags, which may be a part of knownFlags",
      tests: [
        "runtime/features_test.ts: features() lists what seccomp can be asked for, and which flags the kernel has",
      ],
    },
  },
  "features-linux.md#linuxFeaturesMemoryPolicy": {
    "recognized": {
      level: "MUST",
      text: "The runtime MUST recognize the listed modes and flags of memoryPolicy",
      tests: ["runtime/features_test.ts: features() claims what the plan can say to the kernel"],
    },
  },
  "features-linux.md#linuxFeaturesMountExtensions": {
    "idmap": {
      level: "MUST",
      text:
        "idmap.enabled represents whether uidMappings and gidMappings of mounts are parsed and tried; even for partial support it MUST be true",
      tests: ["conformance/features_test.ts: idmap is enabled, and done"],
    },
  },
  "features-linux.md#linuxFeaturesNetDevices": {
    "enabled": {
      level: "MUST",
      text:
        "netDevices.enabled: the runtime can move network devices into the container (no MUST in the text)",
      tests: ["conformance/features_test.ts: what is enabled is done"],
    },
  },
};
