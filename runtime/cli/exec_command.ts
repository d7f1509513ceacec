/**
 * The command `exec` as data; commands.ts has the others, and the list of all.
 *
 * @module
 */
import type { Command } from "./commands.ts";

/** `runts exec` */
export const EXEC_COMMAND: Command = {
  name: "exec",
  summary: "run a program in a container that exists",
  usage: "<container-id> <command> [arguments...]",
  args: { min: 1, max: Infinity },
  flagsFirst: true,
  failure: 255,
  flags: [
    {
      name: "console-socket",
      type: "string",
      placeholder: "PATH",
      help: "an AF_UNIX socket that receives the descriptor of the program's terminal",
    },
    {
      name: "pidfd-socket",
      type: "string",
      placeholder: "PATH",
      help: "an AF_UNIX socket that receives a pidfd of the program",
    },
    {
      name: "cwd",
      type: "string",
      placeholder: "DIR",
      help: "the current directory, in the container",
    },
    {
      name: "env",
      alias: "e",
      type: "list",
      placeholder: "NAME=VALUE",
      help: "a variable of the environment; may be given again",
    },
    { name: "tty", alias: "t", type: "boolean", help: "give the program a terminal" },
    {
      name: "user",
      alias: "u",
      type: "string",
      placeholder: "UID[:GID]",
      help: "the user, and the group, by number",
    },
    {
      name: "additional-gids",
      alias: "g",
      type: "list",
      placeholder: "GID",
      help: "a group more, by number; may be given again",
    },
    {
      name: "process",
      alias: "p",
      type: "string",
      placeholder: "FILE",
      help: "the whole process object of the specification as JSON, - for stdin;" +
        " the other flags for the process have no effect then",
    },
    {
      name: "detach",
      alias: "d",
      type: "boolean",
      help: "return as soon as the program runs",
    },
    {
      name: "pid-file",
      type: "string",
      placeholder: "FILE",
      help: "a file that receives the pid of the program",
    },
    {
      name: "process-label",
      type: "string",
      placeholder: "LABEL",
      help: "the SELinux label of the program",
    },
    {
      name: "apparmor",
      type: "string",
      placeholder: "PROFILE",
      help: "the AppArmor profile of the program",
    },
    {
      name: "no-new-privs",
      type: "boolean",
      help: "no program that it executes gains privileges",
    },
    {
      name: "cap",
      alias: "c",
      type: "list",
      placeholder: "CAPABILITY",
      help: "a capability beside those of the container; may be given again",
    },
    {
      name: "preserve-fds",
      type: "integer",
      placeholder: "N",
      default: 0,
      help: "pass N descriptors more than stdio and $LISTEN_FDS to the program",
    },
    {
      name: "cgroup",
      type: "list",
      placeholder: "[CONTROLLER,...:]PATH",
      help: "a cgroup below the container's, for all or for some controllers of version 1;" +
        " may be given again",
    },
    {
      name: "ignore-paused",
      type: "boolean",
      help: "let the program wait in a paused container until that is resumed",
    },
  ],
  description: [
    "Runs a program in the namespaces, the root, the cgroup and the filter of system calls of a" +
    " container that was created. Its process is the one of the container's configuration, as it" +
    " was at create, with what the flags change. Flags come before the ID: what follows it is the" +
    " program's.",
    "Waits for the program; the exit code is its own, or 128 and the number of the signal that " +
    "ended it. When it cannot be run the exit code is 255.",
  ],
  examples: [
    "runts exec web ps",
    "runts exec --tty --env TERM=xterm web sh",
    "runts exec --process process.json --detach --pid-file pid web",
  ],
};
