import { assertEquals } from "#assert";
import { throws } from "node:assert/strict";
import { assembleBpf, goTo, jumpIf, load, ret } from "../../../ffi/seccomp/bpf.ts";
import { runFilter } from "../../lib/bpf_machine.ts";

Deno.test("assembleBpf() makes struct sock_filter[]", () => {
  const program = assembleBpf([load(4), jumpIf("==", 0xc000003e, { no: "end" }), ret(0x7fff0000), {
    label: "end",
  }]);
  // deno-fmt-ignore
  assertEquals([...program], [
    0x20, 0, 0, 0, 4, 0, 0, 0,
    0x15, 0, 0, 1, 0x3e, 0, 0, 0xc0,
    0x06, 0, 0, 0, 0, 0, 0xff, 0x7f,
  ]);
});

Deno.test("assembleBpf() compares unsigned, and finds its labels", () => {
  const program = assembleBpf([
    load(0),
    jumpIf(">", 10, { yes: "large", no: "small" }),
    { label: "small" },
    jumpIf(">=", 10, { yes: "ten" }),
    ret(1),
    { label: "ten" },
    ret(2),
    { label: "large" },
    goTo("last"),
    ret(3),
    { label: "last" },
    ret(4),
  ]);
  const result = (nr: number): number => runFilter(program, { arch: 0, nr });
  assertEquals([0, 9, 10, 11, 0xffffffff].map(result), [1, 1, 2, 4, 4]);
});

Deno.test("assembleBpf() refuses what it cannot express", () => {
  throws(() => assembleBpf([goTo("nowhere")]), { message: /no label "nowhere"/ });
  throws(() => assembleBpf([{ label: "a" }, { label: "a" }]), { message: /two labels "a"/ });
  const far = Array.from({ length: 256 }, () => ret(0));
  throws(
    () => assembleBpf([jumpIf("==", 0, { yes: "end" }), ...far, { label: "end" }]),
    RangeError,
  );
  throws(() => assembleBpf([{ label: "back" }, goTo("back")]), RangeError);
});
