/**
 * A network namespace to act in, without a process there.
 *
 * @module
 */
import { isErrno } from "../../ffi/check.ts";
import { E } from "../../ffi/errno.ts";
import type { OwnedFd } from "../../ffi/fd.ts";
import { Connection } from "../../ffi/netlink/connection.ts";
import { NETLINK } from "../../ffi/netlink/constants.ts";
import { LinkMonitor } from "../../ffi/netlink/link_monitor.ts";
import {
  inNetworkNamespace,
  networkCookie,
  openOwnNetworkNamespace,
} from "../../ffi/netlink/namespace.ts";
import { RouteSocket } from "../../ffi/netlink/socket.ts";
import { NEEDS, sentence } from "./net_device_error.ts";
import { dupAbove } from "../../ffi/open.ts";
import { sameFile, statx } from "../../ffi/stat.ts";

/** A network namespace as it is remembered: all in decimal. */
export interface NamespaceIdentity {
  /** Device and inode of nsfs, which another one may have once this one is gone. */
  readonly file: string;
  readonly inode: string;
  /** One of a kind, where the kernel has it. */
  readonly cookie?: string;
}

/** Whether both mean the same namespace. */
export function isSameNamespace(a: NamespaceIdentity, b: NamespaceIdentity): boolean {
  return a.file === b.file && a.cookie === b.cookie;
}

/** A network namespace, kept alive, with a connection to its rtnetlink. */
export class NetNamespace implements Disposable {
  /** How messages name it. */
  readonly name: string;
  readonly fd: OwnedFd;
  readonly connection: Connection;
  readonly #isOwn: boolean;

  /** The runtime's own. */
  static own(): NetNamespace {
    return new NetNamespace("the runtime's network namespace", openOwnNetworkNamespace(), true);
  }

  /** The one a descriptor refers to; the descriptor is duplicated, and stays the caller's. */
  static of(fd: OwnedFd): NetNamespace {
    const name = `the network namespace ${JSON.stringify(fd.path ?? String(fd.fd))}`;
    return new NetNamespace(name, dupAbove(fd.fd, 3), false);
  }

  private constructor(name: string, fd: OwnedFd, isOwn: boolean) {
    this.name = name;
    this.fd = fd;
    this.#isOwn = isOwn;
    try {
      this.connection = this.run(() => new Connection(new RouteSocket()));
    } catch (error) {
      fd.close();
      const hint = isErrno(error, E.EPERM) ? NEEDS : "";
      throw new Error(`Cannot speak with the kernel in ${name}: ${sentence(error)}${hint}`, {
        cause: error,
      });
    }
  }

  /** Whether both are one namespace: its descriptors are the same file of nsfs, however they were opened. */
  isSame(other: NetNamespace): boolean {
    return sameFile(statx(this.fd.fd), statx(other.fd.fd));
  }

  /** What tells it from every other one, in words that can be kept. */
  identity(): NamespaceIdentity {
    const { stx_dev_major, stx_dev_minor, stx_ino } = statx(this.fd.fd);
    const cookie = this.run(networkCookie);
    return {
      file: `${stx_dev_major}:${stx_dev_minor}:${stx_ino}`,
      inode: String(stx_ino),
      ...(cookie === undefined ? {} : { cookie: String(cookie) }),
    };
  }

  /** Runs a function there; files below /proc/sys/net that it opens are those of this namespace. */
  run<T>(act: () => T): T {
    return this.#isOwn ? act() : inNetworkNamespace(this.fd, act);
  }

  /** Starts to listen to the devices that come and go there. */
  openMonitor(): LinkMonitor {
    return this.run(() => new LinkMonitor(new RouteSocket(NETLINK.RTMGRP_LINK)));
  }

  [Symbol.dispose](): void {
    this.connection[Symbol.dispose]();
    this.fd.close();
  }
}
