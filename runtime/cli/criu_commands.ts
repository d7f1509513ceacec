/**
 * The commands `checkpoint` and `restore` as data; commands.ts has the others, and the list of all.
 *
 * @module
 */
import { BUNDLE_FLAG, CONSOLE_SOCKET_FLAG, PID_FILE_FLAG } from "./common_flags.ts";
import type { Command } from "./commands.ts";
import type { Flag } from "./flags.ts";

const ID = "<container-id>";

/** What `checkpoint` and `restore` have in common. */
const CRIU_FLAGS: readonly Flag[] = [
  {
    name: "image-path",
    type: "string",
    placeholder: "DIR",
    default: "checkpoint",
    help: "the directory of CRIU's images",
  },
  {
    name: "work-path",
    type: "string",
    placeholder: "DIR",
    help: "the directory of CRIU's log and other files of its work (default: that of the images)",
  },
  { name: "tcp-established", type: "boolean", help: "keep TCP connections that are open" },
  {
    name: "ext-unix-sk",
    type: "boolean",
    help: "allow unix sockets that are connected to the outside",
  },
  {
    name: "shell-job",
    type: "boolean",
    help: "allow a terminal and a session of the outside",
  },
  { name: "file-locks", type: "boolean", help: "keep file locks" },
  {
    name: "manage-cgroups-mode",
    type: "string",
    placeholder: "MODE",
    default: "soft",
    help: "what CRIU does about cgroups: soft, full, strict or ignore",
  },
  {
    name: "empty-ns",
    type: "list",
    placeholder: "NAMESPACE",
    help: "make the namespace, and leave what is in it to others: network",
  },
  { name: "auto-dedup", type: "boolean", help: "free what a later memory image replaces" },
  { name: "lazy-pages", type: "boolean", help: "fetch memory when it is touched (userfaultfd)" },
];

/** `runts checkpoint` */
export const CHECKPOINT_COMMAND: Command = {
  name: "checkpoint",
  summary: "write a running container into files, with CRIU",
  usage: ID,
  args: { min: 1, max: 1 },
  flags: [
    ...CRIU_FLAGS,
    {
      name: "parent-path",
      type: "string",
      placeholder: "DIR",
      help: "the images of an earlier --pre-dump, relative to those of this one",
    },
    { name: "leave-running", type: "boolean", help: "let the container go on" },
    {
      name: "pre-dump",
      type: "boolean",
      help: "write memory only, and let the container go on: a parent for a checkpoint",
    },
    {
      name: "tcp-skip-in-flight",
      type: "boolean",
      help: "leave out TCP connections that are being opened",
    },
    { name: "link-remap", type: "boolean", help: "allow open files that have lost their names" },
    {
      name: "status-fd",
      type: "integer",
      placeholder: "N",
      default: -1,
      help: "a descriptor that gets a zero byte once pages can be fetched lazily",
    },
    {
      name: "page-server",
      type: "string",
      placeholder: "HOST:PORT",
      help: "send memory to a page server",
    },
  ],
  description: [
    "Needs CRIU 3.16 or later, and root. What is the host's (bind mounts, joined namespaces, " +
    "pipes for stdio) is remembered by name, and looked up again by `runts restore`. The " +
    "container is deleted unless it is to go on. A container that was created and not started " +
    "has nothing to write yet, and is refused.",
  ],
  examples: ["runts checkpoint --image-path /var/tmp/web web"],
};

/** `runts restore` */
export const RESTORE_COMMAND: Command = {
  name: "restore",
  summary: "make a container again from the files of a checkpoint, with CRIU",
  usage: ID,
  args: { min: 1, max: 1 },
  flags: [
    BUNDLE_FLAG,
    CONSOLE_SOCKET_FLAG,
    PID_FILE_FLAG,
    {
      name: "no-pivot",
      type: "boolean",
      help: "without effect: CRIU changes the root in its own way",
    },
    ...CRIU_FLAGS,
    { name: "detach", alias: "d", type: "boolean", help: "return as soon as the processes run" },
    {
      name: "no-subreaper",
      type: "boolean",
      help: "leave the reaping of the container's orphans to others",
    },
    {
      name: "lsm-profile",
      type: "string",
      placeholder: "TYPE:NAME",
      help: "another profile of the security module than the one in the images",
    },
    {
      name: "lsm-mount-context",
      type: "string",
      placeholder: "CONTEXT",
      help: "another SELinux context for the mounts than the one in the images",
    },
  ],
  description: [
    "The bundle's config.json says where bind mounts, joined namespaces and the cgroup are now; " +
    "its root has to hold the same files as at the checkpoint. The container goes on where it " +
    "was, under the given ID. Of its hooks prestart and createRuntime run.",
  ],
  examples: ["runts restore --detach --bundle /containers/web --image-path /var/tmp/web web"],
};
