/**
 * Programs of eBPF for cgroups.
 *
 * `int bpf(int cmd, union bpf_attr *attr, unsigned int size);`
 *
 * @see bpf(2)
 * @module
 */
import {
  BPF,
  bpf_attr_attach,
  bpf_attr_get_fd,
  bpf_attr_info,
  bpf_attr_prog_load,
  bpf_attr_query,
  BPF_CGROUP_DEVICE,
  BPF_F_ALLOW_MULTI,
  bpf_insn,
  bpf_prog_info,
  BPF_PROG_TYPE_CGROUP_DEVICE,
} from "./bpf_layouts.ts";
import { check, isErrno } from "./check.ts";
import { E, Printed } from "./errno.ts";
import { OwnedFd } from "./fd.ts";
import { syscall } from "./libc.ts";
import { type Scratch, scratch } from "./memory.ts";
import { NR } from "./numbers.ts";

function bpf(
  m: Scratch,
  cmd: keyof typeof BPF,
  attr: Uint8Array,
  text: string,
): { result: number; attr: Uint8Array<ArrayBuffer> } {
  const address = m.bytes(attr);
  const result = syscall(NR.bpf, BPF[cmd], address, attr.length);
  check(result, "bpf", new Printed(cmd), new Printed(`{${text}}`), attr.length);
  return { result, attr: m.u8(address, attr.length) };
}

/** Arbitrary; the verifier's reasons for the few programs that we make are shorter. */
const LOG_SIZE = 65536;

/**
 * Loads a program that decides on devices. It lives as long as it is attached or the descriptor is open.
 *
 * @param program The instructions, encoded.
 * @param name What tools list it by: at most 15 letters, digits and underscores.
 */
export function loadDeviceProgram(program: Uint8Array, name: string): OwnedFd {
  using m = scratch();
  const values = {
    prog_type: BPF_PROG_TYPE_CGROUP_DEVICE,
    insn_cnt: program.length / bpf_insn.size,
    insns: m.bytes(program),
    // It calls none of the kernel's functions, so any licence will do.
    license: m.cstring("Apache-2.0"),
    prog_name: new TextEncoder().encode(name),
    expected_attach_type: BPF_CGROUP_DEVICE,
  };
  const text = `prog_type=BPF_PROG_TYPE_CGROUP_DEVICE, insn_cnt=${values.insn_cnt}, …`;
  const load = (more: Parameters<typeof bpf_attr_prog_load.encode>[0]): OwnedFd => {
    const attr = bpf_attr_prog_load.encode({ ...values, ...more });
    return new OwnedFd(bpf(m, "BPF_PROG_LOAD", attr, text).result, "bpf-prog");
  };
  try {
    return load({});
  } catch (error) {
    if (!isErrno(error, E.EINVAL, E.EACCES)) throw error;
    const log_buf = m.zeros(LOG_SIZE);
    try {
      return load({ log_level: 1, log_size: LOG_SIZE, log_buf });
    } catch {
      const log = new TextDecoder().decode(m.u8(log_buf, LOG_SIZE)).replace(/\0.*$/s, "").trim();
      if (log === "") throw error;
      throw new Error(`${error.message}: ${log.replaceAll("\n", "; ")}`, { cause: error });
    }
  }
}

/** The IDs of the device programs that are attached to a cgroup itself. @param cgroup Its directory. */
export function attachedDevicePrograms(cgroup: OwnedFd): number[] {
  using m = scratch();
  const most = 64; // BPF_CGROUP_MAX_PROGS of the kernel.
  const ids = m.zeros(4 * most);
  const attr = bpf_attr_query.encode({
    target_fd: cgroup.fd,
    attach_type: BPF_CGROUP_DEVICE,
    prog_ids: ids,
    prog_cnt: most,
  });
  const text = `target_fd=${cgroup}, attach_type=BPF_CGROUP_DEVICE, …`;
  const { prog_cnt } = bpf_attr_query.decode(bpf(m, "BPF_PROG_QUERY", attr, text).attr);
  const view = m.view(ids, 4 * most);
  return Array.from({ length: prog_cnt }, (_, index) => view.getUint32(4 * index, true));
}

/** Opens a program by its ID. Takes CAP_SYS_ADMIN, or CAP_BPF since Linux 5.8. */
export function openProgram(id: number): OwnedFd {
  using m = scratch();
  const attr = bpf_attr_get_fd.encode({ prog_id: id });
  const { result } = bpf(m, "BPF_PROG_GET_FD_BY_ID", attr, `prog_id=${id}`);
  return new OwnedFd(result, `bpf-prog:${id}`);
}

/** The name that a program was loaded under. */
export function programName(program: OwnedFd): string {
  using m = scratch();
  const info = m.zeros(bpf_prog_info.size);
  const attr = bpf_attr_info.encode({ bpf_fd: program.fd, info_len: bpf_prog_info.size, info });
  bpf(m, "BPF_OBJ_GET_INFO_BY_FD", attr, `bpf_fd=${program}, …`);
  const { name } = bpf_prog_info.decode(m.view(info, bpf_prog_info.size));
  return new TextDecoder().decode(name).replace(/\0.*$/s, "");
}

/** Attaches a device program to a cgroup, beside those that are there. It stays until the cgroup goes. */
export function attachDeviceProgram(cgroup: OwnedFd, program: OwnedFd): void {
  attachOrDetach("BPF_PROG_ATTACH", cgroup, program, BPF_F_ALLOW_MULTI);
}

/** Takes a device program from a cgroup. */
export function detachDeviceProgram(cgroup: OwnedFd, program: OwnedFd): void {
  attachOrDetach("BPF_PROG_DETACH", cgroup, program, 0);
}

function attachOrDetach(
  cmd: "BPF_PROG_ATTACH" | "BPF_PROG_DETACH",
  cgroup: OwnedFd,
  program: OwnedFd,
  attach_flags: number,
): void {
  using m = scratch();
  const attr = bpf_attr_attach.encode({
    target_fd: cgroup.fd,
    attach_bpf_fd: program.fd,
    attach_type: BPF_CGROUP_DEVICE,
    attach_flags,
  });
  const text = `target_fd=${cgroup}, attach_bpf_fd=${program}, attach_type=BPF_CGROUP_DEVICE`;
  bpf(m, cmd, attr, text);
}
