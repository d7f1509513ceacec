/**
 * Pods and containers as Kubernetes makes them: by the Container Runtime Interface of containerd.
 *
 * @module
 */
import { importImages, runtimeRoot, socketOf, startContainerd } from "./containerd_room.ts";
import { Grpc } from "./grpc.ts";
import { IMAGE, PAUSE_IMAGE } from "./image.ts";
import { type Message, Schema } from "./protobuf.ts";
import type { Room } from "./room.ts";
import type { Client } from "./suite.ts";

/** The namespace that this interface has for itself within containerd. */
export const KUBERNETES = "k8s.io";

/** Where Debian puts the network plugin that containerd calls for every pod. */
export const LOOPBACK = "/usr/lib/cni/loopback";

/** Namespaces of the pod, of the container alone, of the node. */
export const MODE = { POD: 0, CONTAINER: 1, NODE: 2 } as const;

/** The states of a container. */
export const STATE = { CREATED: 0, RUNNING: 1, EXITED: 2 } as const;

/** How a program ended. */
export interface Executed {
  readonly stdout: string;
  readonly stderr: string;
  readonly exit_code: number;
}

/** The client. */
export class Cri implements Client {
  readonly room: Room;
  readonly grpc: Grpc;
  #count = 0;

  constructor(room: Room, grpc: Grpc) {
    this.room = room;
    this.grpc = grpc;
  }

  /** A containerd with the configuration of examples/config, and a client. */
  static async open(room: Room): Promise<Cri> {
    Deno.mkdirSync(room.path("logs"));
    writeNetwork(room);
    room.leaveNo(runtimeRoot(KUBERNETES));
    await startContainerd(room, { config: room.example("containerd.toml") + privateConfig(room) });
    await importImages(room, KUBERNETES);
    const schema = Deno.readTextFileSync(new URL("cri.proto", import.meta.url));
    return new Cri(room, new Grpc(socketOf(room), new Schema(schema)));
  }

  /** Makes a pod, with names of its own. */
  async pod(options: PodOptions = {}): Promise<Pod> {
    const name = `pod${this.#count++}`;
    const { network = MODE.NODE, pid = MODE.CONTAINER } = options;
    const config = {
      metadata: { name, uid: `${this.room.name}-${name}`, namespace: "default" },
      ...(network === MODE.NODE ? {} : { hostname: name }),
      log_directory: this.room.path("logs"),
      labels: { check: name },
      linux: {
        cgroup_parent: this.room.cgroup,
        security_context: { namespace_options: { network, pid } },
        ...(options.sysctls === undefined ? {} : { sysctls: options.sysctls }),
      },
    };
    const request = { config, runtime_handler: options.handler ?? "runts" };
    const { pod_sandbox_id: id } = await this.grpc.call("RunPodSandbox", request);
    return new Pod(this, id, config);
  }

  async sweep(): Promise<void> {
    const { items } = await this.grpc.call("ListPodSandbox");
    for (const { id } of items) await this.removePod(id);
  }

  /** Ends a pod and all that is in it. */
  async removePod(id: string): Promise<void> {
    await this.grpc.call("StopPodSandbox", { pod_sandbox_id: id });
    await this.grpc.call("RemovePodSandbox", { pod_sandbox_id: id });
  }
}

/** How a pod is to be. */
export interface PodOptions {
  readonly network?: number;
  readonly pid?: number;
  readonly sysctls?: Record<string, string>;
  readonly handler?: string;
}

/** A pod, which goes with the check. */
export class Pod implements AsyncDisposable {
  readonly #cri: Cri;
  readonly #config: Message;
  readonly id: string;
  #count = 0;

  constructor(cri: Cri, id: string, config: Message) {
    this.#cri = cri;
    this.id = id;
    this.#config = config;
  }

  /** Makes a container and starts it. */
  async start(args: readonly string[], config: Message = {}): Promise<PodContainer> {
    const container = await this.create(args, config);
    await this.#cri.grpc.call("StartContainer", { container_id: container.id });
    return container;
  }

  /** Makes a container. */
  async create(args: readonly string[], config: Message = {}): Promise<PodContainer> {
    const name = `container${this.#count++}`;
    const log = `${this.#config.metadata.name}-${name}.log`;
    const { container_id: id } = await this.#cri.grpc.call("CreateContainer", {
      pod_sandbox_id: this.id,
      config: {
        metadata: { name },
        image: { image: IMAGE },
        command: args,
        log_path: log,
        ...config,
        linux: {
          ...config.linux,
          // As the kubelet does it, a container gets its pod's.
          security_context: {
            namespace_options: this.#config.linux.security_context.namespace_options,
            ...config.linux?.security_context,
          },
        },
      },
      sandbox_config: this.#config,
    });
    return new PodContainer(this.#cri, id, this.#cri.room.path(`logs/${log}`));
  }

  /** The status. */
  async status(): Promise<Message> {
    const { status } = await this.#cri.grpc.call("PodSandboxStatus", { pod_sandbox_id: this.id });
    return status;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#cri.removePod(this.id);
  }
}

/** A container of a pod. */
export class PodContainer {
  readonly #cri: Cri;
  readonly id: string;
  readonly #log: string;

  constructor(cri: Cri, id: string, log: string) {
    this.#cri = cri;
    this.id = id;
    this.#log = log;
  }

  /** A call that has nothing to answer. */
  async do(method: string, more: Message = {}): Promise<void> {
    await this.#cri.grpc.call(method, { container_id: this.id, ...more });
  }

  /** The status. */
  async status(): Promise<Message> {
    const { status } = await this.#cri.grpc.call("ContainerStatus", { container_id: this.id });
    return status;
  }

  /** The process on the host, from what containerd adds for those who look closer. */
  async pid(): Promise<number> {
    const request = { container_id: this.id, verbose: true };
    return JSON.parse((await this.#cri.grpc.call("ContainerStatus", request)).info.info).pid;
  }

  /** The use of memory and processor. */
  async stats(): Promise<Message> {
    return (await this.#cri.grpc.call("ContainerStats", { container_id: this.id })).stats;
  }

  /** Runs a program in it; the limit is in seconds. */
  async exec(cmd: readonly string[], timeout = 100): Promise<Executed> {
    const request = { container_id: this.id, cmd, timeout };
    return await this.#cri.grpc.call("ExecSync", request) as Executed;
  }

  /** What it has written, without times and names of the streams. */
  logs(): string {
    const lines = Deno.readTextFileSync(this.#log).split("\n");
    return lines.map((line) => line.replace(/^\S+ (?:stdout|stderr) [FP] /, "")).join("\n");
  }
}

/** What the plugin below says to be a pod's address: one that is for documentation. */
export const ADDRESS = "192.0.2.2";

/**
 * A network plugin that gives no device beside the one that every network namespace has, so nothing of the host's changes;
 * containerd does not go on without an address, though.
 */
const PLUGIN = `#!/bin/sh
case $CNI_COMMAND in
VERSION) echo '{"cniVersion": "0.4.0", "supportedVersions": ["0.3.1", "0.4.0"]}' ;;
ADD) cat <<END
{
  "cniVersion": "0.4.0",
  "interfaces": [{ "name": "$CNI_IFNAME", "sandbox": "$CNI_NETNS" }],
  "ips": [{ "version": "4", "interface": 0, "address": "${ADDRESS}/24" }]
}
END
esac
`;

const NETWORK = JSON.stringify({
  cniVersion: "0.4.0",
  name: "alone",
  plugins: [{ type: "alone" }],
});

/** Configures the network: the plugin above, and the usual one for the loopback device where it is installed. */
function writeNetwork(room: Room): void {
  for (const name of ["cni", "cni/bin"]) Deno.mkdirSync(room.path(name));
  room.write("cni/alone.conflist", NETWORK);
  room.write("cni/bin/alone", PLUGIN, 0o755);
  Deno.symlinkSync(LOOPBACK, room.path("cni/bin/loopback"));
}

function privateConfig(room: Room): string {
  return `
[plugins."io.containerd.grpc.v1.cri"]
sandbox_image = "${PAUSE_IMAGE}"
disable_tcp_service = true
restrict_oom_score_adj = true

[plugins."io.containerd.grpc.v1.cri".cni]
bin_dir = "${room.path("cni/bin")}"
conf_dir = "${room.path("cni")}"
`;
}
