/**
 * The network devices of a container whose `create` was killed.
 *
 * @module
 */
import { decodeJournal } from "../net/journal.ts";
import { sentence } from "../net/net_device_error.ts";
import { recoverNetDevices } from "../net/recover.ts";
import { currentStatus } from "../status.ts";
import type { Container, StoredState } from "../store.ts";

/** Whose devices, and who is told what could not be given back. */
export interface Recovery {
  readonly container: Container;
  /** Undefined where nothing is known of an init. */
  readonly state: StoredState | undefined;
  readonly warn: (message: string) => void;
}

/**
 * Gives back what is still to be given back; the rest is told. While init lives, since its namespace may be the last thing
 * that keeps the devices.
 */
export function recoverDevices({ container, state, warn }: Recovery): void {
  const text = container.readNetDevicesIfAny();
  if (text === undefined) return;
  const status = state === undefined ? "stopped" : currentStatus(container, state);
  // Killed after the last step, `create` has left a container that is complete: the devices are its own.
  if (state?.status === "created" && status !== "stopped") return;
  try {
    recoverNetDevices(decodeJournal(text), status === "stopped" ? 0 : state?.pid ?? 0).forEach(
      warn,
    );
  } catch (error) {
    warn(`Cannot give back the network devices: ${sentence(error)}`);
  }
  container.removeNetDevices();
}
