/** A network namespace with devices that stands in the host's place, for the runtime as a program. */
import { assertEquals } from "#assert";
import { NamespaceHolder } from "../lib/namespace_holder.ts";
import { type Result, run, type Running, type Sandbox } from "../lib/sandbox.ts";

/** The host's side. Duplicate address detection would only cost two seconds a test. */
export class Host extends NamespaceHolder {
  constructor(commands = "") {
    super(
      ["network"],
      `ip link set lo up; sysctl -q -w net.ipv6.conf.default.accept_dad=0; ${commands}`,
    );
  }

  sh(script: string): string {
    return this.nsenter(["network"], "sh", "-ec", script);
  }

  runts(box: Sandbox, ...args: string[]): Result {
    const prefix = ["nsenter", `--target=${this.pid}`, "--net", "--"];
    return box.runtsWith({ prefix }, ...args);
  }

  /** Starts the runtime there, and goes on. */
  start(box: Sandbox, ...args: string[]): Running {
    return box.start({ prefix: ["nsenter", `--target=${this.pid}`, "--net", "--"] }, ...args);
  }

  create(box: Sandbox): number {
    const { code, stderr } = this.runts(box, "create", box.id);
    assertEquals(code, 0, stderr);
    return box.state().pid;
  }

  devices(): Devices {
    return devicesIn(this.pid);
  }
}

/** By name: what a user can see of a device, but for its index. */
export type Devices = Record<string, unknown>;

// deno-lint-ignore no-explicit-any -- the JSON of ip(8)
type Ip = any;

/** The devices of a process's network namespace, without lo. */
export function devicesIn(pid: number): Devices {
  const { stdout } = run(["nsenter", `--target=${pid}`, "--net", "ip", "-d", "-j", "addr", "show"]);
  const devices: Devices = {};
  for (const link of JSON.parse(stdout) as Ip[]) {
    if (link.ifname === "lo") continue;
    devices[link.ifname] = {
      up: link.flags.includes("UP"),
      mac: link.address,
      mtu: link.mtu,
      alias: link.ifalias,
      altnames: link.altnames,
      kind: link.linkinfo?.info_kind,
      addresses: link.addr_info
        .filter(({ scope }: Ip) => scope === "global")
        .map(({ local, prefixlen, broadcast }: Ip) =>
          `${local}/${prefixlen}${broadcast === undefined ? "" : ` brd ${broadcast}`}`
        ),
    };
  }
  return devices;
}

/** A veth that is up, one that is down, and an ifb, each with addresses of both families. */
export const DEVICES = `
  ip link add h0 address 02:00:00:00:00:01 mtu 1400 type veth peer name p0
  ip link set h0 alias "the first one"; ip link property add dev h0 altname alternative
  ip link set p0 up; ip link set h0 up
  ip addr add 192.0.2.1/24 brd + dev h0; ip addr add 192.0.2.2/24 dev h0
  ip addr add 2001:db8::1/64 dev h0; ip addr add 2001:db8::2/64 dev h0
  ip link add h1 address 02:00:00:00:00:02 type veth peer name p1
  ip addr add 198.51.100.1/32 dev h1; ip addr add 2001:db8:1::1/128 dev h1
  ip link add h2 address 02:00:00:00:00:03 type ifb
  ip link set h2 up; ip addr add 203.0.113.1/24 dev h2; ip addr add 2001:db8:2::1/64 dev h2`;

/** What is remembered of devices in joined namespaces. */
export function records(box: Sandbox): string[] {
  return [...Deno.readDirSync(box.root)].map(({ name }) => name)
    .filter((name) => name.startsWith("@net_devices-"));
}

/** The records stay with the joined namespace; the sandbox wants its root empty. */
export function forget(box: Sandbox): void {
  const names = records(box);
  assertEquals(names.length, 1);
  for (const name of names) Deno.removeSync(`${box.root}/${name}`);
}

/** A hook that says that it has begun, and hangs. */
export function hang(box: Sandbox, before = ""): { hook: unknown; begun: string } {
  const begun = `${box.directory}/begun`;
  const script = `${before} : >${begun}; exec sleep 1000`;
  return {
    hook: {
      path: "/bin/sh",
      args: ["sh", "-c", script],
      env: ["PATH=/usr/sbin:/usr/bin:/sbin:/bin"],
    },
    begun,
  };
}

/** A hook outlives a runtime that is killed; nobody else will end this one, which may be its shell yet. */
export function endHook(box: Sandbox): void {
  for (const { name } of Deno.readDirSync("/proc")) {
    try {
      const isIt = Deno.readLinkSync(`/proc/${name}/cwd`) === box.bundle &&
        /sleep[ \0]1000/.test(Deno.readTextFileSync(`/proc/${name}/cmdline`));
      if (isIt) Deno.kill(Number(name), "SIGKILL");
    } catch {
      // No process, or one that has ended.
    }
  }
}
