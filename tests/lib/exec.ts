/**
 * What the tests of `exec` share.
 *
 * @module
 */
import { assert, assertEquals } from "#assert";
import { type Editable, type Result, Sandbox } from "./sandbox.ts";

/** A container that sleeps, or does what the script says; not yet created. */
export function makeSleeper(edit?: (config: Editable) => void, script?: string): Sandbox {
  const box = new Sandbox();
  box.configure((config) => {
    // Without a shell it is nothing else from its start.
    config.process.args = script === undefined ? ["sleep", "10000"] : ["sh", "-c", script];
    // So that nothing is warned of.
    config.process.capabilities.ambient = [];
    config.root.readonly = false;
    edit?.(config);
  });
  return box;
}

/** The one sentence of an exec that failed as it should. */
export function refusal({ code, stdout, stderr }: Result): string {
  const [, message] = /^time="[^"]+" level=error msg=("?.*"?)\n$/.exec(stderr) ?? [];
  assert(message !== undefined, stderr);
  assertEquals({ code, stdout }, { code: 255, stdout: "" });
  return message.startsWith('"') ? JSON.parse(message) : message;
}

/** The user namespace of the tests. */
export function withUserNamespace(config: Editable): void {
  config.linux.namespaces.push({ type: "user" });
  config.linux.uidMappings = [{ containerID: 0, hostID: 100000, size: 65536 }];
  config.linux.gidMappings = [{ containerID: 0, hostID: 100000, size: 65536 }];
}
