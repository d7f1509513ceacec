/**
 * The controllers net_cls and net_prio: marks on what a container sends. cgroup v2 has neither; there a program of BPF or
 * netfilter looks at the cgroup itself.
 *
 * @see config-linux.md#configLinuxNetwork
 * @module
 */
import { type Controller, refuseOnV2, write } from "./controller.ts";

/** See {@linkcode Controller}. */
export const NET_CLS_CONTROLLER: Controller = {
  names: { 1: "net_cls" },
  isSet: ({ network }) => network?.classID !== undefined,
  plan: {
    1: (
      { network: { classID } = {} },
    ) => [write("network.classID", "net_cls.classid", `${classID}`)],
    2: () => refuseOnV2("network.classID"),
  },
};

/** See {@linkcode Controller}. The interfaces are those of the runtime's network namespace. */
export const NET_PRIO_CONTROLLER: Controller = {
  names: { 1: "net_prio" },
  isSet: ({ network }) => (network?.priorities ?? []).length > 0,
  plan: {
    1: ({ network: { priorities = [] } = {} }) =>
      priorities.map(({ name, priority }, index) =>
        write(`network.priorities[${index}]`, "net_prio.ifpriomap", `${name} ${priority}`)
      ),
    2: () => refuseOnV2("network.priorities"),
  },
};
