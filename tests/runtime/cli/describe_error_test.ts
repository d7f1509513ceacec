import { assertEquals } from "#assert";
import { describeError } from "../../../runtime/cli/describe_error.ts";

Deno.test("describeError() says an error's message, or its name where there is none", () => {
  assertEquals(describeError(new Error("container does not exist")), "container does not exist");
  assertEquals(describeError(new TypeError()), "TypeError");
  assertEquals(describeError("text"), "text");
  assertEquals(describeError(undefined), "undefined");
});

Deno.test("describeError() puts the first failure first, and each once", () => {
  const stack = new DisposableStack();
  for (const what of ["third", "second"]) {
    stack.defer(() => {
      throw new Error(what);
    });
  }
  let error: unknown;
  try {
    using _ = stack;
    throw new Error("first");
  } catch (caught) {
    error = caught;
  }
  assertEquals(describeError(error), "first; and undoing it: second; and undoing it: third");
});
