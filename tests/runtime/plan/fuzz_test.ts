/**
 * Valid documents, changed at random, through all that is decided before anything is done: parsing, validation and
 * planning, of `create`, `exec` and `update`. What comes of them is a plan or a ConfigError.
 *
 * By default 2,000 documents of each kind from a fixed seed; others by `deno test … -- --rounds 100000 --seed 7`.
 */
import { assert } from "#assert";
import { changeProcess } from "../../../runtime/plan/exec_process.ts";
import { planProcess } from "../../../runtime/plan/process.ts";
import { changedProperties } from "../../../runtime/plan/systemd_update.ts";
import { planUpdate, planUpdateFiles } from "../../../runtime/plan/update.ts";
import { defaultConfig, rootlessConfig } from "../../../spec/default_config.ts";
import { ConfigError } from "../../../spec/issue.ts";
import { stringifyJson } from "../../../spec/json.ts";
import { parseConfig, parseProcess, parseResources } from "../../../spec/validate.ts";
import { fullConfig, resources } from "../../spec/full_config.ts";
import { copy, mutateWildly, random, shrink } from "../../spec/mutations.ts";
import { everyPlanOf, SOURCES } from "./every_plan.ts";

const SEED = numberOf("--seed", 20251126);
const ROUNDS = numberOf("--rounds", 2000);

function numberOf(flag: string, usual: number): number {
  const at = Deno.args.indexOf(flag);
  return at < 0 ? usual : Number(Deno.args[at + 1]);
}

/** What is made of a text. Each may throw, and what it throws is looked at. */
type Stages = (text: string) => (() => unknown)[];

function configStages(text: string): (() => unknown)[] {
  const config = parseConfig(text);
  return everyPlanOf(config);
}

const BASE = defaultConfig().process!;

function processStages(text: string): (() => unknown)[] {
  const process = parseProcess(text);
  const changes = { args: ["sh"], terminal: true, env: ["A=b"], capabilities: ["CAP_KILL"] };
  return [
    () => planProcess(process),
    () => planProcess(changeProcess(process, changes)),
    () => changeProcess(BASE, { ...changes, additionalGids: process.user?.additionalGids ?? [] }),
  ];
}

function resourcesStages(text: string): (() => unknown)[] {
  const wanted = parseResources(text);
  const full = parseResources(stringifyJson(resources()));
  return [full, {}].flatMap((stored) => [
    ...SOURCES.map((sources) => () => planUpdateFiles(planUpdate(stored, wanted), sources)),
    ...([1, 2] as const).map((version) => () =>
      changedProperties(stored, planUpdate(stored, wanted).merged, version)
    ),
  ]);
}

/** Another exception than a ConfigError; undefined if all went well. */
function faultOf(stages: Stages, text: string): Error | undefined {
  const attempt = <T>(make: () => T): T | undefined | Error => {
    try {
      return make();
    } catch (error) {
      return error instanceof ConfigError && error.issues.length > 0 ? undefined : error as Error;
    }
  };
  const list = attempt(() => stages(text));
  if (list instanceof Error || list === undefined) return list;
  return list.map(attempt).find((result) => result instanceof Error) as Error | undefined;
}

function report(stages: Stages, document: unknown, round: number, fault: Error): string {
  const same = (value: unknown) => faultOf(stages, stringifyJson(value))?.name === fault.name;
  const smallest = stringifyJson(shrink(document, same));
  return `seed ${SEED}, round ${round}: ${fault.stack}\nfor ${smallest}`;
}

const KINDS: readonly [string, Stages, () => unknown[]][] = [
  ["configs", configStages, () => [fullConfig(), plannable(), rootlessConfig(1000, 1000)]],
  ["processes", processStages, () => [fullConfig().process, BASE]],
  ["resources", resourcesStages, () => [resources(), plannable().linux.resources]],
];

/** The full config without what is only for one version of cgroups, or for a cgroup of systemd's. */
// deno-lint-ignore no-explicit-any -- tests take the configuration apart
function plannable(): any {
  // deno-lint-ignore no-explicit-any -- the same
  const config = copy(fullConfig()) as any;
  const { memory, cpu, blockIO, network: _, ...others } = config.linux.resources;
  const { swappiness: __, ...byBoth } = memory;
  const { realtimePeriod: ___, realtimeRuntime: ____, ...times } = cpu;
  const { leafWeight: _____, weightDevice: ______, ...rates } = blockIO;
  config.linux.resources = { ...others, memory: byBoth, cpu: times, blockIO: rates };
  config.linux.cgroupsPath = "machine.slice:runts:x";
  return config;
}

for (const [kind, stages, bases] of KINDS) {
  Deno.test(`every plan of ${ROUNDS} changed ${kind} is made, or refused by a ConfigError`, () => {
    const next = random(SEED);
    let planned = 0;
    const originals = bases();
    for (const original of originals) assert(stages(stringifyJson(original)).length > 0);
    for (let round = 0; round < ROUNDS; round++) {
      const document = copy(originals[round % originals.length]);
      for (let left = 1 + Math.floor(next() * 3); left > 0; left--) mutateWildly(document, next);
      const text = stringifyJson(document);
      const fault = faultOf(stages, text);
      if (fault !== undefined) throw new Error(report(stages, document, round, fault));
      if (isValid(stages, text)) planned++;
    }
    // Neither all of them refused at the door, nor all of them harmless.
    assert(planned > ROUNDS / 20 && planned < ROUNDS * 0.9, `${planned} of ${ROUNDS} were valid`);
  });
}

function isValid(stages: Stages, text: string): boolean {
  try {
    stages(text);
    return true;
  } catch {
    return false;
  }
}
