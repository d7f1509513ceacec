/**
 * Init's side of the ladder.
 *
 * @module
 */
import type { InitContext } from "../init.ts";

/** ⇄1 */
export function waitForParent(i: InitContext): void {
  i.cgroupDoors = i.creation.initEnd.expect("go").fds;
}

/** ⇄2, then ⇄3 */
export function sendMounted({ creation }: InitContext): void {
  creation.initEnd.send({ type: "mounted" });
  creation.initEnd.expect("go");
}
