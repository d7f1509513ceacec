/**
 * The annotation by which a configuration wants RDMA devices to move along with their network devices.
 *
 * The specification has no word for it. Not below `org.runts.netDevices.`, where the state has the names of devices by their
 * keys.
 *
 * @module
 */
import { ConfigError } from "../../spec/issue.ts";

/** Its name; the values are "true" and "false". */
export const RDMA_ANNOTATION = "org.runts.rdma";

/** Whether RDMA devices are to move along. */
export function planRdma(annotations: Readonly<Record<string, string>> = {}): boolean {
  const value = annotations[RDMA_ANNOTATION] ?? "false";
  if (value === "true" || value === "false") return value === "true";
  throw new ConfigError([{
    path: `annotations[${JSON.stringify(RDMA_ANNOTATION)}]`,
    spec: "config.md#configAnnotations",
    message: `must be "true" or "false", got ${JSON.stringify(value)}`,
  }]);
}
