/**
 * sd_notify(3) across the container's wall: the program tells a socket of ours that it is ready, and we tell the service
 * manager, in words of our own. The manager's socket itself is not for the container: whoever has it can speak for the
 * whole service.
 *
 * @module
 */
import { AT_FDCWD, POLL, SOCK } from "../ffi/constants.ts";
import { isErrno } from "../ffi/check.ts";
import { E } from "../ffi/errno.ts";
import { mkdirat, unlinkat } from "../ffi/directory.ts";
import type { OwnedFd } from "../ffi/fd.ts";
import { pipe2 } from "../ffi/open.ts";
import { poll } from "../ffi/process.ts";
import { bindUnix, connectUnix, recvmsg, sendmsg, socket } from "../ffi/socket.ts";
import type { Config } from "../spec/schema/config.ts";
import type { Container } from "./store.ts";

/** The directory in the container's state, and the socket in it. */
const DIRECTORY = "notify";
const SOCKET = `${DIRECTORY}/notify.sock`;
/** Where the container sees the directory. */
const MOUNTPOINT = "/run/notify";
/** How long the service manager may take to have read what it was sent. */
const BARRIER_MILLISECONDS = 30_000;

/** The configuration of a container that is to see a socket of its own. @param root The root of the state directories. */
export function withNotifySocket(config: Config, root: string, id: string): Config {
  const { process, mounts = [] } = config;
  const mount = {
    destination: MOUNTPOINT,
    type: "bind",
    source: `${root}/${id}/${DIRECTORY}`,
    options: ["bind", "nosuid", "nodev", "noexec", "ro"],
  };
  const env = process?.env?.filter((variable) => !variable.startsWith("NOTIFY_SOCKET=")) ?? [];
  return {
    ...config,
    mounts: [...mounts, mount],
    ...(process === undefined
      ? {}
      : { process: { ...process, env: [...env, `NOTIFY_SOCKET=/run/${SOCKET}`] } }),
  };
}

/** Whether it is this mount that is meant. */
export function hasNotifyMount(destination: string): boolean {
  return destination === MOUNTPOINT;
}

/** Makes the directory that the container will see. */
export function makeNotifyDirectory(container: Container): void {
  mkdirat(AT_FDCWD, container.path(DIRECTORY), 0o755);
}

/** Whether the container was created with the directory. */
export function hasNotifyDirectory(container: Container): boolean {
  try {
    return Deno.lstatSync(container.path(DIRECTORY)).isDirectory;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

/** Between a container and the service manager until the container has said that it is ready. */
export class NotifyProxy implements Disposable {
  readonly #ours: OwnedFd;
  readonly #manager: OwnedFd;
  readonly #pid: number;

  /**
   * @param manager The service manager's socket: an absolute path, or "@" and an abstract name.
   * @param pid The container's init, for us.
   */
  constructor(container: Container, manager: string, pid: number) {
    this.#pid = pid;
    using stack = new DisposableStack();
    this.#manager = stack.use(socket(SOCK.AF_UNIX, SOCK.SOCK_DGRAM));
    connectUnix(this.#manager.fd, manager.replace(/^@/, "\0"));
    this.#ours = stack.use(socket(SOCK.AF_UNIX, SOCK.SOCK_DGRAM));
    const path = container.path(SOCKET);
    removeOld(container);
    bindUnix(this.#ours.fd, path);
    // For whatever user the program runs as.
    Deno.chmodSync(path, 0o777);
    stack.move();
  }

  [Symbol.dispose](): void {
    this.#ours.close();
    this.#manager.close();
  }

  /** To poll for; {@linkcode hear} takes what there is. */
  get fd(): number {
    return this.#ours.fd;
  }

  /** Waits until the container is ready or has ended. */
  wait(init: OwnedFd): void {
    for (;;) {
      const [heard] = poll([this.#ours, init].map(({ fd }) => ({ fd, events: POLL.POLLIN })));
      if (heard === 0 || this.hear()) return;
    }
  }

  /** Reads one message of the container's. @returns Whether it was ready, and the manager knows. */
  hear(): boolean {
    if (!receive(this.#ours).split("\n").includes("READY=1")) return false;
    this.#tell(`MAINPID=${this.#pid}\nREADY=1`);
    this.#waitForManager();
    return true;
  }

  #tell(text: string, fds: readonly number[] = []): void {
    sendmsg(this.#manager.fd, new TextEncoder().encode(text), fds);
  }

  /** It finds out whose message it is by the sender's pid: so we must live until it has read. @see sd_notify_barrier(3) */
  #waitForManager(): void {
    const [read, write] = pipe2();
    using _read = read;
    {
      using _write = write;
      this.#tell("BARRIER=1", [write.fd]);
    }
    poll([{ fd: read.fd, events: POLL.POLLIN }], BARRIER_MILLISECONDS);
  }
}

/** What a start that failed before it had spoken to init left there. */
function removeOld(container: Container): void {
  try {
    unlinkat(container.directory.fd, SOCKET);
  } catch (error) {
    if (!isErrno(error, E.ENOENT)) throw error;
  }
}

/** One message; "" for what no sd_notify(3) would send. Whatever descriptors come along are not wanted. */
function receive(socket: OwnedFd): string {
  try {
    const { bytes, fds } = recvmsg(socket.fd);
    for (const fd of fds) fd.close();
    return new TextDecoder().decode(bytes);
  } catch (error) {
    if (error instanceof RangeError) return "";
    throw error;
  }
}
