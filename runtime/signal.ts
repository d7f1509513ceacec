/**
 * Signals by name.
 *
 * @module
 */

/** Name without SIG → number, on x86-64 and aarch64 Linux (include/uapi/asm-generic/signal.h). @see signal(7) */
export const SIGNALS: Readonly<Record<string, number>> = {
  HUP: 1,
  INT: 2,
  QUIT: 3,
  ILL: 4,
  TRAP: 5,
  ABRT: 6,
  IOT: 6,
  BUS: 7,
  FPE: 8,
  KILL: 9,
  USR1: 10,
  SEGV: 11,
  USR2: 12,
  PIPE: 13,
  ALRM: 14,
  TERM: 15,
  STKFLT: 16,
  CHLD: 17,
  CLD: 17,
  CONT: 18,
  STOP: 19,
  TSTP: 20,
  TTIN: 21,
  TTOU: 22,
  URG: 23,
  XCPU: 24,
  XFSZ: 25,
  VTALRM: 26,
  PROF: 27,
  WINCH: 28,
  IO: 29,
  POLL: 29,
  PWR: 30,
  SYS: 31,
  UNUSED: 31,
};

/** The first real-time signal that programs may use: glibc keeps 32 and 33 to itself, so everyone counts from here. */
export const SIGRTMIN = 34;

/** The last signal. */
export const SIGRTMAX = 64;

/**
 * The number of a signal given as a number, as `KILL` or `SIGKILL` in any case, or as `RTMIN+n` and `RTMAX-n`.
 *
 * Signal 0 passes: it asks whether the process is there. @see kill(2)
 */
export function parseSignal(text: string): number {
  const number = /^[0-9]+$/.test(text) ? Number(text) : byName(text.toUpperCase());
  if (number === undefined || number > SIGRTMAX) {
    throw new RangeError(`unknown signal "${text}"`);
  }
  return number;
}

function byName(upper: string): number | undefined {
  const name = upper.replace(/^SIG/, "");
  if (Object.hasOwn(SIGNALS, name)) return SIGNALS[name];
  const realTime = /^RT(?:MIN(?:\+([0-9]+))?|MAX(?:-([0-9]+))?)$/.exec(name);
  if (realTime === null) return undefined;
  const number = name.startsWith("RTMIN")
    ? SIGRTMIN + Number(realTime[1] ?? 0)
    : SIGRTMAX - Number(realTime[2] ?? 0);
  return number >= SIGRTMIN ? number : undefined;
}

/** The name of a signal (`SIGKILL`, `SIGRTMIN+3`), or `signal N` where there is none. */
export function signalName(number: number): string {
  const name = Object.keys(SIGNALS).find((name) => SIGNALS[name] === number);
  if (name !== undefined) return `SIG${name}`;
  if (number < SIGRTMIN || number > SIGRTMAX) return `signal ${number}`;
  return number === SIGRTMIN ? "SIGRTMIN" : `SIGRTMIN+${number - SIGRTMIN}`;
}
