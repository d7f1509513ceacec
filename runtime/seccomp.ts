/**
 * Filters of system calls: from the plan to the program that the kernel runs.
 *
 * @module
 */
import { sock_filter } from "../ffi/layouts.ts";
import { BPF_MAXINSNS, OWN_ARCHS } from "../ffi/seccomp/constants.ts";
import { newestSyscall, ScmpFilter, syscallNumber } from "../ffi/seccomp/libseccomp.ts";
import * as log from "./log.ts";
import type { RulePlan, SeccompPlan } from "./plan/seccomp_filter.ts";
import { enosysStub } from "./seccomp_stub.ts";

/** What seccomp(2) is given. */
export interface SeccompFilter {
  /** `struct sock_filter[]` */
  readonly program: Uint8Array<ArrayBuffer>;
  /** `SECCOMP_FILTER_FLAG_*` */
  readonly flags: number;
  /** Whether the result is a descriptor, to be handed over. */
  readonly hasListener: boolean;
}

/** Makes the program, by libseccomp. Nothing is loaded. */
export function makeFilter(plan: SeccompPlan): SeccompFilter {
  const filter = exportFilter(plan);
  const stub = plan.newerAreUnknown ? makeStub(plan) : new Uint8Array();
  const program = new Uint8Array(stub.length + filter.length);
  program.set(stub);
  program.set(filter, stub.length);
  const length = program.length / sock_filter.size;
  if (length > BPF_MAXINSNS) {
    throw new Error(
      `linux.seccomp: the filter has ${length} instructions, and the kernel takes ${BPF_MAXINSNS}`,
    );
  }
  return { program, flags: plan.flags, hasListener: plan.listener !== undefined };
}

function makeStub({ archs }: SeccompPlan): Uint8Array<ArrayBuffer> {
  const [own] = OWN_ARCHS as [typeof OWN_ARCHS[number]];
  return enosysStub([own, ...archs].map((arch) => ({ arch, newest: newestSyscall(arch) })));
}

function exportFilter({ defaultAction, archs, rules }: SeccompPlan): Uint8Array<ArrayBuffer> {
  using filter = new ScmpFilter(defaultAction);
  for (const arch of archs) filter.addArch(arch);
  const unknown = new Set<string>();
  for (const rule of rules) {
    const number = syscallNumber(rule.name);
    // Of another machine, misspelt, or newer than the library: the spec does not say, and profiles are written for all.
    if (number === undefined) unknown.add(rule.name);
    else addRule(filter, rule, number);
  }
  if (unknown.size > 0) {
    log.debug(`linux.seccomp: ignoring unknown system calls: ${[...unknown].join(", ")}`);
  }
  return filter.exportBpf();
}

function addRule(filter: ScmpFilter, { path, name, action, args }: RulePlan, number: number): void {
  try {
    filter.addRule(action, number, name, args);
  } catch (error) {
    // EEXIST: another rule says something else of the same conditions.
    const why = error instanceof Error ? error.message : String(error);
    throw new Error(`${path}: ${why}`, { cause: error });
  }
}
