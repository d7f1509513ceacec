/**
 * From the strings of `mounts[].options` to what the mount API takes.
 *
 * An option means one of five things: an attribute of the mount (mount_setattr(2)), a flag of the superblock
 * (fsconfig(2)), a change of propagation, a way of mounting (`rbind`, `remount`, `idmap` …), or, when nobody else knows
 * it, data for the filesystem.
 *
 * @module
 */
import { MOUNT_ATTR, MS } from "../../ffi/constants.ts";

/** A parameter of fsconfig(2): a flag when the value is null. */
export type FsParameter = readonly [key: string, value: string | null];

/** One change of propagation. Each is a call of its own. */
export interface PropagationPlan {
  /** `MS_SHARED`, `MS_SLAVE`, `MS_PRIVATE` or `MS_UNBINDABLE`. */
  readonly flag: number;
  readonly recursive: boolean;
}

/** The options of one mount, translated. What was not asked for is in no set: it stays as it is. */
export interface MountOptions {
  readonly bind: "none" | "bind" | "rbind";
  readonly remount: boolean;
  /** `MOUNT_ATTR_*` of this mount. */
  readonly attr_set: number;
  readonly attr_clr: number;
  /** `MOUNT_ATTR_*` of this mount and all below it (AT_RECURSIVE, Linux 5.12). */
  readonly recursive_set: number;
  readonly recursive_clr: number;
  readonly propagation: readonly PropagationPlan[];
  /** Flags that every superblock has, in the order of the options. Not for bind mounts, which have no superblock of their own. */
  readonly fsFlags: readonly string[];
  /** What only the filesystem understands. */
  readonly fsData: readonly FsParameter[];
  readonly tmpcopyup: boolean;
  readonly idmap: "none" | "idmap" | "ridmap";
}

/** Name → the attribute, and whether the name sets or clears it. */
const ATTRIBUTES: Readonly<Record<string, readonly [attribute: number, on: boolean]>> = {
  ro: [MOUNT_ATTR.MOUNT_ATTR_RDONLY, true],
  rw: [MOUNT_ATTR.MOUNT_ATTR_RDONLY, false],
  nosuid: [MOUNT_ATTR.MOUNT_ATTR_NOSUID, true],
  suid: [MOUNT_ATTR.MOUNT_ATTR_NOSUID, false],
  nodev: [MOUNT_ATTR.MOUNT_ATTR_NODEV, true],
  dev: [MOUNT_ATTR.MOUNT_ATTR_NODEV, false],
  noexec: [MOUNT_ATTR.MOUNT_ATTR_NOEXEC, true],
  exec: [MOUNT_ATTR.MOUNT_ATTR_NOEXEC, false],
  nodiratime: [MOUNT_ATTR.MOUNT_ATTR_NODIRATIME, true],
  diratime: [MOUNT_ATTR.MOUNT_ATTR_NODIRATIME, false],
  // Since Linux 5.14 for mount_setattr(2).
  nosymfollow: [MOUNT_ATTR.MOUNT_ATTR_NOSYMFOLLOW, true],
  symfollow: [MOUNT_ATTR.MOUNT_ATTR_NOSYMFOLLOW, false],
};

interface AtimeChoice {
  /** The mode that the name chooses; undefined takes an earlier `relatime` back. */
  readonly mode: number | undefined;
  /** The mode that the name has nothing to say about. */
  readonly unless?: number;
}

/**
 * For the mount API the atime options are one field with three values, for mount(2) they were flags. A cleared flag
 * means the kernel's default, relatime, unless the other flag is set.
 */
const ATIME: Readonly<Record<string, AtimeChoice>> = {
  noatime: { mode: MOUNT_ATTR.MOUNT_ATTR_NOATIME },
  atime: { mode: MOUNT_ATTR.MOUNT_ATTR_RELATIME, unless: MOUNT_ATTR.MOUNT_ATTR_STRICTATIME },
  strictatime: { mode: MOUNT_ATTR.MOUNT_ATTR_STRICTATIME },
  nostrictatime: { mode: MOUNT_ATTR.MOUNT_ATTR_RELATIME, unless: MOUNT_ATTR.MOUNT_ATTR_NOATIME },
  relatime: { mode: MOUNT_ATTR.MOUNT_ATTR_RELATIME },
  norelatime: { mode: undefined },
};

/** Names that fsconfig(2) knows for every filesystem (`common_set_sb_flag` in fs/fs_context.c); `ro` and `rw` are attributes as well. */
const SUPERBLOCK_FLAGS: ReadonlySet<string> = new Set([
  "ro",
  "rw",
  "sync",
  "async",
  "dirsync",
  "lazytime",
  "nolazytime",
  // Without effect since Linux 5.15, which has no mandatory locks any more.
  "mand",
  "nomand",
]);

const PROPAGATION: Readonly<Record<string, number>> = {
  shared: MS.MS_SHARED,
  slave: MS.MS_SLAVE,
  private: MS.MS_PRIVATE,
  unbindable: MS.MS_UNBINDABLE,
};

/** Names that change how the mount is made. */
const MANNERS: Readonly<Record<string, Partial<MountOptions>>> = {
  bind: { bind: "bind" },
  rbind: { bind: "rbind" },
  remount: { remount: true },
  tmpcopyup: { tmpcopyup: true },
  idmap: { idmap: "idmap" },
  ridmap: { idmap: "ridmap" },
};

/**
 * Known, and nothing to do. The mount API has no MS_I_VERSION: the filesystems that count versions do so always (ext4,
 * XFS, Btrfs). Nor has it MS_SILENT: what it has to say goes to the caller, not to the kernel's log.
 */
const WITHOUT_EFFECT: ReadonlySet<string> = new Set([
  "defaults",
  "iversion",
  "noiversion",
  "silent",
  "loud",
]);

/** Names that mount(8) keeps to itself: they are about fstab(5), not about a mount. */
const OF_FSTAB: ReadonlySet<string> = new Set(["auto", "noauto", "nofail", "nouser", "_netdev"]);

function recursive(name: string): string {
  return `r${name}`;
}

/** The options that are understood, whatever the filesystem: `mountOptions` of `features` (features.md#featuresMountOptions). */
export const MOUNT_OPTION_NAMES: readonly string[] = [
  ...WITHOUT_EFFECT,
  ...SUPERBLOCK_FLAGS,
  ...Object.keys(ATTRIBUTES),
  ...Object.keys(ATTRIBUTES).map(recursive),
  ...Object.keys(ATIME),
  ...Object.keys(ATIME).map(recursive),
  ...Object.keys(PROPAGATION),
  ...Object.keys(PROPAGATION).map(recursive),
  ...Object.keys(MANNERS),
].filter((name, index, names) => names.indexOf(name) === index).sort();

interface Attributes {
  set: number;
  clr: number;
}

/**
 * Translates the options. The last of several that contradict each other wins, as for mount(8).
 *
 * @see mount_setattr(2)
 */
export function planMountOptions(options: readonly string[]): MountOptions {
  const flat: Attributes = { set: 0, clr: 0 };
  const below: Attributes = { set: 0, clr: 0 };
  const propagation: PropagationPlan[] = [];
  const fsFlags: string[] = [];
  const fsData: FsParameter[] = [];
  let manners: Partial<MountOptions> = {};
  for (const option of options) {
    const isSuperblockFlag = SUPERBLOCK_FLAGS.has(option);
    if (isSuperblockFlag) fsFlags.push(option);
    if (changeAttribute(flat, option) || isSuperblockFlag) continue;
    if (option.startsWith("r") && changeAttribute(below, option.slice(1))) continue;
    const change = planPropagation(option);
    if (change !== undefined) propagation.push(change);
    else if (Object.hasOwn(MANNERS, option)) manners = { ...manners, ...MANNERS[option] };
    else if (!WITHOUT_EFFECT.has(option) && !OF_FSTAB.has(option)) {
      fsData.push(...splitData(option));
    }
  }
  return {
    bind: "none",
    remount: false,
    attr_set: flat.set,
    attr_clr: flat.clr,
    recursive_set: below.set,
    recursive_clr: below.clr,
    propagation,
    fsFlags,
    fsData,
    tmpcopyup: false,
    idmap: "none",
    ...manners,
  };
}

/** Whether the option is one of the attributes; if so, it is added. */
function changeAttribute(attributes: Attributes, option: string): boolean {
  if (Object.hasOwn(ATTRIBUTES, option)) {
    const [attribute, on] = ATTRIBUTES[option]!;
    attributes.set = on ? attributes.set | attribute : attributes.set & ~attribute;
    attributes.clr = on ? attributes.clr & ~attribute : attributes.clr | attribute;
    return true;
  }
  if (!Object.hasOwn(ATIME, option)) return false;
  const { mode, unless } = ATIME[option]!;
  const mask = MOUNT_ATTR.MOUNT_ATTR__ATIME;
  const chosen = (attributes.clr & mask) === 0 ? undefined : attributes.set & mask;
  if (mode === undefined) {
    if (chosen === MOUNT_ATTR.MOUNT_ATTR_RELATIME) attributes.clr &= ~mask;
  } else if (chosen === undefined || chosen !== unless) {
    attributes.set = (attributes.set & ~mask) | mode;
    // The whole field: the kernel refuses to set one of its values over another (EINVAL).
    attributes.clr |= mask;
  }
  return true;
}

function planPropagation(option: string): PropagationPlan | undefined {
  if (Object.hasOwn(PROPAGATION, option)) return { flag: PROPAGATION[option]!, recursive: false };
  const name = option.slice(1);
  if (!option.startsWith("r") || !Object.hasOwn(PROPAGATION, name)) return undefined;
  return { flag: PROPAGATION[name]!, recursive: true };
}

/**
 * The parameters in one string. For mount(2) all strings would be joined with commas, so a comma within one separates
 * as well, unless a backslash is before it: overlayfs takes `\,` as part of a path.
 */
function splitData(option: string): FsParameter[] {
  const parameters = option.match(/(?:\\.|[^\\,])+/gs) ?? [];
  return parameters.map((parameter) => {
    const equals = parameter.indexOf("=");
    return equals < 0
      ? [parameter, null]
      : [parameter.slice(0, equals), parameter.slice(equals + 1)];
  });
}
