/**
 * Init's side of the ladder.
 *
 * @module
 */
import type { InitContext } from "../init.ts";

/** ⇄1 */
export function waitForParent({ creation }: InitContext): void {
  creation.initEnd.expect("go");
}

/** ⇄2, then ⇄3 */
export function sendMounted({ creation }: InitContext): void {
  creation.initEnd.send({ type: "mounted" });
  creation.initEnd.expect("go");
}
