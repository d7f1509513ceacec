/** The container's root, and what is mounted in it. @module */
import { assert, assertEquals } from "#assert";
import { NamespaceHolder } from "../lib/namespace_holder.ts";
import { type Editable, exists, failure, mounts, run, Sandbox, waitUntil } from "../lib/sandbox.ts";

/** One line of mountinfo. @see proc_pid_mountinfo(5) */
interface MountInfo {
  readonly mountpoint: string;
  readonly options: string;
  readonly propagation: string;
  readonly type: string;
  readonly source: string;
  readonly superOptions: string;
}

function parseMountinfo(text: string): MountInfo[] {
  return text.trimEnd().split("\n").map((line) => {
    const [before, after] = line.split(" - ") as [string, string];
    const [, , , , mountpoint, options, ...propagation] = before.split(" ");
    const [type, source, superOptions] = after.split(" ");
    return {
      mountpoint: mountpoint!,
      options: options!,
      propagation: propagation.join(" "),
      type: type!,
      source: source!,
      superOptions: superOptions!,
    };
  });
}

function mountsOf(pid: number): MountInfo[] {
  return parseMountinfo(Deno.readTextFileSync(`/proc/${pid}/mountinfo`));
}

function rootOf(pid: number): MountInfo {
  return mountsOf(pid).find(({ mountpoint }) => mountpoint === "/")!;
}

function lines(text: string): string[] {
  return text.trimEnd().split("\n");
}

function grant(config: Editable, ...names: readonly string[]): void {
  for (const set of ["bounding", "effective", "permitted"]) {
    config.process.capabilities[set].push(...names);
  }
}

/** Like /sys/fs/cgroup, what the kernel was built with differs from machine to machine. */
function isFixed({ mountpoint }: MountInfo): boolean {
  return !/^\/(?:sys\/fs\/cgroup\/|proc\/.|sys\/firmware)/.test(mountpoint);
}

for (const flags of [[], ["--no-pivot"]]) {
  Deno.test(`the default mounts have their options ${flags}`, () => {
    using box = new Sandbox();
    box.script("cat /proc/self/mountinfo");
    const { code, stdout, stderr } = box.runts("run", ...flags, box.id);
    assertEquals(code, 0, stderr);
    const found = parseMountinfo(stdout).filter(isFixed)
      .map(({ mountpoint, options, type, source, superOptions, propagation }) =>
        // Some kernels name the width of a tmpfs's inode numbers.
        [mountpoint, type, source, options, superOptions, propagation].join(" ")
          .replace(/,inode(?:32|64)\b/, "").trim()
      );
    const cgroup = found.pop()!;
    // The root's filesystem is the machine's.
    assert(/^\/ \S+ \S+ ro(,|$)/.test(found.shift()!.replace(/ \S+$/, "")), stdout);
    assertEquals(found, [
      "/proc proc proc rw,relatime rw",
      "/dev tmpfs tmpfs rw,nosuid rw,size=65536k,mode=755",
      "/dev/pts devpts devpts rw,nosuid,noexec,relatime rw,gid=5,mode=620,ptmxmode=666",
      "/dev/shm tmpfs shm rw,nosuid,nodev,noexec,relatime rw,size=65536k",
      "/dev/mqueue mqueue mqueue rw,nosuid,nodev,noexec,relatime rw",
      "/sys sysfs sysfs ro,nosuid,nodev,noexec,relatime ro",
    ]);
    assert(
      /^\/sys\/fs\/cgroup (?:tmpfs|cgroup2) cgroup ro,nosuid,nodev,noexec,relatime rw/.test(cgroup),
      cgroup,
    );
    for (const { mountpoint, options } of parseMountinfo(stdout)) {
      if (mountpoint.startsWith("/sys/")) {
        assert(/^ro,nosuid,nodev,noexec/.test(options), mountpoint);
      }
    }
  });
}

Deno.test("/dev has exactly the default devices and links", () => {
  using box = new Sandbox();
  box.script(
    `cd /dev; stat -c '%n %F %a %u:%g %t:%T' *; ls pts shm mqueue; for f in fd stdin stdout stderr ptmx; do readlink $f; done`,
  );
  const [links, nodes] = [["fd", "stdin", "stdout", "stderr", "ptmx"], {
    full: "1:7",
    null: "1:3",
    random: "1:8",
    tty: "5:0",
    urandom: "1:9",
    zero: "1:5",
  }];
  const expected = [
    ...Object.entries(nodes).map(([name, numbers]) =>
      `${name} character special file 666 0:0 ${numbers}`
    ),
    ...links.map((name) => `${name} symbolic link 777 0:0 0:0`),
    "mqueue directory 1777 0:0 0:0",
    "pts directory 755 0:0 0:0",
    "shm directory 1777 0:0 0:0",
  ].sort();
  const output = lines(box.output());
  // Only where the kernel has a /proc/kcore.
  const found = output.slice(0, output.indexOf("mqueue:")).filter((line) =>
    !line.startsWith("core ")
  );
  assertEquals(found.sort(), expected);
  assertEquals(output.slice(output.indexOf("mqueue:")).filter((line) => line !== ""), [
    ...["mqueue:", "pts:", "ptmx", "shm:"],
    ...["/proc/self/fd", "/proc/self/fd/0", "/proc/self/fd/1", "/proc/self/fd/2", "pts/ptmx"],
  ]);
});

Deno.test("the default devices work, and a terminal of the container's own can be had", () => {
  using box = new Sandbox();
  box.script(`
    echo x > /dev/null && cat /dev/null; head -c 2 /dev/zero | od -An -tx1
    echo x 2>/dev/null > /dev/full || echo full
    for name in random urandom; do head -c 8 /dev/$name | wc -c; done
    (: < /dev/tty) 2>/dev/null || echo no terminal
    exec 3<>/dev/ptmx && ls /dev/pts`);
  assertEquals(lines(box.output()), [" 00 00", "full", "8", "8", "no terminal", "0", "ptmx"]);
});

Deno.test("the default masked paths have nothing to read, and the read-only ones cannot be written", () => {
  using box = new Sandbox();
  let paths: { masked: string[]; readonly: string[] } = { masked: [], readonly: [] };
  box.script("cat /proc/self/mountinfo; touch /dev/shm/ready; sleep 10000", (config) => {
    const { maskedPaths: masked, readonlyPaths: readonly } = config.linux;
    paths = { masked, readonly };
    // What an attacker would try it with.
    grant(config, "CAP_DAC_OVERRIDE", "CAP_SYS_ADMIN", "CAP_SYSLOG");
  });
  const pid = box.createAndStart();
  const root = `/proc/${pid}/root`;
  const masked = paths.masked.filter((path) => exists(`/${path}`));
  assert(masked.length > 0);
  for (const path of masked) {
    const { isDirectory, rdev, size } = Deno.statSync(root + path);
    if (isDirectory) assertEquals([...Deno.readDirSync(root + path)], [], path);
    else assertEquals([rdev, size], [0x103, 0], path);
  }
  const readonly = paths.readonly.filter((path) => exists(path));
  assert(readonly.length > 0);
  for (const path of readonly) {
    const mount = mountsOf(pid).find(({ mountpoint }) => mountpoint === path);
    assert(mount?.options.startsWith("ro,"), path);
  }
});

Deno.test("masked and read-only paths cannot be undone or looked behind, pivoted or not", () => {
  for (const flags of [[], ["--no-pivot"]]) {
    using box = new Sandbox();
    // In a user namespace of its own anybody may mount; a proc or sysfs only if an unmasked one is there already.
    box.script(
      `unshare -Urmpf mount -t proc proc /tmp || echo no proc
      unshare -Urmn mount -t sysfs sysfs /tmp || echo no sysfs
      unshare -Urm umount /proc/sys || echo locked
      unshare -Urm mount -t tmpfs tmpfs /tmp && echo tmpfs`,
      (config) => {
        config.process.user = { uid: 1000, gid: 1000 };
      },
    );
    const { code, stdout, stderr } = box.runts("run", ...flags, box.id);
    assertEquals(code, 0, stderr);
    assertEquals(lines(stdout), ["no proc", "no sysfs", "locked", "tmpfs"], flags.join());
  }
});

Deno.test("root.readonly makes the root read-only, and only the root", () => {
  using box = new Sandbox();
  const script = "touch /file 2>/dev/null || echo refused; touch /dev/shm/file && echo shm";
  box.script(script);
  assertEquals(box.output(), "refused\nshm\n");
  assertEquals(exists(`${box.rootfs}/file`), false);
  box.script(script, (config) => config.root.readonly = false);
  assertEquals(box.output(), "shm\n");
  assertEquals(exists(`${box.rootfs}/file`), true);
  box.script(script, (config) => delete config.root.readonly);
  assertEquals(box.output(), "shm\n");
  // The host's own mount was never read-only.
  Deno.writeTextFileSync(`${box.rootfs}/file`, "host");
});

for (
  const [what, path] of [
    ["relative to the bundle", () => "rootfs"],
    ["absolute", (box: Sandbox) => box.rootfs],
    ["with dots", (box: Sandbox) => `./../bundle/${box.rootfs.split("/").at(-1)}/.`],
    ["a symbolic link", (box: Sandbox) => {
      Deno.symlinkSync(box.rootfs, `${box.directory}/link`);
      return `${box.directory}/link`;
    }],
    ["with blanks and backslashes", (box: Sandbox) => {
      Deno.renameSync(box.rootfs, `${box.bundle}/a b\\040\tc`);
      return "a b\\040\tc";
    }],
  ] as readonly [string, (box: Sandbox) => string][]
) {
  for (const flags of [[], ["--no-pivot"]]) {
    Deno.test(`root.path can be ${what} ${flags}`, () => {
      using box = new Sandbox();
      const root = path(box);
      box.script(
        "cat /etc/passwd; pwd; ls -a / | tr '\\n' ' '",
        (config) => config.root.path = root,
      );
      const { code, stdout, stderr } = box.runts("run", ...flags, box.id);
      assertEquals(code, 0, stderr);
      assertEquals(stdout, "root:x:0:0:root:/root:/bin/sh\n/\n. .. bin dev etc proc root sys tmp ");
    });
  }
}

Deno.test("a root that is a mount of its own keeps what is mounted below it", () => {
  using holder = new NamespaceHolder(["mount"]);
  using box = new Sandbox();
  const enter = ["nsenter", `--target=${holder.pid}`, "--mount", "--"];
  for (
    const words of [
      ["mount", "--bind", box.rootfs, box.rootfs],
      ["mount", "-t", "tmpfs", "volume", `${box.rootfs}/tmp`],
      ["touch", `${box.rootfs}/tmp/file`],
    ]
  ) assertEquals(run([...enter, ...words]).code, 0, words.join(" "));
  box.script("ls /tmp");
  // nsenter leaves us in the root, hence --bundle.
  const { code, stdout, stderr } = box.runtsWith(
    { prefix: enter },
    "run",
    "-b",
    box.bundle,
    box.id,
  );
  assertEquals([code, stdout], [0, "file\n"], stderr);
});

Deno.test("nothing of the container is mounted on the host while it runs", () => {
  for (const rootfsPropagation of [undefined, "shared", "slave", "private", "unbindable"]) {
    using box = new Sandbox();
    box.script("sleep 10000", (config) => {
      if (rootfsPropagation !== undefined) config.linux.rootfsPropagation = rootfsPropagation;
    });
    box.createAndStart();
    assertEquals(mounts().filter((line) => line.includes(box.directory)), [], rootfsPropagation);
  }
});

/** A mount namespace in the host's place, in which every mount is shared, as systemd makes them. */
class SharedHost implements Disposable {
  readonly holder = new NamespaceHolder(["mount"], "mount --make-rshared /");

  sh(script: string): string {
    return this.holder.nsenter(["mount"], "sh", "-ec", script);
  }

  create(box: Sandbox): number {
    const { code, stderr } = box.runtsWith(
      { prefix: ["nsenter", `--target=${this.holder.pid}`, "--mount", "--"] },
      ...["create", "--bundle", box.bundle, box.id],
    );
    assertEquals(code, 0, stderr);
    box.succeed("start", box.id);
    return box.state().pid;
  }

  mountpoints(): string[] {
    return mountsOf(this.holder.pid).map(({ mountpoint }) => mountpoint);
  }

  [Symbol.dispose](): void {
    this.holder[Symbol.dispose]();
  }
}

for (
  const [value, expected, receives] of [
    [undefined, /^master:\d+$/, true],
    ["slave", /^master:\d+$/, true],
    ["private", /^$/, false],
    ["unbindable", /^unbindable$/, false],
    ["shared", /^shared:\d+$/, false],
    ["rprivate", /^$/, false],
    ["rslave", /^master:\d+$/, true],
    ["rshared", /^shared:\d+$/, false],
  ] as const
) {
  Deno.test(`rootfsPropagation ${value}: the root is of that kind, and nothing travels to the host`, () => {
    using host = new SharedHost();
    using box = new Sandbox();
    box.script(
      "mount -t tmpfs tmpfs /root && touch /dev/shm/mounted; sleep 10000",
      (config) => {
        if (value !== undefined) config.linux.rootfsPropagation = value;
        grant(config, "CAP_SYS_ADMIN");
      },
    );
    const before = host.mountpoints();
    const pid = host.create(box);
    waitUntil(() => exists(`/proc/${pid}/root/dev/shm/mounted`));
    assert(expected.test(rootOf(pid).propagation), rootOf(pid).propagation);
    assert(mountsOf(pid).some(({ mountpoint }) => mountpoint === "/root"));
    // Neither of ours, nor the one that the container has made itself.
    assertEquals(host.mountpoints(), before);
    // The other way: what the host mounts in the root while the container runs.
    host.sh(`mount -t tmpfs tmpfs ${box.rootfs}/tmp`);
    assertEquals(mountsOf(pid).some(({ mountpoint }) => mountpoint === "/tmp"), receives);
    // A new peer group, not the host's (config-linux.md#configLinuxRootfsMountPropagation).
    const groups = mountsOf(host.holder.pid).map(({ propagation }) => propagation);
    if (value === "shared") assert(!groups.includes(rootOf(pid).propagation));
  });
}

Deno.test("rootfsPropagation shared works for a root behind a symbolic link", () => {
  using host = new SharedHost();
  using box = new Sandbox();
  // The link is on another mount than the root: it is the latter's that has to be private for pivot_root(2).
  host.sh(
    `mkdir ${box.directory}/mnt; mount -t tmpfs tmpfs ${box.directory}/mnt; mount --make-shared ${box.directory}/mnt
    cp -a ${box.rootfs} ${box.directory}/mnt/rootfs; ln -s ${box.directory}/mnt/rootfs ${box.bundle}/link`,
  );
  box.script("sleep 10000", (config) => {
    config.root.path = "link";
    config.linux.rootfsPropagation = "shared";
  });
  const pid = host.create(box);
  assert(/^shared:/.test(rootOf(pid).propagation));
});

Deno.test("a value that rootfsPropagation does not have is refused", () => {
  using box = new Sandbox();
  box.script("true", (config) => config.linux.rootfsPropagation = "public");
  const message = failure(box.runts("create", box.id));
  assert(message.includes("linux.rootfsPropagation: "), message);
});

Deno.test("nothing of the old root can be reached", () => {
  for (const flags of [[], ["--no-pivot"]]) {
    using box = new Sandbox();
    box.script(
      `cd ../../../../..; pwd; ls -d ${box.directory} /usr /var 2>/dev/null; ls /proc/1/root/ /proc/1/cwd/../ | tr '\\n' ' '; touch /dev/shm/ready; sleep 10000`,
      (config) => grant(config, "CAP_SYS_ADMIN", "CAP_SYS_CHROOT", "CAP_SYS_PTRACE"),
    );
    const { code, stderr } = box.runts("create", ...flags, box.id);
    assertEquals(code, 0, stderr);
    box.succeed("start", box.id);
    const { pid } = box.state();
    // The root of the mount namespace itself: where whoever enters it comes out.
    const { stdout } = run(["nsenter", `--target=${pid}`, "--mount", "/bin/ls", "/"]);
    assertEquals(lines(stdout), ["bin", "dev", "etc", "proc", "root", "sys", "tmp"]);
    // Until then it has descriptors of the shell's own, for a pipe and to take a redirection back.
    waitUntil(() => exists(`/proc/${pid}/root/dev/shm/ready`));
    for (const fd of Deno.readDirSync(`/proc/${pid}/fd`)) assert(Number(fd.name) < 3, fd.name);
  }
});

Deno.test("without a mount namespace the root is changed, and what would mount is refused by name", () => {
  for (
    const [property, edit] of [
      ["mounts", (config: Editable) => config.mounts = [{ destination: "/proc", type: "proc" }]],
      ["linux.maskedPaths", (config: Editable) => config.linux.maskedPaths = ["/proc/keys"]],
      ["linux.readonlyPaths", (config: Editable) => config.linux.readonlyPaths = ["/proc/sys"]],
      ["root.readonly", (config: Editable) => config.root.readonly = true],
      ["linux.rootfsPropagation", (config: Editable) => config.linux.rootfsPropagation = "private"],
    ] as const
  ) {
    using box = new Sandbox();
    box.script("true", (config) => {
      config.linux.namespaces = [{ type: "pid" }];
      config.mounts = [];
      config.root.readonly = false;
      delete config.hostname;
      delete config.linux.maskedPaths;
      delete config.linux.readonlyPaths;
      edit(config);
    });
    const message = failure(box.runts("create", box.id));
    assert(message.includes(property), message);
    assert(/needs a mount namespace|needs a namespace of type "mount"/.test(message), message);
    assertEquals(box.traces(), []);
  }
});
