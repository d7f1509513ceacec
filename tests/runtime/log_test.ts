import { assert, assertEquals } from "#assert";
import { throws } from "node:assert/strict";
import * as log from "../../runtime/log.ts";

const TIME = new Date("2026-11-24T00:12:03.987Z");

const LINES: readonly (readonly [log.LogFormat, log.LogLevel, string, string])[] = [
  [
    "text",
    "error",
    "container does not exist",
    'time="2026-11-24T00:12:03Z" level=error msg="container does not exist"',
  ],
  ["text", "info", "done", 'time="2026-11-24T00:12:03Z" level=info msg=done'],
  ["text", "warning", "/a.b_c-1@^+", 'time="2026-11-24T00:12:03Z" level=warning msg=/a.b_c-1@^+'],
  ["text", "debug", "", 'time="2026-11-24T00:12:03Z" level=debug msg='],
  [
    "text",
    "error",
    'a "b"\\\n\tc',
    'time="2026-11-24T00:12:03Z" level=error msg="a \\"b\\"\\\\\\n\\tc"',
  ],
  [
    "text",
    "error",
    "é\x1b[31m\u200b",
    'time="2026-11-24T00:12:03Z" level=error msg="é\\x1b[31m\\u200b"',
  ],
  [
    "json",
    "error",
    'a "b"\n',
    '{"level":"error","msg":"a \\"b\\"\\n","time":"2026-11-24T00:12:03Z"}',
  ],
];

for (const [format, level, message, line] of LINES) {
  Deno.test(`formatLine() writes ${JSON.stringify(message)} as ${format}`, () => {
    assertEquals(log.formatLine(format, level, message, TIME), line);
  });
}

interface Said {
  stderr: string;
  file: string;
}

/** What the four levels and a fatal error leave on stderr and in the file, without times. */
function say(settings: Omit<log.LogSettings, "stderr" | "file">, withFile: boolean): Said {
  const file = withFile ? Deno.makeTempFileSync() : undefined;
  let stderr = "";
  log.configureLog({ ...settings, file, stderr: (text) => void (stderr += text) });
  log.debug("d");
  log.info("i");
  log.warn("w");
  log.error("e");
  log.fatal("f f");
  log.configureLog({ format: "text", debug: false });
  const written = file === undefined ? "" : Deno.readTextFileSync(file);
  if (file !== undefined) Deno.removeSync(file);
  return {
    stderr: stderr.replace(/"\d{4}-[^"]*Z"/g, "T"),
    file: written.replace(/"\d{4}-[^"]*Z"/g, "T"),
  };
}

const TEXT = `time=T level=info msg=i
time=T level=warning msg=w
time=T level=error msg=e
time=T level=error msg="f f"
`;

Deno.test("log writes to stderr without a file", () => {
  assertEquals(say({ format: "text", debug: false }, false), { stderr: TEXT, file: "" });
});

Deno.test("log writes debug lines with debug only", () => {
  const { stderr } = say({ format: "text", debug: true }, false);
  assertEquals(stderr, "time=T level=debug msg=d\n" + TEXT);
});

Deno.test("log leaves stderr to the fatal error when there is a file", () => {
  assertEquals(say({ format: "text", debug: false }, true), { stderr: "f f\n", file: TEXT });
});

Deno.test("log writes one JSON object a line", () => {
  const { file } = say({ format: "json", debug: true }, true);
  assertEquals(
    file,
    ["debug,d", "info,i", "warning,w", "error,e", "error,f f"].map((entry) => {
      const [level, msg] = entry.split(",");
      return `{"level":"${level}","msg":"${msg}","time":T}\n`;
    }).join(""),
  );
});

Deno.test("configureLog() appends to a file, and creates one with mode 0644 and O_SYNC", () => {
  const directory = Deno.makeTempDirSync();
  const file = `${directory}/log`;
  const umask = Deno.umask(0);
  log.configureLog({ file, format: "text", debug: false });
  Deno.umask(umask);
  log.info("first");
  log.configureLog({ file, format: "text", debug: false });
  log.info("second");
  const fd = [...Deno.readDirSync("/proc/self/fd")].map((entry) => entry.name)
    .find((name) => readLink(`/proc/self/fd/${name}`) === file);
  const fdinfo = Deno.readTextFileSync(`/proc/self/fdinfo/${fd}`);
  const flags = parseInt(/^flags:\s*([0-7]+)$/m.exec(fdinfo)?.[1] ?? "", 8);
  log.configureLog({ format: "text", debug: false });
  assertEquals((Deno.statSync(file).mode ?? 0) & 0o777, 0o644);
  // O_WRONLY | O_APPEND | O_SYNC | O_CLOEXEC
  const wanted = 0o1 | 0o2000 | 0o4010000 | 0o2000000;
  assertEquals(flags & wanted, wanted);
  assertEquals(
    Deno.readTextFileSync(file).trimEnd().split("\n").map((line) => line.replace(/.*msg=/, "")),
    ["first", "second"],
  );
  Deno.removeSync(directory, { recursive: true });
});

function readLink(path: string): string | undefined {
  try {
    return Deno.readLinkSync(path);
  } catch {
    return undefined;
  }
}

Deno.test("configureLog() throws when the file cannot be opened, and lines go to stderr", () => {
  let stderr = "";
  const settings: log.LogSettings = {
    file: "/proc/nonexistent/log",
    format: "text",
    debug: true,
    stderr: (text) => void (stderr += text),
  };
  throws(() => log.configureLog(settings), /^Error: Cannot open the log file: openat\(.*ENOENT/);
  assert(log.isDebug());
  log.fatal("gone");
  log.configureLog({ format: "text", debug: false });
  assert(stderr.endsWith("level=error msg=gone\n"), stderr);
});

Deno.test("log puts a line on stderr when the file takes no more", () => {
  let stderr = "";
  const settings: log.LogSettings = {
    file: "/dev/full",
    format: "text",
    debug: false,
    stderr: (text) => void (stderr += text),
  };
  log.configureLog(settings);
  log.warn("kept");
  log.configureLog({ format: "text", debug: false });
  assert(stderr.endsWith("level=warning msg=kept\n"), stderr);
});
