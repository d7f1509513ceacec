import { assertEquals } from "#assert";
import { throws } from "node:assert/strict";
import { O } from "../../ffi/constants.ts";
import { OwnedFd } from "../../ffi/fd.ts";
import { isCloseOnExec, open } from "../../ffi/open.ts";

Deno.test("OwnedFd closes at the end of its block", () => {
  let number: number;
  {
    using file = open("/dev/null", O.O_RDONLY);
    number = file.fd;
  }
  assertEquals(isCloseOnExec(number), undefined);
});

Deno.test("OwnedFd refuses to be used after it was closed", () => {
  const file = open("/dev/null", O.O_RDONLY);
  file.close();
  file.close();
  throws(() => file.fd, TypeError);
});

Deno.test("OwnedFd.release() gives the number away", () => {
  const file = open("/dev/null", O.O_RDONLY);
  using again = new OwnedFd(file.release(), "/dev/null");
  file.close();
  assertEquals(isCloseOnExec(again.fd), true);
  assertEquals(again.toString(), `${again.fd}</dev/null>`);
});
