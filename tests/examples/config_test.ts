import { assert, assertEquals } from "#assert";
import { projectFiles, read } from "../meta/files.ts";

Deno.test("the README shows the configurations of examples/config as they are", () => {
  const files = projectFiles("examples/config");
  assert(files.length >= 3, "the files are found");
  const readme = read("README.md");
  const blocks = [...readme.matchAll(/^```(?:json|toml)\n(.*?)^```$/gms)].map(([, text]) => text);
  assertEquals(files.filter((path) => !blocks.includes(read(path))), []);
});

Deno.test("the configurations name the path that the README installs to", () => {
  const path = "/usr/local/bin/runts";
  assert(read("README.md").includes(`install -m 755 dist/runts ${path}\n`));
  const others = projectFiles("examples/config").filter((file) =>
    !read(file).includes(`"${path}"`)
  );
  assertEquals(others, []);
});
