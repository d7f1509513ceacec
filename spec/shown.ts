/** Values in messages. @module */

// Arbitrary: a wrong value is shown to be recognised, and may be a document of its own.
const MOST_CHARACTERS = 60;

/** A value as a message shows it: strings quoted and cut, objects and arrays by their kind. */
export function shown(value: unknown): string {
  if (Array.isArray(value)) return "array";
  if (typeof value === "object" && value !== null) return "object";
  if (typeof value !== "string") return String(value);
  const cut = value.length > MOST_CHARACTERS ? `${value.slice(0, MOST_CHARACTERS)}...` : value;
  return JSON.stringify(cut);
}
