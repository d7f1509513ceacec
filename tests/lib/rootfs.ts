/**
 * A container's root to mount things in, on a tmpfs at /mnt. For use within `isolated()` only.
 *
 * @module
 */
import { MS, O } from "../../ffi/constants.ts";
import type { OwnedFd } from "../../ffi/fd.ts";
import { mount } from "../../ffi/mount.ts";
import { open } from "../../ffi/open.ts";
import { planMounts } from "../../runtime/plan/mounts.ts";
import { mountAll, type MountEnvironment } from "../../runtime/steps/mounts.ts";
import type { Config } from "../../spec/schema/config.ts";
import type { Mount } from "../../spec/schema/mount.ts";

/** The bundle; relative sources count from here. */
export const BUNDLE = "/mnt";
/** The root. */
export const ROOT = "/mnt/root";
/** A directory of the host's, with a file `secret`. */
export const HOST = "/mnt/host";

/** Makes bundle, root and host directory. */
export function makeRoot(): OwnedFd {
  mount("bundle", BUNDLE, "tmpfs", 0, "mode=755");
  Deno.mkdirSync(ROOT);
  Deno.mkdirSync(HOST);
  Deno.writeTextFileSync(`${HOST}/secret`, "secret");
  mount(ROOT, ROOT, null, MS.MS_BIND);
  return open(ROOT, O.O_PATH);
}

/** A container with a user's namespaces, but for the user namespace. */
export const ENVIRONMENT: MountEnvironment = {
  userNamespace: false,
  cgroupNamespace: true,
  networkNamespace: true,
  pidNamespace: true,
  cgroups: [],
};

/** Plans the mounts, makes them, and makes read-only what is to be. */
export function mountThem(
  root: OwnedFd,
  mounts: Mount[],
  environment: Partial<MountEnvironment> = {},
  linux: Config["linux"] = {},
): void {
  const config: Config = { ociVersion: "1.3.0", root: { path: "root" }, mounts, linux };
  using unsealed = mountAll(root, planMounts(config, BUNDLE), { ...ENVIRONMENT, ...environment });
  unsealed.seal();
}

/** The message of what an action throws, or "nothing was thrown". */
export function messageOf(action: () => void): string {
  try {
    action();
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  return "nothing was thrown";
}

/** Names in a directory, sorted. */
export function names(path: string): string[] {
  return [...Deno.readDirSync(path)].map(({ name }) => name).sort();
}
