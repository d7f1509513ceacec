/**
 * Instructions of eBPF, as many as a device filter takes, and the layouts of bpf(2).
 *
 * @see Documentation/bpf/standardization/instruction-set.rst
 * @module
 */
import { Struct } from "./struct.ts";

/** `struct bpf_insn`: 8 bytes. In C the registers are two fields of 4 bits, `dst_reg` the lower one. */
export const bpf_insn = new Struct("bpf_insn", { code: "u8", regs: "u8", off: "s16", imm: "s32" });

/** One instruction. */
export interface BpfInsn {
  /** Operation, source and size in one byte. */
  readonly code: number;
  readonly dst: number;
  readonly src: number;
  /** Of memory in bytes, or how many instructions a jump skips. */
  readonly off: number;
  readonly imm: number;
}

/** Registers: r0 is the result, r1 points to what the program is asked about. */
export const R = { r0: 0, r1: 1, r2: 2 } as const;

// code = class | operation | source: BPF_K is the immediate.
const [BPF_LDX, BPF_ALU, BPF_JMP, BPF_ALU64] = [0x01, 0x04, 0x05, 0x07];
const [BPF_W, BPF_MEM, BPF_K] = [0x00, 0x60, 0x00];
const [BPF_AND, BPF_RSH, BPF_MOV] = [0x50, 0x70, 0xb0];
const [BPF_JA, BPF_JSET, BPF_JNE, BPF_EXIT] = [0x00, 0x40, 0x50, 0x90];

function insn(code: number, dst: number, src: number, off: number, imm: number): BpfInsn {
  return { code, dst, src, off, imm };
}

/** Makes instructions, each in the words of C above it. A `Word` has 32 bits; its result clears the upper half. */
export const BpfInsns = {
  // dst = *(u32 *)(src + off)
  loadWord: (dst: number, src: number, off: number) =>
    insn(BPF_LDX | BPF_MEM | BPF_W, dst, src, off, 0),
  // dst = imm
  set: (dst: number, imm: number) => insn(BPF_ALU64 | BPF_MOV | BPF_K, dst, 0, 0, imm),
  // dst &= imm
  andWord: (dst: number, imm: number) => insn(BPF_ALU | BPF_AND | BPF_K, dst, 0, 0, imm),
  // dst >>= imm
  shiftRightWord: (dst: number, imm: number) => insn(BPF_ALU | BPF_RSH | BPF_K, dst, 0, 0, imm),
  // goto +off
  jump: (off: number) => insn(BPF_JMP | BPF_JA, 0, 0, off, 0),
  // if (dst != imm) goto +off
  jumpIfNot: (dst: number, imm: number, off: number) =>
    insn(BPF_JMP | BPF_JNE | BPF_K, dst, 0, off, imm),
  // if (dst & imm) goto +off
  jumpIfAny: (dst: number, imm: number, off: number) =>
    insn(BPF_JMP | BPF_JSET | BPF_K, dst, 0, off, imm),
  // return r0
  exit: () => insn(BPF_JMP | BPF_EXIT, 0, 0, 0, 0),
} as const;

/** The bytes of a program. */
export function encodeBpf(program: readonly BpfInsn[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(program.length * bpf_insn.size);
  program.forEach(({ code, dst, src, off, imm }, index) => {
    bpf_insn.encode({ code, regs: dst | (src << 4), off, imm }, bytes, index * bpf_insn.size);
  });
  return bytes;
}

/** `BPF_DEVCG_DEV_*`: what kind of device. */
export const BPF_DEVCG_DEV = { BPF_DEVCG_DEV_BLOCK: 1, BPF_DEVCG_DEV_CHAR: 2 } as const;

/** The commands of bpf(2). */
export const BPF = {
  BPF_PROG_LOAD: 5,
  BPF_PROG_ATTACH: 8,
  BPF_PROG_DETACH: 9,
  BPF_PROG_GET_FD_BY_ID: 13,
  BPF_OBJ_GET_INFO_BY_FD: 15,
  BPF_PROG_QUERY: 16,
} as const;

/** `enum bpf_prog_type` */
export const BPF_PROG_TYPE_CGROUP_DEVICE = 15;
/** `enum bpf_attach_type` */
export const BPF_CGROUP_DEVICE = 6;
/** Other programs of the cgroup, and those above and below it, count as well: all must say yes. */
export const BPF_F_ALLOW_MULTI = 2;

/** `union bpf_attr` of BPF_PROG_LOAD, as far as it is used. */
export const bpf_attr_prog_load = new Struct("bpf_attr", {
  prog_type: "u32",
  insn_cnt: "u32",
  insns: "ptr",
  license: "ptr",
  log_level: "u32",
  log_size: "u32",
  log_buf: "ptr",
  kern_version: "u32",
  prog_flags: "u32",
  prog_name: "u8[16]",
  prog_ifindex: "u32",
  expected_attach_type: "u32",
});

/** `union bpf_attr` of BPF_PROG_ATTACH and BPF_PROG_DETACH. */
export const bpf_attr_attach = new Struct("bpf_attr", {
  target_fd: "u32",
  attach_bpf_fd: "u32",
  attach_type: "u32",
  attach_flags: "u32",
  replace_bpf_fd: "u32",
});

/** `union bpf_attr` of BPF_PROG_QUERY; the kernel fills `prog_cnt` and what `prog_ids` points to. */
export const bpf_attr_query = new Struct("bpf_attr", {
  target_fd: "u32",
  attach_type: "u32",
  query_flags: "u32",
  attach_flags: "u32",
  prog_ids: "ptr",
  prog_cnt: "u32",
});

/** `union bpf_attr` of BPF_OBJ_GET_INFO_BY_FD. */
export const bpf_attr_info = new Struct("bpf_attr", {
  bpf_fd: "u32",
  info_len: "u32",
  info: "ptr",
});

/** `struct bpf_prog_info` up to the name (Linux 4.15); the pointers are for what is not asked for. */
export const bpf_prog_info = new Struct("bpf_prog_info", {
  type: "u32",
  id: "u32",
  tag: "u8[8]",
  jited_prog_len: "u32",
  xlated_prog_len: "u32",
  jited_prog_insns: "u64",
  xlated_prog_insns: "u64",
  load_time: "u64",
  created_by_uid: "u32",
  nr_map_ids: "u32",
  map_ids: "u64",
  name: "u8[16]",
});

/** `union bpf_attr` of BPF_PROG_GET_FD_BY_ID. */
export const bpf_attr_get_fd = new Struct("bpf_attr", {
  prog_id: "u32",
  next_id: "u32",
  open_flags: "u32",
});
