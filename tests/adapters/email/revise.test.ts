import assert from "node:assert/strict";
import {
  notAppliedIn,
  reviseWords,
} from "../../../supabase/functions/_shared/orchestrator/adapters/email/_revise.ts";
import { readingRun } from "../readingRun.ts";

const MAIL = { subject: "Next steps", body: "Hi Ann,\n\nFirst.\n\nBest,\nBo" };
const LIMITS = { maxSubject: 40, maxBody: 200 };
const GOOD = { subject: "Our  plan\nfor May", body: "Hi Dr Lee,\n\nBest,\nBo", not_applied: "" };

function revise(modelAnswer: unknown, feedback = "warmer, and to Dr Lee") {
  const { ctx } = readingRun({ modelAnswer });
  return reviseWords(MAIL, { feedback }, { ctx, ...LIMITS });
}

Deno.test("a model's version takes the place of the words, on one line of subject, and names its engine", async () => {
  assert.deepEqual(await revise(GOOD), {
    subject: "Our plan for May",
    body: GOOD.body,
    engine: "test:model",
    notApplied: null,
  });
});

Deno.test("a model is shown subject, body and feedback, and nothing else", async () => {
  let shown: unknown = null;
  await revise((material: string) => {
    shown = JSON.parse(material);
    return GOOD;
  });
  assert.deepEqual(shown, { ...MAIL, feedback: "warmer, and to Dr Lee" });
});

Deno.test("what a model left of the feedback is told to whoever approves", async () => {
  const revised = await revise({ ...GOOD, not_applied: " the discount " });
  assert.equal(notAppliedIn(revised), " Not applied: the discount");
});

Deno.test("a model's words are cut to what a mail may hold, never inside a character", async () => {
  const revised = await revise({
    ...GOOD,
    subject: `${"s".repeat(39)}😀`,
    body: "b".repeat(500),
  });
  assert.deepEqual([revised.subject, revised.body.length], ["s".repeat(39), 200]);
});

for (const [what, answer] of [["subject", { subject: " " }], ["body", { body: "\n" }]] as const) {
  Deno.test(`a model's version without a ${what} replaces nothing`, async () => {
    await assert.rejects(() => revise({ ...GOOD, ...answer }));
  });
}

Deno.test("without a model the rules follow the feedback and say so", async () => {
  const { engine, subject } = await revise(undefined, 'subject: "Our plan"');
  assert.deepEqual([engine, subject], ["rules", "Our plan"]);
});
