import assert from "node:assert/strict";
import { coachingMicroFeedback } from "../../../supabase/functions/_shared/orchestrator/adapters/meeting/coachingMicroFeedback.ts";
import { extractCrmFields } from "../../../supabase/functions/_shared/orchestrator/adapters/meeting/extractCrmFields.ts";
import { suggestNextActions } from "../../../supabase/functions/_shared/orchestrator/adapters/meeting/suggestNextActions.ts";
import { readingRun, runSkill, talk } from "../readingRun.ts";
import { CONTEXT, earlier, item } from "./earlierOutputs.ts";

const TURNS = talk(
  "Ana: What would have to happen for you to go ahead?",
  "Pat: It is too slow for us, honestly. We have 90000 dollars for it this year.",
  "Ana: Fine. I'll send the security pack.",
  "Pat: We want to be live by March 20th.",
);
const MEETING = {
  started_at: "2026-03-11T10:00:00Z",
  timezone: "Europe/London",
  attendees: [
    { name: "Ana", email: "ana@us.example", is_external: false, title: null, contact_id: null },
    { name: "Pat", email: "pat@them.example", is_external: true, title: null, contact_id: null },
  ],
};
const SLOW = { turn: 1, quote: "It is too slow for us" };
const world = (modelAnswer: unknown) =>
  readingRun({ meeting: MEETING, turns: TURNS, deal: { stage: "Discovery" }, modelAnswer });

Deno.test("coachingMicroFeedback: a model sees, the scores stay measured", async () => {
  const seen = {
    ...SLOW,
    category: "objections",
    severity: "warning",
    text: "The concern about speed was passed over",
    action: "Ask what is slow",
    priority: "high",
  };
  const run = world({ findings: [seen, { ...seen, quote: "You are the best" }] });
  const measured = await runSkill(coachingMicroFeedback, world(undefined).ctx);
  const output = await runSkill(coachingMicroFeedback, run.ctx);
  assert.deepEqual(
    [output.overall_score, output.raw_metrics],
    [measured.overall_score, measured.raw_metrics],
  );
  assert.deepEqual(output.insights.map(({ category, text }) => [category, text]), [
    ["talk_ratio", measured.insights[0].text],
    ["objections", seen.text],
  ]);
  assert.deepEqual(output.insights[1].evidence, SLOW);
  assert.equal(output.recommendations.at(-1)?.action, "Ask what is slow");
  assert.match(run.warnings.join(), /1 of the model's findings are not in the transcript/);
});

Deno.test("coachingMicroFeedback: where nobody knows who is who, no model is asked", async () => {
  const run = readingRun({
    meeting: {},
    turns: TURNS,
    modelAnswer: () => {
      throw new Error("asked");
    },
  });
  assert.equal((await runSkill(coachingMicroFeedback, run.ctx)).overall_score, null);
});

Deno.test("suggestNextActions: a model's advice, without what is a to-do already", async () => {
  const advice = {
    title: "Answer the concern about speed",
    why: "It stands in the way",
    action_type: "follow_up",
    priority: "low",
    confidence: 0.8,
  };
  const run = world({
    suggestions: [
      { ...advice, ...SLOW },
      { ...advice, title: "Send the pack", turn: 2, quote: "I'll send the security pack" },
      { ...advice, title: "Ask for the budget", priority: "high", turn: 1, quote: "90000 dollars" },
    ],
  });
  const outputs = earlier({ items: [item({ turn: 2 })] });
  const output = await runSkill(suggestNextActions, run.ctx, { outputs, context: CONTEXT });
  const titles = ["Ask for the budget", "Answer the concern about speed"];
  assert.deepEqual(output.suggestions.map(({ title }) => title), titles);
  assert.deepEqual(run.changes.map(({ change }) => change.title), titles);
});

Deno.test("extractCrmFields: what a model says of the deal is taken as far as it was said", async () => {
  const said = (field_name: string, new_value: string, quote: string, turn = 1) => ({
    turn,
    quote,
    field_name,
    new_value,
    confidence: 0.9,
  });
  const run = world({
    changes: [
      said("stage", "Won", "It is too slow"),
      said("deal_value", "90000", "We have 90000 dollars"),
      said("close_date", "by March 20th", "We want to be live by March 20th", 3),
      said("blockers", "Too slow", "It is too slow for us"),
      said("summary", "They pay tomorrow", "We pay tomorrow"),
    ],
  });
  const output = await runSkill(extractCrmFields, run.ctx, { context: CONTEXT });
  assert.deepEqual(
    output.fields_changed.map(({ field_name, new_value }) => [field_name, new_value]),
    [
      ["deal_value", "90000"],
      ["blockers", "Too slow"],
      ["close_date", "2026-03-20"],
    ],
  );
  assert.match(run.warnings.join(), /stage is not in the talk or the CRM/);
});

Deno.test("extractCrmFields: a value that was not said is not taken", async () => {
  const invented = {
    turn: 1,
    quote: "We have 90000 dollars for it",
    field_name: "deal_value",
    new_value: "190000",
    confidence: 1,
  };
  const run = world({ changes: [invented] });
  const output = await runSkill(extractCrmFields, run.ctx, { context: CONTEXT });
  assert.deepEqual([output.fields_changed, output.no_change_reason], [[], "nothing_said"]);
});
