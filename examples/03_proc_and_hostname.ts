/**
 * 3. A view that fits: /proc, devices, and a name.
 *
 *     deno run -A --v8-flags=--single-threaded examples/03_proc_and_hostname.ts
 *
 * The namespaces of the first two rungs are half a truth as long as nothing in the new tree shows
 * them. New idea: filesystems that the kernel fills, and each fills for the namespace that mounts it.
 * Programs learn of processes by /proc alone, so a container without one of its own is blind, and
 * one with the host's reads the host's. With it come the few devices that every program takes for
 * granted, and a host name (the UTS namespace holds nothing else).
 *
 * @see proc(5), uts_namespaces(7)
 * @module
 */
import { AT_FDCWD, CLONE, MS, O } from "../ffi/constants.ts";
import { sethostname } from "../ffi/credentials.ts";
import { execve } from "../ffi/fork.ts";
import { mount, moveMount, openTreeClone } from "../ffi/mount.ts";
import { open } from "../ffi/open.ts";
import { inNamespaces, say } from "./01_pid_namespace.ts";
import { buildRoot, enterRoot } from "./02_own_root.ts";

/** The devices that the OCI's runtime-spec demands and that lead nowhere. */
const DEVICES = ["null", "zero", "full", "random", "urandom", "tty"];

/** Mounts a procfs in the new root. Call it as a process of the namespace that it is to show. */
export function mountProc(root: string): void {
  // It shows the processes of the PID namespace of whoever mounts it. Nothing in it should ever be
  // executed, or be a device.
  const { MS_NOSUID, MS_NODEV, MS_NOEXEC } = MS;
  // Before the old root is gone: in a user namespace (rung 5) the kernel mounts a new procfs only
  // where an old one can be seen in full. Else one could uncover what the host has covered in it.
  mount("proc", `${root}/proc`, "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC);
}

/** Makes a /dev in the new root with nothing in it that reaches hardware. */
export function makeDevices(root: string): void {
  mount("dev", `${root}/dev`, "tmpfs", MS.MS_NOSUID | MS.MS_NOEXEC, "mode=755");
  for (const name of DEVICES) {
    // Bound rather than made with mknod(2), which a user namespace forbids: a device number is a claim
    // on the host's hardware. A file has to be there to mount on.
    Deno.writeTextFileSync(`${root}/dev/${name}`, "");
    using device = openTreeClone(AT_FDCWD, `/dev/${name}`, false);
    using file = open(`${root}/dev/${name}`, O.O_PATH);
    moveMount(device.fd, file);
  }
  Deno.symlinkSync("/proc/self/fd", `${root}/dev/fd`);
}

/** Everything up to here in one: root, /proc, /dev, name. */
export function settleIn(hostname: string): void {
  const root = buildRoot();
  mountProc(root);
  Deno.mkdirSync(`${root}/dev`);
  makeDevices(root);
  enterRoot(root);
  sethostname(hostname);
}

const SCRIPT = `
read name < /proc/sys/kernel/hostname
echo "its name is $name"
echo "it sees the processes" /proc/[0-9]*
echo "it sees the devices" /dev/*
echo "this goes nowhere" > /dev/null && echo "and can use them"
`;

function first(): number {
  settleIn("third-rung");
  execve("/bin/sh", ["sh", "-c", SCRIPT], ["PATH=/usr/bin:/bin"]);
}

if (import.meta.main) {
  const before = Deno.hostname();
  const code = inNamespaces(CLONE.CLONE_NEWPID | CLONE.CLONE_NEWNS | CLONE.CLONE_NEWUTS, first);
  say(`it ended with exit code ${code}`);
  say(`the host is ${before === Deno.hostname() ? "still" : "no longer"} called ${before}`);
  say("The same thing in full: runtime/steps/mounts.ts, runtime/steps/devices.ts");
}
