/**
 * The container's unit of systemd, from create to delete.
 *
 * @module
 */
import { isErrno } from "../../ffi/check.ts";
import { E } from "../../ffi/errno.ts";
import { geteuid } from "../../ffi/process.ts";
import type { BusAddress } from "../../ffi/systemd/bus.ts";
import type { Rootless } from "../options.ts";
import { type CgroupPaths, hierarchyKey } from "../plan/cgroups_path.ts";
import { parseIdMap, toHostId } from "../plan/delegation.ts";
import type { UnitProperty } from "../plan/systemd_resources.ts";
import type { UnitPlan } from "../plan/systemd_unit.ts";
import { isThere } from "./file.ts";
import type { Layout } from "./layout.ts";
import { Systemd } from "./systemd.ts";
import { systemdAddresses } from "./systemd_address.ts";

/** A unit in `state.json`: the driver is remembered, since nobody tells `delete` about it. */
export interface SavedUnit {
  readonly name: string;
  /** Whether it is a user's manager that has it. */
  readonly isUser: boolean;
  /** Where that was found: `delete` may have another environment. */
  readonly address: BusAddress;
}

/** The manager that is to make a unit. */
export interface ManagerChoice {
  readonly isUser: boolean;
  /** To be tried in this order. */
  readonly addresses: readonly BusAddress[];
}

/** What tells whether systemd runs. @see sd_booted(3) */
const BOOTED = "/run/systemd/system";

/** A unit that runs. */
export class ContainerUnit {
  /** Its cgroup, from the root of the hierarchy. */
  readonly controlGroup: string;
  readonly #saved: SavedUnit;
  /** Whether it was there before, which only a slice may be: then it stays. */
  readonly #isKept: boolean;

  private constructor(saved: SavedUnit, controlGroup: string, isKept: boolean) {
    this.#saved = saved;
    this.controlGroup = controlGroup;
    this.#isKept = isKept;
  }

  /** Makes and starts it; a slice may be there already. */
  static start(
    { isUser, addresses }: ManagerChoice,
    { name, kind }: UnitPlan,
    properties: readonly UnitProperty[],
  ): ContainerUnit {
    using systemd = Systemd.connect(addresses);
    // systemd would take over a slice that runs without a file, and we would stop it in the end.
    const isKept = kind === "slice" && systemd.isActive(name);
    if (!isKept) systemd.startUnit(name, properties);
    try {
      const saved = { name, isUser, address: systemd.address };
      return new ContainerUnit(saved, systemd.controlGroup(name), isKept);
    } catch (error) {
      if (!isKept) systemd.stopUnit(name);
      throw error;
    }
  }

  /** What `state.json` keeps; nothing of one that stays. */
  serialize(): SavedUnit | undefined {
    return this.#isKept ? undefined : this.#saved;
  }

  /** The same path in every hierarchy: systemd itself makes it in those that it knows. */
  paths({ hierarchies }: Layout): CgroupPaths {
    const isVisible = hierarchies.some(({ mountpoint, version, name }) =>
      (version === 2 || name === "systemd") && isThere(mountpoint + this.controlGroup)
    );
    if (!isVisible) {
      throw new Error(
        `systemd's cgroup "${this.controlGroup}" is in none of the hierarchies that are mounted here`,
      );
    }
    return Object.fromEntries(
      hierarchies.map((place) => [hierarchyKey(place), this.controlGroup]),
    );
  }

  /** Has systemd put a process in. */
  attach(pid: number): void {
    using systemd = Systemd.connect([this.#saved.address]);
    systemd.attach(this.#saved.name, pid);
  }

  /** Stops it, if it was not there before. */
  stop(): void {
    if (!this.#isKept) stopUnit(this.#saved);
  }
}

/** Stops a unit by what was saved of it. */
export function stopUnit(unit: SavedUnit): void {
  using systemd = connectTo(unit);
  systemd.stopUnit(unit.name);
}

/** Sets properties of a unit that runs. */
export function setUnitProperties(unit: SavedUnit, properties: readonly UnitProperty[]): void {
  if (properties.length === 0) return;
  using systemd = connectTo(unit);
  systemd.setProperties(unit.name, properties);
}

function connectTo({ isUser, address }: SavedUnit): Systemd {
  const others = addressesOf(isUser).filter((other) => other.address !== address.address);
  return Systemd.connect([address, ...others]);
}

/**
 * Chooses the manager, which is a user's for who is not root.
 *
 * @throws {Error} Where there is no systemd.
 */
export function chooseManager(rootless: Rootless): ManagerChoice {
  const owner = ownerOfSystemd();
  if (owner === undefined) {
    throw new Error(`systemd does not run on this host: there is no "${BOOTED}"`);
  }
  // Root of a user namespace is not the one that the system's manager belongs to, unless the system is in there as well.
  const isUser = geteuid() !== 0 || (owner !== 0 && rootless !== "false");
  return { isUser, addresses: addressesOf(isUser) };
}

function ownerOfSystemd(): number | undefined {
  try {
    return Deno.statSync(BOOTED).uid ?? 0;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || isErrno(error, E.ENOENT)) return undefined;
    throw error;
  }
}

function addressesOf(isUser: boolean): BusAddress[] {
  const map = parseIdMap(Deno.readTextFileSync("/proc/self/uid_map"));
  const euid = geteuid();
  return systemdAddresses({
    isUser,
    env: (name) => Deno.env.get(name),
    uid: toHostId(map, euid) ?? euid,
  });
}
