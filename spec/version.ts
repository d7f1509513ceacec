/** The versions of the runtime-spec that we speak, and how one is read. @module */

/** The oldest `ociVersion` that is accepted (`features`: `ociVersionMin`). */
export const OCI_VERSION_MIN = "1.0.0";

/** The newest version that is implemented, and the one that we write (`features`: `ociVersionMax`). */
export const OCI_VERSION_MAX = "1.3.0";

/** A SemVer 2.0.0 version without its build metadata, which has no rank. */
export interface Version {
  /** Documents of one major version are compatible in both directions. */
  readonly major: number;
  /** Grows with each addition. */
  readonly minor: number;
  /** Grows with each correction. */
  readonly patch: number;
  /** `dev` of `1.0.2-dev`; absent for a release. */
  readonly prerelease?: string;
}

// The expression that semver.org proposes: no leading zeros, and dotted identifiers that are not empty.
const SEMVER =
  /^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(?:-((?:0|[1-9]\d*|\d*[A-Za-z-][0-9A-Za-z-]*)(?:\.(?:0|[1-9]\d*|\d*[A-Za-z-][0-9A-Za-z-]*))*))?(?:\+[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?$/;

/** Reads a SemVer 2.0.0 version; `undefined` when `text` is none. */
export function parseVersion(text: string): Version | undefined {
  const match = SEMVER.exec(text);
  if (match === null) return undefined;
  const [, major, minor, patch, prerelease] = match;
  return {
    major: Number(major),
    minor: Number(minor),
    patch: Number(patch),
    ...(prerelease === undefined ? {} : { prerelease }),
  };
}

/** Whether `version` has a minor that we do not know: properties of it may be ignored unseen. */
export function isNewerMinor(version: Version): boolean {
  const newest = parseVersion(OCI_VERSION_MAX);
  return newest !== undefined && version.major === newest.major && version.minor > newest.minor;
}
