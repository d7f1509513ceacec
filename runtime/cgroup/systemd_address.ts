/**
 * Where systemd can be talked to.
 *
 * @module
 */
import type { BusAddress } from "../../ffi/systemd/bus.ts";

/** What the addresses depend on. */
export interface AddressInput {
  /** Whether the manager of a user is wanted, and not that of the system. */
  readonly isUser: boolean;
  /** A variable of the environment. */
  readonly env: (name: string) => string | undefined;
  /** The user, as the first user namespace knows it. */
  readonly uid: number;
}

/**
 * The addresses to be tried, in that order: the bus; and where there is none, or systemd is not on it, the manager's own
 * socket, which takes no bus.
 *
 * @see sd_bus_open_system(3)
 */
export function systemdAddresses({ isUser, env, uid }: AddressInput): BusAddress[] {
  const runtimeDir = env("XDG_RUNTIME_DIR") || `/run/user/${uid}`;
  const [given, bus, direct] = isUser
    ? [env("DBUS_SESSION_BUS_ADDRESS"), `${runtimeDir}/bus`, `${runtimeDir}/systemd/private`]
    : [
      env("DBUS_SYSTEM_BUS_ADDRESS"),
      "/run/dbus/system_bus_socket",
      "/run/systemd/private",
    ];
  const addresses = [
    ...(given ? [{ address: given, isBus: true }] : []),
    { address: unixAddress(bus), isBus: true },
    { address: unixAddress(direct), isBus: false },
  ];
  return addresses.filter(({ address }, index) =>
    addresses.findIndex((other) => other.address === address) === index
  );
}

/** As D-Bus writes the path of a socket: with all but these characters in hexadecimal. */
function unixAddress(path: string): string {
  const bytes = [...new TextEncoder().encode(path)].map((byte) => {
    const character = String.fromCharCode(byte);
    return /[-0-9A-Za-z_/.*]/.test(character)
      ? character
      : `%${byte.toString(16).padStart(2, "0")}`;
  });
  return `unix:path=${bytes.join("")}`;
}
