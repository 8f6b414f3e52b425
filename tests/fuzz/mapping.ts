import { FleetError } from "../../supabase/functions/_shared/orchestrator/core/errors.ts";
import {
  readPath,
  resolveMapping,
} from "../../supabase/functions/_shared/orchestrator/core/mapping.ts";
import { createRandom, type Random } from "./random.ts";
import type { Finding, Target } from "./target.ts";

/** Parts that paths are made of: what the grammar knows, what prototypes hold, what parsers stumble over. */
const PARTS = [
  "event",
  "outputs",
  "a",
  ".",
  "..",
  "[0]",
  "[1]",
  "[-1]",
  "[999999]",
  "['a b']",
  "['__proto__']",
  "['\\u005f_proto__']",
  '["a"]',
  "__proto__",
  "constructor",
  "prototype",
  "toString",
  "valueOf",
  "hasOwnProperty",
  "__defineGetter__",
  "length",
  "payload",
  "list",
  "'",
  "[",
  "]",
  "\\",
  "\0",
  " ",
  "$",
  "ａ",
  "\u202e",
  "0",
  "constructor.prototype.polluted",
];

const scope = () => ({
  event: { payload: { a: "value", list: [{ a: 1 }, { "a b": 2 }] } },
  outputs: { a: JSON.parse('{"__proto__": {"polluted": true}, "constructor": 1}') },
});

const makePath = (random: Random) =>
  Array.from({ length: 1 + random.below(8) }, () => random.pick(PARTS)).join("");

/** Every value that may be read: the plain data itself. */
function* ownValues(value: unknown): Generator<unknown> {
  yield value;
  if (typeof value !== "object" || value === null) return;
  for (const item of Object.values(value)) yield* ownValues(item);
}

/** Mapping paths (T15): they read own plain data or nothing, and never a prototype. */
export const mapping: Target = {
  name: "mapping",
  tryOne(seed): Finding | null {
    const random = createRandom(seed);
    const path = makePath(random), key = random.pick([...PARTS, makePath(random)]);
    const input = JSON.stringify({ path, key });
    const data = scope();
    try {
      const value = readPath(path, data);
      if (typeof value === "function") return { why: "a function was read", input };
      if (value !== undefined && ![...ownValues(data)].includes(value)) {
        return { why: "something inherited was read", input };
      }
      const mapped = resolveMapping({ [key]: { path, default: 1 } }, data);
      if (Object.getPrototypeOf(mapped) !== Object.prototype) {
        return { why: "the result has another prototype", input };
      }
    } catch (error) {
      if (!(error instanceof FleetError && error.kind === "validation")) {
        return { why: `threw ${error}`, input };
      }
    }
    return "polluted" in {} ? { why: "Object.prototype was polluted", input } : null;
  },
};
