/** Rules on the members of the config itself. @module */

import { member } from "../property_path.ts";
import { findNamespace, type Report, type Rule } from "../rule.ts";
import type { Config } from "../schema/config.ts";
import { parseVersion } from "../version.ts";

/** Version, root, host name and annotations. */
export const DOCUMENT_RULES: readonly Rule[] = [
  { reads: ["ociVersion"], check: checkVersion },
  { reads: ["root.path"], check: checkRoot },
  { reads: ["hostname", "linux.namespaces"], check: checkHostname },
  { reads: ["domainname", "linux.namespaces"], check: checkDomainname },
  { reads: ["annotations"], check: checkAnnotations },
];

function checkVersion({ ociVersion }: Config, report: Report): void {
  const version = parseVersion(ociVersion);
  const got = JSON.stringify(ociVersion);
  if (version === undefined) report("ociVersion", `must be a SemVer 2.0.0 version, got ${got}`);
  // A later minor version is no error: it is compatible but for properties that we would not know.
  else if (version.major !== 1) report("ociVersion", `must be of major version 1, got ${got}`);
}

function checkRoot({ root }: Config, report: Report): void {
  if (root.path === "") report("root.path", "must not be empty");
}

function checkHostname(config: Config, report: Report): void {
  checkUtsName(config, "hostname", report);
}

function checkDomainname(config: Config, report: Report): void {
  checkUtsName(config, "domainname", report);
}

// __NEW_UTS_LEN; sethostname(2) fails with EINVAL above it.
const UTS_LENGTH = 64;

function checkUtsName(config: Config, name: "hostname" | "domainname", report: Report): void {
  const value = config[name] ?? "";
  if (value === "") return;
  // Without one, the name set would be the host's.
  if (findNamespace(config, "uts") === undefined) {
    report(name, 'needs a namespace of type "uts" in linux.namespaces');
  }
  if (new TextEncoder().encode(value).length > UTS_LENGTH) {
    report(name, `must not be longer than ${UTS_LENGTH} bytes`);
  }
}

function checkAnnotations({ annotations = {} }: Config, report: Report): void {
  if (Object.hasOwn(annotations, "")) report(member("annotations", ""), "must have a key");
}
