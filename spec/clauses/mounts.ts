/** Clauses of config.md on mounts. @module */

import type { Clauses } from "./clause.ts";

/** What is mounted, and how. */
export const MOUNT_CLAUSES: Clauses = {
  "config.md#configMounts": {
    "order": {
      level: "MUST",
      text: "The runtime MUST mount entries in the listed order",
      tests: ["conformance/config_test.ts: the mounts MUST be made in the listed order"],
    },
    "destination": {
      level: "REQUIRED",
      text: "destination (string, REQUIRED) of mount point: path inside container",
      tests: [
        "spec/bad_values_test.ts: a property that is REQUIRED is named when it is missing",
      ],
    },
    "destination-absolute": {
      level: "SHOULD",
      text: "Linux: this value SHOULD be an absolute path",
      status: "untestable",
      reason: "asked of who writes the configuration; a relative one is taken, by the next clause",
    },
    "destination-relative": {
      level: "MUST",
      text: "For compatibility with old tools, relative paths MUST be interpreted as relative to /",
      tests: [
        "conformance/config_test.ts: a relative destination MUST count from /, a relative source from the bundle",
      ],
    },
  },
  "config.md#configLinuxMountOptions": {
    "must": {
      level: "MUST",
      text: "Runtimes MUST support the options of the table that are marked MUST",
      tests: [
        "conformance/mount_options_test.ts: no option of the table reaches the filesystem as data",
        "conformance/mount_options_test.ts: options that set a flag MUST set it, and their opposites clear it",
        "conformance/config_test.ts: flags that are listed are the mount's",
        "root/mounts_test.ts: configLinuxMountOptions: propagation options take effect, in order",
        "root/mounts_test.ts: configLinuxMountOptions: remount changes what it names, and the superblock too",
      ],
    },
    "should": {
      level: "SHOULD",
      text:
        "Runtimes SHOULD support the options of the table that are marked SHOULD (nosymfollow, rro …)",
      tests: [
        "conformance/mount_options_test.ts: no option of the table reaches the filesystem as data",
        "conformance/mount_options_test.ts: recursive options SHOULD reach the mounts below",
      ],
    },
    "others": {
      level: "SHOULD",
      text:
        "Runtimes SHOULD treat unknown options as filesystem-specific ones, passed as comma-separated string to data of mount(2)",
      tests: [
        "conformance/mount_options_test.ts: other options SHOULD be the filesystem's",
      ],
    },
    "mount-8": {
      level: "SHOULD",
      text:
        "Runtimes MAY implement custom option strings; if one is already recognized by mount(8), the runtime SHOULD follow its behavior",
      tests: [
        "runtime/plan/mount_options_test.ts: planMountOptions() keeps options without effect from the filesystem",
      ],
    },
    "idmap": {
      level: "SHOULD",
      text: "idmap indicates that the mount MUST have an idmapping applied",
      tests: [
        "root/user_namespace_mounts_test.ts: configLinuxMountOptions: idmap and ridmap show other owners",
      ],
    },
    "idmap-own": {
      level: "MUST",
      text:
        "If uidMappings or gidMappings are specified for the mount, the runtime MUST use those values",
      tests: [
        "root/user_namespace_mounts_test.ts: configLinuxMountOptions: idmap and ridmap show other owners",
        "root/user_namespace_test.ts: an ID-mapped bind mount shows the owners as the container's",
      ],
    },
    "idmap-none": {
      level: "MUST",
      text:
        "If there are no mappings specified and the container isn't using user namespaces, an error MUST be returned",
      tests: [
        "conformance/mount_options_test.ts: idmap without any mapping MUST be an error",
      ],
    },
  },
  "config.md#configPOSIXMounts": {
    "uid-with-gid": {
      level: "MUST",
      text: "If uidMappings is specified, gidMappings MUST be specified as well",
      tests: [
        "conformance/mount_options_test.ts: uidMappings and gidMappings MUST come together",
      ],
    },
    "gid-with-uid": {
      level: "MUST",
      text: "If gidMappings is specified, uidMappings MUST be specified as well",
      tests: [
        "conformance/mount_options_test.ts: uidMappings and gidMappings MUST come together",
      ],
    },
    "mount-setattr": {
      level: "SHOULD",
      text: "The runtime SHOULD implement this using mount_setattr(MOUNT_ATTR_IDMAP)",
      tests: [
        "root/user_namespace_test.ts: an ID-mapped bind mount shows the owners as the container's",
      ],
    },
    "option": {
      level: "SHOULD",
      text: "If used, the options field of the mount SHOULD contain either idmap or ridmap",
      status: "untestable",
      reason: "asked of who writes the configuration",
    },
  },
};
