/**
 * The lists of steps, for who wants to read them from outside: documentation, and authors of the spec.
 *
 * @module
 */
import type { SpecRef } from "../spec/anchors.ts";
import { CHECKPOINT_STEPS } from "./checkpoint.ts";
import { CREATE_STEPS } from "./create.ts";
import { DESTROY_STEPS } from "./destroy.ts";
import { ENTER_STEPS } from "./enter.ts";
import { EXEC_STEPS } from "./exec.ts";
import { INIT_STEPS } from "./init.ts";
import { RESTORE_STEPS } from "./restore.ts";
import { START_STEPS } from "./start.ts";
import type { Step } from "./step.ts";

/** A step without its code. */
export interface StepInfo {
  /** A verb phrase, as in the errors. */
  readonly name: string;
  /** The clause it serves: `"de-facto"` is what runtimes do and the spec does not ask for, `"internal"` our own plumbing. */
  readonly spec: SpecRef;
  /** Whether there are containers that it is skipped for. */
  readonly conditional: boolean;
  /** Whether a failure later in the list takes it back. */
  readonly undone: boolean;
}

/** The lists that make a container's life; `create` and `init` run side by side. */
export interface StepLists {
  /** What the parent does, up to the status `created`. */
  readonly create: readonly StepInfo[];
  /** What the container's first process does meanwhile. */
  readonly init: readonly StepInfo[];
  /** What `start` does. */
  readonly start: readonly StepInfo[];
  /** What `delete` does. */
  readonly delete: readonly StepInfo[];
  /** What `exec` does. */
  readonly exec: readonly StepInfo[];
  /** What is done inside of the container meanwhile. */
  readonly enter: readonly StepInfo[];
  /** What `checkpoint` does. */
  readonly checkpoint: readonly StepInfo[];
  /** What `restore` does. */
  readonly restore: readonly StepInfo[];
}

function describe(steps: readonly Step<never>[]): StepInfo[] {
  return steps.map(({ name, spec, when, undo }) => ({
    name,
    spec,
    conditional: when !== undefined,
    undone: undo !== undefined,
  }));
}

/** The steps of `create`, of init meanwhile, of `start`, `delete`, `exec`, `checkpoint` and `restore`, in their order. */
export function stepLists(): StepLists {
  return {
    create: describe(CREATE_STEPS),
    init: describe(INIT_STEPS),
    start: describe(START_STEPS),
    delete: describe(DESTROY_STEPS),
    exec: describe(EXEC_STEPS),
    enter: describe(ENTER_STEPS),
    checkpoint: describe(CHECKPOINT_STEPS),
    restore: describe(RESTORE_STEPS),
  };
}
