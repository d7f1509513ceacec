/** `process.apparmorProfile`, `process.selinuxLabel` and `linux.mountLabel`. @module */
import { assert, assertEquals } from "#assert";
import { securityModules } from "../../runtime/security_modules.ts";
import { type Editable, failure, Sandbox } from "../lib/sandbox.ts";

const { apparmor, selinux } = securityModules();

function refusal(edit: (config: Editable) => void): string {
  using box = new Sandbox();
  box.script("true", edit);
  const message = failure(box.runts("create", box.id));
  assertEquals(box.traces(), []);
  return message;
}

type Edit = (config: Editable) => void;

const PROCESS_LABELS: readonly [property: string, module: string, has: boolean, edit: Edit][] = [
  ["process.apparmorProfile", "AppArmor", apparmor, (config) => {
    config.process.apparmorProfile = "runts-test";
  }],
  ["process.selinuxLabel", "SELinux", selinux, (config) => {
    config.process.selinuxLabel = "system_u:system_r:container_t:s0:c1,c2";
  }],
];

function missing(property: string, module: string): string {
  return `Cannot look for the security modules: ${property} needs ${module}, ` +
    "which this kernel does not run";
}

for (const [property, module, has, edit] of PROCESS_LABELS) {
  Deno.test({
    name:
      `config.md#configLinuxProcess: ${property} is an error that names it where the kernel does not run ${module}`,
    ignore: has,
    fn: () => assertEquals(refusal(edit), missing(property, module)),
  });
}

Deno.test({
  name:
    "config-linux.md#configLinuxMountLabel: it is an error that names it where the kernel does not run SELinux",
  ignore: selinux,
  fn: () => {
    const message = refusal((config) => {
      config.linux.mountLabel = "system_u:object_r:container_file_t:s0:c1,c2";
    });
    assertEquals(message, missing("linux.mountLabel", "SELinux"));
  },
});

Deno.test("config.md#configLinuxProcess: empty labels are as good as none", () => {
  using box = new Sandbox();
  box.script("true", (config) => {
    config.process.apparmorProfile = "";
    config.process.selinuxLabel = "";
    config.linux.mountLabel = "";
  });
  assertEquals(box.output(), "");
});

Deno.test("config.md#configLinuxProcess: a label that is no string is refused by name", () => {
  for (const [property, edit] of BROKEN) {
    const message = refusal(edit);
    assert(message.includes(property), message);
  }
});

const BROKEN: readonly [property: string, (config: Editable) => void][] = [
  ["process.apparmorProfile", (config) => config.process.apparmorProfile = 1],
  ["process.apparmorProfile", (config) => config.process.apparmorProfile = "a\0b"],
  ["process.selinuxLabel", (config) => config.process.selinuxLabel = ["a"]],
  ["linux.mountLabel", (config) => config.linux.mountLabel = {}],
];

// With AppArmor -------------------------------------------------------------------------------------------------------

/** Loads a profile for the length of a test; whoever has AppArmor has its parser. */
class Profile implements Disposable {
  readonly name: string = `runts-test-${Deno.pid}`;
  readonly #path = Deno.makeTempFileSync();

  constructor(rules: string) {
    Deno.writeTextFileSync(
      this.#path,
      `profile ${this.name} flags=(attach_disconnected) { ${rules} }`,
    );
    this.#parse("--replace");
  }

  #parse(...options: string[]): void {
    const { success, stderr } = new Deno.Command("apparmor_parser", {
      args: [...options, "--skip-cache", this.#path],
    }).outputSync();
    assert(success, new TextDecoder().decode(stderr));
  }

  [Symbol.dispose](): void {
    this.#parse("--remove");
    Deno.removeSync(this.#path);
  }
}

/** Everything but writing to /tmp/forbidden. */
const RULES = "file, capability, network, mount, signal, ptrace, deny /tmp/forbidden w,";

function testAppArmor(name: string, test: () => void): void {
  Deno.test({ name, ignore: !apparmor, fn: test });
}

testAppArmor(
  "config.md#configLinuxProcess: apparmorProfile confines the process and its children",
  () => {
    using profile = new Profile(RULES);
    using box = new Sandbox();
    box.script(
      `cat /proc/self/attr/current; echo 1 > /tmp/allowed && echo allowed
    echo 1 2>/dev/null > /tmp/forbidden || echo forbidden`,
      (config) => {
        config.process.apparmorProfile = profile.name;
        config.mounts.push({ destination: "/tmp", type: "tmpfs", source: "tmpfs" });
      },
    );
    assertEquals(box.output(), `${profile.name} (enforce)\nallowed\nforbidden\n`);
  },
);

for (const noNewPrivileges of [true, false]) {
  const withOrWithout = noNewPrivileges ? "with" : "without";
  for (const user of [0, 1000]) {
    testAppArmor(
      `config.md#configLinuxProcess: apparmorProfile for user ${user}, ${withOrWithout} no-new-privileges`,
      () => {
        using profile = new Profile(RULES);
        using box = new Sandbox();
        box.script("cat /proc/self/attr/current", (config) => {
          Object.assign(config.process, { noNewPrivileges, apparmorProfile: profile.name });
          config.process.user = { uid: user, gid: user };
        });
        assertEquals(box.output(), `${profile.name} (enforce)\n`);
      },
    );
  }
}

testAppArmor(
  "config.md#configLinuxProcess: apparmorProfile in a user namespace, and with the host's pids",
  () => {
    using profile = new Profile(RULES);
    for (const ownPids of [true, false]) {
      using box = new Sandbox();
      box.script("cat /proc/self/attr/current", (config) => {
        config.process.apparmorProfile = profile.name;
        config.linux.namespaces.push({ type: "user" });
        config.linux.uidMappings = [{ containerID: 0, hostID: 0, size: 65536 }];
        config.linux.gidMappings = [{ containerID: 0, hostID: 0, size: 65536 }];
        if (ownPids) return;
        config.linux.namespaces = config.linux.namespaces.filter(
          ({ type }: { type: string }) => type !== "pid",
        );
      });
      assertEquals(box.output(), `${profile.name} (enforce)\n`);
    }
  },
);

testAppArmor(
  "config.md#configLinuxProcess: apparmorProfile is the startContainer hooks', too",
  () => {
    using profile = new Profile(RULES);
    using box = new Sandbox();
    box.script("cat /tmp/hook", (config) => {
      config.process.apparmorProfile = profile.name;
      config.root.readonly = false;
      config.hooks = {
        startContainer: [{
          path: "/bin/sh",
          args: ["sh", "-c", "cat /proc/self/attr/current > /tmp/hook"],
        }],
      };
    });
    assertEquals(box.output(), `${profile.name} (enforce)\n`);
  },
);

testAppArmor(
  "config.md#configLinuxProcess: an apparmorProfile that is not loaded fails create",
  () => {
    const message = refusal((config) => config.process.apparmorProfile = "runts-test-missing");
    assert(message.startsWith("Cannot apply the AppArmor profile: write("), message);
    assert(message.includes("exec runts-test-missing"), message);
    assert(message.includes(": ENOENT ("), message);
  },
);

testAppArmor(
  "config.md#configLinuxProcess: a proc of the image's own does not get the label",
  () => {
    using profile = new Profile(RULES);
    using box = new Sandbox();
    // No proc is mounted, and what stands there takes any write.
    const attr = `${box.rootfs}/proc/thread-self/attr/apparmor`;
    Deno.mkdirSync(attr, { recursive: true });
    Deno.writeTextFileSync(`${attr}/exec`, "");
    box.script("sleep 10000", (config) => {
      config.process.apparmorProfile = profile.name;
      config.mounts = config.mounts.filter(({ type }: { type: string }) => type !== "proc");
    });
    const pid = box.createAndStart();
    const label = Deno.readTextFileSync(`/proc/${pid}/attr/current`);
    assertEquals(label, `${profile.name} (enforce)\n`);
    assertEquals(Deno.readTextFileSync(`${attr}/exec`), "");
  },
);
