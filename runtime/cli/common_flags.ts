/**
 * Flags as data that mean the same wherever a container is made.
 *
 * @module
 */
import type { Flag } from "./flags.ts";

/** Where config.json is. */
export const BUNDLE_FLAG: Flag = {
  name: "bundle",
  alias: "b",
  type: "string",
  placeholder: "DIR",
  help: "the bundle: the directory with config.json (default: the current directory)",
};

/** Who gets the terminal. */
export const CONSOLE_SOCKET_FLAG: Flag = {
  name: "console-socket",
  type: "string",
  placeholder: "PATH",
  help: "an AF_UNIX socket that receives the descriptor of the container's terminal",
};

/** Who waits for init. */
export const PID_FILE_FLAG: Flag = {
  name: "pid-file",
  type: "string",
  placeholder: "FILE",
  help: "a file that receives the pid of the container's first process",
};
