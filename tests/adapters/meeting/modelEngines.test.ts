import assert from "node:assert/strict";
import { classifyCallType } from "../../../supabase/functions/_shared/orchestrator/adapters/meeting/classifyCallType.ts";
import { detectIntents } from "../../../supabase/functions/_shared/orchestrator/adapters/meeting/detectIntents.ts";
import { detectNewStakeholders } from "../../../supabase/functions/_shared/orchestrator/adapters/meeting/detectNewStakeholders.ts";
import { detectSchedulingIntent } from "../../../supabase/functions/_shared/orchestrator/adapters/meeting/detectSchedulingIntent.ts";
import { detectVerbalCommitment } from "../../../supabase/functions/_shared/orchestrator/adapters/meeting/detectVerbalCommitment.ts";
import { extractPricingDiscussion } from "../../../supabase/functions/_shared/orchestrator/adapters/meeting/extractPricingDiscussion.ts";
import { extractActionItems } from "../../../supabase/functions/_shared/orchestrator/adapters/meeting/extractActionItems.ts";
import { transcriptFor } from "../../../supabase/functions/_shared/orchestrator/adapters/meeting/_byModel.ts";
import { readSentences } from "../../../supabase/functions/_shared/orchestrator/adapters/meeting/_transcript.ts";
import { readingRun, runSkill } from "../readingRun.ts";

const turn = (speaker: string, text: string) => ({ speaker, text, t_seconds: null });
const TURNS = [
  turn("Ana", "Thanks for coming."),
  turn("Pat", "I'll send you the security questionnaire by Friday."),
];
const MEETING = { id: "m1", started_at: "2026-03-11T10:00:00Z", timezone: "Europe/London" };
const ITEM = {
  turn: 1,
  quote: "I'll send you the security questionnaire by Friday",
  text: "Send the security questionnaire",
  owner: "Pat",
  due_text: "by Friday",
  confidence: 0.9,
};
const extract = (items: readonly object[]) => {
  const world = readingRun({ meeting: MEETING, turns: TURNS, modelAnswer: { items } });
  return { world, run: runSkill(extractActionItems, world.ctx, { payload: { meeting_id: "m1" } }) };
};

Deno.test("a model's to-do gets its day from our own rules", async () => {
  const output = await extract([ITEM]).run;
  assert.deepEqual(output.action_items.map((i) => [i.owner, i.due_iso, i.quote]), [
    ["Pat", "2026-03-13", ITEM.quote],
  ]);
});

for (
  const [what, change, why] of [
    [
      "quotes what nobody said",
      { quote: "I'll wire you ten thousand dollars" },
      /not in the transcript/,
    ],
    ["names a turn that is not there", { turn: 7 }, /not in the transcript/],
    ["gives it to somebody who was not there", { owner: "Mallory" }, /nobody's who was there/],
    ["has no words", { text: " " }, /nobody's who was there/],
  ] as const
) {
  Deno.test(`a to-do of a model that ${what} is left out, and said so`, async () => {
    const { world, run } = extract([{ ...ITEM, ...change }]);
    assert.equal((await run).count, 0);
    assert.match(world.warnings.join(), why);
  });
}

Deno.test("a day that a model invented is not taken", async () => {
  const output = await extract([{ ...ITEM, due_text: "by tomorrow" }]).run;
  assert.deepEqual([output.action_items[0].due_iso, output.action_items[0].due_text], [null, null]);
});

Deno.test("a model sees no sentence that gives orders to a machine", () => {
  const sentences = readSentences([turn("Pat", "Fine. See you Monday."), turn("Ana", "Bye.")]);
  assert.equal(transcriptFor({ sentences }), "[0] Pat: Fine. See you Monday.\n[1] Ana: Bye.");
});

Deno.test("a model chooses among the organisation's own call types, or none", async () => {
  const ask = async (type: string | null) => {
    const world = readingRun({
      meeting: MEETING,
      turns: TURNS,
      callTypes: [{ id: "t1", name: "Security review" }],
      modelAnswer: { type, confidence: 7, reasoning: "They talk of it", evidence: [] },
    });
    const run = await runSkill(classifyCallType, world.ctx, { payload: { meeting_id: "m1" } });
    return { ...run, changes: world.changes.length };
  };
  const chosen = await ask("security REVIEW");
  assert.deepEqual([chosen.call_type_id, chosen.source, chosen.confidence, chosen.changes], [
    "t1",
    "model_classified",
    1,
    1,
  ]);
  const other = await ask("Ignore the list");
  assert.deepEqual([other.call_type_name, other.source, other.changes], [null, "unclassified", 0]);
});

const SALES = {
  ...MEETING,
  attendees: [
    { name: "Ana", email: "ana@us.example", is_external: false, title: null, contact_id: null },
    { name: "Pat", email: "pat@them.example", is_external: true, title: null, contact_id: null },
  ],
};
const TALK = [
  turn("Ana", "I'd be glad if you bought it."),
  turn("Pat", "We'll take forty seats, and Ravi Nair, our CFO, signs it before Friday."),
];
const QUOTE = "We'll take forty seats";
const given = (modelAnswer: unknown) => readingRun({ meeting: SALES, turns: TALK, modelAnswer });
const finding = (more: object) => ({ turn: 1, quote: QUOTE, confidence: 0.9, ...more });

Deno.test("a model's intents go through the organisation's thresholds, days through our rules", async () => {
  const quote = "Ravi Nair, our CFO, signs it before Friday";
  const world = given({
    intents: [
      finding({ intent: "timeline_signal", tier: "explicit", quote, due_text: "before Friday" }),
      finding({ intent: "send_content", tier: "weak_implied", confidence: 0.1, due_text: null }),
    ],
  });
  const output = await runSkill(detectIntents, world.ctx, { payload: { meeting_id: "m1" } });
  assert.deepEqual(output.intents.map(({ intent, quote }) => [intent, quote]), [
    ["timeline_signal", quote],
  ]);
  assert.match(output.intents[0].deadline_parsed ?? "", /^2026-03-1\d$/);
});

Deno.test("a model's commitment counts when the other side said it", async () => {
  const ask = (turnAt: number, quote: string) =>
    runSkill(
      detectVerbalCommitment,
      given({ commitments: [{ turn: turnAt, quote, strength: "firm", confidence: 0.9 }] }).ctx,
      { payload: { meeting_id: "m1" } },
    );
  const theirs = await ask(1, QUOTE);
  assert.deepEqual([theirs.detected, theirs.commitments[0]?.speaker], [true, "Pat"]);
  assert.equal((await ask(0, "glad if you bought it")).detected, false);
});

Deno.test("a person a model heard of must stand in the quote, and not have been there", async () => {
  const ask = async (name: string) => {
    const quote = "Ravi Nair, our CFO, signs it";
    const world = given({ people: [finding({ quote, name, role: "CFO" })] });
    const output = await runSkill(detectNewStakeholders, world.ctx, {
      payload: { meeting_id: "m1" },
    });
    return output.new_stakeholders.map((person) => person.name);
  };
  assert.deepEqual(await ask("Ravi Nair"), ["Ravi Nair"]);
  assert.deepEqual(await ask("Mallory"), []);
  assert.deepEqual(await ask("Pat"), []);
});

Deno.test("a model's prices keep the currency that was said, else the deal's", async () => {
  const amount = (more: object) =>
    finding({
      kind: "amount",
      value: 40,
      is_percentage: false,
      currency: null,
      per: null,
      ...more,
    });
  const world = given({
    passages: [
      amount({ currency: "EUR" }),
      amount({ value: 6, is_percentage: true }),
      amount({ currency: "forty seats" }),
      amount({ value: -1 }),
    ],
  });
  const output = await runSkill(extractPricingDiscussion, world.ctx, {
    payload: { meeting_id: "m1" },
    context: { deal: { currency: "USD" } },
  });
  assert.equal(output.discussed, true);
  assert.deepEqual(output.amounts.map(({ value, currency, unit }) => [value, currency, unit]), [
    [40, "EUR", null],
    [6, null, "%"],
    [40, "USD", null],
  ]);
});

Deno.test("the hour a model points at is worked out by our own rules", async () => {
  const turns = [
    turn("Ana", "Shall we say Thursday at two?"),
    turn("Pat", "Thursday at two it is."),
  ];
  const ask = (agreements: readonly object[]) =>
    runSkill(
      detectSchedulingIntent,
      readingRun({ meeting: SALES, turns, modelAnswer: { agreements } }).ctx,
      { payload: { meeting_id: "m1" } },
    );
  const agreed = { turn: 0, quote: "Thursday at two", duration_minutes: null, confidence: 0.9 };
  const output = await ask([agreed]);
  assert.deepEqual([output.has_scheduling_intent, output.turn], [true, 0]);
  assert.match(output.slots[0]?.start ?? "", /^2026-03-12T14:00/);
  assert.equal((await ask([])).has_scheduling_intent, false);
});
