/**
 * Lints the documentation of the public interface: what mod.ts exports, and the types in it.
 *
 * The configuration's types are left out: they are inferred from their schemas, which zod describes and `deno doc` cannot.
 *
 * @module
 */
import { run } from "./deno.ts";

const INFERRED = /^(?:spec\/schema\/)/;

/** One complaint: what, and where. */
const COMPLAINT = /^error\[[a-z-]+\]: .+\n +--> .+$/gm;

if (import.meta.main) {
  const root = new URL("../", import.meta.url).pathname;
  const env = { ...Deno.env.toObject(), NO_COLOR: "1" };
  const { success, stderr } = run([Deno.execPath(), "doc", "--lint", `${root}mod.ts`], env);
  const complaints = [...stderr.matchAll(COMPLAINT)].map(([text]) => text.replace(root, ""));
  const ours = complaints.filter((text) => !INFERRED.test(text.replace(/^.*\n +--> /, "")));
  for (const text of ours) console.error(text);
  // A failure that this pattern does not know is shown as it is.
  if (!success && complaints.length === 0) console.error(stderr);
  Deno.exit(ours.length > 0 || (!success && complaints.length === 0) ? 1 : 0);
}
