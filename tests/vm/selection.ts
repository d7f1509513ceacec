/**
 * Which tests are worth another kernel: an emulated machine takes ten times as long as the host.
 *
 * @module
 */

const CHECKOUT = new URL("../..", import.meta.url).pathname.replace(/\/$/, "");

/** All that could run there. */
const DIRECTORIES: readonly string[] = ["tests/conformance", "tests/root"];

/** What no other machine shows, then what the specification asks for, then what also asks much of the kernel. */
const TURNS: readonly (readonly RegExp[])[] = [
  [
    /^tests\/conformance\/(cgroups|labels)_/,
    /^tests\/root\/cgroup_(apply|limits|test)/,
    /^tests\/root\/device_rules_/,
    /^tests\/root\/labels_/,
    /^tests\/root\/systemd_/,
  ],
  [
    /^tests\/root\/cgroup_/,
    /^tests\/root\/checkpoint_test/,
    /^tests\/root\/events_/,
    /^tests\/root\/exec_cgroup_/,
    /^tests\/root\/net_device_(homing|kinds|rdma)_/,
    /^tests\/root\/(pause|update)_/,
  ],
  [
    /^tests\/conformance\//,
    /^tests\/root\/process_attributes_/,
    /^tests\/root\/seccomp_/,
    /^tests\/root\/user_namespace_test/,
  ],
  [
    /^tests\/root\/bind_sources_/,
    /^tests\/root\/devices_/,
    /^tests\/root\/guest_root_/,
    /^tests\/root\/id_ranges_/,
    /^tests\/root\/mixed_namespaces_/,
    /^tests\/root\/mount_targets_/,
    /^tests\/root\/net_devices?_/,
    /^tests\/root\/own_proc_/,
    /^tests\/root\/service_manager_/,
    /^tests\/root\/time_namespace_/,
    /^tests\/root\/user_namespace_mounts_/,
  ],
];

/** Test files, from the checkout. */
export interface Selection {
  /** One after the other; the last ones as far as there is time. */
  readonly turns: readonly (readonly string[])[];
  /** Whether what there was no time for has failed; by default a slow machine fails nothing. */
  readonly isWhole: boolean;
}

/** The selection of the lane. */
export function selectTests(files: readonly string[]): Selection {
  const turns = TURNS.map((_, turn) => files.filter((file) => turnOf(file) === turn));
  return { turns, isWhole: false };
}

function turnOf(file: string): number {
  return TURNS.findIndex((patterns) => patterns.some((pattern) => pattern.test(file)));
}

/** Patterns that no file matches: a file that got another name would go missing in silence. */
export function unmatched(files: readonly string[]): RegExp[] {
  return TURNS.flat().filter((pattern) => !files.some((file) => pattern.test(file)));
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
