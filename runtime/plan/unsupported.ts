/**
 * What config.json may say and this version does not do.
 *
 * A property that can't be applied as specified MUST be an error (runtime.md#runtimeCreate): a container without the
 * filter, the limit or the label that it was to have must not run. Each row goes when its property is implemented.
 *
 * @module
 */
import type { Config } from "../../spec/schema/config.ts";
import type { DeviceCgroup } from "../../spec/schema/resources.ts";

/** A property that would change the container. */
interface Unsupported {
  /** As in error messages. */
  readonly path: string;
  readonly value: (config: Config) => unknown;
  /** The value of a group in which nothing is set is as good as absent. */
  readonly mayBeEmpty?: true;
}

/** Refused wherever they are set. */
const UNSUPPORTED: readonly Unsupported[] = [
  ...limits(
    "memory",
    "cpu",
    "blockIO",
    "hugepageLimits",
    "network",
    "pids",
    "rdma",
    "unified",
  ),
];

function limits(...names: readonly (keyof Resources)[]): Unsupported[] {
  return names.map((name) => ({
    path: `linux.resources.${name}`,
    value: ({ linux }) => linux?.resources?.[name],
    mayBeEmpty: true,
  }));
}

type Resources = NonNullable<NonNullable<Config["linux"]>["resources"]>;

/** The properties of a configuration that this version cannot apply, as they are to be named in a message. */
export function unsupportedProperties(config: Config): string[] {
  const paths = UNSUPPORTED
    .filter(({ value, mayBeEmpty = false }) => isSet(value(config), mayBeEmpty))
    .map(({ path }) => path);
  const { devices } = config.linux?.resources ?? {};
  if (devices !== undefined && !devices.every(isDefaultRule)) paths.push("linux.resources.devices");
  return paths;
}

function isSet(value: unknown, mayBeEmpty: boolean): boolean {
  if (value === undefined) return false;
  if (!mayBeEmpty || typeof value !== "object") return true;
  return Object.values(value as object).some((member) => isSet(member, mayBeEmpty));
}

/**
 * The one rule of the default configuration, "deny all", is known and not applied: a container that got it applied
 * literally had no /dev/null, so the rules that go with it come with the device rules themselves. Until then what keeps
 * a container from the host's devices is that mknod(2) takes CAP_MKNOD, which the default configuration does not give.
 */
function isDefaultRule(
  { allow, type = "a", major = -1, minor = -1, access = "rwm" }: DeviceCgroup,
): boolean {
  return !allow && type === "a" && major === -1 && minor === -1 && access === "rwm";
}
