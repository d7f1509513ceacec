/**
 * Containers in units of systemd.
 *
 * @module
 */
import { assertEquals } from "#assert";
import { type Editable, exists, run, Sandbox } from "./sandbox.ts";

/** Whether it runs here. */
export const HAS_SYSTEMD: boolean = exists("/run/systemd/system");
if (!HAS_SYSTEMD) console.log("--systemd-cgroup: skipped, systemd does not run on this machine");

/** Whether systemd has its controllers in v2. */
export const IS_V2: boolean = exists("/sys/fs/cgroup/cgroup.controllers");

/** A test that takes systemd. */
export function testSystemd(name: string, test: () => void | Promise<void>): void {
  Deno.test({ name, ignore: !HAS_SYSTEMD, fn: test });
}

/** A container in `runts-test.slice`, and the ways to look at its unit. */
export class SystemdSandbox extends Sandbox {
  readonly unit = `runts-${this.id}.scope`;

  unitScript(script: string, edit?: (config: Editable) => void): void {
    this.script(script, (config) => {
      config.linux.cgroupsPath = `runts-test.slice:runts:${this.id}`;
      edit?.(config);
    });
  }

  create(): number {
    this.succeed("--systemd-cgroup", "create", this.id);
    return this.state().pid;
  }

  /** Where a pure v2 host has it. */
  get directory_v2(): string {
    return `/sys/fs/cgroup/runts.slice/runts-test.slice/${this.unit}`;
  }

  /** A file of the cgroup. */
  file(name: string): string {
    return Deno.readTextFileSync(`${this.directory_v2}/${name}`).trimEnd();
  }

  override [Symbol.dispose](): void {
    super[Symbol.dispose]();
    assertEquals(activeState(this.unit), "inactive");
  }
}

/** Properties of a unit. */
export function show(unit: string, ...properties: string[]): Record<string, string> {
  const { stdout } = run(["systemctl", "show", unit, `--property=${properties.join(",")}`]);
  const lines = stdout.trimEnd().split("\n").map((line) => {
    const equals = line.indexOf("=");
    return [line.slice(0, equals), line.slice(equals + 1)];
  });
  return Object.fromEntries(lines);
}

/** `active`, `inactive` or what is between. */
export function activeState(unit: string): string {
  return show(unit, "ActiveState").ActiveState!;
}
