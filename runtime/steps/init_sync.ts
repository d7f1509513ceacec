/**
 * Init's side of the ladder.
 *
 * @module
 */
import { describeRoot } from "../guest_root.ts";
import type { InitContext } from "../init.ts";
import { joinsNamespace } from "../plan/namespaces.ts";

/** ⇄1 */
export function waitForParent(i: InitContext): void {
  i.cgroupDoors = i.creation.initEnd.expect("go").fds;
}

/** ⇄2, then ⇄3 */
export function sendMounted({ creation, root }: InitContext): void {
  const isGuest = joinsNamespace(creation.plan.namespaces, "mount");
  creation.initEnd.send({ type: "mounted", ...(isGuest ? { guest: describeRoot(root) } : {}) });
  creation.initEnd.expect("go");
}
