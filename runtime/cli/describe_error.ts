/**
 * The sentence of an error.
 *
 * @module
 */

/**
 * What a thrown value says, once.
 *
 * When undoing fails after a failure, the failure comes first: it is the one to act on.
 */
export function describeError(error: unknown): string {
  if (error instanceof SuppressedError) {
    const [first, then] = [describeError(error.suppressed), describeError(error.error)];
    return `${first}; and undoing it: ${then}`;
  }
  if (error instanceof Error) return error.message === "" ? error.name : error.message;
  return String(error);
}
