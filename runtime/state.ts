/**
 * `state`: what is known of a container.
 *
 * @module
 */
import type { State } from "../spec/state.ts";
import type { ContainerRef, ContainerState } from "./options.ts";
import { currentStatus } from "./status.ts";
import { Container, type StoredState } from "./store.ts";

/** The state as JSON text, without a newline at its end. @see runtime.md#runtimeState */
export function state({ root, id }: ContainerRef): string {
  using container = Container.open(root, id);
  return JSON.stringify(describe(container, ""), null, 2);
}

/** The state of an open container; undefined owner prints as empty. */
export function describe(container: Container, owner: string): ContainerState {
  const stored = container.readState();
  const status = currentStatus(container, stored);
  const { ociVersion, id, pid = 0, bundle, rootfs, created, annotations = {} } = stored;
  return {
    ociVersion,
    id,
    pid: status === "stopped" ? 0 : pid,
    status,
    bundle,
    rootfs,
    created,
    ...(Object.keys(annotations).length === 0 ? {} : { annotations }),
    owner,
  };
}

/** What hooks and listeners are told of a container, with the status that was stored last. */
export function publicState(stored: StoredState): State {
  const { ociVersion, id, status, pid, bundle, annotations = {} } = stored;
  return { ociVersion, id, status, bundle, annotations, ...(pid === undefined ? {} : { pid }) };
}
