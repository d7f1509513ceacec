/**
 * The state of a container: what `state` prints, hooks read on stdin and a seccomp agent receives.
 *
 * Written by hand and free of zod, so that `state` and `kill` do not pay for loading it.
 *
 * @see runtime.md#runtimeState
 * @module
 */

/**
 * The status of a container. `paused` is ours: the text allows values for new states (its JSON Schema
 * does not), and clients expect it of a frozen container.
 */
export type ContainerStatus = "creating" | "created" | "running" | "paused" | "stopped";

/** All values of {@linkcode ContainerStatus}, in the order of a life. */
export const CONTAINER_STATUSES: readonly ContainerStatus[] = [
  "creating",
  "created",
  "running",
  "paused",
  "stopped",
];

/** The state object of one container. */
export interface State {
  /** The version of the runtime-spec that this object complies with, not the bundle's. */
  readonly ociVersion: string;
  /** Unique among the containers of this host. */
  readonly id: string;
  /** Where in its life the container is. */
  readonly status: ContainerStatus;
  /**
   * The container's process. Required on Linux while `created` or `running`. As seen by the reader:
   * a hook in the container's namespaces gets the pid inside its pid namespace.
   */
  readonly pid?: number;
  /** Absolute path of the bundle. */
  readonly bundle: string;
  /** The annotations of config.json. */
  readonly annotations?: Readonly<Record<string, string>>;
}

/**
 * What a seccomp agent receives, beside the descriptors that `fds` names.
 *
 * @see config-linux.md#containerprocessstate
 */
export interface ContainerProcessState {
  /** The version of the runtime-spec that this object complies with. */
  readonly ociVersion: string;
  /** The name of each descriptor, in their order; one is `seccompFd`. */
  readonly fds: readonly string[];
  /** The process that loads the filter, as seen by the runtime. */
  readonly pid: number;
  /** `listenerMetadata` of the config. */
  readonly metadata?: string;
  /** The container it belongs to. */
  readonly state: State;
}

/** Says what keeps `value` from being a {@linkcode State}; `undefined` when nothing does. */
export function stateFault(value: unknown): string | undefined {
  if (!isObject(value)) return "expected object";
  for (const key of ["ociVersion", "id", "bundle"]) {
    if (typeof value[key] !== "string" || value[key] === "") {
      return `${key}: expected string that is not empty`;
    }
  }
  if (!(CONTAINER_STATUSES as readonly unknown[]).includes(value.status)) {
    return `status: expected one of ${CONTAINER_STATUSES.join(", ")}`;
  }
  const { pid, annotations } = value;
  if (pid !== undefined && (!Number.isSafeInteger(pid) || Number(pid) < 0)) {
    return "pid: expected integer from 0";
  }
  if (annotations !== undefined && !isStringMap(annotations)) {
    return "annotations: expected object of strings";
  }
  return undefined;
}

/** Whether `value` is a {@linkcode State}. Further properties are allowed. */
export function isState(value: unknown): value is State {
  return stateFault(value) === undefined;
}

function isStringMap(value: unknown): boolean {
  return isObject(value) && Object.values(value).every((item) => typeof item === "string");
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
