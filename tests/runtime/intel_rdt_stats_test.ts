import { assertEquals } from "#assert";
import { readIntelRdtStats } from "../../runtime/intel_rdt_stats.ts";
import { Resctrl } from "../lib/resctrl.ts";

/** A machine with the files of one that has everything. */
function machine(): Resctrl {
  const resctrl = new Resctrl();
  for (const name of ["info/L3", "info/MB", "web", "web/mon_data", "web/mon_data/mon_L3_00"]) {
    Deno.mkdirSync(`${resctrl.root}/${name}`, { recursive: true });
  }
  Deno.mkdirSync(`${resctrl.root}/web/mon_data/mon_L3_01`);
  const files = {
    "info/L3/cbm_mask": "fffff\n",
    "info/L3/min_cbm_bits": "1\n",
    "info/L3/num_closids": "16\n",
    "info/MB/bandwidth_gran": "10\n",
    "info/MB/delay_linear": "1\n",
    "info/MB/min_bandwidth": "10\n",
    "info/MB/num_closids": "8\n",
    "schemata": "    MB:0=100;1=100\n    L3:0=fffff;1=fffff\n",
    "web/schemata": "    MB:0=20;1=70\n    L3:0=0000f;1=fffff\n",
    "web/mon_data/mon_L3_00/llc_occupancy": "16777216\n",
    "web/mon_data/mon_L3_00/mbm_total_bytes": "9007199254740993\n",
    "web/mon_data/mon_L3_00/mbm_local_bytes": "100\n",
    "web/mon_data/mon_L3_01/llc_occupancy": "0\n",
    "web/mon_data/mon_L3_01/mbm_total_bytes": "Unavailable\n",
    "web/mon_data/mon_L3_01/mbm_local_bytes": "7\n",
  };
  for (const [name, text] of Object.entries(files)) resctrl.write(name, text);
  return resctrl;
}

const CONFIGURATION = {
  l3_cache_info: { cbm_mask: "fffff", min_cbm_bits: 1, num_closids: 16 },
  l3_cache_schema_root: "L3:0=fffff;1=fffff",
  l3_cache_schema: "L3:0=0000f;1=fffff",
  mem_bw_info: { bandwidth_gran: 10, delay_linear: 1, min_bandwidth: 10, num_closids: 8 },
  mem_bw_schema_root: "MB:0=100;1=100",
  mem_bw_schema: "MB:0=20;1=70",
  schemata: ["MB:0=20;1=70", "L3:0=0000f;1=fffff"],
};

Deno.test("readIntelRdtStats() reads the class of service, and what it uses in each cache", () => {
  using resctrl = machine();
  const directory = `${resctrl.root}/web`;
  assertEquals(readIntelRdtStats(resctrl.root, { directory, made: [directory] }), {
    ...CONFIGURATION,
    mbm_stats: [
      { mbm_total_bytes: 9007199254740993n, mbm_local_bytes: 100 },
      { mbm_local_bytes: 7 },
    ],
    cmt_stats: [{ llc_occupancy: 16777216 }, {}],
  });
});

Deno.test("readIntelRdtStats() does not count what others in the same class use", () => {
  using resctrl = machine();
  const directory = `${resctrl.root}/web`;
  assertEquals(readIntelRdtStats(resctrl.root, { directory, made: [] }), CONFIGURATION);
});

Deno.test("readIntelRdtStats() leaves out what the machine does not have", () => {
  using resctrl = new Resctrl();
  const directory = `${resctrl.root}/web`;
  resctrl.make(directory);
  resctrl.write("schemata", "L2:0=ff\n");
  resctrl.write("web/schemata", "L2:0=0f\n");
  assertEquals(readIntelRdtStats(resctrl.root, { directory, made: [directory] }), {
    schemata: ["L2:0=0f"],
  });
});
