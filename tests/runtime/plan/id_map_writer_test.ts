import { assertEquals } from "#assert";
import {
  idMapArguments,
  type IdMapWriter,
  idMapWriter,
} from "../../../runtime/plan/id_map_writer.ts";
import type { IdMapping } from "../../../runtime/plan/namespaces.ts";

const OWN: IdMapping = { containerID: 0, hostID: 1000, size: 1 };
const RANGE: IdMapping = { containerID: 1, hostID: 100000, size: 65536 };

Deno.test("idMapWriter() leaves to a helper what the kernel would not take from a caller without privileges", () => {
  const cases: [readonly IdMapping[], IdMapWriter][] = [
    [[OWN], "own"],
    [[{ ...OWN, containerID: 7 }], "own"],
    [[{ ...OWN, hostID: 1001 }], "helper"],
    [[{ ...OWN, size: 2 }], "helper"],
    [[OWN, RANGE], "helper"],
    [[RANGE], "helper"],
  ];
  for (const [mappings, writer] of cases) {
    assertEquals(idMapWriter(mappings, { id: 1000, isCapable: false }), writer);
    assertEquals(idMapWriter(mappings, { id: 1000, isCapable: true }), "capable");
  }
});

Deno.test("idMapArguments() has the pid, and then three numbers for each range", () => {
  assertEquals(idMapArguments(42, [OWN, RANGE]), ["42", "0", "1000", "1", "1", "100000", "65536"]);
});
