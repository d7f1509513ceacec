/** A directory of plain files that looks like a cgroup to whoever only reads and writes. */
export class FakeCgroup implements Disposable {
  readonly directory: string = Deno.makeTempDirSync({ prefix: "runts-cgroup-" });

  [Symbol.dispose](): void {
    Deno.removeSync(this.directory, { recursive: true });
  }

  /** Makes a file, with its directories below. */
  write(path: string, text: string): void {
    const file = `${this.directory}/${path}`;
    Deno.mkdirSync(file.slice(0, file.lastIndexOf("/")), { recursive: true });
    Deno.writeTextFileSync(file, text);
  }

  /** The whole text of a file. */
  read(path: string): string {
    return Deno.readTextFileSync(`${this.directory}/${path}`);
  }
}
