/** Clauses of config-linux.md on network devices. @module */

import type { Clauses } from "./clause.ts";

/** What is done with the devices of `linux.netDevices`. */
export const NET_DEVICE_CLAUSES: Clauses = {
  "config-linux.md#configLinuxNetworkDevices": {
    "available": {
      level: "MUST",
      text:
        "netDevices lists network devices that MUST be made available in the container; the runtime is responsible for moving them",
      tests: [
        "conformance/config_linux_test.ts: the device MUST be in the container, up, and as it was",
        "root/net_devices_test.ts: the container's process can use a device that was moved",
      ],
    },
    "name": {
      level: "OPTIONAL",
      text:
        "name (string, OPTIONAL) is the name of the network device inside the container namespace",
      tests: [
        "conformance/config_linux_test.ts: name is its name there, and a template is filled in",
        "root/net_device_move_test.ts: netDevices swap names",
      ],
    },
    "check": {
      level: "MUST",
      text:
        "The runtime MUST check if moving the network interface to the container namespace is possible",
      tests: [
        "conformance/config_linux_test.ts: whether it can be moved MUST be checked",
        "root/net_device_refusal_test.ts: inspectNetDevices() refuses devices that stay in their namespace",
      ],
    },
    "taken": {
      level: "MUST",
      text:
        "If a network device with the specified name already exists in the container namespace, the runtime MUST generate an error, unless the name is a template",
      tests: [
        "conformance/config_linux_test.ts: a name that is taken MUST be an error, but not for a template",
        "root/net_device_refusal_test.ts: inspectNetDevices() refuses a name that is taken, by name or by alternative name",
      ],
    },
    "template": {
      level: "MUST",
      text:
        "If the name ends in %d, the runtime MUST allow the move, and the kernel generates a unique name",
      tests: [
        "conformance/config_linux_test.ts: a name that is taken MUST be an error, but not for a template",
        "root/net_device_move_test.ts: netDevices take templates: the kernel picks the name, and it is told",
      ],
    },
    "attributes": {
      level: "MUST",
      text: "The runtime MUST preserve existing network interface attributes",
      tests: [
        "conformance/config_linux_test.ts: the device MUST be in the container, up, and as it was",
        "root/net_device_move_test.ts: netDevices keep what a device is, apart from its addresses",
      ],
    },
    "addresses": {
      level: "MUST",
      text:
        "… including all permanent IP addresses (IFA_F_PERMANENT) of any family with global scope (RT_SCOPE_UNIVERSE)",
      tests: [
        "conformance/config_linux_test.ts: the device MUST be in the container, up, and as it was",
        "root/net_device_move_test.ts: netDevices move an up device with its IPv4 and IPv6 addresses, renamed and up",
        "root/net_device_move_test.ts: netDevices leave dynamic, link-scope and host-scope addresses behind",
        "runtime/net/addresses_test.ts: isPreserved() takes permanent global addresses of any family",
      ],
    },
    "up": {
      level: "MUST",
      text:
        'The runtime MUST set the network device state to "up" after moving it to the container namespace',
      tests: [
        "conformance/config_linux_test.ts: the device MUST be in the container, up, and as it was",
        "root/net_device_move_test.ts: netDevices move a down device with its addresses, and set it up",
      ],
    },
    "back": {
      level: "MUST NOT",
      text:
        "The runtime MUST NOT attempt to move the interface out of the namespace before deletion",
      tests: [
        "conformance/config_linux_test.ts: it MUST NOT be moved out before the namespace ends",
        "root/net_devices_test.ts: delete leaves a device where it is: gone with a new namespace, there in a joined one",
      ],
    },
    "lifecycle": {
      level: "MUST NOT",
      text:
        "After the move the runtime does not manage the interface's life and configuration: those who own the network namespace do",
      tests: [
        "root/net_devices_test.ts: delete leaves a device where it is: gone with a new namespace, there in a joined one",
        "root/net_device_life_test.ts: a created container has no journal of its devices",
      ],
    },
  },
};
