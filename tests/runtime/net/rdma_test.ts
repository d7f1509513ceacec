import { throws } from "node:assert/strict";
import { assertEquals } from "#assert";
import { E } from "../../../ffi/errno.ts";
import { giveBackRdma, inspectRdma, RdmaMove } from "../../../runtime/net/rdma.ts";
import { type FakeDevice, FakeRdma } from "./fake_rdma.ts";

const MLX5_0: FakeDevice = { index: 0, name: "mlx5_0", ports: [7] };
/** Of two ports, one on a network device of another namespace, or on none. */
const MLX5_1: FakeDevice = { index: 1, name: "mlx5_1", ports: [8, 0] };
const OTHER: FakeDevice = { index: 2, name: "other", ports: [99] };

const H0 = { index: 7, name: "h0" }, H1 = { index: 8, name: "h1" };

const NOTHING = { devices: [], warnings: [] };

function messages(errors: readonly unknown[]): string[] {
  return errors.map((error) => (error as Error).message);
}

Deno.test("inspectRdma() is silent where RDMA devices are shared, or there are none", () => {
  const kernel = new FakeRdma([MLX5_0, OTHER]);
  kernel.mode = "shared";
  assertEquals(inspectRdma(false, [H0], kernel.open), NOTHING);
  kernel.mode = undefined;
  assertEquals(inspectRdma(false, [H0], kernel.open), NOTHING);
  kernel.mode = "exclusive";
  assertEquals(inspectRdma(false, [H1], kernel.open), NOTHING);
  assertEquals(inspectRdma(false, [], kernel.open), NOTHING);
});

Deno.test("inspectRdma() warns of exclusive RDMA devices that their network devices leave", () => {
  const both: FakeDevice = { index: 3, name: "both", ports: [7, 7, 8] };
  const kernel = new FakeRdma([MLX5_0, MLX5_1, both, OTHER]);
  const { devices, warnings } = inspectRdma(false, [H0, H1], kernel.open);
  const end = "does not follow; the annotation org.runts.rdma moves it along, if its driver can";
  assertEquals(devices, []);
  assertEquals(warnings, [
    `network device "h0" moves without its RDMA device "mlx5_0", which ${end}`,
    `network device "h1" moves without its RDMA device "mlx5_1", which ${end}`,
    `network devices "h0" and "h1" move without their RDMA device "both", which ${end}`,
  ]);
  assertEquals(kernel.moves, []);
});

Deno.test("inspectRdma() fails over RDMA only if it is wanted", () => {
  const kernel = new FakeRdma([MLX5_0]);
  kernel.errno = E.EPERM;
  assertEquals(inspectRdma(false, [H0], kernel.open), {
    devices: [],
    warnings: [
      "Cannot look for RDMA devices: RDMA_NLDEV_CMD_SYS_GET(): EPERM (Operation not permitted)",
    ],
  });
  throws(() => inspectRdma(true, [H0], kernel.open), { code: "EPERM" });
});

Deno.test("inspectRdma() finds the RDMA devices that are to move along, and no other", () => {
  const kernel = new FakeRdma([OTHER, MLX5_0, MLX5_1]);
  assertEquals(inspectRdma(true, [H0, H1], kernel.open), {
    devices: [{ index: 0, name: "mlx5_0" }, { index: 1, name: "mlx5_1" }],
    warnings: [],
  });
  // All of them are in the namespace already: nothing moves.
  assertEquals(inspectRdma(true, [], kernel.open), NOTHING);
});

Deno.test("inspectRdma() refuses to take RDMA devices along that cannot be, and says why", () => {
  const begin = "Cannot move RDMA devices along, as org.runts.rdma wants it: ";
  const two: FakeDevice = { index: 3, name: "two", ports: [7, 99] };
  const cases: [FakeRdma["mode"], FakeDevice, string][] = [
    [undefined, MLX5_0, "the kernel has no RDMA"],
    [
      "shared",
      MLX5_0,
      "they are shared by all network namespaces, and the kernel moves none of them then (EOPNOTSUPP); rdma-system(8) can make them exclusive",
    ],
    ["exclusive", OTHER, "none of the network devices has one"],
    ["exclusive", two, '"two" stands on "h0", and on network devices that stay (index 99)'],
  ];
  for (const [mode, device, why] of cases) {
    const kernel = new FakeRdma([device]);
    kernel.mode = mode;
    throws(() => inspectRdma(true, [H0], kernel.open), { message: begin + why });
  }
});

Deno.test("RdmaMove moves RDMA devices, and takes them back in reverse", () => {
  const kernel = new FakeRdma([MLX5_0, MLX5_1, OTHER]);
  const { host, container } = kernel;
  const move = new RdmaMove([MLX5_0, MLX5_1], kernel.open);
  move.move(host, container);
  assertEquals(kernel.names("host"), ["other"]);
  assertEquals(kernel.names("container"), ["mlx5_0", "mlx5_1"]);
  assertEquals(move.undo(host, container), []);
  assertEquals(kernel.moves, [
    "mlx5_0 to the container",
    "mlx5_1 to the container",
    "mlx5_1 to the host",
    "mlx5_0 to the host",
  ]);
  // Nothing more to undo.
  assertEquals(move.undo(host, container), []);
  assertEquals([kernel.moves.length, kernel.names("container")], [4, []]);
});

Deno.test("RdmaMove says which RDMA device cannot go, and takes back those before it", () => {
  for (
    const [errno, end] of [
      [E.EPERM, "EPERM (Operation not permitted)"],
      [
        E.EOPNOTSUPP,
        "EOPNOTSUPP (Operation not supported); its driver cannot take it from whoever has it open, or RDMA devices are shared now",
      ],
    ] as const
  ) {
    const kernel = new FakeRdma([MLX5_0, { ...MLX5_1, errno }]);
    const { host, container } = kernel;
    const move = new RdmaMove([MLX5_0, MLX5_1], kernel.open);
    throws(() => move.move(host, container), {
      message:
        `Cannot move the RDMA device "mlx5_1" to the container: RDMA_NLDEV_CMD_SET({RDMA_NLDEV_ATTR_DEV_INDEX=1, RDMA_NLDEV_NET_NS_FD=9}): ${end}`,
    });
    assertEquals(move.undo(host, container), []);
    assertEquals(kernel.names("host").sort(), ["mlx5_0", "mlx5_1"]);
    assertEquals(kernel.moves.at(-1), "mlx5_0 to the host");
  }
});

Deno.test("giveBackRdma() leaves what is back already, and does not stop at what cannot come", () => {
  const stuck: FakeDevice = { ...MLX5_1, errno: E.EBUSY };
  const kernel = new FakeRdma([OTHER], [MLX5_0, stuck]);
  const gone = { index: 9, name: "gone" };
  const errors = giveBackRdma(
    kernel.host,
    kernel.container,
    [MLX5_0, OTHER, stuck, gone],
    kernel.open,
  );
  assertEquals(messages(errors), [
    'Cannot give back the RDMA device "gone": it is neither here nor in the container',
    'Cannot move the RDMA device "mlx5_1" to the host: RDMA_NLDEV_CMD_SET({RDMA_NLDEV_ATTR_DEV_INDEX=1, RDMA_NLDEV_NET_NS_FD=8}): EBUSY (Device or resource busy)',
  ]);
  assertEquals(kernel.moves, ["mlx5_1 to the host", "mlx5_0 to the host"]);
  assertEquals(kernel.names("host"), ["other", "mlx5_0"]);
});

Deno.test("giveBackRdma() does not take another device of the same index for the one it seeks", () => {
  const kernel = new FakeRdma([], [{ ...OTHER, index: MLX5_0.index }]);
  const { host, container } = kernel;
  assertEquals(messages(giveBackRdma(host, container, [MLX5_0], kernel.open)), [
    'Cannot give back the RDMA device "mlx5_0": it is neither here nor in the container',
  ]);
  assertEquals(kernel.moves, []);
});

Deno.test("giveBackRdma() finds what the kernel has sent home, and says what it has not", () => {
  const kernel = new FakeRdma([MLX5_0]);
  assertEquals(messages(giveBackRdma(kernel.host, undefined, [MLX5_0, MLX5_1], kernel.open)), [
    'Cannot give back the RDMA device "mlx5_1": it is not here, and its network namespace has ended; the kernel sends RDMA devices to the initial one',
  ]);
});
