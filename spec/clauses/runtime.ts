/** Clauses of bundle.md, runtime.md and runtime-linux.md. @module */

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
  "runtime.md#runtimeOperations": {
    "supported": {
      level: "MUST",
      text:
        "Unless not supported by the base operating system, the runtime MUST support the following operations",
      tests: [
        "root/lifecycle_status_test.ts: a container goes from created to running to stopped, and is gone after delete",
      ],
    },
  },
  "runtime.md#runtimeQueryState": {
    "no-id": {
      level: "MUST",
      text: "This operation MUST generate an error if it is not provided the ID of a container",
      tests: [
        "conformance/runtime_test.ts: a missing ID, or a container that does not exist, is an error",
      ],
    },
    "unknown": {
      level: "MUST",
      text: "Attempting to query a container that does not exist MUST generate an error",
      tests: [
        "conformance/runtime_test.ts: a missing ID, or a container that does not exist, is an error",
      ],
    },
    "state": {
      level: "MUST",
      text: "This operation MUST return the state of a container as specified in the State section",
      tests: [
        "conformance/runtime_test.ts: the state has what it MUST have, in each status",
      ],
    },
  },
  "runtime.md#runtimeCreate": {
    "no-arguments": {
      level: "MUST",
      text:
        "This operation MUST generate an error if it is not provided a path to the bundle and the container ID",
      tests: ["conformance/runtime_test.ts: a missing ID, or a missing bundle, is an error"],
    },
    "id": {
      level: "MUST",
      text:
        "If the ID is not unique within the scope of the runtime, or is not valid in any other way, the implementation MUST generate an error and a new container MUST NOT be created",
      tests: [
        "conformance/runtime_test.ts: an ID that is in use is an error, and its container is untouched",
        "root/errors_test.ts: create() refuses an ID that is no clean file name",
      ],
    },
    "container": {
      level: "MUST",
      text: "This operation MUST create a new container",
      tests: ["conformance/runtime_test.ts: the program MUST NOT run before start"],
    },
    "properties": {
      level: "MUST",
      text: "All of the properties configured in config.json except for process MUST be applied",
      tests: ["conformance/runtime_test.ts: everything but the program MUST be applied by create"],
    },
    "args": {
      level: "MUST NOT",
      text: "process.args MUST NOT be applied until triggered by the start operation",
      tests: ["conformance/runtime_test.ts: the program MUST NOT run before start"],
    },
    "error": {
      level: "MUST",
      text:
        "If the runtime cannot apply a property as specified in the configuration, it MUST generate an error and a new container MUST NOT be created",
      tests: [
        "conformance/runtime_test.ts: an error leaves everything as if it had never been tried",
        "root/errors_test.ts: create() refuses ${name}",
      ],
    },
  },
  "runtime.md#runtimeStart": {
    "no-id": {
      level: "MUST",
      text: "This operation MUST generate an error if it is not provided the container ID",
      tests: [
        "conformance/runtime_test.ts: a container that is not created is an error without effect",
      ],
    },
    "not-created": {
      level: "MUST",
      text:
        "Attempting to start a container that is not created MUST have no effect on the container and MUST generate an error",
      tests: [
        "conformance/runtime_test.ts: a container that is not created is an error without effect",
      ],
    },
    "program": {
      level: "MUST",
      text: "This operation MUST run the user-specified program as specified by process",
      tests: ["conformance/runtime_test.ts: the program MUST NOT run before start"],
    },
    "no-process": {
      level: "MUST",
      text: "This operation MUST generate an error if process was not set",
      tests: [
        "conformance/runtime_test.ts: without process there is nothing to start, but a container",
      ],
    },
  },
  "runtime.md#runtimeKill": {
    "no-id": {
      level: "MUST",
      text: "This operation MUST generate an error if it is not provided the container ID",
      tests: ["conformance/runtime_test.ts: neither created nor running is an error"],
    },
    "not-alive": {
      level: "MUST",
      text:
        "Attempting to send a signal to a container that is neither created nor running MUST have no effect on the container and MUST generate an error",
      tests: ["conformance/runtime_test.ts: neither created nor running is an error"],
    },
    "signal": {
      level: "MUST",
      text: "This operation MUST send the specified signal to the container process",
      tests: ["conformance/runtime_test.ts: the signal MUST reach the container's process"],
    },
  },
  "runtime.md#runtimeDelete": {
    "no-id": {
      level: "MUST",
      text: "This operation MUST generate an error if it is not provided the container ID",
      tests: ["conformance/runtime_test.ts: a running container is an error without effect"],
    },
    "not-stopped": {
      level: "MUST",
      text:
        "Attempting to delete a container that is not stopped MUST have no effect on the container and MUST generate an error",
      tests: ["conformance/runtime_test.ts: a running container is an error without effect"],
    },
    "created": {
      level: "MUST",
      text:
        "Attempting to delete a container that is not stopped (here: created) MUST generate an error",
      status: "unmet",
      reason:
        "`delete` of a container that was created and never started kills its init and deletes it: containerd and Docker clean up by that, as runc lets them",
    },
    "resources": {
      level: "MUST",
      text:
        "Deleting a container MUST delete the resources that were created during the create step",
      tests: [
        "conformance/runtime_test.ts: what create made MUST be deleted, and the ID MAY be used again",
      ],
    },
    "others": {
      level: "MUST NOT",
      text:
        "Resources associated with the container, but not created by this container, MUST NOT be deleted",
      tests: [
        "conformance/runtime_test.ts: what create did not make MUST NOT be deleted",
        "root/cgroup_container_test.ts: a cgroup that was there before is used, and stays",
      ],
    },
  },

  "runtime-linux.md#runtimeLinuxFileDescriptors": {
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
