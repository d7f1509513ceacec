import { assertEquals } from "#assert";
import { run } from "../lib/sandbox.ts";

/** What a program with this redirection of stdin calls it. */
function nameOfStdin(redirection: string): { name: string | null; link: string; fdinfo: string } {
  const module = new URL("../../runtime/stdio_names.ts", import.meta.url).href;
  const code = `import { stdioNames } from "${module}";
    const link = Deno.readLinkSync("/proc/self/fd/0");
    const fdinfo = Deno.readTextFileSync("/proc/self/fdinfo/0");
    console.log(JSON.stringify({ name: stdioNames()[0], link, fdinfo }));`;
  const words = ["sh", "-c", `${redirection.replace("RUN", '"$0" run -A --no-check "$1"')}`];
  const url = `data:application/typescript,${encodeURIComponent(code)}`;
  const { stdout, stderr, code: status } = run([...words, Deno.execPath(), url]);
  assertEquals(status, 0, stderr);
  return JSON.parse(stdout);
}

Deno.test("stdioNames() calls a pipe as /proc does, and a file by its mount and inode", () => {
  const pipe = nameOfStdin("true | RUN");
  assertEquals(pipe.name, pipe.link);
  const file = Deno.makeTempFileSync();
  try {
    const { name, fdinfo } = nameOfStdin(`RUN <${file}`);
    const mount = Number(/^mnt_id:\s*(\d+)$/m.exec(fdinfo)![1]);
    assertEquals(name, `file[${mount.toString(16)}:${Deno.statSync(file).ino!.toString(16)}]`);
  } finally {
    Deno.removeSync(file);
  }
  const directory = nameOfStdin("RUN </");
  assertEquals(directory.name, null);
});
