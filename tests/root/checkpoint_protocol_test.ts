/**
 * `checkpoint` and `restore` against a program that speaks CRIU's protocol: what is asked for, in which order what is done,
 * and what becomes of failures. checkpoint_test.ts has the real one.
 *
 * @module
 */
import { assert, assertEquals } from "#assert";
import { CRIU } from "../../runtime/criu/messages.ts";
import { FakeCriu, type Turn } from "../lib/fake_criu.ts";
import { receive } from "../lib/receiver.ts";
import { failure, hasEnded, Sandbox } from "../lib/sandbox.ts";

const DUMP: readonly Turn[] = [{ script: "pre-dump" }, { script: "post-dump" }];
const RESTORE: readonly Turn[] = [
  { script: "pre-restore" },
  { script: "setup-namespaces" },
  { script: "post-setup-namespaces" },
  { script: "post-restore" },
  { script: "pre-resume" },
];

function sleeping(): { box: Sandbox; criu: FakeCriu; images: string } {
  const box = new Sandbox();
  box.script("exec sleep 1000");
  return { box, criu: new FakeCriu(box), images: `${box.directory}/images` };
}

/** Checkpoints a container, with the mount points that the dummy cannot know. */
function checkpointed(): ReturnType<typeof sleeping> {
  const made = sleeping();
  const { box, criu, images } = made;
  box.createAndStart();
  const { code, stderr } = criu.run({ turns: DUMP }, "checkpoint", "--image-path", images, box.id);
  assertEquals({ code, stderr }, { code: 0, stderr: "" });
  return made;
}

Deno.test("checkpoint() asks CRIU for a dump of init, and deletes the container", () => {
  const { box: made, criu, images } = sleeping();
  using box = made;
  const pid = box.createAndStart();
  assertEquals(criu.run({ turns: DUMP }, "checkpoint", "--image-path", images, box.id), {
    code: 0,
    stdout: "",
    stderr: "",
  });
  const { word, type, opts } = criu.request();
  assertEquals([word, type], ["swrk", CRIU.DUMP]);
  assertEquals(criu.heard().slice(1), ["pre-dump", "post-dump"]);
  assertEquals(
    {
      ...opts,
      external: opts.external?.filter((name) => !name.startsWith("file[")),
      freeze_cgroup: opts.freeze_cgroup?.endsWith(`/runts-test/${box.id}`),
    },
    {
      images_dir_fd: 4,
      work_dir_fd: 5,
      log_file: "dump.log",
      log_level: 4,
      pid,
      root: box.rootfs,
      leave_running: false,
      ext_unix_sk: false,
      tcp_established: false,
      shell_job: false,
      file_locks: false,
      notify_scripts: true,
      auto_dedup: false,
      link_remap: false,
      manage_cgroups: true,
      manage_cgroups_mode: 3,
      tcp_skip_in_flight: false,
      lazy_pages: false,
      orphan_pts_master: true,
      network_lock: 3,
      freeze_cgroup: true,
      external: ["/proc/kcore", "/proc/keys", "/proc/timer_list"]
        .filter((path) => opts.external?.includes(`mnt[${path}]:${path}`))
        .map((path) => `mnt[${path}]:${path}`),
    },
  );
  assert(opts.external?.includes("mnt[/proc/keys]:/proc/keys"));
  assert(hasEnded(pid));
  assertEquals(box.traces(), []);
});

Deno.test("checkpoint() hands all its flags on", () => {
  const { box: made, criu, images } = sleeping();
  using box = made;
  const pid = box.createAndStart();
  Deno.mkdirSync(`${images}/../before`, { recursive: true });
  const flags =
    "--leave-running --tcp-established --tcp-skip-in-flight --link-remap --ext-unix-sk " +
    "--shell-job --lazy-pages --file-locks --auto-dedup --empty-ns network " +
    "--manage-cgroups-mode full --page-server [::1]:27 --status-fd 1 --parent-path ../before";
  const { code, stderr } = criu.run(
    { turns: DUMP },
    ...["checkpoint", "--image-path", images, "--work-path", `${box.directory}/work`],
    ...flags.split(" "),
    box.id,
  );
  assertEquals({ code, stderr }, { code: 0, stderr: "" });
  const { opts } = criu.request();
  for (
    const name of [
      "leave_running",
      "tcp_established",
      "tcp_skip_in_flight",
      "link_remap",
      "ext_unix_sk",
      "shell_job",
      "lazy_pages",
      "file_locks",
      "auto_dedup",
      "track_mem",
    ] as const
  ) assertEquals(opts[name], true, name);
  assertEquals(opts.empty_ns, 0x40000000);
  assertEquals(opts.manage_cgroups_mode, 4);
  assertEquals(opts.ps, { address: "::1", port: 27 });
  assertEquals(opts.parent_img, "../before");
  assertEquals(opts.status_fd, 6);
  // Connections are to be kept, so the network is locked.
  assertEquals(opts.network_lock, undefined);
  assert(!hasEnded(pid));
  assertEquals(box.state().status, "running");
});

Deno.test("checkpoint() with --pre-dump asks for memory alone, and lets the container go on", () => {
  const { box: made, criu, images } = sleeping();
  using box = made;
  const pid = box.createAndStart();
  const args = ["checkpoint", "--pre-dump", "--image-path", images, box.id];
  assertEquals(criu.run({ turns: [] }, ...args).code, 0);
  const { type, opts } = criu.request();
  assertEquals([type, opts.track_mem, opts.leave_running], [CRIU.PRE_DUMP, true, true]);
  assert(!hasEnded(pid));
  assertEquals([...Deno.readDirSync(images)], []);
});

Deno.test("checkpoint() that fails says why, and leaves the container running", () => {
  const { box: made, criu, images } = sleeping();
  using box = made;
  box.createAndStart();
  const log = `${images}/dump.log`;
  const cases: [Turn[], string][] = [
    [[{ fail: "Error (criu/x.c:1): net: no way" }], "CRIU failed: net: no way"],
    [
      [{
        log,
        text: 'Error (criu/util.c:641): execvp("iptables-save", ...) failed: No such file\n' +
          "(00.1)      1: Error (criu/files.c:12): fd/7 is a mystery\n" +
          "(00.2) Error (criu/cr-dump.c:2111): Dumping FAILED.\n",
      }, { fail: "exited, status=1" }],
      "CRIU failed: fd/7 is a mystery",
    ],
    [
      [{ script: "pre-dump" }, { die: "out of\nmemory" }],
      "CRIU exited with status 3 without an answer: out of; memory",
    ],
  ];
  for (const [turns, why] of cases) {
    assertEquals(
      failure(criu.run({ turns }, "checkpoint", "--image-path", images, box.id)),
      `Cannot dump the processes: ${why} (its log is ${log})`,
    );
    assertEquals(box.state().status, "running");
  }
});

Deno.test("checkpoint() refuses a CRIU that is too old", () => {
  const { box: made, criu, images } = sleeping();
  using box = made;
  box.createAndStart();
  const play = { version: [3, 15], turns: DUMP } as const;
  assertEquals(
    failure(criu.run(play, "checkpoint", "--image-path", images, box.id)),
    `Cannot start CRIU: ${box.directory}/fake/criu is version 3.15, and 3.16 is the oldest that will do`,
  );
});

Deno.test("checkpoint() refuses what does not run", () => {
  using box = new Sandbox();
  const images = ["--image-path", `${box.directory}/images`];
  assertEquals(
    failure(box.runts("checkpoint", ...images, box.id)),
    `Cannot open container "${box.id}": container does not exist`,
  );
  box.script("true");
  box.succeed("create", box.id);
  assertEquals(
    failure(box.runts("checkpoint", ...images, box.id)),
    "Cannot check that the container runs: cannot checkpoint a container in the created state",
  );
  box.succeed("start", box.id);
  box.waitUntilStopped();
  assertEquals(
    failure(box.runts("checkpoint", ...images, box.id)),
    "Cannot check that the container runs: container not running",
  );
});

Deno.test("checkpoint() refuses network devices and namespaces that CRIU cannot restore", () => {
  using box = new Sandbox();
  box.script("exec sleep 1000", (config) => {
    config.linux.namespaces.find(({ type }: { type: string }) => type === "cgroup").path =
      "/proc/self/ns/cgroup";
  });
  box.createAndStart();
  assertEquals(
    failure(box.runts("checkpoint", "--image-path", `${box.directory}/images`, box.id)).replace(
      /\[\d+\]/,
      "[N]",
    ),
    "Cannot look for what is the host's: linux.namespaces[N].path: CRIU cannot restore into a cgroup namespace that exists",
  );
});

Deno.test("the flags of checkpoint and restore are checked", () => {
  using box = new Sandbox();
  const wrong = (...args: string[]): string => failure(box.runts(...args, box.id));
  assert(wrong("checkpoint", "--parent-path", "/tmp").includes("must be relative"));
  assert(wrong("checkpoint", "--manage-cgroups-mode", "hard").includes("soft, full, strict"));
  assert(wrong("checkpoint", "--empty-ns", "pid").includes("must be network"));
  assert(wrong("checkpoint", "--page-server", "1234").includes("must be HOST:PORT"));
  // What podman looks for.
  const { stderr, code } = box.runts("restore", "--lsm-mount-context");
  assertEquals(code, 1);
  assert(stderr.includes("flag needs an argument: -lsm-mount-context"));
  assertEquals(box.runts("checkpoint", "--help").code, 0);
});

Deno.test("restore() makes the cgroup, lets CRIU put the processes in, and has a running container", () => {
  const { box: made, criu, images } = checkpointed();
  using box = made;
  const file = `${box.directory}/pid`;
  const args = ["restore", "-d", "--image-path", images, "--pid-file", file, box.id];
  assertEquals(criu.run({ turns: RESTORE }, ...args), { code: 0, stdout: "", stderr: "" });
  const { type, opts } = criu.request();
  assertEquals(type, CRIU.RESTORE);
  assertEquals([opts.root, opts.rst_sibling, opts.notify_scripts], [box.rootfs, true, true]);
  assert(opts.external?.includes("mnt[/proc/keys]:/dev/null"), String(opts.external));
  assertEquals(opts.inherit_fd?.map(({ fd }) => fd).includes(0), true);
  assert(opts.cg_root?.every(({ path }) => path?.endsWith(`/runts-test/${box.id}`)));
  const { status, pid } = box.state();
  assertEquals(status, "running");
  assertEquals(Deno.readTextFileSync(file), String(pid));
  assert(Deno.readTextFileSync(`/proc/${pid}/cgroup`).includes(box.id));
  assertEquals(failure(box.runts("start", box.id)).includes("already running"), true);
  box.succeed("kill", box.id, "KILL");
  box.waitUntilStopped();
  box.succeed("delete", box.id);
  assertEquals(box.traces(), []);
});

Deno.test("restore() puts the processes in the cgroup where CRIU is not to", () => {
  const { box: made, criu, images } = checkpointed();
  using box = made;
  const play = { turns: RESTORE, leavesCgroup: true } as const;
  const args = ["restore", "-d", "--manage-cgroups-mode", "ignore", "--image-path", images, box.id];
  assertEquals(criu.run(play, ...args).code, 0);
  const { opts } = criu.request();
  assertEquals([opts.manage_cgroups, opts.manage_cgroups_mode], [false, 0]);
  assert(Deno.readTextFileSync(`/proc/${box.state().pid}/cgroup`).includes(box.id));
});

Deno.test("restore() in the foreground returns the exit code", () => {
  const { box: made, criu, images } = checkpointed();
  using box = made;
  const play = { turns: RESTORE, program: "echo out; exit 7" };
  assertEquals(criu.run(play, "restore", "--image-path", images, box.id), {
    code: 7,
    stdout: "out\n",
    stderr: "",
  });
  assertEquals(box.traces(), []);
});

Deno.test("restore() runs the hooks while CRIU waits, and hands its other flags on", () => {
  const { box: made, criu, images } = checkpointed();
  using box = made;
  box.script("exec sleep 1000", (config) => {
    config.hooks = Object.fromEntries(
      ["prestart", "createRuntime", "createContainer", "startContainer", "poststart"].map((
        name,
      ) => [
        name,
        [{ path: "/bin/sh", args: ["sh", "-c", `echo '"${name}"' >>${criu.notes}`] }],
      ]),
    );
  });
  const flags = "--lsm-profile selinux:x --lsm-mount-context c --tcp-established --file-locks " +
    "--shell-job --ext-unix-sk --lazy-pages --auto-dedup --empty-ns network -no-subreaper --no-pivot";
  const args = ["restore", "-d", "--image-path", images, ...flags.split(" "), box.id];
  assertEquals(criu.run({ turns: RESTORE }, ...args).code, 0);
  assertEquals(criu.heard().slice(1), [
    "pre-restore",
    "setup-namespaces",
    "prestart",
    "createRuntime",
    "post-setup-namespaces",
    "post-restore",
    "pre-resume",
  ]);
  const { opts } = criu.request();
  assertEquals([opts.lsm_profile, opts.lsm_mount_context], ["selinux:x", "c"]);
  assertEquals(opts.empty_ns, 0x40000000);
});

Deno.test("restore() sends the terminal's master to the console socket", () => {
  const { box: made, criu, images } = checkpointed();
  using box = made;
  box.script("exec sleep 1000", (config) => config.process.terminal = true);
  const path = `${box.directory}/console.sock`;
  using receiver = receive(path);
  const args = ["restore", "-d", "--console-socket", path, "--image-path", images, box.id];
  assertEquals(
    failure(criu.run({ turns: RESTORE }, ...args)),
    "Cannot let CRIU restore the processes ⇄2: process.terminal: the container had no terminal when it was checkpointed",
  );
  assertEquals(box.traces(), []);
  // The connection of the failed one comes first.
  try {
    receiver.take();
  } catch {
    // It brought nothing.
  }
  const turns: Turn[] = [...RESTORE];
  turns.splice(3, 0, { script: "orphan-pts-master", master: true });
  assertEquals(criu.run({ turns }, ...args).code, 0);
  const { text, fd } = receiver.take();
  assert(text.startsWith("/dev/pts/"), text);
  assert(Deno.readLinkSync(`/proc/self/fd/${fd.fd}`).endsWith("/ptmx"));
});

Deno.test("restore() that fails at any place leaves nothing behind", () => {
  const { box: made, criu, images } = checkpointed();
  using box = made;
  const args = ["restore", "-d", "--image-path", images, box.id];
  for (let at = 0; at < RESTORE.length; at++) {
    for (const end of [{ fail: "no" }, { die: "" }]) {
      const turns = [...RESTORE.slice(0, at + 1), end];
      const sentence = failure(criu.run({ turns }, ...args));
      assert(sentence.endsWith(`(its log is ${images}/restore.log)`), sentence);
      assertEquals(box.traces(), [], JSON.stringify(turns));
    }
  }
  box.configure((config) => config.hooks = { createRuntime: [{ path: "/bin/false" }] });
  const sentence = failure(criu.run({ turns: RESTORE }, ...args));
  assert(sentence.startsWith("Cannot run the createRuntime hooks: "), sentence);
  assertEquals(criu.heard().at(-1), "hung up");
  box.configure();
  assertEquals(
    failure(criu.run({ turns: RESTORE, leavesCgroup: true }, ...args)),
    "Cannot check that they are in the cgroup: CRIU has restored the processes into another cgroup",
  );
  assertEquals(box.traces(), []);
});

Deno.test("restore() refuses what is no checkpoint, and a configuration that lacks a mount", () => {
  const { box: made, criu, images } = sleeping();
  using box = made;
  const volume = `${box.directory}/volume`;
  Deno.mkdirSync(volume);
  box.script("exec sleep 1000", (config) => {
    config.mounts.push({ destination: "/volume", source: volume, options: ["bind"] });
  });
  box.createAndStart();
  assertEquals(criu.run({ turns: DUMP }, "checkpoint", "--image-path", images, box.id).code, 0);
  box.script("exec sleep 1000");
  assertEquals(
    failure(criu.run({ turns: RESTORE }, "restore", "-d", "--image-path", images, box.id)),
    'Cannot let CRIU make the namespaces ⇄1: mounts: a bind mount at "/volume" is missing, which the checkpoint has',
  );
  assertEquals(box.traces(), []);
  assertEquals(
    failure(
      box.runts("restore", "-d", "--manage-cgroups-mode=strict", "--image-path", images, box.id),
    ),
    "Cannot look for what is the host's: --manage-cgroups-mode strict: CRIU then wants no cgroup to exist, and the container's is there before CRIU",
  );
  const empty = `${box.directory}/empty`;
  Deno.mkdirSync(empty);
  assertEquals(
    failure(box.runts("restore", "-d", "--image-path", empty, box.id)),
    `Cannot read the checkpoint: ${empty} holds no checkpoint of runts: there is no descriptors.json`,
  );
});
