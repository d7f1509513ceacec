/**
 * The container's unit of systemd, as the steps of `create` see it.
 *
 * A scope has to have a process from its first moment to its last, and init comes late and goes out again: before it is the
 * tape, it is too big for the container's limits. So a placeholder keeps the scope for it. It does nothing, and allocates
 * nothing: what it has, it had before it got there.
 *
 * @module
 */
import { type Child, fork } from "../../ffi/fork.ts";
import { closeFrom } from "../../ffi/open.ts";
import {
  dieWithParent,
  getpid,
  getppid,
  kill,
  poll,
  setName,
  setsid,
  wait4,
} from "../../ffi/process.ts";
import { readLayout } from "../cgroup/layout.ts";
import { chooseManager, ContainerUnit } from "../cgroup/systemd_unit.ts";
import type { Creation } from "../creation.ts";
import { processProperty, unitProperties } from "../plan/systemd_properties.ts";
import { planUnit } from "../plan/systemd_unit.ts";
import { mayLimitDevices } from "./cgroup_limits.ts";
import { planCgroup } from "./cgroup.ts";

const SIGKILL = 9;

/** Makes the unit, which is where the container's cgroup is. */
export function startUnit(c: Creation): void {
  const { options, config } = c;
  const manager = chooseManager(options.rootless);
  const unit = planUnit({
    id: options.id,
    cgroupsPath: config.linux?.cgroupsPath,
    isUser: manager.isUser,
  });
  const layout = readLayout();
  const { devices } = planCgroup(c, layout);
  const properties = unitProperties(unit, {
    id: options.id,
    resources: config.linux?.resources ?? {},
    annotations: config.annotations ?? {},
    devices: mayLimitDevices(c) ? devices : [],
    // On a hybrid host systemd has its controllers in v1.
    version: layout.kind === "v2" ? 2 : 1,
  });
  if (unit.kind === "scope") {
    c.placeholder = spawnPlaceholder();
    properties.push(processProperty(c.placeholder.pid));
  }
  c.unit = ContainerUnit.start(manager, unit, properties);
  // Not before: the name could be another one's unit, which delete would stop. A scope whose runtime is killed until here ends
  // with the placeholder.
  c.storeCreating();
}

function spawnPlaceholder(): Child {
  const parent = getpid();
  return fork({ flags: 0 }, () => {
    dieWithParent();
    if (getppid() !== parent) return 1;
    // A Ctrl-C is for the runtime; and it keeps nothing open that others wait for the end of.
    setsid();
    setName("runts:[HOLD]");
    closeFrom(0);
    for (;;) poll([]);
  });
}

/** Init is in the unit by now, and keeps it. */
export function dismissPlaceholder(c: Creation): void {
  if (c.placeholder === undefined) return;
  const { pid, pidfd } = c.placeholder;
  kill(pid, SIGKILL);
  wait4(pid);
  pidfd.close();
  c.placeholder = undefined;
}

/** Stops what was made. */
export function undoUnit(c: Creation): void {
  dismissPlaceholder(c);
  c.unit?.stop();
}
