/**
 * What `checkpoint` and `restore` take, and what both tell CRIU with it.
 *
 * @module
 */
import { CLONE } from "../../ffi/constants.ts";
import type { ContainerRef, RunOptions } from "../options.ts";
import { CG_MODE, type CriuOptions } from "./messages.ts";
import { FIRST_PASSED } from "./program.ts";

/** What CRIU does about cgroups: criu(8), --manage-cgroups. */
export type CgroupsMode = "ignore" | "soft" | "full" | "strict";

/** Where CRIU's files are, and what both directions have to agree on. */
export interface ImageOptions {
  /** The absolute path of the directory with the images. */
  readonly imagePath: string;
  /** The absolute path of the directory with the log, and with the sockets of lazy pages. */
  readonly workPath: string;
  /** Keeps TCP connections that are open. */
  readonly tcpEstablished: boolean;
  /** Allows unix sockets whose other end is outside of the container. */
  readonly extUnixSk: boolean;
  /** Allows a session and a process group that began outside of the container. */
  readonly shellJob: boolean;
  /** Keeps file locks. */
  readonly fileLocks: boolean;
  /** What CRIU does about cgroups. */
  readonly manageCgroupsMode: CgroupsMode;
  /** Makes the network namespace, and leaves what is in it to others. */
  readonly emptyNetwork: boolean;
  /** Frees memory images of parents as their pages are replaced. */
  readonly autoDedup: boolean;
  /** Memory is fetched when it is touched. */
  readonly lazyPages: boolean;
}

/** Where a page server listens. */
export interface PageServer {
  /** Its name or address. */
  readonly address: string;
  /** Its TCP port. */
  readonly port: number;
}

/** What `checkpoint` takes. */
export interface CheckpointOptions extends ContainerRef, ImageOptions {
  /** The directory of the images before, from the image directory. */
  readonly parentPath?: string;
  /** Lets the container go on. */
  readonly leaveRunning: boolean;
  /** Memory only, as a parent for a later checkpoint; the container goes on. */
  readonly preDump: boolean;
  /** Leaves out TCP connections that are being opened. */
  readonly tcpSkipInFlight: boolean;
  /** Allows open files without a name, by giving them one for a while. */
  readonly linkRemap: boolean;
  /** Where CRIU says that it is ready to serve pages. */
  readonly statusFd?: number;
  /** Who gets the memory instead of a file. */
  readonly pageServer?: PageServer;
}

/** What `restore` takes. */
export interface RestoreOptions extends RunOptions, ImageOptions {
  /** Another LSM profile than the one in the images: `TYPE:NAME`. */
  readonly lsmProfile?: string;
  /** Another SELinux context for mounts than the one in the images. */
  readonly lsmMountContext?: string;
}

/** As much as CRIU logs: what it did, for whoever looks for the reason of a failure. */
const LOG_LEVEL = 4;

/** What both pass to CRIU stands first, in this order. */
const IMAGES_FD = FIRST_PASSED;
const WORK_FD = FIRST_PASSED + 1;
/** What only one of them passes comes after that. */
export const FIRST_OTHER_FD = FIRST_PASSED + 2;

/** The part of a request that is the same for both. */
export function commonOptions(options: ImageOptions, log: string): CriuOptions {
  return {
    images_dir_fd: IMAGES_FD,
    work_dir_fd: WORK_FD,
    log_file: log,
    log_level: LOG_LEVEL,
    tcp_established: options.tcpEstablished,
    ext_unix_sk: options.extUnixSk,
    shell_job: options.shellJob,
    file_locks: options.fileLocks,
    auto_dedup: options.autoDedup,
    lazy_pages: options.lazyPages,
    manage_cgroups: options.manageCgroupsMode !== "ignore",
    manage_cgroups_mode: CG_MODE[options.manageCgroupsMode],
    // The terminal's master is the client's, and stays behind; a restore sends it a new one.
    orphan_pts_master: true,
    ...(options.emptyNetwork ? { empty_ns: CLONE.CLONE_NEWNET } : {}),
  };
}
