/**
 * What a service manager tells its services by their environment.
 *
 * @module
 */

/** The socket that it waits at for sd_notify(3): an absolute path, or "@" and an abstract name. */
export function managerSocket(): string | undefined {
  return Deno.env.get("NOTIFY_SOCKET") || undefined;
}

/**
 * How many descriptors it has opened for the program, from 3 on; 0 where `LISTEN_PID` means somebody else.
 *
 * @see sd_listen_fds(3)
 */
export function listenFds(): number {
  const text = Deno.env.get("LISTEN_FDS");
  if (text === undefined || Deno.env.get("LISTEN_PID") !== String(Deno.pid)) return 0;
  if (/^\d{1,6}$/.test(text)) return Number(text);
  throw new Error(`Cannot pass descriptors on: LISTEN_FDS: ${JSON.stringify(text)} is no number`);
}

/** Tells the program of its descriptors. @param pid What the program is to itself: in its own PID namespace mostly 1. */
export function withListenFds(
  env: readonly string[],
  count: number,
  pid: number,
): readonly string[] {
  if (count === 0) return env;
  const others = env.filter((variable) => !/^LISTEN_(?:FDS|PID|FDNAMES)=/.test(variable));
  return [...others, `LISTEN_FDS=${count}`, `LISTEN_PID=${pid}`];
}
