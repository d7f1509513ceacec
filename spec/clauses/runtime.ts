/** Clauses of bundle.md, of runtime.md on state and lifecycle, and of runtime-linux.md. @module */

import type { Clauses } from "./clause.ts";

/** What a runtime has to do when. */
export const RUNTIME_CLAUSES: Clauses = {
  "bundle.md#containerFormat": {
    "one-directory": {
      level: "MUST",
      text:
        "When supplied, these artifacts MUST all be present in a single directory on the local filesystem",
      tests: [
        "conformance/bundle_test.ts: the configuration MUST be in config.json at the bundle's root",
        "conformance/bundle_test.ts: the directory that root.path names MUST exist",
      ],
    },
  },
  "bundle.md#containerFormat01": {
    "config": {
      level: "REQUIRED",
      text:
        "config.json: this REQUIRED file MUST reside in the root of the bundle directory and MUST be named config.json",
      tests: [
        "conformance/bundle_test.ts: the configuration MUST be in config.json at the bundle's root",
      ],
    },
  },
  "bundle.md#containerFormat02": {
    "rootfs": {
      level: "MUST",
      text: "If set in the config, the directory that root.path references MUST exist",
      tests: ["conformance/bundle_test.ts: the directory that root.path names MUST exist"],
    },
  },
  "runtime.md#runtimeScopeContainer": {
    "creator": {
      level: "MUST",
      text:
        "The entity using a runtime to create a container MUST be able to use the operations against that same container",
      tests: [
        "root/lifecycle_status_test.ts: a container goes from created to running to stopped, and is gone after delete",
      ],
    },
  },
  "runtime.md#runtimeState": {
    "ociVersion": {
      level: "REQUIRED",
      text: "ociVersion (string, REQUIRED) is the version with which the state complies",
      tests: [
        "conformance/runtime_test.ts: the state has what it MUST have, in each status",
      ],
    },
    "id": {
      level: "REQUIRED",
      text:
        "id (string, REQUIRED) is the container's ID. This MUST be unique across all containers on this host",
      tests: [
        "conformance/runtime_test.ts: the state has what it MUST have, in each status",
        "conformance/runtime_test.ts: an ID that is in use is an error, and its container is untouched",
        "root/lifecycle_race_test.ts: of several creates of one ID exactly one succeeds",
      ],
    },
    "status": {
      level: "REQUIRED",
      text: "status (string, REQUIRED) is the runtime state of the container",
      tests: [
        "conformance/runtime_test.ts: the state has what it MUST have, in each status",
        "conformance/runtime_test.ts: a container whose process ends before start is stopped",
      ],
    },
    "status-additional": {
      level: "MUST",
      text:
        "Additional values MUST be used to represent new runtime states not defined above (paused)",
      tests: [
        "spec/state_test.ts: isState() accepts paused, which the official schema does not have",
      ],
    },
    "pid": {
      level: "REQUIRED",
      text:
        "pid (int, REQUIRED when status is created or running on Linux); for hooks it is as seen in the namespace where they run",
      tests: [
        "conformance/runtime_test.ts: the state has what it MUST have, in each status",
        "conformance/config_test.ts: the state MUST be on stdin",
      ],
    },
    "bundle": {
      level: "REQUIRED",
      text: "bundle (string, REQUIRED) is the absolute path to the container's bundle directory",
      tests: [
        "conformance/runtime_test.ts: the state has what it MUST have, in each status",
        "root/lifecycle_state_test.ts: state() shows the bundle's real path and the root's, however they were given",
      ],
    },
    "json": {
      level: "MUST",
      text: "When serialized in JSON, the format MUST adhere to the JSON Schema state-schema.json",
      tests: [
        "conformance/runtime_test.ts: the state MUST fit the official schema, in each status",
      ],
    },
  },
  "runtime.md#runtimeLifecycle": {
    "environment": {
      level: "MUST",
      text:
        "2. The container's runtime environment MUST be created according to the configuration in config.json",
      tests: ["conformance/runtime_test.ts: the program MUST NOT run before start"],
    },
    "environment-error": {
      level: "MUST",
      text:
        "2. If the runtime is unable to create the environment specified in the config.json, it MUST generate an error",
      tests: [
        "conformance/runtime_test.ts: an error leaves everything as if it had never been tried",
      ],
    },
    "resources-only": {
      level: "MUST NOT",
      text:
        "2. While the resources requested in the config.json MUST be created, the user-specified program MUST NOT be run at this time",
      tests: ["conformance/runtime_test.ts: the program MUST NOT run before start"],
    },
    "config-updates": {
      level: "MUST NOT",
      text: "2. Any updates to config.json after this step MUST NOT affect the container",
      tests: [
        "conformance/runtime_test.ts: what is edited after create MUST NOT affect the container",
      ],
    },
    "prestart": {
      level: "MUST",
      text:
        "3. The prestart hooks MUST be invoked by the runtime. If any fails, it MUST generate an error, stop the container, and continue at step 12",
      tests: [
        "conformance/runtime_test.ts: hooks, program and operations come in their order",
        "conformance/runtime_test.ts: a ${name} hook that fails is an error, stops the container, and leads to poststop",
      ],
    },
    "createRuntime": {
      level: "MUST",
      text:
        "4. The createRuntime hooks MUST be invoked by the runtime. If any fails, it MUST generate an error, stop the container, and continue at step 12",
      tests: [
        "conformance/runtime_test.ts: hooks, program and operations come in their order",
        "conformance/runtime_test.ts: a ${name} hook that fails is an error, stops the container, and leads to poststop",
      ],
    },
    "createContainer": {
      level: "MUST",
      text:
        "5. The createContainer hooks MUST be invoked by the runtime. If any fails, it MUST generate an error, stop the container, and continue at step 12",
      tests: [
        "conformance/runtime_test.ts: hooks, program and operations come in their order",
        "conformance/runtime_test.ts: a ${name} hook that fails is an error, stops the container, and leads to poststop",
      ],
    },
    "startContainer": {
      level: "MUST",
      text:
        "7. The startContainer hooks MUST be invoked by the runtime. If any fails, it MUST generate an error, stop the container, and continue at step 12",
      tests: [
        "conformance/runtime_test.ts: hooks, program and operations come in their order",
        "conformance/runtime_test.ts: a ${name} hook that fails is an error, stops the container, and leads to poststop",
      ],
    },
    "program": {
      level: "MUST",
      text: "8. The runtime MUST run the user-specified program, as specified by process",
      tests: [
        "conformance/runtime_test.ts: hooks, program and operations come in their order",
        "conformance/runtime_test.ts: the program MUST NOT run before start",
      ],
    },
    "poststart": {
      level: "MUST",
      text:
        "9. The poststart hooks MUST be invoked by the runtime. If any fails, it MUST generate an error, stop the container, and continue at step 12",
      tests: [
        "conformance/runtime_test.ts: hooks, program and operations come in their order",
        "conformance/runtime_test.ts: a ${name} hook that fails is an error, stops the container, and leads to poststop",
      ],
    },
    "destroy": {
      level: "MUST",
      text:
        "12. The container MUST be destroyed by undoing the steps performed during create phase (step 2)",
      tests: [
        "conformance/runtime_test.ts: what create made MUST be deleted, and the ID MAY be used again",
      ],
    },
    "poststop": {
      level: "MUST",
      text:
        "13. The poststop hooks MUST be invoked by the runtime. If any fails, it MUST log a warning, but the remaining hooks and lifecycle continue as if the hook had succeeded",
      tests: [
        "conformance/runtime_test.ts: hooks, program and operations come in their order",
        "conformance/runtime_test.ts: a poststop hook that fails is a warning, and the next one runs",
      ],
    },
  },
  "runtime.md#runtimeErrors": {
    "as-if-never": {
      level: "MUST",
      text:
        "Unless otherwise stated, generating an error MUST leave the state of the environment as if the operation were never attempted",
      tests: [
        "conformance/runtime_test.ts: an error leaves everything as if it had never been tried",
        "conformance/cgroups_test.ts: a create that fails leaves the limits of a cgroup that existed",
        'root/crash_test.ts: create() that fails before "${next}" leaves nothing behind',
      ],
    },
  },
  "runtime.md#runtimeWarnings": {
    "flow": {
      level: "MUST NOT",
      text: "Unless otherwise stated, logging a warning MUST NOT change the flow of the operation",
      tests: [
        "conformance/runtime_test.ts: a poststop hook that fails is a warning, and the next one runs",
        "conformance/config_test.ts: a capability that is unknown MUST be logged, and SHOULD NOT be an error",
      ],
    },
  },
  "runtime-linux.md#runtimeLinuxFileDescriptors": {
    "more": {
      level: "OPTIONAL",
      text: "The runtime MAY pass additional file descriptors to the application",
      tests: ["conformance/runtime_linux_test.ts: others MAY be passed, as --preserve-fds says"],
    },
    "three": {
      level: "MUST",
      text:
        "By default, only the stdin, stdout and stderr file descriptors are kept open for the application by the runtime (no MUST in the text; taken as one)",
      tests: ["conformance/runtime_linux_test.ts: only stdin, stdout and stderr are open"],
    },
  },
  "runtime-linux.md#runtimeLinuxDevSymbolicLinks": {
    "links": {
      level: "MUST",
      text:
        "While creating the container, runtimes MUST create /dev/fd, /dev/stdin, /dev/stdout and /dev/stderr if the source file exists after processing mounts",
      tests: [
        "conformance/runtime_linux_test.ts: the links MUST be there after the mounts",
        "conformance/runtime_linux_test.ts: not without their source",
      ],
    },
  },
};
