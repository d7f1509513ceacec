/**
 * Which tests are worth another kernel: an emulated machine takes ten times as long as the host.
 *
 * @module
 */

const CHECKOUT = new URL("../..", import.meta.url).pathname.replace(/\/$/, "");

/** All that could run there. */
const DIRECTORIES: readonly string[] = ["tests/conformance", "tests/root"];

/** What the machine is for, with time to spare even where it is slow: a lane that does not reach one of these fails. */
const REQUIRED: readonly RegExp[] = [
  /^tests\/conformance\/(?:cgroups|config_linux|labels|seccomp)_/,
  /^tests\/root\/cgroup_/,
  /^tests\/root\/checkpoint_test/,
  /^tests\/root\/device_rules_/,
  /^tests\/root\/events_/,
  /^tests\/root\/exec_cgroup_/,
  /^tests\/root\/labels_/,
  /^tests\/root\/net_device_(?:kinds|move)_/,
  /^tests\/root\/seccomp_test/,
  /^tests\/root\/systemd_/,
];

/** What also asks much of the kernel, for the time that is left. */
const WELCOME: readonly RegExp[] = [
  /^tests\/conformance\//,
  /^tests\/root\/bind_sources_/,
  /^tests\/root\/checkpoint_protocol_/,
  /^tests\/root\/devices_/,
  /^tests\/root\/exec_security_/,
  /^tests\/root\/intel_rdt_/,
  /^tests\/root\/mount_targets_/,
  /^tests\/root\/net_devices?_/,
  /^tests\/root\/netlink_/,
  /^tests\/root\/own_proc_/,
  /^tests\/root\/process_attributes_/,
  /^tests\/root\/seccomp_/,
  /^tests\/root\/service_manager_/,
  /^tests\/root\/time_namespace_/,
  /^tests\/root\/user_namespace_/,
];

/** Test files, from the checkout. */
export interface Selection {
  /** If one of them cannot be run to its end, the lane has failed. */
  readonly required: readonly string[];
  /** They come last, as far as there is time. */
  readonly welcome: readonly string[];
}

/** The selection of the lane. */
export function selectTests(files: readonly string[]): Selection {
  const matches = (patterns: readonly RegExp[], file: string): boolean =>
    patterns.some((pattern) => pattern.test(file));
  const required = files.filter((file) => matches(REQUIRED, file));
  const welcome = files.filter((file) => !matches(REQUIRED, file) && matches(WELCOME, file));
  return { required, welcome };
}

/** Patterns that no file matches: a file that got another name would go missing in silence. */
export function unmatched(files: readonly string[]): RegExp[] {
  return [...REQUIRED, ...WELCOME].filter((pattern) => !files.some((file) => pattern.test(file)));
}

/** Every test that could run in the machine. */
export function allTests(): string[] {
  return DIRECTORIES.flatMap(testFiles);
}

/** The test files of a path in the checkout: a file, or a directory with all below it. */
export function testFiles(path: string): string[] {
  if (Deno.statSync(`${CHECKOUT}/${path}`).isFile) return [path];
  return [...Deno.readDirSync(`${CHECKOUT}/${path}`)].flatMap(({ name, isDirectory }) =>
    isDirectory || name.endsWith("_test.ts") ? testFiles(`${path}/${name}`) : []
  ).sort();
}
