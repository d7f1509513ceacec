import { assertEquals } from "#assert";
import { systemdAddresses } from "../../../runtime/cgroup/systemd_address.ts";

function addressesOf(isUser: boolean, env: Record<string, string> = {}): string[] {
  const input = { isUser, env: (name: string) => env[name], uid: 1000 };
  return systemdAddresses(input).map(({ address, isBus }) =>
    `${isBus ? "bus" : "direct"} ${address}`
  );
}

Deno.test("systemdAddresses() finds the system's manager on the bus, and then by itself", () => {
  const usual = [
    "bus unix:path=/run/dbus/system_bus_socket",
    "direct unix:path=/run/systemd/private",
  ];
  assertEquals(addressesOf(false), usual);
  const user = { XDG_RUNTIME_DIR: "/x", DBUS_SESSION_BUS_ADDRESS: "unix:path=/y" };
  assertEquals(addressesOf(false, user), usual);
  assertEquals(
    addressesOf(false, { DBUS_SYSTEM_BUS_ADDRESS: "unix:abstract=z" }),
    ["bus unix:abstract=z", ...usual],
  );
});

Deno.test("systemdAddresses() finds a user's manager by the user's environment", () => {
  assertEquals(
    addressesOf(true, {
      XDG_RUNTIME_DIR: "/run/user/7",
      DBUS_SESSION_BUS_ADDRESS: "unix:path=/tmp/bus,guid=1",
    }),
    [
      "bus unix:path=/tmp/bus,guid=1",
      "bus unix:path=/run/user/7/bus",
      "direct unix:path=/run/user/7/systemd/private",
    ],
  );
});

Deno.test("systemdAddresses() does without the environment", () => {
  const usual = [
    "bus unix:path=/run/user/1000/bus",
    "direct unix:path=/run/user/1000/systemd/private",
  ];
  assertEquals(addressesOf(true), usual);
  assertEquals(addressesOf(true, { XDG_RUNTIME_DIR: "", DBUS_SESSION_BUS_ADDRESS: "" }), usual);
});

Deno.test("systemdAddresses() names no address twice", () => {
  const env = { DBUS_SESSION_BUS_ADDRESS: "unix:path=/run/user/1000/bus" };
  assertEquals(addressesOf(true, env), addressesOf(true));
});

Deno.test("systemdAddresses() escapes what means something in an address", () => {
  const [bus] = addressesOf(true, { XDG_RUNTIME_DIR: "/a b,c;d=ä" });
  assertEquals(bus, "bus unix:path=/a%20b%2cc%3bd%3d%c3%a4/bus");
});
