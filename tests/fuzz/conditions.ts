import {
  checkCel,
  evaluateCel,
  evaluateConditions,
} from "../../supabase/functions/_shared/orchestrator/core/conditions.ts";
import { createRandom, type Random } from "./random.ts";
import type { Finding, Target } from "./target.ts";

/** Bodies of regular expressions that backtrack without end (T16). */
const EVIL = [
  "(a+)+$",
  "(a*)*b",
  "(a|a)*$",
  "(a|aa)+$",
  "(.*a){20}",
  "([a-zA-Z]+)*$",
  "^(\\\\w+\\\\s?)*$",
];

const ATOMS = [
  "event.payload.text",
  "event.payload.list",
  "event.payload['__proto__']",
  "event.payload.constructor",
  "event.type",
  "outputs",
  "item",
  "unknown.name",
  "1",
  "9223372036854775807",
  "-1.5e308",
  "'a'",
  '"\\u0000"',
  "true",
  "null",
  "[1, 2]",
  "{'a': 1}",
  "b'bytes'",
  "duration('1h')",
];
const OPERATORS = ["&&", "||", "==", "!=", "<", "in", "+", "*", "/", "%", "?"];

function makeExpression(random: Random, depth = 0): string {
  const inner = () => makeExpression(random, depth + 1);
  if (depth > 6 || random.chance(0.3)) return random.pick(ATOMS);
  switch (random.below(8)) {
    case 0:
      return `(${inner()} ${random.pick(OPERATORS)} ${inner()})`;
    case 1:
      return `!${inner()}`;
    case 2:
      return `${inner()}.${random.pick(["all", "exists", "map", "filter"])}(x, ${inner()})`;
    case 3:
      return `event.payload.text.matches('${random.pick(EVIL)}')`;
    case 4:
      return `${inner()} ? ${inner()} : ${inner()}`;
    case 5:
      return `size(${inner()})`;
    case 6:
      return `${inner()}[${inner()}]`;
    default:
      return `${"(".repeat(random.below(60))}${inner()}${random.pick(["", ")", "]", "\\", "\n"])}`;
  }
}

const SCOPE = {
  event: { type: "x", payload: { text: `${"a".repeat(5000)}!`, list: new Array(1000).fill("a") } },
  outputs: {},
  item: { a: 1 },
};
const NAMES = Object.keys(SCOPE);
/** CPU that one condition may cost; isolates are shared between organisations. */
const LIMIT_MS = 50;

/** Conditions (T16): an answer or a reason, never a throw, and soon. */
export const conditions: Target = {
  name: "conditions",
  tryOne(seed): Finding | null {
    const random = createRandom(seed);
    const input = makeExpression(random);
    const judge = () => {
      const results = [
        evaluateCel(input, SCOPE),
        evaluateConditions({ cel: input, [input.slice(0, 20)]: 1 }, SCOPE, SCOPE.item),
      ];
      checkCel(input, NAMES);
      return results.every((result) =>
        typeof result === "boolean" || typeof result.error === "string"
      );
    };
    try {
      if (!judge()) return { why: "neither an answer nor a reason", input };
      // Warm, and the best of three: a busy machine is no finding.
      const times = Array.from({ length: 3 }, () => {
        const at = performance.now();
        judge();
        return performance.now() - at;
      });
      const best = Math.min(...times);
      if (best > LIMIT_MS) return { why: `took ${Math.round(best)} ms`, input };
    } catch (error) {
      return { why: `threw ${error}`, input };
    }
    return "polluted" in {} ? { why: "Object.prototype was polluted", input } : null;
  },
};
