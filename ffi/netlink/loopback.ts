/**
 * The loopback device of a new network namespace, which starts down.
 *
 * @module
 */
import { Connection } from "./connection.ts";
import { changeLink } from "./route_link.ts";
import { RouteSocket } from "./socket.ts";

/** LOOPBACK_IFINDEX: `lo` is the first device of every network namespace. */
const LOOPBACK_IFINDEX = 1;

/** Sets `lo` of the calling thread's network namespace up; the kernel gives it 127.0.0.1 and ::1. */
export function setLoopbackUp(): void {
  using connection = new Connection(new RouteSocket());
  changeLink(connection, LOOPBACK_IFINDEX, { up: true });
}
