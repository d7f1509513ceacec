/**
 * Log lines, in the two forms that callers of container runtimes parse: logrus' text and JSON.
 *
 * Without a log file everything goes to stderr. With one, stderr stays silent but for the last words of a failing
 * command: containerd parses stdout and stderr of `state` and `ps` together, and puts the stderr of `create` into the
 * container's own log.
 *
 * Use it as `import * as log from "./log.ts"`.
 *
 * @module
 */
import { O } from "../ffi/constants.ts";
import type { OwnedFd } from "../ffi/fd.ts";
import { open, write } from "../ffi/open.ts";
import { quote } from "./quote.ts";

/** The severities, in the words of the log line. */
export type LogLevel = "debug" | "info" | "warning" | "error";

/** How a line looks: `time=… level=… msg=…`, or one JSON object. */
export type LogFormat = "text" | "json";

/** Where the lines go, and which. */
export interface LogSettings {
  /** Lines are appended to this file; without it they go to stderr. */
  readonly file?: string | undefined;
  /** The form of a line. */
  readonly format: LogFormat;
  /** Whether debug lines are written at all. */
  readonly debug: boolean;
  /** Takes what would go to stderr; for tests. */
  readonly stderr?: (text: string) => void;
}

interface Log {
  format: LogFormat;
  debug: boolean;
  file: OwnedFd | undefined;
  stderr: (text: string) => void;
}

const log: Log = { format: "text", debug: false, file: undefined, stderr: writeStderr };

/**
 * Takes the settings and opens the file. Throws when it cannot be opened; lines then go to stderr.
 *
 * The file is opened here and not at the first line: a bad path has to fail before anything else is done, and a fork
 * that has changed its root could not open it any more.
 */
export function configureLog(settings: LogSettings): void {
  log.format = settings.format;
  log.debug = settings.debug;
  log.stderr = settings.stderr ?? writeStderr;
  log.file?.close();
  log.file = undefined;
  if (settings.file !== undefined) log.file = openLogFile(settings.file);
}

function openLogFile(path: string): OwnedFd {
  try {
    // O_APPEND: several commands write to one file at once. O_SYNC: the caller reads it as soon as the command ends.
    return open(path, O.O_CREAT | O.O_WRONLY | O.O_APPEND | O.O_SYNC | O.O_NOCTTY, 0o644);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new Error(`Cannot open the log file: ${why}`, { cause: error });
  }
}

/** Whether debug lines are written: for callers that would have to work to make one. */
export function isDebug(): boolean {
  return log.debug;
}

/** Says something that only a developer wants to read; nothing without `--debug`. */
export function debug(message: string): void {
  if (log.debug) writeLine("debug", message);
}

/** Says something that a person who watches wants to know. */
export function info(message: string): void {
  writeLine("info", message);
}

/** Warns; the flow goes on as if nothing had been said (runtime.md#runtimeWarnings). */
export function warn(message: string): void {
  writeLine("warning", message);
}

/** Reports a failure that does not end the command. What ends it is thrown, and {@linkcode fatal} says it once. */
export function error(message: string): void {
  writeLine("error", message);
}

/**
 * Reports what ended the command: a line in the log, and with a log file the bare sentence on stderr as well.
 *
 * containerd and Podman take the last line of level `error` from the file; conmon and people read stderr.
 */
export function fatal(message: string): void {
  writeLine("error", message);
  if (log.file !== undefined) log.stderr(message + "\n");
}

function writeLine(level: LogLevel, message: string): void {
  const line = formatLine(log.format, level, message, new Date()) + "\n";
  if (log.file === undefined) return log.stderr(line);
  try {
    // One write for the whole line: together with O_APPEND that keeps lines of other processes out of it.
    write(log.file.fd, new TextEncoder().encode(line));
  } catch {
    // A full disk must neither stop the command nor swallow the line.
    log.stderr(line);
  }
}

/** One line without its newline; the time in whole seconds UTC (RFC 3339), which Go's JSON decoder insists on. */
export function formatLine(
  format: LogFormat,
  level: LogLevel,
  message: string,
  time: Date,
): string {
  const seconds = time.toISOString().slice(0, 19) + "Z";
  return format === "json"
    ? JSON.stringify({ level, msg: message, time: seconds })
    : `time="${seconds}" level=${level} msg=${quoteIfNeeded(message)}`;
}

/** logrus leaves a value bare as long as it consists of these characters. */
function quoteIfNeeded(value: string): string {
  return /^[A-Za-z0-9._/@^+-]*$/.test(value) ? value : quote(value);
}

function writeStderr(text: string): void {
  let rest = new TextEncoder().encode(text);
  try {
    while (rest.length > 0) rest = rest.subarray(Deno.stderr.writeSync(rest));
  } catch {
    // A closed or broken stderr: there is no other place to say so.
  }
}
