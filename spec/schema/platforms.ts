/**
 * The objects of the other platforms. They have no meaning on Linux, but a value that contradicts the
 * specification is an error wherever it stands. Functions, since hardly a config has one of them.
 *
 * @see config.md#configPlatformSpecificConfiguration
 * @module
 */

import * as z from "zod/mini";
import { strings } from "./lists.ts";
import { integer, uint32, uint64 } from "./numbers.ts";
import { optional } from "./optional.ts";
import { oneOf, string } from "./scalars.ts";

/** The schema of each object, by its property in config.json. */
export const PLATFORMS: Readonly<Record<string, () => z.ZodMiniType>> = {
  freebsd: makeFreeBSD,
  solaris: makeSolaris,
  vm: makeVM,
  windows: makeWindows,
  zos: makeZOS,
};

/** config-freebsd.md */
function makeFreeBSD(): z.ZodMiniType {
  const sharing = z.optional(oneOf(["disable", "inherit", "new"]));
  // A jail always has a host name and a network stack: they can be shared, not taken away.
  const sharingOrNew = z.optional(oneOf(["inherit", "new"]));
  const allow = z.object({
    setHostname: optional.boolean,
    rawSockets: optional.boolean,
    chflags: optional.boolean,
    mount: optional.strings,
    quotas: optional.boolean,
    socketAf: optional.boolean,
    mlock: optional.boolean,
    reservedPorts: optional.boolean,
    suser: optional.boolean,
  });
  const jail = z.object({
    parent: optional.string,
    host: sharingOrNew,
    ip4: sharing,
    ip4Addr: optional.strings,
    ip6: sharing,
    ip6Addr: optional.strings,
    vnet: sharingOrNew,
    interface: optional.string,
    vnetInterfaces: optional.strings,
    sysvmsg: sharing,
    sysvsem: sharing,
    sysvshm: sharing,
    enforceStatfs: z.optional(integer(0, 255)),
    allow: z.optional(allow),
  });
  const device = z.object({ path: optional.string, mode: z.optional(integer(0, 511)) });
  return z.object({ devices: z.optional(z.array(device)), jail: z.optional(jail) });
}

/** config-solaris.md */
function makeSolaris(): z.ZodMiniType {
  const anet = z.object({
    linkname: optional.string,
    lowerLink: optional.string,
    allowedAddress: optional.string,
    configureAllowedAddress: optional.string,
    defrouter: optional.string,
    macAddress: optional.string,
    linkProtection: optional.string,
  });
  return z.object({
    milestone: optional.string,
    limitpriv: optional.string,
    maxShmMemory: optional.string,
    cappedCPU: z.optional(z.object({ ncpus: optional.string })),
    cappedMemory: z.optional(z.object({ physical: optional.string, swap: optional.string })),
    anet: z.optional(z.array(anet)),
  });
}

/** config-vm.md */
function makeVM(): z.ZodMiniType {
  const iomem = z.object({ firstGFN: optional.uint64, firstMFN: uint64, nrMFNs: uint64 });
  const hwConfig = z.object({
    deviceTree: optional.string,
    vcpus: optional.uint32,
    memory: optional.uint64,
    dtdevs: optional.strings,
    iomems: z.optional(z.array(iomem)),
    irqs: z.optional(z.array(uint32)),
  });
  const format = oneOf(["qcow2", "raw", "vdi", "vhd", "vmdk"]);
  return z.object({
    hypervisor: z.optional(z.object({ path: string, parameters: optional.strings })),
    kernel: z.object({ path: string, parameters: optional.strings, initrd: optional.string }),
    image: z.optional(z.object({ path: string, format })),
    hwConfig: z.optional(hwConfig),
  });
}

/** config-windows.md */
function makeWindows(): z.ZodMiniType {
  const resources = z.object({
    memory: z.optional(z.object({ limit: optional.uint64 })),
    cpu: z.optional(z.object({
      count: optional.uint64,
      shares: optional.uint16,
      maximum: optional.uint16,
    })),
    storage: z.optional(z.object({
      iops: optional.uint64,
      bps: optional.uint64,
      sandboxSize: optional.uint64,
    })),
  });
  const network = z.object({
    endpointList: optional.strings,
    allowUnqualifiedDNSQuery: optional.boolean,
    DNSSearchList: optional.strings,
    networkSharedContainerName: optional.string,
    networkNamespace: optional.string,
  });
  return z.object({
    layerFolders: strings.check(z.minLength(1)),
    devices: z.optional(z.array(z.object({ id: string, idType: oneOf(["class"]) }))),
    resources: z.optional(resources),
    network: z.optional(network),
    // Its members are the implementation's own.
    credentialSpec: z.optional(z.record(string, z.unknown())),
    servicing: optional.boolean,
    ignoreFlushesDuringBoot: optional.boolean,
    hyperv: z.optional(z.object({ utilityVMPath: optional.string })),
  });
}

/** config-zos.md */
function makeZOS(): z.ZodMiniType {
  const type = oneOf(["ipc", "mount", "pid", "uts"]);
  const namespace = z.object({ type, path: optional.string });
  return z.object({ namespaces: z.optional(z.array(namespace)) });
}
