/**
 * libsystemd's sd-bus: the one library that speaks D-Bus and is wherever systemd is.
 *
 * Opened only for `--systemd-cgroup`. Each symbol's last parameter keeps Deno from compiling a trampoline, as in ../libc.ts.
 * The calls with a variable number of arguments (`sd_bus_message_append`) are left alone: for them C's convention is
 * another one on some machines. Numbers that C takes as 32 bits are passed as words, of which the callee reads the lower
 * half.
 *
 * @see sd-bus(3)
 * @module
 */
import { check, retry } from "../check.ts";
import { Printed } from "../errno.ts";
import { type Scratch, scratch } from "../memory.ts";

const WORD = "isize" as const;
const NO_TRAMPOLINE = { struct: ["u64"] } as const;
const IGNORED = new Uint8Array(8);

/** Version 222 of the library (2015) has all of it. */
const SYMBOLS = {
  // int sd_bus_new(sd_bus **ret);
  sd_bus_new: { parameters: [WORD, NO_TRAMPOLINE], result: "i32" },
  // int sd_bus_set_address(sd_bus *bus, const char *address);
  sd_bus_set_address: { parameters: [WORD, WORD, NO_TRAMPOLINE], result: "i32" },
  // int sd_bus_set_bus_client(sd_bus *bus, int b);
  sd_bus_set_bus_client: { parameters: [WORD, WORD, NO_TRAMPOLINE], result: "i32" },
  // int sd_bus_start(sd_bus *bus);
  sd_bus_start: { parameters: [WORD, NO_TRAMPOLINE], result: "i32" },
  // sd_bus *sd_bus_flush_close_unref(sd_bus *bus);
  sd_bus_flush_close_unref: { parameters: [WORD, NO_TRAMPOLINE], result: WORD },
  // int sd_bus_message_new_method_call(sd_bus *bus, sd_bus_message **m, const char *destination, const char *path,
  //                                    const char *interface, const char *member);
  sd_bus_message_new_method_call: {
    parameters: [WORD, WORD, WORD, WORD, WORD, WORD, NO_TRAMPOLINE],
    result: "i32",
  },
  // int sd_bus_message_append_basic(sd_bus_message *m, char type, const void *p);
  sd_bus_message_append_basic: { parameters: [WORD, WORD, WORD, NO_TRAMPOLINE], result: "i32" },
  // int sd_bus_message_append_array(sd_bus_message *m, char type, const void *ptr, size_t size);
  sd_bus_message_append_array: {
    parameters: [WORD, WORD, WORD, WORD, NO_TRAMPOLINE],
    result: "i32",
  },
  // int sd_bus_message_open_container(sd_bus_message *m, char type, const char *contents);
  sd_bus_message_open_container: { parameters: [WORD, WORD, WORD, NO_TRAMPOLINE], result: "i32" },
  // int sd_bus_message_close_container(sd_bus_message *m);
  sd_bus_message_close_container: { parameters: [WORD, NO_TRAMPOLINE], result: "i32" },
  // int sd_bus_message_read_basic(sd_bus_message *m, char type, void *p);
  sd_bus_message_read_basic: { parameters: [WORD, WORD, WORD, NO_TRAMPOLINE], result: "i32" },
  // int sd_bus_message_enter_container(sd_bus_message *m, char type, const char *contents);
  sd_bus_message_enter_container: { parameters: [WORD, WORD, WORD, NO_TRAMPOLINE], result: "i32" },
  // int sd_bus_message_exit_container(sd_bus_message *m);
  sd_bus_message_exit_container: { parameters: [WORD, NO_TRAMPOLINE], result: "i32" },
  // int sd_bus_message_is_signal(sd_bus_message *m, const char *interface, const char *member);
  sd_bus_message_is_signal: { parameters: [WORD, WORD, WORD, NO_TRAMPOLINE], result: "i32" },
  // sd_bus_message *sd_bus_message_unref(sd_bus_message *m);
  sd_bus_message_unref: { parameters: [WORD, NO_TRAMPOLINE], result: WORD },
  // int sd_bus_call(sd_bus *bus, sd_bus_message *m, uint64_t usec, sd_bus_error *ret_error, sd_bus_message **ret_reply);
  sd_bus_call: { parameters: [WORD, WORD, WORD, WORD, WORD, NO_TRAMPOLINE], result: "i32" },
  // int sd_bus_process(sd_bus *bus, sd_bus_message **ret);
  sd_bus_process: { parameters: [WORD, WORD, NO_TRAMPOLINE], result: "i32" },
  // int sd_bus_wait(sd_bus *bus, uint64_t timeout_usec);
  sd_bus_wait: { parameters: [WORD, WORD, NO_TRAMPOLINE], result: "i32" },
  // void sd_bus_error_free(sd_bus_error *e);
  sd_bus_error_free: { parameters: [WORD, NO_TRAMPOLINE], result: "void" },
} as const satisfies Deno.ForeignLibraryInterface;

/** A function of the library. */
export type SdBus = keyof typeof SYMBOLS;

type Library = Readonly<Record<SdBus, (...words: unknown[]) => unknown>>;

let library: Library | undefined;

function open(): Library {
  try {
    return Deno.dlopen("libsystemd.so.0", SYMBOLS).symbols as unknown as Library;
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new Error(`Cannot open libsystemd.so.0: ${why}`, { cause: error });
  }
}

/** Calls a function, and returns what it returned: mostly `-errno` where it failed. */
export function sdBus(name: SdBus, ...words: readonly number[]): number {
  return Number((library ??= open())[name](...words, IGNORED) ?? 0);
}

/**
 * The same for a function that may wait, and so be interrupted; throws what it failed with.
 *
 * @param object What the call is about, for the message: its first word is an address, which tells nobody anything.
 */
export function checkSdBus(name: SdBus, object: string, ...words: readonly number[]): number {
  return check(retry(() => sdBus(name, ...words)), name, new Printed(object));
}

/** What a function wrote to where it was to leave an address. */
export function addressAt(m: Scratch, place: number): number {
  return Number(m.view(place, 8).getBigUint64(0, true));
}

/** The string at an address that the library gave; undefined for NULL. */
export function stringAt(address: number): string | undefined {
  const pointer = Deno.UnsafePointer.create(BigInt(address));
  return pointer === null ? undefined : Deno.UnsafePointerView.getCString(pointer);
}

/** Calls with a place for an address, and returns the address. */
export function addressFrom(
  name: SdBus,
  object: string,
  call: (place: number, m: Scratch) => number,
): number {
  using m = scratch();
  const place = m.zeros(8);
  check(call(place, m), name, new Printed(object));
  return addressAt(m, place);
}
