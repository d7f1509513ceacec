/**
 * Numbers of netlink and rtnetlink, in the headers' spelling.
 *
 * @see netlink(7), rtnetlink(7), include/uapi/linux/{netlink,rtnetlink,if_link,if_addr,neighbour}.h,
 *   include/uapi/rdma/rdma_netlink.h
 * @module
 */

/** Socket family, protocol and options. */
export const NETLINK = {
  AF_NETLINK: 16,
  SOCK_RAW: 3,
  NETLINK_ROUTE: 0,
  NETLINK_RDMA: 20,
  SOL_NETLINK: 270,
  /** Acks of errors carry only the header of what was asked, not all of it (Linux 4.3). */
  NETLINK_CAP_ACK: 10,
  /** Acks carry the kernel's sentence on what is wrong (Linux 4.12). */
  NETLINK_EXT_ACK: 11,
  /** Dumps are filtered by the kernel, and bad filters refused instead of ignored (Linux 4.20). */
  NETLINK_GET_STRICT_CHK: 12,
  /** Membership of the group that tells of devices that come, change and go. */
  RTMGRP_LINK: 0x1,
} as const;

/** Message types below NLMSG_MIN_TYPE: netlink's own. */
export const NLMSG = {
  NLMSG_NOOP: 1,
  NLMSG_ERROR: 2,
  NLMSG_DONE: 3,
  NLMSG_OVERRUN: 4,
} as const;

/** Flags of a message; several values mean one thing in a request and another in a reply. */
export const NLM_F = {
  NLM_F_REQUEST: 0x1,
  /** One of several: more messages follow until NLMSG_DONE. */
  NLM_F_MULTI: 0x2,
  NLM_F_ACK: 0x4,
  /** The dump is not consistent: something changed while it was read. */
  NLM_F_DUMP_INTR: 0x10,
  /** On requests: replace what exists. */
  NLM_F_REPLACE: 0x100,
  /** On requests: fail if it exists. */
  NLM_F_EXCL: 0x200,
  /** On requests: NLM_F_ROOT | NLM_F_MATCH. */
  NLM_F_DUMP: 0x300,
  NLM_F_CREATE: 0x400,
  /** On requests: put it behind what exists. */
  NLM_F_APPEND: 0x800,
  /** On acks: the request's payload was left out. */
  NLM_F_CAPPED: 0x100,
  /** On acks: attributes with the kernel's sentence follow. */
  NLM_F_ACK_TLVS: 0x200,
} as const;

/** Attributes of an extended ack. */
export const NLMSGERR_ATTR = { NLMSGERR_ATTR_MSG: 1, NLMSGERR_ATTR_OFFS: 2 } as const;

/** Flags within an attribute's type. */
export const NLA = {
  NLA_F_NESTED: 0x8000,
  NLA_F_NET_BYTEORDER: 0x4000,
  NLA_TYPE_MASK: 0x3fff,
} as const;

/** Message types of rtnetlink. */
export const RTM = {
  RTM_NEWLINK: 16,
  RTM_DELLINK: 17,
  RTM_GETLINK: 18,
  RTM_SETLINK: 19,
  RTM_NEWADDR: 20,
  RTM_DELADDR: 21,
  RTM_GETADDR: 22,
  RTM_NEWROUTE: 24,
  RTM_DELROUTE: 25,
  RTM_GETROUTE: 26,
  RTM_NEWNEIGH: 28,
  RTM_DELNEIGH: 29,
  RTM_GETNEIGH: 30,
  RTM_NEWLINKPROP: 108,
} as const;

/** Address families. */
export const AF = { AF_UNSPEC: 0, AF_INET: 2, AF_BRIDGE: 7, AF_INET6: 10 } as const;

/** Attributes of a link. */
export const IFLA = {
  IFLA_ADDRESS: 1,
  IFLA_IFNAME: 3,
  IFLA_MTU: 4,
  IFLA_LINK: 5,
  IFLA_MASTER: 10,
  IFLA_TXQLEN: 13,
  IFLA_LINKINFO: 18,
  IFLA_IFALIAS: 20,
  IFLA_AF_SPEC: 26,
  IFLA_GROUP: 27,
  /** A descriptor of the caller's (u32): the namespace to move to. */
  IFLA_NET_NS_FD: 28,
  IFLA_EXT_MASK: 29,
  IFLA_NEW_NETNSID: 45,
  /** In the RTM_DELLINK of a move: the device's index where it went. */
  IFLA_NEW_IFINDEX: 49,
  IFLA_PROP_LIST: 52,
  IFLA_ALT_IFNAME: 53,
  /** The hardware address that the device was made with, which nobody can change. */
  IFLA_PERM_ADDRESS: 54,
  IFLA_PARENT_DEV_NAME: 56,
  /** u8; the device cannot leave its namespace. Older kernels do not tell (they have no such attribute). */
  IFLA_NETNS_IMMUTABLE: 67,
} as const;

/** Attributes nested in IFLA_LINKINFO. */
export const IFLA_INFO = {
  IFLA_INFO_KIND: 1,
  IFLA_INFO_DATA: 2,
  IFLA_INFO_SLAVE_KIND: 4,
  IFLA_INFO_SLAVE_DATA: 5,
} as const;

/** Attributes nested in IFLA_AF_SPEC's AF_INET6. */
export const IFLA_INET6 = { IFLA_INET6_ADDR_GEN_MODE: 8 } as const;

/** How a device makes its IPv6 link-local address. */
export const IN6_ADDR_GEN_MODE = {
  IN6_ADDR_GEN_MODE_EUI64: 0,
  IN6_ADDR_GEN_MODE_NONE: 1,
  IN6_ADDR_GEN_MODE_STABLE_PRIVACY: 2,
  IN6_ADDR_GEN_MODE_RANDOM: 3,
} as const;

/** What RTM_GETLINK leaves out on wish (IFLA_EXT_MASK). */
export const RTEXT_FILTER = { RTEXT_FILTER_SKIP_STATS: 8 } as const;

/** Flags of a device. @see netdevice(7) */
export const IFF = { IFF_UP: 0x1, IFF_LOOPBACK: 0x8, IFF_NOARP: 0x80 } as const;

/** Attributes of an address. */
export const IFA = {
  IFA_ADDRESS: 1,
  IFA_LOCAL: 2,
  IFA_LABEL: 3,
  IFA_BROADCAST: 4,
  IFA_CACHEINFO: 6,
  /** u32; supersedes the eight bits of `ifa_flags`. */
  IFA_FLAGS: 8,
  IFA_RT_PRIORITY: 9,
  IFA_PROTO: 11,
} as const;

/** Flags of an address. */
export const IFA_F = {
  /** IPv4; the same bit is IFA_F_TEMPORARY in IPv6. */
  IFA_F_SECONDARY: 0x01,
  IFA_F_NODAD: 0x02,
  IFA_F_OPTIMISTIC: 0x04,
  IFA_F_DADFAILED: 0x08,
  IFA_F_HOMEADDRESS: 0x10,
  IFA_F_DEPRECATED: 0x20,
  IFA_F_TENTATIVE: 0x40,
  IFA_F_PERMANENT: 0x80,
  IFA_F_MANAGETEMPADDR: 0x100,
  IFA_F_NOPREFIXROUTE: 0x200,
  IFA_F_MCAUTOJOIN: 0x400,
  IFA_F_STABLE_PRIVACY: 0x800,
} as const;

/** Scopes of addresses and routes. */
export const RT_SCOPE = {
  RT_SCOPE_UNIVERSE: 0,
  RT_SCOPE_SITE: 200,
  RT_SCOPE_LINK: 253,
  RT_SCOPE_HOST: 254,
} as const;

/** Attributes of a route. */
export const RTA = {
  RTA_DST: 1,
  RTA_OIF: 4,
  RTA_GATEWAY: 5,
  RTA_PRIORITY: 6,
  RTA_PREFSRC: 7,
  RTA_MULTIPATH: 9,
  RTA_CACHEINFO: 12,
  RTA_TABLE: 15,
  RTA_VIA: 18,
  RTA_PREF: 20,
  RTA_EXPIRES: 23,
  RTA_NH_ID: 30,
} as const;

/** Who made a route. */
export const RTPROT = {
  RTPROT_REDIRECT: 1,
  RTPROT_KERNEL: 2,
  RTPROT_BOOT: 3,
  RTPROT_STATIC: 4,
  RTPROT_RA: 9,
} as const;

/** Flags of a route and of a next hop. */
export const RTNH_F = {
  RTNH_F_DEAD: 1,
  RTNH_F_PERVASIVE: 2,
  RTNH_F_ONLINK: 4,
  RTNH_F_OFFLOAD: 8,
  RTNH_F_LINKDOWN: 16,
  RTNH_F_TRAP: 64,
} as const;

/** Flags of a route that only dumps carry. */
export const RTM_F = { RTM_F_CLONED: 0x200 } as const;

/** Attributes of a neighbour. */
export const NDA = {
  NDA_DST: 1,
  NDA_LLADDR: 2,
  NDA_CACHEINFO: 3,
  NDA_PROBES: 4,
  NDA_IFINDEX: 8,
} as const;

/** States of a neighbour; only the permanent ones are somebody's configuration. */
export const NUD = { NUD_PERMANENT: 0x80 } as const;

/** Flags of a neighbour. */
export const NTF = { NTF_PROXY: 0x08 } as const;

/** Attributes of a bridge's port (IFLA_INFO_SLAVE_DATA). */
export const IFLA_BRPORT = {
  IFLA_BRPORT_PRIORITY: 2,
  IFLA_BRPORT_COST: 3,
  IFLA_BRPORT_MODE: 4,
  IFLA_BRPORT_GUARD: 5,
  IFLA_BRPORT_PROTECT: 6,
  IFLA_BRPORT_FAST_LEAVE: 7,
  IFLA_BRPORT_LEARNING: 8,
  IFLA_BRPORT_UNICAST_FLOOD: 9,
  IFLA_BRPORT_PROXYARP: 10,
  IFLA_BRPORT_PROXYARP_WIFI: 12,
  IFLA_BRPORT_MULTICAST_ROUTER: 25,
  IFLA_BRPORT_MCAST_FLOOD: 27,
  IFLA_BRPORT_MCAST_TO_UCAST: 28,
  IFLA_BRPORT_VLAN_TUNNEL: 29,
  IFLA_BRPORT_BCAST_FLOOD: 30,
  IFLA_BRPORT_GROUP_FWD_MASK: 31,
  IFLA_BRPORT_NEIGH_SUPPRESS: 32,
  IFLA_BRPORT_ISOLATED: 33,
  IFLA_BRPORT_LOCKED: 39,
} as const;

/** Who in the RDMA subsystem is meant: the upper bits of a message's type on NETLINK_RDMA. */
export const RDMA_NL = { RDMA_NL_NLDEV: 5 } as const;

/** Commands of RDMA_NL_NLDEV: the lower ten bits of a message's type. */
export const RDMA_NLDEV_CMD = {
  RDMA_NLDEV_CMD_GET: 1,
  RDMA_NLDEV_CMD_SET: 2,
  RDMA_NLDEV_CMD_PORT_GET: 5,
  RDMA_NLDEV_CMD_SYS_GET: 6,
} as const;

/** Attributes of RDMA_NL_NLDEV. */
export const RDMA_NLDEV = {
  RDMA_NLDEV_ATTR_DEV_INDEX: 1,
  RDMA_NLDEV_ATTR_DEV_NAME: 2,
  RDMA_NLDEV_ATTR_PORT_INDEX: 3,
  /** The network device of a port, told only where that is in the asker's network namespace. */
  RDMA_NLDEV_ATTR_NDEV_INDEX: 50,
  RDMA_NLDEV_ATTR_NDEV_NAME: 51,
  /** u8; 1: every network namespace has every RDMA device. 0: each device is in one. */
  RDMA_NLDEV_SYS_ATTR_NETNS_MODE: 66,
  /** A descriptor of the caller's (u32): the namespace to move to. */
  RDMA_NLDEV_NET_NS_FD: 68,
} as const;
