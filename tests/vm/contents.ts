/**
 * What the machine is made of.
 *
 * @module
 */

/** Debian's release: its kernel has pure cgroup v2, AppArmor and most kinds of network devices; its QEMU saves to files. */
export const SUITE = "trixie";

/** What runs on the host: unpacked into the cache, never installed. The kernel comes along without its initramfs tools. */
export const HOST_PACKAGES: readonly string[] = ["qemu-system-x86", "linux-image-amd64"];

/** What is installed in the machine, beside Debian's essential packages. */
export const GUEST_PACKAGES: readonly string[] = [
  "systemd",
  "systemd-sysv",
  "libpam-systemd",
  "udev",
  "dbus",
  "dbus-user-session",
  "apparmor",
  "busybox-static",
  "criu",
  "e2fsprogs",
  "iproute2",
  "kmod",
  "libseccomp2",
  "login",
  "mount",
  "passwd",
  "procps",
  "python3-minimal",
  "uidmap",
  "util-linux",
];

/** QEMU's firmware: the BIOS, and what starts a bare kernel on it. */
export const ROMS: readonly string[] = [
  "bios-256k.bin",
  "kvmvapic.bin",
  "linuxboot_dma.bin",
  "pvh.bin",
];

/** Kernel modules that mount the root filesystem, in the order of their loading; dependencies come before each. */
export const INITRD_MODULES: readonly string[] = [
  "virtio_blk",
  "crc32c-intel",
  "crc32c_generic",
  "ext4",
];

/** Kernel modules of the machine; dependencies come along, all others are left out. */
export const MODULES: readonly string[] = [
  ...INITRD_MODULES,
  // The machine itself.
  ..."9p 9pnet_virtio virtio_rng autofs4 configfs binfmt_misc".split(" "),
  // Filesystems and block devices of containers.
  ..."bfq fuse loop null_blk overlay squashfs zram".split(" "),
  // Network devices.
  ..."8021q bonding bridge dummy geneve ifb ip6_gre ip6_tunnel ip_gre ipip ipvlan ipvtap".split(
    " ",
  ),
  ..."macsec macvlan macvtap nlmon sit tun veth vrf vxlan wireguard".split(" "),
  // What goes home when its namespace ends, and RDMA devices of software.
  ..."crc32_generic rdma_rxe rdma_ucm slcan slip vcan vxcan".split(" "),
  // What CRIU asks of the network.
  ..."af_packet_diag inet_diag netlink_diag raw_diag tcp_diag udp_diag unix_diag".split(
    " ",
  ),
  ..."nf_conntrack nf_conntrack_netlink nf_tables nft_ct".split(" "),
];

/** Units of systemd that only cost time in a machine that lives for one job. */
export const MASKED_UNITS: readonly string[] = [
  "apparmor.service", // Loads every profile of Debian's; the tests load their own.
  "dpkg-db-backup.timer",
  "e2scrub_all.timer",
  "e2scrub_reap.service",
  "fstrim.timer",
  "getty-static.service",
  "getty.target",
  "ldconfig.service",
  "serial-getty@.service",
  "systemd-binfmt.service",
  "systemd-firstboot.service",
  "systemd-hwdb-update.service",
  "systemd-journal-catalog-update.service",
  "systemd-pstore.service",
  "systemd-random-seed.service",
  "systemd-tmpfiles-clean.timer",
  "systemd-update-done.service",
];
