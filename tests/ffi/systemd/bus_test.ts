import { assert, assertEquals } from "#assert";
import { throws } from "node:assert/strict";
import { Bus, type BusAddress, BusError, isBusError } from "../../../ffi/systemd/bus.ts";
import { type Answers, FakeBus } from "../../lib/fake_bus.ts";

const OBJECT = { destination: "org.example", path: "/a/b", interface: "org.example.Thing" };

/** Connects to a bus that answers so. */
function withBus<T>(answers: Answers, action: (bus: Bus, fake: FakeBus) => T): T {
  using fake = new FakeBus(answers);
  using bus = Bus.connect({ address: fake.address, isBus: true });
  return action(bus, fake);
}

Deno.test("Bus.call() delivers values of every type", () => {
  const variant = { signature: "a(st)", value: [["x", 5n], ["y", 0xffff_ffff_ffff_ffffn]] };
  const calls = withBus({}, (bus, fake) => {
    bus.call(OBJECT, {
      member: "Take",
      signature: "ybnqiuxtdsogayauas(sb)va(sv)",
      args: [
        ...[255, true, -2, 65535, -3, 0xffff_fffe, -4n, 0xffff_ffff_ffff_ffffn, 0.5],
        ...["text ä", "/o/p", "a{sv}", Uint8Array.of(1, 2, 3), [7, 8], []],
        ...[["in a struct", false], variant, [["name", { signature: "b", value: true }]]],
      ],
    });
    return fake.calls();
  });
  assertEquals(calls, [{
    ...OBJECT,
    member: "Take",
    signature: "ybnqiuxtdsogayauas(sb)va(sv)",
    body: [
      ...[255, true, -2, 65535, -3, 0xffff_fffe, "-4", "18446744073709551615", 0.5],
      ...["text ä", "/o/p", "a{sv}", [1, 2, 3], [7, 8], [], ["in a struct", false]],
      { signature: "a(st)", value: [["x", "5"], ["y", "18446744073709551615"]] },
      [["name", { signature: "b", value: true }]],
    ],
  }]);
});

Deno.test("Bus.call() returns the answer's values", () => {
  const answers: Answers = {
    // JSON knows no bigint; the wire takes digits as well.
    Give: [{ signature: "sbuto", body: ["x", true, 0xffff_ffff, `${2n ** 40n}`, "/p"] }],
    Get: [{ signature: "v", body: [{ signature: "s", value: "within" }] }],
  };
  withBus(answers, (bus) => {
    const values = bus.call(OBJECT, { member: "Give", returns: "sbuto" });
    assertEquals(values, ["x", true, 0xffff_ffff, 2n ** 40n, "/p"]);
    assertEquals(bus.call(OBJECT, { member: "Get", returns: "vs" }), ["within"]);
    assertEquals(bus.call(OBJECT, { member: "Nothing" }), []);
  });
});

Deno.test("Bus.call() refuses arguments that do not fit the signature", () => {
  withBus({}, (bus, fake) => {
    const call = { member: "Take", signature: "o", args: ["no path"] };
    throws(() => bus.call(OBJECT, call), {
      message: `sd_bus_message_append_basic(m, 'o', "no path"): EINVAL (Invalid argument)`,
    });
    throws(() => bus.call(OBJECT, { member: "Take", signature: "ss", args: ["one"] }), {
      message: 'Cannot append type "s": there is no value',
    });
    assertEquals(fake.calls(), []);
  });
});

Deno.test("Bus.call() throws the error that it is answered with", () => {
  const answers: Answers = { Fail: [{ error: ["org.example.Bad", "because"] }] };
  withBus(answers, (bus) => {
    let error: unknown;
    try {
      bus.call(OBJECT, { member: "Fail", signature: "ss", args: ["a", "b"] });
    } catch (thrown) {
      error = thrown;
    }
    assert(error instanceof BusError);
    assertEquals(error.message, 'Fail("a", …): org.example.Bad (because)');
    assert(isBusError(error, "org.example.Other", "org.example.Bad"));
    assert(!isBusError(error, "org.example.Other"));
    // The connection is as good as before.
    bus.call(OBJECT, { member: "Other" });
  });
});

Deno.test("Bus.call() fails when the other side hangs up", () => {
  withBus({ Leave: [{ end: true }] }, (bus) => {
    throws(() => bus.call(OBJECT, { member: "Leave" }), /Leave\(\)/);
    throws(() => bus.call(OBJECT, { member: "Leave" }), /Leave\(\).*ENOTCONN|ECONNRESET/);
  });
});

Deno.test("Bus.waitForSignal() finds a signal that came before the answer, or after it", () => {
  const signal = (member: string, ...body: unknown[]) => ({ member, signature: "us", body });
  const answers: Answers = {
    Do: [{
      before: [signal("Other", 1, "x"), signal("Done", 1, "x"), signal("Done", 2, "y")],
      after: [signal("Done", 3, "z")],
    }],
  };
  withBus(answers, (bus) => {
    bus.call(OBJECT, { member: "Do" });
    const wanted = { interface: OBJECT.interface, member: "Done", signature: "us" };
    const first = bus.waitForSignal(wanted, ([, text]) => text !== "x", 60_000);
    assertEquals(first, [2, "y"]);
    assertEquals(bus.waitForSignal(wanted, () => true, 60_000), [3, "z"]);
    assertEquals(bus.waitForSignal(wanted, () => true, 1), undefined);
  });
});

Deno.test("Bus.connect() says where there is nobody", () => {
  const address: BusAddress = { address: "unix:path=/nonexistent/bus", isBus: true };
  throws(() => Bus.connect(address), {
    message: "sd_bus_start(bus): ENOENT (No such file or directory)",
  });
  throws(() => Bus.connect({ address: "nonsense", isBus: true }), /^SyscallError: sd_bus_start/);
});

Deno.test("a direct connection greets nobody", () => {
  using fake = new FakeBus({});
  using bus = Bus.connect({ address: fake.address, isBus: false });
  bus.call(OBJECT, { member: "Anything" });
  assertEquals(fake.calls().map(({ member }) => member), ["Anything"]);
});
