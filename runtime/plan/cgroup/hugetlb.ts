/**
 * The hugetlb controller: huge pages, by their size.
 *
 * @see config-linux.md#configLinuxHugePageLimits
 * @see Documentation/admin-guide/cgroup-v1/hugetlb.rst
 * @module
 */
import type { Resources } from "../../../spec/schema/resources.ts";
import { type CgroupWrite, type Controller, write, writeIfThere } from "./controller.ts";

/** See {@linkcode Controller}. */
export const HUGETLB_CONTROLLER: Controller = {
  names: { 1: "hugetlb", 2: "hugetlb" },
  isSet: ({ hugepageLimits = [] }) => hugepageLimits.length > 0,
  plan: {
    1: (resources) => plan(resources, "limit_in_bytes"),
    2: (resources) => plan(resources, "max"),
  },
};

/**
 * Both ways of accounting: by reservation (Linux 5.7), which fails in mmap(2), where the kernel has it; and by fault,
 * which reaches also what is mapped without a reservation.
 */
function plan({ hugepageLimits = [] }: Resources, suffix: string): CgroupWrite[] {
  return hugepageLimits.flatMap(({ pageSize, limit }, index) => {
    const property = `hugepageLimits[${index}]`;
    return [
      write(property, `hugetlb.${pageSize}.${suffix}`, `${limit}`),
      writeIfThere(property, `hugetlb.${pageSize}.rsvd.${suffix}`, `${limit}`),
    ];
  });
}
