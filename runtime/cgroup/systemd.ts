/**
 * systemd's manager: units that live as long as their processes.
 *
 * @see org.freedesktop.systemd1(5)
 * @module
 */
import { Bus, type BusAddress, type BusCall, BusError, isBusError } from "../../ffi/systemd/bus.ts";
import type { BusValue } from "../../ffi/systemd/value.ts";
import * as log from "../log.ts";
import type { UnitProperty } from "../plan/systemd_resources.ts";
import { undoAll } from "../step.ts";

const MANAGER = {
  destination: "org.freedesktop.systemd1",
  path: "/org/freedesktop/systemd1",
  interface: "org.freedesktop.systemd1.Manager",
} as const;

/** Milliseconds. Arbitrary: a job of ours is done in a few, unless the machine is stuck. */
const JOB_PATIENCE = 30_000;

const NO_SUCH_UNIT = "org.freedesktop.systemd1.NoSuchUnit";
const UNIT_EXISTS = "org.freedesktop.systemd1.UnitExists";

/** There is a unit of that name, and it is not ours. */
export function isUnitExists(error: unknown): boolean {
  return isBusError(error, UNIT_EXISTS);
}

/** A connection to the manager. */
export class Systemd implements Disposable {
  /** Where it is. */
  readonly address: BusAddress;
  readonly #bus: Bus;

  private constructor(address: BusAddress, bus: Bus) {
    this.address = address;
    this.#bus = bus;
  }

  /** Connects to the first address at which systemd answers. */
  static connect(addresses: readonly BusAddress[]): Systemd {
    const refusals: string[] = [];
    for (const address of addresses) {
      try {
        return new Systemd(address, openSubscribed(address));
      } catch (error) {
        const why = error instanceof Error ? error.message : String(error);
        refusals.push(`"${address.address}": ${why}`);
      }
    }
    throw new Error(`Cannot talk to systemd: ${refusals.join("; ")}`);
  }

  [Symbol.dispose](): void {
    this.#bus[Symbol.dispose]();
  }

  /**
   * Makes and starts a transient unit, and waits until it is there.
   *
   * A property that this systemd does not have, or in which it does not know the value, is left out if it may be. A unit of
   * that name that has failed before makes room.
   */
  startUnit(name: string, properties: readonly UnitProperty[]): void {
    let left = properties;
    for (let mayReset = true;;) {
      try {
        return this.#startJob(name, left);
      } catch (error) {
        const without = withoutFault(error, left);
        if (without !== undefined) {
          left = without;
        } else if (mayReset && isUnitExists(error)) {
          mayReset = false;
          this.resetFailed(name);
        } else {
          throw error;
        }
      }
    }
  }

  #startJob(name: string, properties: readonly UnitProperty[]): void {
    const values = properties.map(({ name, signature, value }) => [name, { signature, value }]);
    const job = this.#manager({
      member: "StartTransientUnit",
      signature: "ssa(sv)a(sa(sv))",
      args: [name, "replace", values, []],
      returns: "o",
    });
    try {
      this.#waitForJob(name, job);
    } catch (error) {
      const undo = new DisposableStack();
      undo.defer(() => this.stopUnit(name));
      throw undoAll(undo, error);
    }
  }

  /** Stops a unit, waits for that, and forgets that it has failed; one that is gone is none to stop. */
  stopUnit(name: string): void {
    const call = { member: "StopUnit", signature: "ss", args: [name, "replace"], returns: "o" };
    const job = unlessGone(() => this.#manager(call));
    if (job !== undefined) this.#waitForJob(name, job);
    this.resetFailed(name);
  }

  /** Forgets that a unit has failed: without a process it is gone then. */
  resetFailed(name: string): void {
    unlessGone(() =>
      this.#manager({ member: "ResetFailedUnit", signature: "s", args: [name], returns: "" })
    );
  }

  /** Sets properties of a unit that runs, until it ends. What this systemd does not have is left out if it may be. */
  setProperties(name: string, properties: readonly UnitProperty[]): void {
    for (let left = properties; left.length > 0;) {
      const values = left.map(({ name, signature, value }) => [name, { signature, value }]);
      const args = [name, true, values];
      try {
        this.#manager({ member: "SetUnitProperties", signature: "sba(sv)", args, returns: "" });
        return;
      } catch (error) {
        const without = withoutFault(error, left);
        if (without === undefined) throw error;
        left = without;
      }
    }
  }

  /** Whether a unit of that name runs, whoever made it. */
  isActive(name: string): boolean {
    return unlessGone(() => this.#property(name, "Unit", "ActiveState")) === "active";
  }

  /** The cgroup of a unit, from the root of the hierarchy. */
  controlGroup(name: string): string {
    const kind = name.endsWith(".slice") ? "Slice" : "Scope";
    const group = this.#property(name, kind, "ControlGroup");
    if (group === "") throw new Error(`systemd has no cgroup for "${name}"`);
    return group;
  }

  /** A property of a unit, of the type string. */
  #property(name: string, kind: "Scope" | "Slice" | "Unit", property: string): string {
    const path = this.#manager({ member: "GetUnit", signature: "s", args: [name], returns: "o" });
    const [value] = this.#bus.call({
      destination: MANAGER.destination,
      path: String(path),
      interface: "org.freedesktop.DBus.Properties",
    }, {
      member: "Get",
      signature: "ss",
      args: [`org.freedesktop.systemd1.${kind}`, property],
      returns: "vs",
    });
    return String(value);
  }

  /**
   * Moves a process into a scope. A user's manager has the system's do it where it may not itself: from a session's cgroup
   * nobody but root gets anything out.
   */
  attach(name: string, pid: number): void {
    const args = [name, "/", [pid]];
    const call = { member: "AttachProcessesToUnit", signature: "ssau", args, returns: "" };
    this.#manager(call);
  }

  /** Calls the manager, and returns the first value of its answer. */
  #manager(call: BusCall): BusValue {
    return this.#bus.call(MANAGER, call)[0] ?? "";
  }

  #waitForJob(name: string, job: BusValue): void {
    // JobRemoved(id, job, unit, result)
    const signal = { interface: MANAGER.interface, member: "JobRemoved", signature: "uoss" };
    const args = this.#bus.waitForSignal(signal, ([, path]) => path === job, JOB_PATIENCE);
    if (args === undefined) {
      throw new Error(`systemd is not done with "${name}" after ${JOB_PATIENCE / 1000} seconds`);
    }
    if (args[3] !== "done") throw new Error(`systemd's job for "${name}" ended as "${args[3]}"`);
  }
}

/** Connects, and asks for the signals: before the first job, lest its end be missed. */
function openSubscribed(address: BusAddress): Bus {
  const bus = Bus.connect(address);
  try {
    if (address.isBus) {
      const match = Object.entries({
        type: "signal",
        sender: MANAGER.destination,
        path: MANAGER.path,
        interface: MANAGER.interface,
        member: "JobRemoved",
      }).map(([key, value]) => `${key}='${value}'`).join(",");
      const name = "org.freedesktop.DBus";
      bus.call({ destination: name, path: "/org/freedesktop/DBus", interface: name }, {
        member: "AddMatch",
        signature: "s",
        args: [match],
      });
    }
    bus.call(MANAGER, { member: "Subscribe" });
    return bus;
  } catch (error) {
    bus[Symbol.dispose]();
    throw error;
  }
}

/** The properties without the one that an answer complains about, if it may be left out. */
function withoutFault(
  error: unknown,
  properties: readonly UnitProperty[],
): UnitProperty[] | undefined {
  const fault = propertyAtFault(error, properties);
  if (fault === undefined) return undefined;
  log.debug(`systemd does without "${fault}": ${(error as Error).message}`);
  return properties.filter(({ name }) => !isLostWith(fault, name));
}

/** The property that an answer complains about by its name, if it may be left out. */
function propertyAtFault(
  error: unknown,
  properties: readonly UnitProperty[],
): string | undefined {
  const codes = ["PropertyReadOnly", "UnknownProperty", "InvalidArgs", "NotSupported"];
  if (!isBusError(error, ...codes.map((code) => `org.freedesktop.DBus.Error.${code}`))) {
    return undefined;
  }
  const words = error.text.split(/[^A-Za-z0-9]+/);
  const fault = properties.find(({ name }) => words.includes(name));
  return fault?.mayLack === true ? fault.name : undefined;
}

/** Without the list of devices the policy would forbid them all. */
function isLostWith(fault: string, name: string): boolean {
  return name === fault || [fault, name].every((each) => each.startsWith("Device"));
}

function unlessGone<T>(action: () => T): T | undefined {
  try {
    return action();
  } catch (error) {
    if (error instanceof BusError && error.code === NO_SUCH_UNIT) return undefined;
    throw error;
  }
}
