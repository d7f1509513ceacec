/** Clauses of config.md on hooks. @module */

import type { Clauses } from "./clause.ts";

/** What is run beside the program, and when. */
export const HOOK_CLAUSES: Clauses = {
  "config.md#configHooks": {
    "where": {
      level: "OPTIONAL",
      text: "The table of the kinds: in which namespace the path is resolved and the hook executed",
      tests: [
        "conformance/config_test.ts: each kind runs in the namespaces that it is for",
        "conformance/config_test.ts: path is resolved on the host, for startContainer in the container",
      ],
    },
    "args": {
      level: "OPTIONAL",
      text: "args and env (array of strings, OPTIONAL) with the semantics of execv and environ",
      tests: ["conformance/config_test.ts: args and env are as execve(2) has them"],
    },
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
};
