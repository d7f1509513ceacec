/**
 * The command line as data: every command with its arguments, flags and words of help.
 *
 * The parser, the help, and whatever documents or completes the command line read this table. It has to stay a plain
 * literal: every start of the program pays for it.
 *
 * @module
 */
import { BUNDLE_FLAG, CONSOLE_SOCKET_FLAG, PID_FILE_FLAG } from "./common_flags.ts";
import { CHECKPOINT_COMMAND, RESTORE_COMMAND } from "./criu_commands.ts";
import { EXEC_COMMAND } from "./exec_command.ts";
import { COMPLETION_COMMAND, MAN_COMMAND } from "./document_commands.ts";
import type { Flag } from "./flags.ts";
import {
  EVENTS_COMMAND,
  PAUSE_COMMAND,
  PS_COMMAND,
  RESUME_COMMAND,
  UPDATE_COMMAND,
} from "./resource_commands.ts";

/** A command as data. */
export interface Command {
  /** What the caller types. */
  readonly name: string;
  /** Other names for it. */
  readonly aliases?: readonly string[];
  /** What it does: a phrase without a full stop. */
  readonly summary: string;
  /** Its arguments in the usage line. */
  readonly usage: string;
  /** How many arguments it takes. */
  readonly args: { readonly min: number; readonly max: number };
  /** Its flags; `--help` is added to all. */
  readonly flags: readonly Flag[];
  /** The first argument and all after it belong to another program and are not searched for flags. */
  readonly flagsFirst?: boolean;
  /** The exit code when the command itself fails; 1 by default. A wrong command line is always 1. */
  readonly failure?: number;
  /** What it does, at length: paragraphs. */
  readonly description: readonly string[];
  /** Command lines worth copying. */
  readonly examples?: readonly string[];
}

/** Every command has it. */
export const HELP_FLAG: Flag = {
  name: "help",
  alias: "h",
  type: "boolean",
  help: "show this help",
};

/** The flags before the command. */
export const GLOBAL_FLAGS: readonly Flag[] = [
  { name: "debug", type: "boolean", help: "log what is done, step by step" },
  {
    name: "log",
    type: "string",
    placeholder: "FILE",
    help: "append log lines to a file instead of writing them to stderr",
  },
  {
    name: "log-format",
    type: "string",
    placeholder: "FORMAT",
    default: "text",
    help: "the form of a log line: text or json",
  },
  {
    name: "root",
    type: "string",
    placeholder: "DIR",
    help: "the directory that holds the state of the containers, best on a tmpfs" +
      " (default: /run/runts, or $XDG_RUNTIME_DIR/runts without privileges)",
  },
  {
    name: "cgroup-manager",
    type: "string",
    placeholder: "MANAGER",
    help: "who makes the cgroup: cgroupfs, systemd or disabled, which leaves the container in the" +
      " caller's (default: cgroupfs)",
  },
  {
    name: "systemd-cgroup",
    type: "boolean",
    help: "let systemd make the cgroup; cgroupsPath is then slice:prefix:name",
  },
  {
    name: "rootless",
    type: "string",
    placeholder: "VALUE",
    default: "auto",
    help: "go on without cgroups that are not ours to write: true, false or auto",
  },
  HELP_FLAG,
  { name: "version", alias: "v", type: "boolean", help: "print the version" },
];

const CREATE_FLAGS: readonly Flag[] = [
  BUNDLE_FLAG,
  CONSOLE_SOCKET_FLAG,
  {
    name: "pidfd-socket",
    type: "string",
    placeholder: "PATH",
    help: "an AF_UNIX socket that receives a pidfd of the container's first process",
  },
  PID_FILE_FLAG,
  {
    name: "no-pivot",
    type: "boolean",
    help: "move the root mount instead of pivoting it, for a bundle on a ramdisk",
  },
  {
    name: "no-new-keyring",
    type: "boolean",
    help: "keep the caller's session keyring instead of making one",
  },
  {
    name: "preserve-fds",
    type: "integer",
    placeholder: "N",
    default: 0,
    help: "pass N descriptors more than stdio and $LISTEN_FDS to the container",
  },
];

const ID = "<container-id>";
const ID_NOTE = "The ID is any name that no other container under the same root has: " +
  "letters, digits and the characters _ + . -";

/** The commands, in the order of the help. */
export const COMMANDS: readonly Command[] = [
  {
    name: "create",
    summary: "create a container",
    usage: ID,
    args: { min: 1, max: 1 },
    flags: CREATE_FLAGS,
    description: [
      "Makes everything that the bundle's config.json asks for, up to a first process that waits " +
      "for `runts start` to execute the program. Later changes of config.json have no effect.",
      ID_NOTE,
    ],
    examples: ["runts create --bundle /containers/web web"],
  },
  {
    name: "start",
    summary: "execute the program of a created container",
    usage: ID,
    args: { min: 1, max: 1 },
    flags: [],
    description: [
      "Lets the first process of a created container execute the program, and returns as soon as " +
      "that has succeeded. Fails if the program cannot be executed.",
    ],
  },
  {
    name: "state",
    summary: "print the state of a container",
    usage: ID,
    args: { min: 1, max: 1 },
    flags: [],
    description: ["Prints the state as JSON, in the form of the OCI runtime specification."],
  },
  {
    name: "kill",
    summary: "send a signal to the first process of a container (default: SIGTERM)",
    usage: `${ID} [signal]`,
    args: { min: 1, max: 2 },
    flags: [{
      name: "all",
      alias: "a",
      type: "boolean",
      help: "signal every process of the container, and do not mind a stopped one",
      hidden: true,
    }],
    description: [
      "The signal is a number or a name: KILL and SIGKILL mean the same, in upper or lower case, " +
      "and real-time signals are RTMIN+n.",
    ],
    examples: ["runts kill web", "runts kill web KILL"],
  },
  {
    name: "delete",
    summary: "delete what a container holds",
    usage: ID,
    args: { min: 1, max: 1 },
    flags: [{
      name: "force",
      alias: "f",
      type: "boolean",
      help: "kill the container first if it still runs, and do not mind a missing one",
    }],
    description: [
      "Removes the state, the cgroup and whatever else was made for a container that has stopped " +
      "or was never started, and runs its poststop hooks.",
    ],
  },
  {
    name: "run",
    summary: "create and start a container",
    usage: ID,
    args: { min: 1, max: 1 },
    flags: [
      ...CREATE_FLAGS,
      {
        name: "detach",
        alias: "d",
        type: "boolean",
        help: "return as soon as the program runs",
      },
      { name: "keep", type: "boolean", help: "do not delete the container when its program ends" },
      {
        name: "no-subreaper",
        type: "boolean",
        help: "leave the reaping of the container's orphans to others",
      },
    ],
    description: [
      "Creates a container, starts it, waits for its program and deletes it. The exit code is the " +
      "program's own, or 128 and the number of the signal that ended it.",
      ID_NOTE,
    ],
    examples: ["runts run --bundle /containers/web web"],
  },
  PS_COMMAND,
  PAUSE_COMMAND,
  RESUME_COMMAND,
  EVENTS_COMMAND,
  UPDATE_COMMAND,
  EXEC_COMMAND,
  CHECKPOINT_COMMAND,
  RESTORE_COMMAND,
  {
    name: "list",
    summary: "list the containers under the root",
    usage: "",
    args: { min: 0, max: 0 },
    flags: [
      {
        name: "format",
        alias: "f",
        type: "string",
        placeholder: "FORMAT",
        default: "table",
        help: "table or json",
      },
      { name: "quiet", alias: "q", type: "boolean", help: "print only the IDs" },
    ],
    description: ["The root is the one of the global option --root."],
    examples: ["runts list", "runts --root /run/other list --format json"],
  },
  {
    name: "spec",
    summary: "write a config.json to start from",
    usage: "",
    args: { min: 0, max: 0 },
    flags: [
      {
        name: "bundle",
        alias: "b",
        type: "string",
        placeholder: "DIR",
        help: "the directory that gets the file (default: the current directory)",
      },
      { name: "rootless", type: "boolean", help: "write it for a caller without privileges" },
    ],
    description: [
      "Writes a complete configuration that runs sh on the root filesystem in the directory " +
      "rootfs. An existing config.json is never overwritten.",
    ],
    examples: ["mkdir -p bundle/rootfs && runts spec --bundle bundle"],
  },
  {
    name: "features",
    summary: "print what this runtime supports",
    usage: "",
    args: { min: 0, max: 0 },
    flags: [],
    description: [
      "Prints the features document of the OCI runtime specification as JSON. It says what the " +
      "program supports, whatever the machine that it runs on has.",
    ],
  },
  COMPLETION_COMMAND,
  MAN_COMMAND,
  {
    name: "help",
    aliases: ["h"],
    summary: "show the commands, or the help of one",
    usage: "[command]",
    args: { min: 0, max: Infinity },
    flags: [],
    description: ["Without a command: all commands and the global options."],
  },
];

/** The command of that name or alias. */
export function findCommand(name: string): Command | undefined {
  return COMMANDS.find((command) => command.name === name || command.aliases?.includes(name));
}
