/** Clauses of config-linux.md; those of other properties have files of their own. @module */
import { assert, assertEquals } from "#assert";
import { type Kind, NamespaceHolder, namespaceOf, NS_NAMES } from "../lib/namespace_holder.ts";
import { type Editable, failure, run as runCommand, Sandbox } from "../lib/sandbox.ts";
import { forget } from "../root/net_host.ts";

function lines(text: string): string[] {
  return text.trimEnd().split("\n");
}

/** The message that a configuration is refused with; nothing is changed by it. */
function refusal(edit: (config: Editable) => void): string {
  using box = new Sandbox();
  box.script("true", edit);
  const message = failure(box.runts("create", box.id));
  assertEquals(box.traces(), []);
  return message;
}

function run(script: string, edit?: (config: Editable) => void): string {
  using box = new Sandbox();
  box.script(script, edit);
  return box.output();
}

const KINDS: readonly Kind[] = ["pid", "network", "ipc", "uts", "mount", "cgroup"];

function namespace(config: Editable, kind: Kind): Editable {
  return config.linux.namespaces.find(({ type }: { type: Kind }) => type === kind);
}

Deno.test("config-linux.md#configLinuxDefaultFilesystems: proc, sysfs, devpts and tmpfs SHOULD be there", () => {
  const output = run("for path in /proc /sys /dev/pts /dev/shm; do stat -f -c '%n %T' $path; done");
  assertEquals(lines(output), ["/proc proc", "/sys sysfs", "/dev/pts devpts", "/dev/shm tmpfs"]);
});

for (const kind of KINDS) {
  const readNamespace = `readlink /proc/self/ns/${NS_NAMES[kind]}`;

  Deno.test(`config-linux.md#configLinuxNamespaces: a ${kind} namespace without path MUST be new`, () => {
    const [first, second] = [run(readNamespace), run(`${readNamespace}; sleep 0`)];
    assert(first.trim() !== namespaceOf("self", kind));
    assert(second.trim() !== namespaceOf("self", kind));
  });

  Deno.test(`config-linux.md#configLinuxNamespaces: a ${kind} namespace with path MUST be joined`, () => {
    using holder = new NamespaceHolder([kind]);
    const output = run(readNamespace, (config) => namespace(config, kind).path = holder.path(kind));
    assertEquals(output.trim(), namespaceOf(holder.pid, kind));
  });
}

Deno.test("config-linux.md#configLinuxNamespaces: a type that is not listed MUST be inherited", () => {
  using box = new Sandbox();
  box.script("sleep 10000", (config) => {
    config.linux.namespaces = [];
    config.mounts = [];
    config.root.readonly = false;
    delete config.hostname;
    delete config.linux.maskedPaths;
    delete config.linux.readonlyPaths;
  });
  const pid = box.createAndStart();
  for (const kind of [...KINDS, "user", "time"] as const) {
    assertEquals(namespaceOf(pid, kind), namespaceOf("self", kind), kind);
  }
});

Deno.test("config-linux.md#configLinuxNamespaces: a path MUST be absolute, and of a namespace of that type", () => {
  const refuse = (path: string) => refusal((config) => namespace(config, "network").path = path);
  assert(refuse("ns/net").includes("linux.namespaces[1].path: must be an absolute path"));
  for (const path of ["/proc/self/ns/ipc", "/etc/passwd", "/runts-test/none"]) {
    assert(refuse(path).includes("linux.namespaces[1].path: "), path);
  }
});

Deno.test("config-linux.md#configLinuxNamespaces: a repeated type MUST be an error", () => {
  const message = refusal((config) => config.linux.namespaces.push({ type: "ipc" }));
  assert(message.includes("linux.namespaces[6].type: repeats linux.namespaces[2]"), message);
});

Deno.test("config-linux.md#configLinuxUserNamespaceMappings: the mappings are the namespace's, and no file changes its owner", () => {
  using box = new Sandbox();
  box.script("cat /proc/self/uid_map /proc/self/gid_map; stat -c %u:%g /bin/busybox", (config) => {
    config.linux.namespaces.push({ type: "user" });
    config.linux.uidMappings = [
      { containerID: 0, hostID: 100000, size: 1000 },
      { containerID: 1000, hostID: 300000, size: 10 },
    ];
    config.linux.gidMappings = [{ containerID: 0, hostID: 200000, size: 65534 }];
  });
  assertEquals(lines(box.output()).map((line) => line.trim().split(/ +/).join(" ")), [
    ...["0 100000 1000", "1000 300000 10", "0 200000 65534", "65534:65534"],
  ]);
  const { uid, gid } = Deno.statSync(`${box.rootfs}/bin/busybox`);
  assertEquals([uid, gid], [0, 0]);
});

Deno.test("config-linux.md#configLinuxDevices: listed devices MUST be there, also outside of /dev", () => {
  const output = run("stat -c '%n %F %a %u:%g %t:%T' /dev/fuse /tmp/loop /dev/pipe", (config) => {
    config.root.readonly = false;
    config.linux.devices = [
      { path: "/dev/fuse", type: "c", major: 10, minor: 229, fileMode: 432, uid: 1, gid: 2 },
      { path: "/tmp/loop", type: "b", major: 7, minor: 1, fileMode: 384 },
      { path: "/dev/pipe", type: "p", fileMode: 420 },
    ];
  });
  assertEquals(lines(output), [
    "/dev/fuse character special file 660 1:2 a:e5",
    "/tmp/loop block special file 600 0:0 7:1",
    "/dev/pipe fifo 644 0:0 0:0",
  ]);
});

Deno.test("config-linux.md#configLinuxDevices: a file that does not match the device MUST be an error", () => {
  const device = { path: "/etc/passwd", type: "c", major: 1, minor: 3 };
  const message = refusal((config) => config.linux.devices = [device]);
  assert(message.includes('"/etc/passwd" (linux.devices[0])'), message);
});

Deno.test("config-linux.md#configLinuxDefaultDevices: the default devices MUST be there", () => {
  const names = ["null", "zero", "full", "random", "urandom", "tty"];
  const output = run(`cd /dev; stat -c '%n %t:%T' ${names.join(" ")}; readlink ptmx`);
  assertEquals(lines(output), [
    ...["null 1:3", "zero 1:5", "full 1:7", "random 1:8", "urandom 1:9", "tty 5:0", "pts/ptmx"],
  ]);
});

/** Another network namespace in the host's place, with a veth `h0`. */
class Host extends NamespaceHolder {
  constructor() {
    super(
      ["network"],
      `sysctl -q -w net.ipv6.conf.default.accept_dad=0
      ip link add h0 mtu 1400 address 02:00:00:00:00:01 type veth peer name p0; ip link set h0 up
      ip addr add 192.0.2.1/24 dev h0; ip addr add 2001:db8::1/64 dev h0
      ip addr add 198.51.100.1/24 dev h0 valid_lft 1000 preferred_lft 1000
      ip addr add 192.0.2.7/32 scope link dev h0`,
    );
  }

  /** Creates the container, with one device moved under a name. */
  create(box: Sandbox, name: string | undefined, edit?: (config: Editable) => void): string {
    box.script("sleep 10000", (config) => {
      config.linux.netDevices = { h0: name === undefined ? {} : { name } };
      edit?.(config);
    });
    const prefix = ["nsenter", `--target=${this.pid}`, "--net", "--"];
    const { stderr } = box.runtsWith({ prefix }, "create", box.id);
    // The name that a template has become is told; that is no complaint.
    return stderr.replaceAll(/^time="[^"]+" level=info .*\n/gm, "");
  }
}

function link(pid: number, name: string): Editable {
  const command = ["nsenter", `--target=${pid}`, "--net", "ip", "-j", "addr", "show", name];
  const { code, stdout } = runCommand(command);
  return code === 0 ? JSON.parse(stdout)[0] : undefined;
}

Deno.test("config-linux.md#configLinuxNetworkDevices: the device MUST be in the container, up, and as it was", () => {
  using host = new Host();
  using box = new Sandbox();
  assertEquals(host.create(box, undefined), "");
  const { flags, mtu, address, addr_info } = link(box.state().pid, "h0");
  assert(flags.includes("UP"), flags.join());
  assertEquals([mtu, address], [1400, "02:00:00:00:00:01"]);
  // The permanent ones of global scope, of every family; a finite lifetime or another scope is not to be kept.
  const addresses = addr_info.filter(({ local }: Editable) => !local.startsWith("fe80:"));
  assertEquals(addresses.map(({ local }: Editable) => local), ["192.0.2.1", "2001:db8::1"]);
  assertEquals(link(host.pid, "h0"), undefined);
});

Deno.test("config-linux.md#configLinuxNetworkDevices: name is its name there, and a template is filled in", () => {
  for (const [name, expected] of [["eth0", "eth0"], ["net%d", "net0"], ["", "h0"]] as const) {
    using host = new Host();
    using box = new Sandbox();
    assertEquals(host.create(box, name), "");
    assertEquals(link(box.state().pid, expected)?.ifname, expected);
  }
});

Deno.test("config-linux.md#configLinuxNetworkDevices: a name that is taken MUST be an error, but not for a template", () => {
  using host = new Host();
  using target = new NamespaceHolder(["network"], "ip link add eth0 type ifb");
  using box = new Sandbox();
  const join = (config: Editable) => namespace(config, "network").path = target.path("network");
  assert(host.create(box, "eth0", join).includes('"eth0\\"'), "refused by name");
  assert(link(host.pid, "h0").flags.includes("UP"));
  assertEquals(host.create(box, "eth%d", join), "");
  assertEquals(link(target.pid, "eth1").mtu, 1400);
  box.succeed("delete", "--force", box.id);
  forget(box);
});

Deno.test("config-linux.md#configLinuxNetworkDevices: it MUST NOT be moved out before the namespace ends", () => {
  using host = new Host();
  using target = new NamespaceHolder(["network"]);
  using box = new Sandbox();
  const join = (config: Editable) => namespace(config, "network").path = target.path("network");
  assertEquals(host.create(box, "eth0", join), "");
  box.succeed("delete", "--force", box.id);
  assertEquals(link(target.pid, "eth0").mtu, 1400);
  assertEquals(link(host.pid, "h0"), undefined);
  forget(box);
});

Deno.test("config-linux.md#configLinuxNetworkDevices: whether it can be moved MUST be checked", () => {
  using host = new Host();
  using box = new Sandbox();
  const own = (config: Editable) => namespace(config, "network").path = host.path("network");
  assert(host.create(box, "eth0", own).includes("Cannot move the network devices"));
  const none = (config: Editable) => config.linux.netDevices.missing = {};
  assert(host.create(box, "eth0", none).includes("missing"));
  assertEquals(link(host.pid, "h0").ifname, "h0");
});

Deno.test("config-linux.md#configLinuxCgroupsPath: an absolute path MUST be taken from the mount point", () => {
  using box = new Sandbox();
  box.script("sleep 10000", (config) => config.linux.cgroupsPath = `/runts-test/${box.id}`);
  const pid = box.createAndStart();
  for (const line of lines(Deno.readTextFileSync(`/proc/${pid}/cgroup`))) {
    assert(line.endsWith(`:/runts-test/${box.id}`), line);
  }
});

Deno.test("config-linux.md#configLinuxCgroupsPath: the same value MUST lead to the same place", () => {
  using box = new Sandbox();
  box.script("cat /proc/self/cgroup", (config) => {
    config.linux.cgroupsPath = `relative-${box.id}`;
    config.linux.namespaces.pop();
  });
  const first = box.output();
  assert(first.includes(`/relative-${box.id}\n`), first);
  assertEquals(box.output(), first);
});

Deno.test("config-linux.md#configLinuxCgroupsPath: an invalid value MUST be an error", () => {
  assert(refusal((config) => config.linux.cgroupsPath = "../..").includes("linux.cgroupsPath: "));
  assert(refusal((config) => config.linux.cgroupsPath = "/").includes("linux.cgroupsPath: "));
});

Deno.test("config-linux.md#configLinuxSysctl: the values are the container's", () => {
  const output = run("cat /proc/sys/net/ipv4/ip_forward /proc/sys/kernel/msgmax", (config) => {
    config.linux.sysctl = { "net.ipv4.ip_forward": "1", "kernel.msgmax": "8199" };
  });
  assertEquals(output, "1\n8199\n");
});

Deno.test("config-linux.md#configLinuxRootfsMountPropagation: each value is the root's", () => {
  const script = "grep ' / / \\|rootfs / ' /proc/self/mountinfo";
  const propagation = (value: string) =>
    / (shared:\d+ |unbindable |)- /.exec(
      run(script, (config) => config.linux.rootfsPropagation = value),
    )?.[1]?.trim();
  assert(propagation("shared")?.startsWith("shared:"));
  assertEquals(propagation("private"), "");
  assertEquals(propagation("unbindable"), "unbindable");
  assert(
    refusal((config) => config.linux.rootfsPropagation = "none").includes(
      "linux.rootfsPropagation: ",
    ),
  );
});

Deno.test("config-linux.md#configLinuxMaskedPaths: the paths cannot be read, and MUST be absolute", () => {
  const output = run("cat /etc/passwd; ls /sys/kernel; echo $?", (config) => {
    config.linux.maskedPaths = ["/etc/passwd", "/sys/kernel", "/no/such/path"];
  });
  assertEquals(output, "0\n");
  const message = refusal((config) => config.linux.maskedPaths = ["proc/kcore"]);
  assert(message.includes("linux.maskedPaths[0]: must be an absolute path"), message);
});

Deno.test("config-linux.md#configLinuxReadonlyPaths: the paths cannot be written, and MUST be absolute", () => {
  const script = "touch /etc/file 2>/dev/null || echo refused; touch /tmp/file && echo written";
  const output = run(script, (config) => {
    config.root.readonly = false;
    config.linux.readonlyPaths = ["/etc", "/no/such/path"];
  });
  assertEquals(output, "refused\nwritten\n");
  const message = refusal((config) => config.linux.readonlyPaths = ["etc"]);
  assert(message.includes("linux.readonlyPaths[0]: must be an absolute path"), message);
});
