/**
 * The one door to the kernel: libc's `syscall`, opened on first use.
 *
 * `Deno.dlopen` compiles a trampoline for every symbol (some 95 µs each, more than all of Deno's start for a table of
 * 150), so there is one symbol for all system calls. Its last parameter is a struct by value that the C side never
 * looks at: with a struct among the parameters Deno does not compile a trampoline at all.
 *
 * @module
 */

const WORD = "isize" as const;
/** The parameter that keeps Deno from compiling a trampoline; the callee ignores it. */
const NO_TRAMPOLINE = { struct: ["u64"] } as const;
const IGNORED = new Uint8Array(8);

interface Libc {
  readonly syscall: (...words: unknown[]) => bigint;
  readonly errno: Deno.UnsafePointerView;
}

let libc: Libc | undefined;

function open(): Libc {
  const { symbols } = Deno.dlopen("libc.so.6", {
    // long syscall(long number, ...);
    syscall: {
      parameters: [WORD, WORD, WORD, WORD, WORD, WORD, WORD, NO_TRAMPOLINE],
      result: WORD,
    },
    // int *__errno_location(void);
    __errno_location: { parameters: [NO_TRAMPOLINE], result: "pointer" },
  });
  const location = symbols.__errno_location(IGNORED);
  if (location === null) throw new Error("Cannot find errno: __errno_location() returned NULL");
  return {
    syscall: symbols.syscall as unknown as Libc["syscall"],
    errno: new Deno.UnsafePointerView(location),
  };
}

/**
 * Makes a system call and returns its result, or the negated errno. Never throws.
 *
 * errno is read in the very next expression: it belongs to the thread, and anything in between (an allocation that
 * starts a collection, say) may make a system call of its own.
 *
 * @param nr The number, from {@linkcode NR}.
 * @see syscall(2)
 */
export function syscall(nr: number, a = 0, b = 0, c = 0, d = 0, e = 0, f = 0): number {
  const { syscall, errno } = libc ??= open();
  const result = Number(syscall(nr, a, b, c, d, e, f, IGNORED));
  return result === -1 ? -errno.getInt32() : result;
}

/**
 * The machine code at an address as a function of one word that returns one word.
 *
 * @param address Of executable memory that stays mapped.
 */
export function functionAt(address: number): (argument: number) => number {
  const definition = { parameters: [WORD], result: WORD } as const;
  const pointer = Deno.UnsafePointer.create<typeof definition>(BigInt(address));
  if (pointer === null) throw new TypeError("Cannot call the function at NULL");
  const code = new Deno.UnsafeFnPointer(pointer, definition);
  return (argument) => Number(code.call(BigInt(argument)));
}

/** The address of a buffer's memory, in this process and in its forks. Valid while the buffer is reachable. */
export function addressOf(buffer: Uint8Array<ArrayBuffer>): number {
  return Number(Deno.UnsafePointer.value(Deno.UnsafePointer.of(buffer)));
}
