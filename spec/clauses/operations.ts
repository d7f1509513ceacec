/** Clauses of runtime.md on the operations. @module */

import type { Clauses } from "./clause.ts";

/** What a runtime is asked to do. */
export const OPERATION_CLAUSES: Clauses = {
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
        "root/guest_root_test.ts: two containers in one mount namespace leave one by one",
      ],
    },
    "others": {
      level: "MUST NOT",
      text:
        "Resources associated with the container, but not created by this container, MUST NOT be deleted",
      tests: [
        "conformance/runtime_test.ts: what create did not make MUST NOT be deleted",
        "root/cgroup_container_test.ts: a cgroup that was there before is used, and stays",
        "root/guest_root_test.ts: what another one mounts in the root's place stays",
      ],
    },
  },
};
