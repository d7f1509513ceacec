/**
 * Container IDs.
 *
 * @module
 */

/**
 * Refuses an ID that is not a clean file name: it becomes a directory below the root.
 *
 * @see {@link https://github.com/opencontainers/runtime-spec/blob/v1.3.0/runtime.md#create}
 */
export function assertContainerId(id: string): void {
  if (id === "") throw new TypeError("container id cannot be empty");
  if (!/^[A-Za-z0-9_+.-]+$/.test(id) || id === "." || id === "..") {
    throw new TypeError("invalid container ID format");
  }
}
