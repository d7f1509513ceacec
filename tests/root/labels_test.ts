/** Where labels are written, and what of it is left in a container. @module */
import { assert, assertEquals } from "#assert";
import { securityModules } from "../../runtime/security_modules.ts";
import { isolated } from "../lib/isolated.ts";
import { makeRoot, messageOf, mountThem } from "../lib/rootfs.ts";
import { failure, Sandbox } from "../lib/sandbox.ts";

Deno.test("several labels that cannot be applied are named together", () => {
  using box = new Sandbox();
  box.script("true", (config) => {
    config.process.selinuxLabel = "system_u:system_r:container_t:s0";
    config.linux.mountLabel = "system_u:object_r:container_file_t:s0";
  });
  const result = box.runts("create", box.id);
  if (result.code === 0) return;
  const message = failure(result);
  assert(message.includes("process.selinuxLabel needs SELinux"), message);
  assert(message.includes("linux.mountLabel needs SELinux"), message);
  assertEquals(box.traces(), []);
});

Deno.test("sysctls are written in a user namespace that has the host's pids", () => {
  using box = new Sandbox();
  box.script("cat /proc/sys/net/ipv4/ip_forward", (config) => {
    config.linux.namespaces = config.linux.namespaces.filter(
      ({ type }: { type: string }) => type !== "pid",
    );
    config.linux.namespaces.push({ type: "user" });
    config.linux.uidMappings = [{ containerID: 0, hostID: 0, size: 65536 }];
    config.linux.gidMappings = [{ containerID: 0, hostID: 0, size: 65536 }];
    config.linux.sysctl = { "net.ipv4.ip_forward": "1" };
  });
  assertEquals(box.output(), "1\n");
});

Deno.test("no descriptor of a proc is left to the program, nor to a waiting init", () => {
  using box = new Sandbox();
  box.script("sleep 10000", (config) => {
    config.linux.sysctl = { "net.ipv4.ip_forward": "1" };
  });
  box.succeed("create", box.id);
  const { pid } = box.state();
  const open = () =>
    [...Deno.readDirSync(`/proc/${pid}/fd`)].map(({ name }) =>
      Deno.readLinkSync(`/proc/${pid}/fd/${name}`)
    );
  assertEquals(open().filter((path) => !/^(socket:|\/dev\/null|\/tmp\/)/.test(path)), []);
  box.succeed("start", box.id);
  assertEquals(open().filter((path) => !/^(\/dev\/null|\/tmp\/)/.test(path)), []);
});

Deno.test({
  name: "linux.mountLabel reaches the filesystem, by both calls that mount",
  // Without SELinux every filesystem refuses the option, which shows that it was given.
  ignore: securityModules().selinux,
  fn: () => {
    const mountLabel = "system_u:object_r:container_file_t:s0:c1,c2";
    const messages = isolated(() => {
      using root = makeRoot();
      const tmpfs = { destination: "/d", type: "tmpfs", source: "tmpfs" };
      const long = [`size=${"1".padStart(300, "0")}m`];
      return [tmpfs, { ...tmpfs, options: long }].map((mount) =>
        messageOf(() => mountThem(root, [mount], {}, { mountLabel }))
      );
    });
    const [byDescriptor, byCall] = messages;
    assert(byDescriptor!.includes(`"context", "${mountLabel}"): EINVAL`), byDescriptor);
    assert(byDescriptor!.includes("Unknown parameter 'context'"), byDescriptor);
    assert(byCall!.includes(`,context=\\"${mountLabel}\\"")`), byCall);
  },
});
