/** The container's root in a mount namespace that it joined: its owner finds his mounts as they were. */
import { assert, assertEquals } from "#assert";
import { NamespaceHolder } from "../lib/namespace_holder.ts";
import { type Editable, Sandbox } from "../lib/sandbox.ts";

function joinMounts(config: Editable, holder: NamespaceHolder): void {
  config.linux.namespaces = config.linux.namespaces.filter(
    (namespace: { type: string }) => namespace.type !== "mount",
  );
  config.linux.namespaces.push({ type: "mount", path: holder.path("mount") });
}

function makeBox(holder: NamespaceHolder, script: string, edit?: (config: Editable) => void) {
  const box = new Sandbox();
  box.script(script, (config) => {
    joinMounts(config, holder);
    edit?.(config);
  });
  return box;
}

function mountinfo(holder: NamespaceHolder): string {
  return Deno.readTextFileSync(`/proc/${holder.pid}/mountinfo`);
}

const FAILURES: Readonly<Record<string, (config: Editable) => void>> = {
  "at a mount": (config) =>
    config.mounts.push({ destination: "/x", source: "/missing", options: ["bind"] }),
  "at a createRuntime hook": (config) => config.hooks = { createRuntime: [{ path: "/bin/false" }] },
  "at the program": (config) => config.process.args = ["missing"],
};

for (const [where, fail] of Object.entries(FAILURES)) {
  Deno.test(`a create that fails ${where} leaves no mount in a joined mount namespace`, () => {
    using holder = new NamespaceHolder(["mount"]);
    using box = makeBox(holder, "true", fail);
    const before = mountinfo(holder);
    assertEquals(box.runts("create", box.id).code, 1);
    assertEquals(mountinfo(holder), before);
  });
}

Deno.test("so does one that fails when init is the tape already", () => {
  using holder = new NamespaceHolder(["mount"]);
  using box = makeBox(holder, "true");
  const before = mountinfo(holder);
  const { code, stderr } = box.runts("create", "--pid-file", `${box.directory}/no/pid`, box.id);
  assertEquals(code, 1);
  assert(stderr.includes("ENOENT"), stderr);
  assertEquals(mountinfo(holder), before);
});

const ENDS: Readonly<Record<string, (box: Sandbox) => void>> = {
  "a container that was never started": (box) => {
    box.succeed("create", box.id);
    box.succeed("delete", box.id);
  },
  "a container that has stopped": (box) => {
    box.createAndStart();
    box.succeed("kill", box.id, "KILL");
    box.waitUntilStopped();
    box.succeed("delete", box.id);
  },
  "a container that runs": (box) => {
    box.createAndStart();
    box.succeed("delete", "--force", box.id);
  },
  "a container in the foreground": (box) => {
    box.configure((config) => {
      config.process.args = ["true"];
      config.linux.namespaces =
        JSON.parse(Deno.readTextFileSync(`${box.bundle}/config.json`)).linux.namespaces;
    });
    box.succeed("run", box.id);
  },
};

for (const [what, end] of Object.entries(ENDS)) {
  Deno.test(`${what} takes its mounts out of a mount namespace that it joined`, () => {
    using holder = new NamespaceHolder(["mount"]);
    using box = makeBox(holder, "sleep 10000");
    const before = mountinfo(holder);
    end(box);
    assertEquals(mountinfo(holder), before);
  });
}

Deno.test("so does delete --force after a create that was killed", () => {
  using holder = new NamespaceHolder(["mount"]);
  using box = makeBox(holder, "sleep 10000", (config) => {
    config.hooks = {
      createRuntime: [{ path: "/bin/sh", args: ["sh", "-c", "kill -KILL $PPID; sleep 1"] }],
    };
  });
  const before = mountinfo(holder);
  assertEquals(box.runts("create", box.id).code === 0, false);
  box.succeed("delete", "--force", box.id);
  assertEquals(mountinfo(holder), before);
});

Deno.test("what another one mounts in the root's place stays", () => {
  using holder = new NamespaceHolder(["mount"]);
  using box = makeBox(holder, "sleep 10000");
  box.createAndStart();
  holder.nsenter(["mount"], "umount", "--lazy", box.rootfs);
  holder.nsenter(["mount"], "mount", "-t", "tmpfs", "theirs", box.rootfs);
  const before = mountinfo(holder);
  box.succeed("delete", "--force", box.id);
  assertEquals(mountinfo(holder), before);
  assert(before.includes("- tmpfs theirs"), before);
});

Deno.test("a container is deleted also when the namespace that it joined has gone", () => {
  using box = new Sandbox();
  {
    using holder = new NamespaceHolder(["mount"]);
    box.script("sleep 10000", (config) => joinMounts(config, holder));
    box.createAndStart();
  }
  box.succeed("kill", box.id, "KILL");
  box.waitUntilStopped();
  const { stderr } = box.succeed("delete", box.id);
  assertEquals(stderr, "");
});

Deno.test("exec is in the container's root, and not in that of the namespace's owner", () => {
  using holder = new NamespaceHolder(["mount"]);
  using box = makeBox(holder, "sleep 10000", (config) => {
    config.hooks = {
      startContainer: [{ path: "/bin/sh", args: ["sh", "-c", "ls / > /tmp/seen-by-hook"] }],
    };
    config.root.readonly = false;
  });
  Deno.writeTextFileSync(`${box.rootfs}/only-here`, "");
  box.createAndStart();
  const listed = box.succeed("exec", box.id, "ls", "/").stdout;
  assertEquals(
    listed.trim().split("\n"),
    [...Deno.readDirSync(box.rootfs)].map(({ name }) => name).sort(),
  );
  assertEquals(Deno.readTextFileSync(`${box.rootfs}/tmp/seen-by-hook`), listed);
  const { stdout } = box.succeed("exec", "--cwd", "/tmp", box.id, "sh", "-c", "cd ../..; ls");
  assertEquals(stdout, listed);
});

Deno.test("two containers in one mount namespace leave one by one", () => {
  using holder = new NamespaceHolder(["mount"]);
  using first = makeBox(holder, "sleep 10000");
  using second = makeBox(holder, "sleep 10000");
  const before = mountinfo(holder);
  first.createAndStart();
  const withFirst = mountinfo(holder);
  second.createAndStart();
  second.succeed("delete", "--force", second.id);
  assertEquals(mountinfo(holder), withFirst);
  assertEquals(first.state().status, "running");
  first.succeed("delete", "--force", first.id);
  assertEquals(mountinfo(holder), before);
});
