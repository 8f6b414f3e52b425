import assert from "node:assert/strict";
import {
  checkCel,
  type ConditionResult,
  evaluateCel,
  evaluateConditions,
} from "../../../../supabase/functions/_shared/orchestrator/core/conditions.ts";

const SCOPE = {
  event: {
    type: "email_received",
    payload: { amount: 12, share: 0.5, subject: "Price list", gone: null, tags: ["a", "b"] },
  },
};

const HELD: readonly (readonly [string, boolean])[] = [
  ["event.payload.amount > 10", true],
  ["event.payload.amount > 10.5", true],
  ["event.payload.share > 1", false],
  ["event.type == 'email_received'", true],
  ["event.payload.gone == null", true],
  ["has(event.payload.subject)", true],
  ["has(event.payload.missing)", false],
  ["'b' in event.payload.tags", true],
  ["event.payload.tags.exists(t, t == 'c')", false],
  ["event.payload.subject.contains('Price') && event.payload.amount < 13", true],
];

for (const [expression, expected] of HELD) {
  Deno.test(`evaluateCel() finds ${expression} ${expected}`, () => {
    assert.equal(evaluateCel(expression, SCOPE), expected);
  });
}

const ERRORS: readonly (readonly [string, string, RegExp])[] = [
  ["an absent field", "event.payload.missing == 1", /No such key: missing/],
  ["a value that is no truth", "event.payload.amount", /not true or false/],
  ["a name outside the scope", "outputs.a == 1", /Unknown variable: outputs/],
  ["a global of the runtime", "Deno == null", /Unknown variable: Deno/],
  ["a syntax error", "event.type ==", /Unexpected token/],
  ["constructor", "event.constructor != null", /No such key: constructor/],
  ["__proto__", "event.payload['__proto__'] != null", /No such key: __proto__/],
  ["a method of the prototype", "event.payload.toString() == ''", /no matching overload/],
];

for (const [name, expression, reason] of ERRORS) {
  Deno.test(`evaluateCel() answers an error for ${name} and does not throw`, () => {
    assert.match(errorOf(evaluateCel(expression, SCOPE)), reason);
  });
}

const TOO_COSTLY: readonly (readonly [string, string, RegExp])[] = [
  ["over 2000 characters", "true".padEnd(2001), /over 2000 characters/],
  ["over 256 nodes", Array(200).fill("true").join(" && "), /maxAstNodes/],
  ["over 32 levels", `${"(".repeat(33)}true${")".repeat(33)}`, /maxDepth/],
  ["a list of over 64 elements", `[${Array(65).fill("1").join()}].size() > 0`, /maxListElements/],
  ["a map of over 32 entries", mapOf(33), /maxMapEntries/],
  ["a regular expression", "event.payload.subject.matches('^(a+)+$')", /matches is not allowed/],
  [
    "a list walked inside a walked list",
    "event.payload.tags.all(x, event.payload.tags.exists(y, x == y))",
    /exists is not allowed inside/,
  ],
  [
    "a walk hidden in a comprehension's operand",
    "[1].filter(x, true).map(x, event.payload.tags.filter(y, true).size()).size() == 1",
    /filter is not allowed inside/,
  ],
];

for (const [name, expression, reason] of TOO_COSTLY) {
  Deno.test(`evaluateCel() refuses ${name}`, () => {
    assert.match(errorOf(evaluateCel(expression, SCOPE)), reason);
  });
}

Deno.test("evaluateCel() allows list macros beside each other", () => {
  const expression =
    "event.payload.tags.exists(x, x == 'a') && event.payload.tags.exists(y, y == 'b')";
  assert.equal(evaluateCel(expression, SCOPE), true);
});

Deno.test("evaluateCel() keeps an error to one line of at most 300 characters", () => {
  const error = errorOf(evaluateCel(`event.payload.${"x".repeat(900)} == 1`, SCOPE));
  assert.ok(error.length <= 300 && !error.includes("\n"));
});

Deno.test("evaluateCel() judges one expression anew under other names", () => {
  assert.equal(evaluateCel("item == null", { item: null }), true);
  assert.match(errorOf(evaluateCel("item == null", { output: null })), /Unknown variable: item/);
});

Deno.test("checkCel() says null for a usable expression and the reason for another", () => {
  assert.equal(checkCel("event.type == 'x'", ["event"]), null);
  assert.match(checkCel("output.type == 'x'", ["event"]) ?? "", /Unknown variable: output/);
});

for (const conditions of [null, undefined, {}]) {
  Deno.test(`evaluateConditions() always holds for ${JSON.stringify(conditions)}`, () => {
    assert.equal(evaluateConditions(conditions, {}, null), true);
  });
}

for (const conditions of ["true", 7, ["cel"], true]) {
  Deno.test(`evaluateConditions() answers an error for ${JSON.stringify(conditions)}`, () => {
    assert.match(errorOf(evaluateConditions(conditions, {}, null)), /must be an object/);
  });
}

Deno.test("evaluateConditions() answers an error for a cel that is no text", () => {
  assert.match(errorOf(evaluateConditions({ cel: true }, {}, null)), /must be a string/);
});

/** conditions, the subject they read, whether they hold */
const HISTORIC: readonly (readonly [unknown, unknown, boolean])[] = [
  [{ min_confidence: 0.7 }, { confidence: 0.7 }, true],
  [{ min_confidence: 0.7 }, { confidence: 0.69 }, false],
  [{ min_confidence: 0.7 }, { confidence: "0.9" }, false],
  [{ min_confidence: 0.7 }, {}, false],
  [{ risk_score_above: 60 }, { risk_score: 61 }, true],
  [{ risk_score_above: 60 }, { risk_score: 60 }, false],
  [{ intent: "send_proposal" }, { intent: "send_proposal" }, true],
  [{ intent: "send_proposal" }, { intents: [{ intent: "send_proposal" }] }, true],
  [{ intent: "send_proposal" }, { intents: [{ intent: "other" }, null, "send_proposal"] }, false],
  [{ has_scheduling_intent: true }, { has_scheduling_intent: true }, true],
  [{ has_scheduling_intent: true }, {}, false],
  [{ classification: "urgent" }, { classification: "urgent" }, true],
  [{ classification: "urgent" }, { classification: "spam" }, false],
  [{ intent: "a", min_confidence: 0.5 }, { intent: "a", confidence: 0.4 }, false],
  [{ toString: undefined }, {}, true],
  [{ min_confidence: 0.7 }, null, false],
  [{ min_confidence: 0.7 }, [{ confidence: 1 }], false],
];

for (const [conditions, subject, expected] of HISTORIC) {
  const name = `${JSON.stringify(conditions)} over ${JSON.stringify(subject)}`;
  Deno.test(`evaluateConditions() finds ${name} ${expected}`, () => {
    assert.equal(evaluateConditions(conditions, {}, subject), expected);
  });
}

Deno.test("evaluateConditions() never reads a historic key from the prototype", () => {
  const subject = Object.create({ intent: "x", confidence: 1 });
  assert.equal(evaluateConditions({ intent: "x" }, {}, subject), false);
});

Deno.test("evaluateConditions() wants cel and historic keys together", () => {
  const conditions = { cel: "event.payload.amount > 10", classification: "urgent" };
  assert.equal(evaluateConditions(conditions, SCOPE, { classification: "urgent" }), true);
  assert.equal(evaluateConditions(conditions, SCOPE, { classification: "spam" }), false);
});

function errorOf(result: ConditionResult): string {
  assert.equal(typeof result, "object", `expected an error, got ${result}`);
  return (result as { error: string }).error;
}

function mapOf(entries: number): string {
  return `{${Array.from({ length: entries }, (_, i) => `'k${i}': 1`).join()}}.size() > 0`;
}

Deno.test("evaluateCel() walks 5,000 items and no list of more, however wrong their types (T16)", () => {
  const scope = (count: number) => ({ event: { payload: { list: new Array(count).fill("a") } } });
  const walk = (count: number) =>
    evaluateCel("event.payload.list.exists(x, x == 'b')", scope(count));
  assert.equal(walk(5000), false);
  assert.match((walk(5001) as { error: string }).error, /5000 items/);
  assert.equal(evaluateCel("size(event.payload.list) > 5000", scope(5001)), true);
});
