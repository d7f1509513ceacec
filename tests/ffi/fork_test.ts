import { assertEquals } from "#assert";
import { fork } from "../../ffi/fork.ts";
import { getpid, kill, pidfd_send_signal, wait4 } from "../../ffi/process.ts";

Deno.test("fork() runs the function in a child and exits with what it returns", () => {
  const parent = getpid();
  const child = fork({ flags: 0 }, () => getpid() === parent ? 1 : 42);
  using _pidfd = child.pidfd;
  assertEquals(wait4(child.pid), { pid: child.pid, status: 42, signal: 0 });
});

Deno.test("fork() lets nothing that the child throws into the parent's code", () => {
  let here = 0;
  const child = fork({ flags: 0 }, () => {
    here = 1;
    throw new Error("lost");
  });
  using _pidfd = child.pidfd;
  assertEquals(wait4(child.pid)?.status, 255);
  assertEquals(here, 0);
});

Deno.test("fork() gives the child a copy of the heap that it can use and collect", () => {
  const shared = Array.from({ length: 1000 }, (_, i) => ({ i }));
  const child = fork({ flags: 0 }, () => {
    let text = "";
    for (let round = 0; round < 50; round++) {
      text = JSON.stringify(shared.map(({ i }) => ({ i, bytes: [...new Uint8Array(20)] })));
    }
    return text.length > 1000 && shared[999]?.i === 999 ? 7 : 1;
  });
  using _pidfd = child.pidfd;
  assertEquals(wait4(child.pid)?.status, 7);
});

Deno.test("fork() works in a child, too", () => {
  const child = fork({ flags: 0 }, () => {
    const grandchild = fork({ flags: 0 }, () => 3);
    return 10 * (wait4(grandchild.pid)?.status ?? 0);
  });
  using _pidfd = child.pidfd;
  assertEquals(wait4(child.pid)?.status, 30);
});

Deno.test("wait4() tells a signal from a status", () => {
  const child = fork({ flags: 0 }, () => {
    for (;;) kill(getpid(), 19);
  });
  using pidfd = child.pidfd;
  pidfd_send_signal(pidfd, 9);
  assertEquals(wait4(child.pid), { pid: child.pid, status: 0, signal: 9 });
  assertEquals(wait4(child.pid), undefined);
});
