/** Clauses of config.md. @module */

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
      status: "untestable",
      reason: "there is no option of our own: every name is in the table, or the filesystem's",
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
  "config.md#configProcess": {
    "required-by-start": {
      level: "REQUIRED",
      text: "process (object): this property is REQUIRED when start is called",
      tests: [
        "conformance/runtime_test.ts: without process there is nothing to start, but a container",
      ],
    },
    "terminal": {
      level: "MUST",
      text:
        "If terminal is true, a pseudoterminal pair is allocated and the pty is duplicated on the process's standard streams (no MUST in the text; taken as one)",
      tests: [
        "root/terminal_test.ts: create() sends the terminal to the console socket, and stdio is the other end of it",
      ],
    },
    "console-size": {
      level: "MUST",
      text: "Runtimes MUST ignore consoleSize if terminal is false or unset",
      tests: [
        "conformance/config_test.ts: consoleSize MUST be ignored without a terminal",
        "root/terminal_test.ts: a terminal without consoleSize has none, and consoleSize without a terminal is ignored",
      ],
    },
    "console-size-members": {
      level: "REQUIRED",
      text: "height and width (uint, REQUIRED)",
      tests: [
        "spec/bad_values_test.ts: a property that is REQUIRED is named when it is missing",
        "root/terminal_test.ts: consoleSize is applied before the terminal is sent, and can be changed later",
      ],
    },
    "cwd": {
      level: "REQUIRED",
      text: "cwd (string, REQUIRED): this value MUST be an absolute path",
      tests: ["conformance/config_test.ts: cwd MUST be absolute, and is where the program starts"],
    },
    "args": {
      level: "REQUIRED",
      text: "args (array of strings): at least one entry is REQUIRED on non-Windows platforms",
      tests: [
        "conformance/config_test.ts: args[0] is looked up as execvp(3) does, by the container's PATH",
      ],
    },
  },
  "config.md#configPOSIXProcess": {
    "rlimit-members": {
      level: "REQUIRED",
      text: "type (string, REQUIRED), soft and hard (uint64, REQUIRED)",
      tests: [
        "spec/bad_values_test.ts: a property that is REQUIRED is named when it is missing",
      ],
    },
    "rlimit-unknown": {
      level: "MUST",
      text:
        "The runtime MUST generate an error for any values which cannot be mapped to a relevant kernel interface",
      tests: [
        "conformance/config_test.ts: unknown and repeated types of rlimits MUST be an error",
      ],
    },
    "rlimit-exact": {
      level: "MUST",
      text:
        "For each entry in rlimits, a getrlimit(3) on type MUST succeed, and match soft and hard",
      tests: [
        "conformance/config_test.ts: getrlimit(2) MUST return what rlimits say",
        "root/lifecycle_process_test.ts: resource limits are exact, up to infinity",
      ],
    },
    "rlimit-repeated": {
      level: "MUST",
      text:
        "If rlimits contains duplicated entries with same type, the runtime MUST generate an error",
      tests: [
        "conformance/config_test.ts: unknown and repeated types of rlimits MUST be an error",
      ],
    },
  },
  "config.md#configLinuxProcess": {
    "capability-warning": {
      level: "MUST",
      text:
        "Any value which cannot be mapped to a relevant kernel interface, or cannot be granted otherwise, MUST be logged as a warning by the runtime",
      tests: [
        "conformance/config_test.ts: a capability that is unknown MUST be logged, and SHOULD NOT be an error",
        "root/lifecycle_process_test.ts: a capability that is unknown or cannot be granted is logged, and the container runs",
      ],
    },
    "capability-no-error": {
      level: "SHOULD NOT",
      text:
        "Runtimes SHOULD NOT fail if the container configuration requests capabilities that cannot be granted",
      tests: [
        "conformance/config_test.ts: a capability that is unknown MUST be logged, and SHOULD NOT be an error",
      ],
    },
    "oom-score-adj": {
      level: "MUST",
      text: "If oomScoreAdj is set, the runtime MUST set oom_score_adj to the given value",
      tests: [
        "conformance/config_test.ts: oomScoreAdj MUST be written, and without it MUST NOT be changed",
      ],
    },
    "oom-score-adj-unset": {
      level: "MUST NOT",
      text: "If oomScoreAdj is not set, the runtime MUST NOT change the value of oom_score_adj",
      tests: [
        "conformance/process_attributes_test.ts: oomScoreAdj is written, 0 too, and not changed when it is not set",
      ],
    },
    "scheduler-policy": {
      level: "REQUIRED",
      text: "scheduler.policy (string, REQUIRED) represents the scheduling policy",
      tests: [
        "spec/bad_values_test.ts: a property that is REQUIRED is named when it is missing",
        "conformance/process_attributes_test.ts: scheduler ${JSON.stringify(scheduler)} is the process's",
      ],
    },
    "io-priority": {
      level: "REQUIRED",
      text: "ioPriority.class (string, REQUIRED), ioPriority.priority (int, REQUIRED)",
      tests: [
        "spec/bad_values_test.ts: a property that is REQUIRED is named when it is missing",
        "conformance/process_attributes_test.ts: ioPriority ${ioPriority.class} is all processes'",
      ],
    },
    "exec-affinity-final": {
      level: "SHOULD NOT",
      text:
        "If execCPUAffinity.final is omitted or empty, the runtime SHOULD NOT change the process' CPU affinity after it is moved to the container's cgroup",
      tests: [
        "conformance/process_attributes_test.ts: without execCPUAffinity.final exec SHOULD NOT change the affinity",
      ],
    },
  },
  "config.md#configPOSIXUser": {
    "ids": {
      level: "REQUIRED",
      text: "uid and gid (int, REQUIRED) specify the IDs in the container namespace",
      tests: [
        "conformance/config_test.ts: uid, gid, umask and additionalGids are the process's",
        "spec/bad_values_test.ts: a property that is REQUIRED is named when it is missing",
      ],
    },
    "umask": {
      level: "SHOULD NOT",
      text: "If umask is unspecified, it SHOULD NOT be changed from the calling process' umask",
      tests: ["conformance/config_test.ts: without umask it SHOULD NOT differ from the caller's"],
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
  "config.md#configHooks": {
    "path": {
      level: "REQUIRED",
      text:
        "path (string, REQUIRED): this specification extends execv's semantics in that it MUST be absolute",
      tests: [
        "conformance/config_test.ts: path MUST be absolute, timeout MUST be greater than zero",
      ],
    },
    "timeout": {
      level: "MUST",
      text: "If set, timeout MUST be greater than zero",
      tests: [
        "conformance/config_test.ts: path MUST be absolute, timeout MUST be greater than zero",
        "conformance/config_test.ts: a hook that outlives its timeout is a failure",
      ],
    },
    "state": {
      level: "MUST",
      text: "The state of the container MUST be passed to hooks over stdin",
      tests: ["conformance/config_test.ts: the state MUST be on stdin"],
    },
    "order": {
      level: "MUST",
      text: "Hooks of one kind MUST be called in the listed order",
      tests: ["conformance/runtime_test.ts: hooks, program and operations come in their order"],
    },
  },
  "config.md#configHooksPrestart": {
    "when": {
      level: "MUST",
      text:
        "The prestart hooks MUST be called as part of the create operation after the runtime environment has been created but before pivot_root",
      tests: [
        "root/hooks_test.ts: prestart and createRuntime hooks can reach the container's namespaces by the pid",
        "conformance/runtime_test.ts: hooks, program and operations come in their order",
      ],
    },
    "before-createRuntime": {
      level: "MUST",
      text: "The prestart hooks MUST be called before the createRuntime hooks",
      tests: ["conformance/runtime_test.ts: hooks, program and operations come in their order"],
    },
    "where": {
      level: "MUST",
      text:
        "The prestart hooks' path MUST resolve, and they MUST be executed, in the runtime namespace",
      tests: [
        "conformance/config_test.ts: path is resolved on the host, for startContainer in the container",
        "conformance/config_test.ts: each kind runs in the namespaces that it is for",
      ],
    },
  },
  "config.md#configHooksCreateRuntime": {
    "when": {
      level: "MUST",
      text:
        "The createRuntime hooks MUST be called as part of the create operation after the runtime environment has been created but before pivot_root",
      tests: [
        "root/hooks_test.ts: prestart and createRuntime hooks can reach the container's namespaces by the pid",
        "conformance/runtime_test.ts: hooks, program and operations come in their order",
      ],
    },
    "where": {
      level: "MUST",
      text:
        "The createRuntime hooks' path MUST resolve, and they MUST be executed, in the runtime namespace",
      tests: [
        "conformance/config_test.ts: path is resolved on the host, for startContainer in the container",
        "conformance/config_test.ts: each kind runs in the namespaces that it is for",
      ],
    },
  },
  "config.md#configHooksCreateContainer": {
    "when": {
      level: "MUST",
      text:
        "The createContainer hooks MUST be called as part of the create operation, after the mounts have been set up but before pivot_root",
      tests: [
        "conformance/config_test.ts: it runs before the root is changed, and after the mounts",
      ],
    },
    "path": {
      level: "MUST",
      text: "The createContainer hooks' path MUST resolve in the runtime namespace",
      tests: [
        "conformance/config_test.ts: path is resolved on the host, for startContainer in the container",
      ],
    },
    "where": {
      level: "MUST",
      text: "The createContainer hooks MUST be executed in the container namespace",
      tests: ["conformance/config_test.ts: each kind runs in the namespaces that it is for"],
    },
  },
  "config.md#configHooksStartContainer": {
    "when": {
      level: "MUST",
      text:
        "The startContainer hooks MUST be called before the user-specified process is executed, as part of the start operation",
      tests: [
        "conformance/runtime_test.ts: hooks, program and operations come in their order",
        "root/hooks_test.ts: startContainer hooks run before the program, and poststart hooks after it",
      ],
    },
    "where": {
      level: "MUST",
      text:
        "The startContainer hooks' path MUST resolve, and they MUST be executed, in the container namespace",
      tests: [
        "conformance/config_test.ts: path is resolved on the host, for startContainer in the container",
        "conformance/config_test.ts: each kind runs in the namespaces that it is for",
      ],
    },
  },
  "config.md#configHooksPoststart": {
    "when": {
      level: "MUST",
      text:
        "The poststart hooks MUST be called after the user-specified process is executed but before the start operation returns",
      tests: [
        "root/hooks_test.ts: startContainer hooks run before the program, and poststart hooks after it",
      ],
    },
    "where": {
      level: "MUST",
      text:
        "The poststart hooks' path MUST resolve, and they MUST be executed, in the runtime namespace",
      tests: [
        "conformance/config_test.ts: path is resolved on the host, for startContainer in the container",
        "conformance/config_test.ts: each kind runs in the namespaces that it is for",
      ],
    },
  },
  "config.md#configHooksPoststop": {
    "when": {
      level: "MUST",
      text:
        "The poststop hooks MUST be called after the container is deleted but before the delete operation returns",
      tests: [
        "root/hooks_test.ts: poststop hooks run when everything is gone, and the ID is free",
        "conformance/runtime_test.ts: hooks, program and operations come in their order",
      ],
    },
    "where": {
      level: "MUST",
      text:
        "The poststop hooks' path MUST resolve, and they MUST be executed, in the runtime namespace",
      tests: [
        "conformance/config_test.ts: path is resolved on the host, for startContainer in the container",
        "conformance/config_test.ts: each kind runs in the namespaces that it is for",
      ],
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
};
