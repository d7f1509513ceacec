import { assertEquals } from "#assert";
import { previousContent } from "../../../runtime/cgroup/previous.ts";

Deno.test("previousContent() is the file's one line", () => {
  assertEquals(previousContent("pids.max", "max", "5"), "max");
  assertEquals(previousContent("cpu.max", "50000 100000", "7000 10000"), "50000 100000");
  assertEquals(previousContent("some.file", "", "0"), undefined);
});

Deno.test("previousContent() empties a cpuset that was empty", () => {
  assertEquals(previousContent("cpuset.cpus", "", "0"), "\n");
  assertEquals(previousContent("cpuset.mems", "0-1", "0"), "0-1");
});

Deno.test("previousContent() is the line of the device that was written", () => {
  const io = "8:0 rbps=1 wbps=max riops=max wiops=max\n8:16 rbps=max wbps=2 riops=max wiops=max";
  assertEquals(
    previousContent("io.max", io, "8:16 rbps=9"),
    "8:16 rbps=max wbps=2 riops=max wiops=max",
  );
  assertEquals(previousContent("net_prio.ifpriomap", "lo 0\neth0 5", "eth0 7"), "eth0 5");
  const rdma = "mlx4_0 hca_handle=2 hca_object=max";
  assertEquals(previousContent("rdma.max", rdma, "mlx4_0 hca_handle=9"), rdma);
});

Deno.test("previousContent() takes the limit from a device that had none", () => {
  assertEquals(
    previousContent("io.max", "", "8:0 rbps=9"),
    "8:0 rbps=max wbps=max riops=max wiops=max",
  );
  assertEquals(previousContent("blkio.throttle.read_bps_device", "8:16 5", "8:0 9"), "8:0 0");
  assertEquals(previousContent("io.weight", "default 100", "8:0 9"), "8:0 default");
});

Deno.test("previousContent() reads what has more to say than it takes", () => {
  const text = "oom_kill_disable 0\nunder_oom 0\noom_kill 3";
  assertEquals(previousContent("memory.oom_control", text, "1"), "0");
  assertEquals(previousContent("some.file", "a 1\nb 2", "c"), undefined);
});
