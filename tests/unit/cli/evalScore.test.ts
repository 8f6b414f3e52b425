import assert from "node:assert/strict";
import type { GoldLabels, GoldMeeting } from "../../../cli/evalGold.ts";
import {
  actionAffinity,
  amountAffinity,
  distinctAmounts,
  intentAffinity,
  matchAll,
  nameAffinity,
  readAmount,
} from "../../../cli/evalMatch.ts";
import type { Prediction } from "../../../cli/evalRun.ts";
import { scoreAll } from "../../../cli/evalScore.ts";

const ACTION: GoldLabels["action_items"][number] = {
  turn: 10,
  owner: "Dana Whitfield",
  gist: "Send the audit two-pager",
  keywords: ["halvorsen|dairy", "pager|case", "send"],
  due_iso: "2026-03-12",
};
type Found = Prediction["action_items"][number];
const FOUND: Found = { text: "Send the Dairy case", owner: "Dana", due_iso: null, turn: 30 };

const ACTIONS: readonly (readonly [what: string, found: Partial<Found>, fits: boolean])[] = [
  ["half the keywords, one of them telling, wherever it stands", {}, true],
  ["a keyword by its first five letters", { text: "Send the Halvorson pagers", turn: 30 }, true],
  ["a telling word alone, one of three", { text: "Ask the dairy" }, false],
  ["one keyword within a turn", { text: "Ask the dairy", turn: 11 }, true],
  ["only common words, far away", { text: "Send" }, false],
  ["no keyword, in the very turn", { text: "Do that", turn: 10 }, false],
];

for (const [what, found, fits] of ACTIONS) {
  Deno.test(`actionAffinity() ${fits ? "takes" : "refuses"} ${what}`, () => {
    assert.equal(actionAffinity(ACTION, { ...FOUND, ...found }) > 0, fits);
  });
}

Deno.test("actionAffinity() prefers the nearer, the right owner, the right day", () => {
  const by = (found: Partial<Found>) => actionAffinity(ACTION, { ...FOUND, ...found });
  assert.ok(by({ turn: 10 }) > by({ turn: 14 }));
  assert.ok(by({ turn: 14 }) > by({}));
  assert.ok(by({}) > by({ owner: "Marcus" }));
  assert.ok(by({ due_iso: "2026-03-12" }) > by({}));
});

Deno.test("intentAffinity() needs the name, and a turn within two", () => {
  const gold = { intent: "send_content", turn: 5 };
  const at = (turn: number, intent = "send_content") => intentAffinity(gold, { intent, turn });
  assert.deepEqual([at(5), at(7), at(8), at(5, "general")], [4, 2, 0, 0]);
});

interface Place {
  readonly at: number;
  readonly optional?: boolean;
}

Deno.test("matchAll() pairs the best fits first, each side once", () => {
  const near = (a: Place, b: Place) => Math.max(0, 3 - Math.abs(a.at - b.at));
  const matches = matchAll<Place, Place>(
    [{ at: 1 }, { at: 3 }],
    [{ at: 2 }, { at: 3 }, { at: 9 }],
    near,
  );
  assert.deepEqual(matches, { pairs: [[1, 1], [0, 0]], missed: [], extra: [2] });
});

Deno.test("matchAll() gives optional labels what is left, and counts it neither way", () => {
  const gold = [{ at: 1, optional: true }, { at: 1 }, { at: 8, optional: true }];
  const same = (a: Place, b: Place) => Number(a.at === b.at);
  assert.deepEqual(matchAll(gold, [{ at: 1 }, { at: 1 }, { at: 1 }], same), {
    pairs: [[1, 0]],
    missed: [],
    extra: [2],
  });
});

const AMOUNTS = [
  [14, 14, false, null],
  ["£14k", 14_000, false, "GBP"],
  ["2.5 lakh INR", 250_000, false, "INR"],
  ["5 percent", 5, true, null],
  ["1,250", 1_250, false, null],
  [{ value: 5, unit: "%" }, 5, true, null],
  [{ value: "3 million", currency: "eur" }, 3_000_000, false, "EUR"],
] as const;

for (const [written, value, isPercentage, currency] of AMOUNTS) {
  Deno.test(`readAmount() reads ${JSON.stringify(written)}`, () => {
    assert.deepEqual(readAmount(written), { value, isPercentage, currency });
  });
}

Deno.test("amountAffinity() asks for the currency only where both name one", () => {
  const [gbp, eur, none, percent] = ["£5", "€5", "5", "5%"].map(readAmount);
  assert.deepEqual(
    [[gbp, eur], [gbp, none], [none, percent]].map(([a, b]) => amountAffinity(a, b)),
    [0, 1, 0],
  );
  assert.equal(distinctAmounts(["£5", 5, "5%", "nothing"]).length, 2);
});

Deno.test("nameAffinity() takes a name that contains the other, titles aside", () => {
  const is = (a: string, b: string) => nameAffinity({ name: a }, { name: b }) > 0;
  assert.deepEqual(
    [
      is("Teresa Brandt", "Ms Brandt"),
      is("José", "Jose"),
      is("Ann Lee", "Ann Roe"),
      is("Dr", "Dr"),
    ],
    [true, true, false, false],
  );
});

const LABELS: GoldLabels = {
  call_type: "demo",
  is_sales: true,
  action_items: [ACTION, { ...ACTION, turn: 50, keywords: ["ring"], due_iso: null }],
  intents: [
    { turn: 5, intent: "send_content", tier: "explicit" },
    { turn: 9, intent: "pricing_request", tier: "weak" },
  ],
  scheduling: { present: true, duration_minutes: 45 },
  verbal_commitment: { present: false },
  pricing: { discussed: null, amounts: ["£5"], optional_amounts: ["7%"] },
  new_stakeholders: [{ name: "Teresa Brandt" }],
};
const PREDICTION: Prediction = {
  call_type: "Demo",
  is_sales: false,
  action_items: [
    { ...FOUND, turn: 10, due_iso: "2026-03-12" },
    { text: "Ring Tom", owner: "Eve", due_iso: "2026-03-13", turn: 50 },
    { text: "Buy milk", owner: "Eve", due_iso: null, turn: 70 },
  ],
  intents: [{ intent: "send_content", turn: 6, confidence: 0.8, tier: "strong_implied" }],
  scheduling: { present: true, duration_minutes: 30 },
  verbal_commitment: { present: true },
  pricing: { discussed: true, amounts: ["£5", "7%"] },
  new_stakeholders: [{ name: "Teresa", role: null }],
};

function scored(predictions: readonly (readonly [string, Prediction])[]) {
  // A score looks at nothing of a meeting but its id and its labels.
  const meetings = [{ id: "m1", labels: LABELS } as GoldMeeting];
  return scoreAll({ meetings, mails: [] }, new Map(predictions), new Map());
}

Deno.test("scoreAll() counts hits, misses and false alarms of every question", () => {
  const { skills, micro_average: micro, ...score } = scored([["m1", PREDICTION]]);
  const counts = Object.fromEntries(
    Object.entries(skills).map(([name, { tp, fp, fn }]) => [name, [tp, fp, fn]]),
  );
  assert.deepEqual(counts, {
    action_items: [2, 1, 0],
    intents: [1, 0, 1],
    intents_weak_optional: [1, 0, 0],
    scheduling: [1, 0, 0],
    verbal_commitment: [0, 1, 0],
    pricing_discussed: [0, 0, 0],
    pricing_amounts: [1, 0, 0],
    new_stakeholders: [1, 0, 0],
    is_sales: [0, 0, 1],
  });
  assert.deepEqual([micro.tp, micro.fp, micro.fn], [6, 2, 1]);
  assert.deepEqual(score.due_dates, {
    gold_dated_and_matched: 1,
    correct: 1,
    undated_and_matched: 1,
    spurious: 1,
    accuracy: 1,
    spurious_rate: 1,
  });
  assert.equal(score.call_type.accuracy, 1);
  assert.equal(score.owner_accuracy.accuracy, 0.5);
  assert.equal(score.tier_accuracy.accuracy, 0);
  assert.equal(score.scheduling_duration.accuracy, 0);
  assert.deepEqual(
    [score.per_intent.send_content.f1, score.per_intent.pricing_request.fn],
    [1, 1],
  );
});

Deno.test("scoreAll() counts a meeting without a prediction as all missed, and no false alarm", () => {
  const { skills, call_type, errors } = scored([]);
  assert.deepEqual([skills.action_items.fn, skills.action_items.fp, skills.scheduling.fn], [
    2,
    0,
    1,
  ]);
  assert.equal(skills.verbal_commitment.accuracy, 0);
  assert.equal(call_type.accuracy, 0);
  assert.ok(errors.every(({ kind }) => kind !== "extra"));
});
