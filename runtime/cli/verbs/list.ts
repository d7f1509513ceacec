/** `runts list`. @module */
import { list } from "../../list.ts";
import type { Invocation } from "../invocation.ts";
import { chooseFormat } from "../list_format.ts";
import { listOptions } from "../translate.ts";

/** Lists the containers. */
export function listVerb(invocation: Invocation): number {
  const { flags, print } = invocation;
  const format = chooseFormat(flags.string("format"), flags.boolean("quiet"));
  print(format(list(listOptions(invocation))));
  return 0;
}
