import { assertEquals } from "#assert";
import { forkCode } from "../../ffi/fork_code.ts";

/** The instructions as objdump prints them, without addresses and bytes; undefined where there is no such objdump. */
function disassemble(program: string, machine: string, code: Uint8Array): string[] | undefined {
  const file = Deno.makeTempFileSync();
  try {
    Deno.writeFileSync(file, code);
    const args = ["-D", "-b", "binary", "-m", machine, file];
    if (machine.startsWith("i386")) args.unshift("-M", "intel");
    const { stdout } = new Deno.Command(program, { args }).outputSync();
    return [...new TextDecoder().decode(stdout).matchAll(/^ *[0-9a-f]+:\t[^\t]+\t(.*)$/gm)]
      .map(([, text]) => text!.replace(/\s*\/\/.*$|\s+# .*$/, "").trim().replace(/\s+/g, " "));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  } finally {
    Deno.removeSync(file);
  }
}

Deno.test("forkCode() is two madvise and a clone3 on x86-64", () => {
  const text = disassemble("objdump", "i386:x86-64", forkCode("x86_64"));
  if (text === undefined) return console.log("skipped: there is no objdump");
  assertEquals(text, [
    "push rbx",
    "mov rbx,rdi",
    "mov eax,0x1c",
    "mov rdi,QWORD PTR [rbx]",
    "mov rsi,QWORD PTR [rbx+0x8]",
    "mov edx,0xb",
    "syscall",
    "mov eax,0x1c",
    "mov rdi,QWORD PTR [rbx+0x10]",
    "mov rsi,QWORD PTR [rbx+0x18]",
    "syscall",
    "mov eax,0x1b3",
    "mov rdi,QWORD PTR [rbx+0x20]",
    "mov rsi,QWORD PTR [rbx+0x28]",
    "syscall",
    "pop rbx",
    "ret",
  ]);
});

Deno.test("forkCode() is two madvise and a clone3 on aarch64", () => {
  const text = disassemble("aarch64-linux-gnu-objdump", "aarch64", forkCode("aarch64"));
  if (text === undefined) return console.log("skipped: there is no objdump for aarch64");
  assertEquals(text, [
    "mov x9, x0",
    "ldp x0, x1, [x9]",
    "mov x2, #0xb",
    "mov x8, #0xe9",
    "svc #0x0",
    "ldp x0, x1, [x9, #16]",
    "mov x2, #0xb",
    "svc #0x0",
    "ldp x0, x1, [x9, #32]",
    "mov x8, #0x1b3",
    "svc #0x0",
    "ret",
  ]);
});
