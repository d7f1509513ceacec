/**
 * What this program is.
 *
 * @module
 */
import { libseccompVersion } from "../ffi/seccomp/libseccomp.ts";
import { OCI_VERSION_MAX } from "../spec/version.ts";

/** The version of runts, as in deno.json. */
export const VERSION = "0.1.0";

/** The build writes the commit over this text in the bundle. */
const COMMIT = "@RUNTS_COMMIT@";

/** The commit it was built from, or undefined when it runs from source. */
export function commit(): string | undefined {
  return COMMIT.startsWith("@") ? undefined : COMMIT;
}

/** The version of the libseccomp that filters are made with; undefined where none is installed. Opening it takes a millisecond. */
export function libseccomp(): string | undefined {
  try {
    return libseccompVersion();
  } catch {
    // Containers without a filter do not miss it.
    return undefined;
  }
}

/**
 * The lines of `--version`. Docker takes name and version from the line that has the word "version" in it, and the
 * commit from the line that starts with `commit:`; go-runc wants `spec:`.
 */
export function versionText(): string {
  const [built, library] = [commit(), libseccomp()];
  return [
    `runts version ${VERSION}`,
    ...built === undefined ? [] : [`commit: ${built}`],
    `spec: ${OCI_VERSION_MAX}`,
    `deno: ${Deno.version.deno}`,
    ...library === undefined ? [] : [`libseccomp: ${library}`],
  ].join("\n") + "\n";
}
