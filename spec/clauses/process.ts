/** Clauses of config.md on the process, its user and its names. @module */

import type { Clauses } from "./clause.ts";

/** What the program is, and what it has. */
export const PROCESS_CLAUSES: Clauses = {
  "config.md#configProcess": {
    "env": {
      level: "OPTIONAL",
      text: "env (array of strings, OPTIONAL) with the same semantics as environ",
      tests: ["conformance/config_test.ts: env is the program's environment"],
    },
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
    "capabilities": {
      level: "OPTIONAL",
      text: "capabilities (object, OPTIONAL): five sets that are kept for the process",
      tests: ["conformance/config_test.ts: capabilities are exactly the listed ones"],
    },
    "noNewPrivileges": {
      level: "OPTIONAL",
      text:
        "noNewPrivileges (bool, OPTIONAL) prevents the process from gaining additional privileges",
      tests: ["conformance/config_test.ts: noNewPrivileges is the process's no_new_privs"],
    },
    "labels": {
      level: "OPTIONAL",
      text: "apparmorProfile and selinuxLabel (string, OPTIONAL) are the labels of the process",
      tests: [
        "conformance/labels_test.ts: ${property} is an error that names it where the kernel does not run ${module}",
        "conformance/labels_test.ts: empty labels are as good as none",
        "conformance/labels_test.ts: a label that is no string is refused by name",
        "conformance/labels_test.ts: apparmorProfile confines the process and its children",
        "conformance/labels_test.ts: apparmorProfile for user ${user}, ${withOrWithout} no-new-privileges",
        "conformance/labels_test.ts: apparmorProfile in a user namespace, and with the host's pids",
        "conformance/labels_test.ts: apparmorProfile is the startContainer hooks', too",
        "conformance/labels_test.ts: an apparmorProfile that is not loaded fails create",
        "conformance/labels_test.ts: a proc of the image's own does not get the label",
      ],
    },
    "scheduler": {
      level: "OPTIONAL",
      text:
        "scheduler: nice, priority, flags, runtime, deadline and period (OPTIONAL), 0 by default",
      tests: [
        "conformance/process_attributes_test.ts: scheduler values that make no sense are refused by name",
        "conformance/process_attributes_test.ts: scheduler SCHED_DEADLINE has runtime, deadline and period",
        "conformance/process_attributes_test.ts: scheduler flag SCHED_FLAG_RESET_ON_FORK spares the children",
        "conformance/process_attributes_test.ts: scheduler flags SCHED_FLAG_KEEP_… leave what is there",
        "conformance/process_attributes_test.ts: scheduler flags of SCHED_DEADLINE and of clamps are told the kernel",
        "conformance/process_attributes_test.ts: without scheduler and ioPriority the process has the runtime's",
      ],
    },
    "io-priority-values": {
      level: "OPTIONAL",
      text: "ioPriority.priority is from 0, the highest, to 7",
      tests: [
        "conformance/process_attributes_test.ts: ioPriority values that make no sense are refused by name",
      ],
    },
    "exec-affinity": {
      level: "OPTIONAL",
      text:
        "execCPUAffinity (object, OPTIONAL) is for processes of exec, in the format of a list of CPUs",
      tests: [
        "conformance/process_attributes_test.ts: execCPUAffinity does not concern init, and is refused if it is no list",
        "root/exec_cgroup_test.ts: execCPUAffinity.final is what the program has",
      ],
    },
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
  "config.md#configHostname": {
    "hostname": {
      level: "OPTIONAL",
      text:
        "hostname (string, OPTIONAL) is the container's hostname as seen by its processes, in its UTS namespace",
      tests: ["conformance/config_test.ts: the name is the container's, in its UTS namespace"],
    },
  },
  "config.md#configDomainname": {
    "domainname": {
      level: "OPTIONAL",
      text:
        "domainname (string, OPTIONAL) is the container's domain name, as getdomainname(2) has it",
      tests: [
        "conformance/config_test.ts: the domain's name is the container's, in its UTS namespace",
      ],
    },
  },
};
