/**
 * The alignment macros of netlink, each under the C macro that it translates.
 *
 * @see include/uapi/linux/netlink.h, netlink(3)
 * @module
 */

/** `#define NLMSG_HDRLEN ((int) NLMSG_ALIGN(sizeof(struct nlmsghdr)))` */
export const NLMSG_HDRLEN = 16;

/** `#define NLA_HDRLEN ((int) NLA_ALIGN(sizeof(struct nlattr)))` */
export const NLA_HDRLEN = 4;

/** `#define NLMSG_ALIGN(len) ( ((len)+NLMSG_ALIGNTO-1) & ~(NLMSG_ALIGNTO-1) )` */
export function NLMSG_ALIGN(len: number): number {
  return (len + 3) & ~3;
}

/** `#define NLMSG_LENGTH(len) ((len) + NLMSG_HDRLEN)` */
export function NLMSG_LENGTH(len: number): number {
  return len + NLMSG_HDRLEN;
}

/** `#define NLA_ALIGN(len) (((len) + NLA_ALIGNTO - 1) & ~(NLA_ALIGNTO - 1))`, the same as RTA_ALIGN. */
export function NLA_ALIGN(len: number): number {
  return (len + 3) & ~3;
}

/** `#define RTA_LENGTH(len) (RTA_ALIGN(sizeof(struct rtattr)) + (len))` */
export function RTA_LENGTH(len: number): number {
  return NLA_HDRLEN + len;
}
