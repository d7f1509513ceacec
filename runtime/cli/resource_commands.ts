/**
 * The commands that watch a container and change what it may use, as data; commands.ts has the others, and the list of all.
 *
 * @module
 */
import type { Command } from "./commands.ts";
import type { Flag } from "./flags.ts";

const ID = "<container-id>";

/** `runts ps` */
export const PS_COMMAND: Command = {
  name: "ps",
  summary: "list the processes of a container",
  usage: `${ID} [arguments of ps]`,
  args: { min: 1, max: Infinity },
  flagsFirst: true,
  flags: [{
    name: "format",
    alias: "f",
    type: "string",
    placeholder: "FORMAT",
    default: "table",
    help: "table or json",
  }],
  description: [
    "Runs ps on the host, with -ef if there are no arguments for it, and prints its header and the " +
    "lines of the container's processes. With --format json it prints their pids alone.",
  ],
  examples: ["runts ps web", "runts ps web -o pid,ppid,args"],
};

/** `runts pause` */
export const PAUSE_COMMAND: Command = {
  name: "pause",
  summary: "have all processes of a container stand still",
  usage: ID,
  args: { min: 1, max: 1 },
  flags: [],
  description: ["The processes go on with `runts resume`, and notice nothing but the time."],
};

/** `runts resume` */
export const RESUME_COMMAND: Command = {
  name: "resume",
  summary: "let a paused container go on",
  usage: ID,
  args: { min: 1, max: 1 },
  flags: [],
  description: ["Undoes `runts pause`."],
};

function setting(name: string, placeholder: string, help: string): Flag {
  return { name, type: "string", placeholder, help };
}

/** `runts update` */
export const UPDATE_COMMAND: Command = {
  name: "update",
  summary: "change the resource limits of a container",
  usage: ID,
  args: { min: 1, max: 1 },
  flags: [
    {
      name: "resources",
      alias: "r",
      type: "string",
      placeholder: "FILE",
      help: "a file with linux.resources as JSON, or - for stdin; all other flags are ignored then",
    },
    {
      name: "blkio-weight",
      type: "integer",
      placeholder: "N",
      help: "the weight among those that use the same disk, 10 to 1000",
    },
    setting("cpu-period", "USEC", "the period of the quota, in microseconds"),
    setting("cpu-quota", "USEC", "processor time in each period, in microseconds; -1 is no limit"),
    setting("cpu-burst", "USEC", "unused time that may be made up for, in microseconds"),
    setting("cpu-share", "N", "the share of busy processors, relative to others"),
    setting("cpu-rt-period", "USEC", "the period of realtime tasks, in microseconds"),
    setting("cpu-rt-runtime", "USEC", "time of realtime tasks in each period, in microseconds"),
    setting("cpuset-cpus", "LIST", "the processors that may be used, such as 0-3,7"),
    setting("cpuset-mems", "LIST", "the memory nodes that may be used"),
    setting("cpu-idle", "0|1", "1: run only when nobody else wants to; until 0, shares wait"),
    // As others that ignore them: scripts of old still pass them.
    { ...setting("kernel-memory", "BYTES", "ignored"), hidden: true },
    { ...setting("kernel-memory-tcp", "BYTES", "ignored"), hidden: true },
    setting("memory", "BYTES", "the limit of memory; -1 is no limit"),
    setting("memory-reservation", "BYTES", "the memory that is left to it when others run short"),
    setting("memory-swap", "BYTES", "the limit of memory and swap together; -1 is no limit"),
    {
      name: "pids-limit",
      type: "integer",
      placeholder: "N",
      help: "the number of processes and threads; -1 is no limit",
    },
    setting("l3-cache-schema", "SCHEMA", "the share of the L3 cache (Intel RDT)"),
    setting("mem-bw-schema", "SCHEMA", "the share of the memory bandwidth (Intel RDT)"),
  ],
  description: [
    "Changes what is given, and nothing else. If one of the values cannot be set, all stay as they " +
    "were. Bytes take a suffix: 512m is 536870912, and k, g, t and p go by powers of 1024 as well.",
    "The rules for devices do not change.",
  ],
  examples: [
    "runts update --memory 512m --pids-limit 100 web",
    'echo \'{"cpu": {"shares": 512}}\' | runts update --resources - web',
  ],
};

/** `runts events` */
export const EVENTS_COMMAND: Command = {
  name: "events",
  summary: "print what a container uses, and when it runs out of memory",
  usage: ID,
  args: { min: 1, max: 1 },
  flags: [
    {
      name: "interval",
      type: "duration",
      placeholder: "DURATION",
      default: "5s",
      help: "the time between two reports, such as 500ms or 1m30s",
    },
    { name: "stats", type: "boolean", help: "print one report and exit" },
  ],
  description: [
    "Prints a line of JSON for each event until the container stops: its statistics in each " +
    'interval ("type": "stats"), and each time that memory runs out ("type": "oom").',
  ],
  examples: ["runts events --stats web", "runts events --interval 1s web"],
};
