/** Clauses of config-linux.md on seccomp. @module */

import type { Clauses } from "./clause.ts";

/** What the container may call, and who is told. */
export const SECCOMP_CLAUSES: Clauses = {
  "config-linux.md#configLinuxSeccomp": {
    "defaultAction": {
      level: "REQUIRED",
      text: "defaultAction (string, REQUIRED)",
      tests: [
        "spec/bad_values_test.ts: a property that is REQUIRED is named when it is missing",
        "conformance/seccomp_test.ts: defaultAction is taken for calls without a rule",
      ],
    },
    "defaultErrnoRet": {
      level: "MUST",
      text:
        "defaultErrnoRet: if the action does not support this feature, the runtime MUST generate an error; EPERM by default",
      tests: [
        "conformance/seccomp_test.ts: defaultErrnoRet is the errno to return; if it is not set, EPERM",
        "conformance/seccomp_test.ts: an errno for an action that does not support one MUST be an error",
      ],
    },
    "errnoRet": {
      level: "MUST",
      text:
        "errnoRet: if the action does not support this feature, the runtime MUST generate an error; EPERM by default",
      tests: [
        "conformance/seccomp_test.ts: errnoRet is the errno to return; if it is not set, EPERM",
        "conformance/seccomp_test.ts: an errno for an action that does not support one MUST be an error",
      ],
    },
    "names": {
      level: "REQUIRED",
      text:
        "names (array of strings, REQUIRED) MUST contain at least one entry; action (string, REQUIRED)",
      tests: [
        "spec/bad_values_test.ts: a property that is REQUIRED is named when it is missing",
        "spec/rules/seccomp_test.ts: the rules of seccomp",
      ],
    },
    "args": {
      level: "REQUIRED",
      text: "args: index (uint, REQUIRED), value (uint64, REQUIRED), op (string, REQUIRED)",
      tests: [
        "spec/bad_values_test.ts: a property that is REQUIRED is named when it is missing",
        "conformance/seccomp_test.ts: a rule concerns all its names, and holds if all its args do",
        "runtime/seccomp_test.ts: makeFilter() compares with ${op}",
      ],
    },
    "metadata": {
      level: "MUST NOT",
      text: "listenerMetadata MUST NOT be set if listenerPath is not set",
      tests: [
        "conformance/seccomp_test.ts: listenerMetadata MUST NOT be set without listenerPath",
      ],
    },
    "listener": {
      level: "MUST",
      text:
        "The runtime MUST send exactly one container process state per connection; the connection MUST NOT be reused and MUST be closed after sending",
      tests: [
        "conformance/seccomp_test.ts: one state MUST be sent over each connection, which MUST then be closed",
      ],
    },
    "listener-error": {
      level: "MUST",
      text: "If sending the state over the connection fails, the runtime MUST generate an error",
      tests: [
        "conformance/seccomp_test.ts: a failure to send the state MUST be an error",
      ],
    },
    "listener-ignored": {
      level: "OPTIONAL",
      text: "listenerPath is ignored if no action is SCMP_ACT_NOTIFY",
      tests: [
        "root/seccomp_listener_test.ts: a listener path without NOTIFY is ignored",
      ],
    },
    "programs": {
      level: "OPTIONAL",
      text: "syscalls (array of objects, OPTIONAL): profiles of engines are carried out",
      tests: [
        "conformance/seccomp_test.ts: a filter such as engines use lets programs work, and nothing else",
      ],
    },
  },
  "config-linux.md#containerprocessstate": {
    "members": {
      level: "REQUIRED",
      text:
        "ociVersion (string, REQUIRED), pid (int, REQUIRED), state (object, REQUIRED), metadata",
      tests: [
        "conformance/seccomp_test.ts: one state MUST be sent over each connection, which MUST then be closed",
      ],
    },
    "seccompFd": {
      level: "REQUIRED",
      text: "fds: the name seccompFd is REQUIRED for the listener's descriptor",
      tests: [
        "conformance/seccomp_test.ts: one state MUST be sent over each connection, which MUST then be closed",
      ],
    },
    "first": {
      level: "MUST",
      text:
        "The runtime MAY use several sendmsg(2) calls, but the file descriptors MUST be sent in the first one",
      tests: [
        "conformance/seccomp_test.ts: one state MUST be sent over each connection, which MUST then be closed",
      ],
    },
  },
};
