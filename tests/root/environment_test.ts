/** What the container's namespaces are filled with: names, sysctls, the loopback device. @module */
import { assert, assertEquals } from "#assert";
import { NamespaceHolder } from "../lib/namespace_holder.ts";
import { type Editable, failure, run, Sandbox } from "../lib/sandbox.ts";

function read(path: string): string {
  return Deno.readTextFileSync(path).trimEnd();
}

function lines(text: string): string[] {
  return text.trimEnd().split("\n");
}

Deno.test("sysctls are written in the container's namespaces, and the host's stay", () => {
  const sysctl: Record<string, string> = {
    "net.ipv4.ip_forward": "1",
    "net.ipv4.ip_local_port_range": "40000 40100",
    "net.ipv4.conf.lo.rp_filter": "2",
    "net/ipv4/conf/lo/log_martians": "1",
    "kernel.domainname": "example.org",
    "kernel.msgmax": "8193",
    "kernel.sem": "251 32001 101 129",
    "fs.mqueue.msg_max": "11",
  };
  const path = (key: string) => `/proc/sys/${key.includes("/") ? key : key.replaceAll(".", "/")}`;
  const host = () => Object.keys(sysctl).map((key) => read(path(key)));
  const before = host();
  using box = new Sandbox();
  box.script(Object.keys(sysctl).map((key) => `cat ${path(key)}`).join("; "), (config) => {
    config.linux.sysctl = sysctl;
  });
  assertEquals(
    lines(box.output()).map((line) => line.replaceAll("\t", " ")),
    Object.values(sysctl),
  );
  assertEquals(host(), before);
});

Deno.test("sysctls are written although the container has no /proc, or a false one", () => {
  for (const destination of [undefined, "/proc"]) {
    using box = new Sandbox();
    box.configure((config) => {
      config.process.args = ["sleep", "10000"];
      config.linux.sysctl = { "kernel.msgmax": "8194" };
      delete config.linux.maskedPaths;
      delete config.linux.readonlyPaths;
      config.mounts = config.mounts.filter((mount: Editable) => mount.destination !== "/proc");
      if (destination !== undefined) {
        const source = `${box.directory}/proc`;
        Deno.mkdirSync(`${source}/sys/kernel`, { recursive: true });
        Deno.writeTextFileSync(`${source}/sys/kernel/msgmax`, "false");
        config.mounts.push({ destination, source, type: "none", options: ["bind"] });
      }
    });
    const { code, stderr } = box.runts("create", box.id);
    if (destination !== undefined && code !== 0) {
      // What is no proc may be refused at this place; what must not be is a write that goes there.
      assert(stderr.includes("/proc"), stderr);
      assertEquals(read(`${box.directory}/proc/sys/kernel/msgmax`), "false");
      continue;
    }
    assertEquals(code, 0, stderr);
    const { pid } = box.state();
    const { stdout } = run([
      "nsenter",
      `--target=${pid}`,
      "--ipc",
      "cat",
      "/proc/sys/kernel/msgmax",
    ]);
    assertEquals(stdout, "8194\n");
  }
});

Deno.test("sysctls go to a network namespace that is joined", () => {
  using holder = new NamespaceHolder(["network"]);
  using box = new Sandbox();
  box.script("cat /proc/sys/net/ipv4/ip_default_ttl", (config) => {
    config.linux.namespaces[1].path = holder.path("network");
    assertEquals(config.linux.namespaces[1].type, "network");
    config.linux.sysctl = { "net.ipv4.ip_default_ttl": "77" };
  });
  assertEquals(box.output(), "77\n");
  assertEquals(holder.nsenter(["network"], "cat", "/proc/sys/net/ipv4/ip_default_ttl"), "77\n");
});

for (
  const [key, value, why] of [
    ["kernel.panic", "1", "no namespace confines it"],
    ["kernel.hostname", "x", "must be set by the property hostname"],
    ["vm.swappiness", "1", "no namespace confines it"],
    ["net..ipv4", "1", "must be keyed by names that dots separate"],
    ["net.ipv4.no_such_thing", "1", "ENOENT"],
    ["net.ipv4.ip_forward", "many", "EINVAL"],
    ["net/../kernel/panic", "1", "linux.sysctl"],
  ] as const
) {
  Deno.test(`the sysctl ${key}=${value} is refused by name`, () => {
    const panic = read("/proc/sys/kernel/panic");
    using box = new Sandbox();
    box.script("true", (config) => config.linux.sysctl = { [key]: value });
    const message = failure(box.runts("create", box.id));
    assert(message.includes(`linux.sysctl["${key}"]`), message);
    assert(message.includes(why), message);
    assertEquals(box.traces(), []);
    assertEquals(read("/proc/sys/kernel/panic"), panic);
  });
}

for (
  const [kind, key] of [
    ["network", "net.ipv4.ip_forward"],
    ["ipc", "kernel.msgmax"],
    ["uts", "kernel.domainname"],
  ] as const
) {
  Deno.test(`a sysctl of the ${kind} namespace is refused without one`, () => {
    using box = new Sandbox();
    box.script("true", (config) => {
      config.linux.namespaces = config.linux.namespaces.filter((other: Editable) =>
        other.type !== kind
      );
      delete config.hostname;
      config.linux.sysctl = { [key]: "1" };
    });
    const message = failure(box.runts("create", box.id));
    assert(
      message.includes(`linux.sysctl["${key}"]: needs a namespace of type "${kind}"`),
      message,
    );
  });
}

Deno.test("the loopback device of a new network namespace is up, with both of its addresses", () => {
  using box = new Sandbox();
  box.script(
    "ip addr show lo | grep -oE 'UP|inet6? [0-9a-f.:]+'; nc -l -p 8080 -e echo heard & i=0; until nc 127.0.0.1 8080 || [ $((i += 1)) -gt 2400 ]; do sleep 0.05; done 2>/dev/null",
  );
  const output = lines(box.output());
  assert(output.includes("UP"), output.join());
  assert(output.includes("inet 127.0.0.1"), output.join());
  assertEquals(output.at(-1), "heard");
  assertEquals(output.includes("inet6 ::1"), run(["test", "-e", "/proc/net/if_inet6"]).code === 0);
});

Deno.test("the loopback device of a network namespace that is joined is its owner's", () => {
  using holder = new NamespaceHolder(["network"]);
  using box = new Sandbox();
  box.script("ip link show lo | grep -c UP", (config) => {
    config.linux.namespaces[1].path = holder.path("network");
  });
  assertEquals(box.runts("run", box.id).stdout, "0\n");
});

Deno.test("host name and domain name go to a UTS namespace that is joined", () => {
  const hostname = Deno.hostname();
  using holder = new NamespaceHolder(["uts"]);
  using box = new Sandbox();
  box.script("hostname", (config) => {
    config.linux.namespaces[3].path = holder.path("uts");
    assertEquals(config.linux.namespaces[3].type, "uts");
    config.hostname = "given";
  });
  assertEquals(box.output(), "given\n");
  assertEquals(holder.nsenter(["uts"], "hostname"), "given\n");
  assertEquals(Deno.hostname(), hostname);
});

Deno.test("a host name without a UTS namespace, or too long for the kernel, is refused", () => {
  using box = new Sandbox();
  box.script("true", (config) => {
    config.linux.namespaces = config.linux.namespaces.filter((other: Editable) =>
      other.type !== "uts"
    );
    config.hostname = "x".repeat(65);
  });
  const message = failure(box.runts("create", box.id));
  assert(message.includes('hostname: needs a namespace of type "uts"'), message);
  assert(message.includes("hostname: must not be longer than 64 bytes"), message);
});
