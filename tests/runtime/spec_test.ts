import { assert, assertEquals } from "#assert";
import { throws } from "node:assert/strict";
import { writeSpec } from "../../runtime/spec.ts";
import { defaultConfig, rootlessConfig } from "../../spec/default_config.ts";
import { parseJson, stringifyJson } from "../../spec/json.ts";

function withDirectory(run: (bundle: string) => void): void {
  const bundle = Deno.makeTempDirSync();
  try {
    run(bundle);
  } finally {
    Deno.removeSync(bundle, { recursive: true });
  }
}

/** What a config says, without the order of its members and the class of its objects. */
function plain(config: unknown): unknown {
  return parseJson(stringifyJson(config));
}

Deno.test("writeSpec() writes the default config, indented by tabs, without a last newline", () => {
  withDirectory((bundle) => {
    writeSpec({ bundle, rootless: false });
    const text = Deno.readTextFileSync(`${bundle}/config.json`);
    assertEquals(parseJson(text), plain(defaultConfig()));
    assert(text.startsWith('{\n\t"ociVersion": '), text);
    assert(text.endsWith("\n}"), text);
  });
});

Deno.test("writeSpec() maps the caller's IDs for rootless", () => {
  withDirectory((bundle) => {
    writeSpec({ bundle, rootless: true });
    const text = Deno.readTextFileSync(`${bundle}/config.json`);
    assertEquals(parseJson(text), plain(rootlessConfig(Deno.uid() ?? -1, Deno.gid() ?? -1)));
  });
});

Deno.test("writeSpec() leaves the file's mode to the umask", () => {
  withDirectory((bundle) => {
    const umask = Deno.umask(0o027);
    try {
      writeSpec({ bundle, rootless: false });
    } finally {
      Deno.umask(umask);
    }
    assertEquals((Deno.statSync(`${bundle}/config.json`).mode ?? 0) & 0o777, 0o640);
  });
});

Deno.test("writeSpec() never overwrites, not even through a dangling link", () => {
  withDirectory((bundle) => {
    Deno.writeTextFileSync(`${bundle}/config.json`, "mine");
    throws(() => writeSpec({ bundle, rootless: false }), {
      message: "File config.json exists. Remove it first",
    });
    assertEquals(Deno.readTextFileSync(`${bundle}/config.json`), "mine");
    Deno.removeSync(`${bundle}/config.json`);
    Deno.symlinkSync("elsewhere", `${bundle}/config.json`);
    throws(() => writeSpec({ bundle, rootless: false }), /exists. Remove it first/);
    assertEquals([...Deno.readDirSync(bundle)].length, 1);
  });
});

Deno.test("writeSpec() names the file that it cannot write", () => {
  throws(
    () => writeSpec({ bundle: "/proc/nonexistent", rootless: false }),
    /Cannot write "\/proc\/nonexistent\/config.json": openat\(.*ENOENT \(No such file or directory\)/,
  );
});
