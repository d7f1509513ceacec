/**
 * Steps of `create` that only look and decide: nothing on the host changes.
 *
 * @module
 */
import { formatIssue } from "../../spec/issue.ts";
import { parseConfig } from "../../spec/validate.ts";
import { configWarnings } from "../../spec/warnings.ts";
import type { Config } from "../../spec/schema/config.ts";
import { readConfigText } from "../bundle.ts";
import { assertContainerId } from "../container_id.ts";
import type { Creation } from "../creation.ts";
import * as log from "../log.ts";
import { withNotifySocket } from "../notify_socket.ts";
import { hasNamespace, joinsNamespace } from "../plan/namespaces.ts";
import { hasHostCapability } from "../capabilities.ts";
import { missingModules } from "../plan/labels.ts";
import { type Plan, planContainer } from "../plan/plan.ts";
import { labelWrites, securityModules } from "../security_modules.ts";
import { maySetGroups } from "./write_id_maps.ts";

/** Refuses an ID that is no clean name. That it is free shows when it is reserved. */
export function checkId(c: Creation): void {
  assertContainerId(c.options.id);
}

/** Reads config.json once; what is edited later MUST NOT affect the container. */
export function readBundle(c: Creation): void {
  c.configText = readConfigText(c.options.bundle);
}

/** Checks the configuration, and the options against it. */
export function validateConfiguration(c: Creation): void {
  c.config = parseConfig(c.configText);
  checkConsole(c);
}

/** The words are those that callers of container runtimes know. */
function checkConsole({ config, options, foreground }: Creation): void {
  const terminal = config.process?.terminal ?? false;
  if (terminal && options.consoleSocket === undefined && foreground === undefined) {
    throw new Error("cannot allocate tty if runts will detach without setting console socket");
  }
  if (options.consoleSocket !== undefined && (!terminal || foreground !== undefined)) {
    throw new Error("cannot use console socket if runts will not detach or allocate tty");
  }
}

/** After the validation, so that the errors speak of what the caller wrote. */
export function addNotifySocket(c: Creation): void {
  c.config = withNotifySocket(c.config, c.options.root, c.options.id);
}

/** Makes the plan, and warns of what it leaves out. */
export function planTheContainer(c: Creation): void {
  c.plan = planContainer(c.config, c.options.bundle);
  checkNeedsMountNamespace(c.config, c.plan);
  c.maySetGroups = maySetGroups(c.plan.namespaces, c.privileged);
  checkGroups(c);
  for (const issue of configWarnings(c.config)) log.warn(formatIssue(issue));
  for (const warning of c.plan.process.warnings) log.warn(warning);
  c.schedulesInit = mustScheduleInit(c.plan);
}

function mustScheduleInit({ namespaces, process }: Plan): boolean {
  if (process.scheduler === undefined && process.ioPriority === undefined) return false;
  return hasNamespace(namespaces, "user") && hasHostCapability("CAP_SYS_NICE");
}

/** A container without the label that it was to have must not run. */
export function lookForSecurityModules(c: Creation): void {
  const missing = missingModules(c.config, securityModules());
  if (missing.length > 0) throw new Error(missing.join("; "));
  c.labelWrites = labelWrites(c.config);
}

/** With the call denied the process keeps the caller's groups, which cannot be helped; those asked for it does not get. */
function checkGroups({ plan, maySetGroups }: Creation): void {
  if (maySetGroups || plan.process.additionalGids.length === 0) return;
  if (joinsNamespace(plan.namespaces, "user")) return;
  throw new Error("process.user.additionalGids: setgroups(2) is denied without privileges");
}

/**
 * Without a mount namespace (the spec then wants the runtime's) whatever we mounted would stay on the host for ever. The
 * root can still be changed by chroot(2), so only what really mounts is refused.
 */
function checkNeedsMountNamespace(config: Config, plan: Plan): void {
  if (hasNamespace(plan.namespaces, "mount")) return;
  const property = plan.mounts.length > 0
    ? "mounts"
    : plan.maskedPaths.length > 0
    ? "linux.maskedPaths"
    : plan.readonlyPaths.length > 0
    ? "linux.readonlyPaths"
    : plan.rootReadonly
    ? "root.readonly"
    : config.process?.terminal
    ? "process.terminal"
    : plan.rootfsPropagation !== undefined
    ? "linux.rootfsPropagation"
    : undefined;
  if (property === undefined) return;
  throw new Error(
    `${property} needs a mount namespace, and linux.namespaces has none: it would change the host's mounts`,
  );
}
