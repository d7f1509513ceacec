/**
 * The cache: an image and a saved machine, made when they are missing or out of date. Several runs may use them at once;
 * whoever makes them is alone.
 *
 * @module
 */
import { hasKvm, remove, say, whyNoImage } from "./host.ts";
import { imageStamp, isCurrent, makeImage } from "./image.ts";
import { type Accelerator, hardwareKey, saveMachine } from "./machine.ts";

/** A machine to be copied. Others may not change the cache until it is disposed of. */
export interface Prepared extends Disposable {
  readonly cache: string;
  readonly image: string;
  readonly accelerator: Accelerator;
  readonly saved: string;
}

/** Why there is no machine, and none can be made; undefined if there is or can. */
export async function whyNotPrepared(cache: string): Promise<string | undefined> {
  return isCurrent(cache, await imageStamp()) ? undefined : whyNoImage();
}

/** Makes what is missing. */
export async function prepareMachine(cache: string): Promise<Prepared> {
  Deno.mkdirSync(cache, { recursive: true });
  const lock = Deno.openSync(`${cache}/lock`, { create: true, write: true });
  try {
    // Most runs find everything there, and need not wait for each other.
    lock.lockSync(false);
    let found = await find(cache);
    if (found === undefined) {
      say("making the machine, as soon as no other run uses what is there");
      lock.unlockSync();
      lock.lockSync(true);
      removeRemains(cache);
      found = await find(cache) ?? await make(cache);
      lock.unlockSync();
      lock.lockSync(false);
    }
    return { cache, image: `${cache}/image`, ...found, [Symbol.dispose]: () => lock.close() };
  } catch (error) {
    lock.close();
    throw error;
  }
}

/** What runs have left that were killed: nobody else is here now. */
function removeRemains(cache: string): void {
  for (const { name } of Deno.readDirSync(cache)) {
    if (/^(?:run|stage)-/.test(name)) remove(`${cache}/${name}`);
  }
}

type Saved = Pick<Prepared, "accelerator" | "saved">;

function accelerators(): Accelerator[] {
  return hasKvm() ? ["kvm", "tcg"] : ["tcg"];
}

async function find(cache: string): Promise<Saved | undefined> {
  const stamp = await imageStamp();
  if (!isCurrent(cache, stamp)) return undefined;
  for (const accelerator of accelerators()) {
    const saved = `${cache}/saved-${accelerator}`;
    if (isThere(saved, stamp + hardwareKey(accelerator))) return { accelerator, saved };
  }
  return undefined;
}

function isThere(saved: string, key: string): boolean {
  try {
    return Deno.readTextFileSync(`${saved}/key`) === key;
  } catch {
    return false;
  }
}

async function make(cache: string): Promise<Saved> {
  const stamp = await imageStamp();
  if (!isCurrent(cache, stamp)) makeImage(cache, stamp);
  for (const accelerator of accelerators()) {
    const saved = `${cache}/saved-${accelerator}`;
    const work = Deno.makeTempDirSync({ dir: cache, prefix: "stage-" });
    try {
      say(`starting the machine once, with ${accelerator}`);
      await saveMachine(`${cache}/image`, accelerator, `${work}/saved`, work);
      Deno.writeTextFileSync(`${work}/saved/key`, stamp + hardwareKey(accelerator));
      remove(saved);
      Deno.renameSync(`${work}/saved`, saved);
      return { accelerator, saved };
    } catch (error) {
      // A KVM may be there and not work; emulation always should.
      if (accelerator === "tcg") throw error;
      say(error instanceof Error ? error.message : String(error));
    } finally {
      remove(work);
    }
  }
  throw new Error("Cannot start the machine");
}
