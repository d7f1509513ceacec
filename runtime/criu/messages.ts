/**
 * CRIU's messages, as far as we speak them: `criu_req` and `criu_resp` of its `rpc.proto`, in its own spelling.
 *
 * @see https://criu.org/RPC
 * @module
 */
import type { Message, Schema } from "./protobuf.ts";

/** `enum criu_req_type` */
export const CRIU = {
  DUMP: 1,
  RESTORE: 2,
  PRE_DUMP: 4,
  NOTIFY: 6,
  VERSION: 10,
} as const;

/** `enum criu_cg_mode` */
export const CG_MODE = { ignore: 0, soft: 3, full: 4, strict: 5 } as const;

/** `SKIP` of `enum criu_network_lock_method`, which CRIU has since 3.19. */
export const NETWORK_LOCK_SKIP = 3;

/** `struct criu_opts` */
export const criu_opts = {
  images_dir_fd: [1, "int"],
  pid: [2, "int"],
  leave_running: [3, "bool"],
  ext_unix_sk: [4, "bool"],
  tcp_established: [5, "bool"],
  shell_job: [7, "bool"],
  file_locks: [8, "bool"],
  log_level: [9, "int"],
  log_file: [10, "string"],
  ps: [11, { address: [1, "string"], port: [2, "int"] }],
  notify_scripts: [12, "bool"],
  root: [13, "string"],
  parent_img: [14, "string"],
  track_mem: [15, "bool"],
  auto_dedup: [16, "bool"],
  work_dir_fd: [17, "int"],
  link_remap: [18, "bool"],
  manage_cgroups: [24, "bool"],
  cg_root: [25, { ctrl: [1, "string"], path: [2, "string"] }, "repeated"],
  rst_sibling: [26, "bool"],
  inherit_fd: [27, { key: [1, "string"], fd: [2, "int"] }, "repeated"],
  ext_sharing: [29, "bool"],
  ext_masters: [30, "bool"],
  manage_cgroups_mode: [34, "int"],
  external: [37, "string", "repeated"],
  empty_ns: [38, "int"],
  join_ns: [
    39,
    { ns: [1, "string"], ns_file: [2, "string"], extra_opt: [3, "string"] },
    "repeated",
  ],
  freeze_cgroup: [44, "string"],
  tcp_skip_in_flight: [46, "bool"],
  lazy_pages: [48, "bool"],
  status_fd: [49, "int"],
  orphan_pts_master: [50, "bool"],
  lsm_profile: [53, "string"],
  lsm_mount_context: [63, "string"],
  network_lock: [64, "int"],
} as const satisfies Schema;

/** What a dump or a restore is asked for. */
export type CriuOptions = Message<typeof criu_opts>;

/** `struct criu_req` */
export const criu_req = {
  type: [1, "int"],
  opts: [2, criu_opts],
  notify_success: [3, "bool"],
  keep_open: [4, "bool"],
} as const satisfies Schema;

/** `struct criu_resp` */
export const criu_resp = {
  type: [1, "int"],
  success: [2, "bool"],
  restore: [4, { pid: [1, "int"] }],
  notify: [5, { script: [1, "string"], pid: [2, "int"] }],
  cr_errno: [7, "int"],
  cr_errmsg: [9, "string"],
  version: [10, { major_number: [1, "int"], minor_number: [2, "int"] }],
} as const satisfies Schema;

/** What CRIU says. */
export type CriuResponse = Message<typeof criu_resp>;
