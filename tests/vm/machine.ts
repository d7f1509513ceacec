/**
 * A machine under QEMU. It is started once, and saved when it is up; every job gets a copy of the saved one, which takes a
 * second or two even where the processor does not help.
 *
 *     host                                   machine (guest/usr/lib/runts-vm/serve)
 *      │                              READY ──┤   control console
 *      │   the machine is saved here, and what follows happens to copies of it
 *      ├── JOB <seconds> <script> ───────────►│   control console
 *      │◄────────────────────── its output ───┤   port "output", into a file
 *      │◄─────────────────── EXIT <status> ───┤   control console
 *
 * @module
 */
import { NoMachine } from "./host.ts";
import { Monitor } from "./monitor.ts";
import { linesOf } from "./lines.ts";

/** Seconds that a machine may take to start. */
const START_LIMIT = 400;

/** MiB. A saved machine takes no more of the disk than it has ever used. */
const MEMORY = 1024;

/** What helps QEMU: the processor, or nothing. */
export type Accelerator = "kvm" | "tcg";

/** The kernel's guards against its own users and against the processor are slow when they are emulated. */
const KERNEL_OPTIONS = [
  "console=ttyS0 quiet panic=-1 systemd.show_status=no",
  "mitigations=off nokaslr init_on_alloc=0 audit=0 nowatchdog",
  "apparmor=1 security=apparmor",
].join(" ");

const ACCELERATOR_OPTIONS: Record<Accelerator, readonly string[]> = {
  kvm: ["-accel", "kvm", "-cpu", "host"],
  // Checks of user memory in the kernel cost more than half of the speed.
  tcg: [
    "-accel",
    "tcg,thread=multi,tb-size=512",
    "-cpu",
    "max,la57=off,-smap,-smep,-pku,-umip",
  ],
};

/** The machine's hardware; a saved machine goes on only in the same one. One processor: two are slower when emulated. */
function hardware(accelerator: Accelerator): readonly string[] {
  return [
    ...ACCELERATOR_OPTIONS[accelerator],
    ...["-M", "q35,memory-backend=ram,usb=off,sata=off,smbus=off,vmport=off,graphics=off"],
    ...["-bios", "bios-256k.bin", "-smp", "1", "-m", `${MEMORY}`],
    ...["-nodefaults", "-no-user-config", "-display", "none", "-no-reboot"],
    ...["-append", KERNEL_OPTIONS],
    ...["-device", "virtio-serial-pci", "-device", "virtconsole,chardev=control"],
    ...["-device", "virtserialport,chardev=output,name=output"],
    ...["-device", "virtio-blk-pci,drive=root"],
    ...["-device", "virtio-9p-pci,fsdev=share,mount_tag=share"],
    // The second one tells the kernel that it is a copy, so that no two draw the same random numbers.
    ...["-device", "virtio-rng-pci", "-device", "vmgenid,guid=auto"],
  ];
}

/** What a copy of a machine depends on beside its image. */
export function hardwareKey(accelerator: Accelerator): string {
  const cpu = /^model name.*$/m.exec(Deno.readTextFileSync("/proc/cpuinfo"))?.[0] ?? "";
  return [...hardware(accelerator), accelerator === "kvm" ? cpu : ""].join("\n");
}

/** A comma separates QEMU's options. */
function word(path: string): string {
  return path.replaceAll(",", ",,");
}

interface Start {
  readonly image: string;
  readonly accelerator: Accelerator;
  /** For the machine's own files. */
  readonly work: string;
  readonly memory: string;
  readonly root: string;
  readonly share: string;
  readonly output: string;
  readonly more?: readonly string[];
}

class Machine implements AsyncDisposable {
  readonly #process: Deno.ChildProcess;
  readonly #control: AsyncIterator<string>;
  readonly #toControl: WritableStreamDefaultWriter<Uint8Array<ArrayBuffer>>;
  readonly #work: string;

  constructor({ image, accelerator, work, memory, root, share, output, more = [] }: Start) {
    const qemu = `${image}/qemu`;
    this.#work = work;
    // Nothing is left behind should this process be killed.
    this.#process = new Deno.Command("setpriv", {
      args: [
        ...["--pdeathsig", "KILL", "--", `${qemu}/lib/ld.so`, "--library-path", `${qemu}/lib`],
        ...[`${qemu}/qemu-system-x86_64`, "-L", `${qemu}/share`, ...hardware(accelerator)],
        ...["-kernel", `${image}/vmlinux`, "-initrd", `${image}/initrd`],
        ...["-object", `memory-backend-file,id=ram,size=${MEMORY}M,${memory}`],
        ...["-drive", `if=none,id=root,format=raw,cache=unsafe,discard=unmap,${root}`],
        "-fsdev",
        `local,id=share,path=${word(share)},readonly=on,security_model=passthrough,multidevs=remap`,
        ...["-chardev", "stdio,id=control,signal=off", "-chardev", `${output},id=output`],
        ...["-serial", `file:${word(work)}/console`],
        ...["-qmp", `unix:${word(work)}/monitor,server=on,wait=off`, ...more],
      ],
      env: { QEMU_MODULE_DIR: `${qemu}/lib`, TMPDIR: work },
      stdin: "piped",
      stdout: "piped",
      stderr: "inherit",
    }).spawn();
    this.#control = linesOf(this.#process.stdout);
    this.#toControl = this.#process.stdin.getWriter();
  }

  monitor(): Promise<Monitor> {
    return Monitor.connect(`${this.#work}/monitor`);
  }

  async send(line: string): Promise<void> {
    await this.#toControl.write(new TextEncoder().encode(`${line}\n`));
  }

  /**
   * Waits for a line that begins with `word`, and returns the rest of it.
   *
   * @param limit In seconds; after it the machine is killed.
   * @returns undefined if the machine ended before.
   */
  async expect(word: string, limit: number): Promise<string | undefined> {
    const timer = setTimeout(() => this.#kill(), limit * 1000);
    try {
      while (true) {
        const { done, value } = await this.#control.next();
        if (done === true) return undefined;
        if (value === word || value.startsWith(`${word} `)) return value.slice(word.length + 1);
      }
    } finally {
      clearTimeout(timer);
    }
  }

  /** Waits for the end of QEMU. */
  async end(): Promise<void> {
    await this.#process.status;
  }

  /** The last lines of the kernel's console. */
  console(): string {
    try {
      const text = Deno.readTextFileSync(`${this.#work}/console`);
      return text.trimEnd().split(/\r?\n/).slice(-20).join("\n");
    } catch {
      return "";
    }
  }

  #kill(): void {
    try {
      this.#process.kill("SIGKILL");
    } catch {
      // It has ended.
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#kill();
    await this.#process.status;
    await this.#toControl.close().catch(() => {});
    // Deno wants every stream read to its end.
    while ((await this.#control.next()).done !== true);
  }
}

/**
 * Starts the machine of `image`, and saves it in the directory `saved` once it is up: `memory`, `root` and `state`.
 *
 * @throws {NoMachine} With the console's last lines if it does not start.
 */
export async function saveMachine(
  image: string,
  accelerator: Accelerator,
  saved: string,
  work: string,
): Promise<void> {
  Deno.mkdirSync(saved);
  Deno.mkdirSync(`${work}/none`);
  copySparse(`${image}/rootfs.ext4`, `${saved}/root`);
  await using machine = new Machine({
    image,
    accelerator,
    work,
    memory: `share=on,mem-path=${word(saved)}/memory`,
    root: `file=${word(saved)}/root`,
    share: `${work}/none`,
    output: "null",
  });
  if (await machine.expect("READY", START_LIMIT) === undefined) {
    throw new NoMachine(`the machine does not start: its console ends with\n${machine.console()}`);
  }
  using monitor = await machine.monitor();
  // The memory is a file already; only the devices are written.
  await monitor.setCapability("x-ignore-shared");
  await monitor.save(`${saved}/state`);
  await monitor.quit();
  await machine.end();
}

function copySparse(from: string, to: string): void {
  const args = ["--reflink=auto", "--sparse=always", from, to];
  const { success } = new Deno.Command("cp", { args }).outputSync();
  if (!success) throw new Error(`Cannot copy "${from}"`);
}

/** What a job is. */
export interface Job {
  readonly image: string;
  readonly accelerator: Accelerator;
  readonly saved: string;
  /** For files that only this job's machine needs. */
  readonly work: string;
  /** The directory that the machine may read. */
  readonly share: string;
  /** A shell script in it, by its name. */
  readonly script: string;
  /** In seconds. */
  readonly limit: number;
}

/** How a job ended. */
export interface Outcome {
  /** The script's; undefined if it did not end within its time, or if the machine broke down. */
  readonly status: number | undefined;
  /** What the script wrote to stdout and stderr, as far as it came. */
  readonly output: string;
  /** The machine's last words if it broke down. */
  readonly console: string;
}

/** Runs one job in a copy of the saved machine. */
export async function runJob(job: Job): Promise<Outcome> {
  const { image, accelerator, saved, work, share, script, limit } = job;
  const output = `${work}/output`;
  await using machine = new Machine({
    image,
    accelerator,
    work,
    share,
    memory: `share=off,readonly=on,rom=off,mem-path=${word(saved)}/memory`,
    root: `snapshot=on,file=${word(saved)}/root`,
    output: `file,path=${word(output)}`,
    more: ["-incoming", "defer"],
  });
  using monitor = await machine.monitor();
  await monitor.setCapability("x-ignore-shared");
  await monitor.load(`${saved}/state`);
  await machine.send(`JOB ${(Date.now() / 1000).toFixed(3)} ${script}`);
  const answer = await machine.expect("EXIT", limit);
  return {
    status: answer === undefined ? undefined : Number(answer),
    output: Deno.readTextFileSync(output),
    console: answer === undefined ? machine.console() : "",
  };
}
