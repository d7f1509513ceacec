import { assertEquals } from "#assert";
import {
  bpf_attr_attach,
  bpf_attr_prog_load,
  bpf_attr_query,
  bpf_insn,
  bpf_prog_info,
  BpfInsns,
  encodeBpf,
  R,
} from "../../ffi/bpf_layouts.ts";

function hex(bytes: Uint8Array): string {
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join(" ");
}

// As `llvm-objdump -d` prints what clang makes of the same lines of C.
Deno.test("encodeBpf() makes the bytes of the instruction set", () => {
  const { loadWord, set, andWord, shiftRightWord, jump, jumpIfNot, jumpIfAny, exit } = BpfInsns;
  for (
    const [insn, bytes] of [
      [loadWord(R.r2, R.r1, 8), "61 12 08 00 00 00 00 00"],
      [set(R.r0, 1), "b7 00 00 00 01 00 00 00"],
      [andWord(R.r2, 0xffff), "54 02 00 00 ff ff 00 00"],
      [shiftRightWord(R.r2, 16), "74 02 00 00 10 00 00 00"],
      [jump(2), "05 00 02 00 00 00 00 00"],
      [jumpIfNot(R.r1, 8, 3), "55 01 03 00 08 00 00 00"],
      [jumpIfAny(R.r2, 6, 1), "45 02 01 00 06 00 00 00"],
      [exit(), "95 00 00 00 00 00 00 00"],
    ] as const
  ) assertEquals(hex(encodeBpf([insn])), bytes);
});

Deno.test("encodeBpf() puts instructions one after the other", () => {
  const program = encodeBpf([BpfInsns.set(R.r0, 0), BpfInsns.exit()]);
  assertEquals(hex(program), "b7 00 00 00 00 00 00 00 95 00 00 00 00 00 00 00");
});

// include/uapi/linux/bpf.h; that the kernel agrees is what the tests of ffi/bpf.ts show.
Deno.test("the attributes of bpf(2) are laid out as in C", () => {
  assertEquals(bpf_insn.size, 8);
  const { insns, license, log_buf, prog_name, expected_attach_type } = bpf_attr_prog_load.offsets;
  assertEquals([insns, license, log_buf, prog_name, expected_attach_type], [8, 16, 32, 48, 68]);
  assertEquals([bpf_prog_info.offsets.map_ids, bpf_prog_info.offsets.name], [56, 64]);
  assertEquals(bpf_attr_attach.offsets.replace_bpf_fd, 16);
  assertEquals([bpf_attr_query.offsets.prog_ids, bpf_attr_query.offsets.prog_cnt], [16, 24]);
});
