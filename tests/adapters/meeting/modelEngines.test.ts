import assert from "node:assert/strict";
import { classifyCallType } from "../../../supabase/functions/_shared/orchestrator/adapters/meeting/classifyCallType.ts";
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
  const [what, change] of [
    ["quotes what nobody said", { quote: "I'll wire you ten thousand dollars" }],
    ["names a turn that is not there", { turn: 7 }],
    ["gives it to somebody who was not there", { owner: "Mallory" }],
    ["has no words", { text: " " }],
  ] as const
) {
  Deno.test(`a to-do of a model that ${what} is left out, and said so`, async () => {
    const { world, run } = extract([{ ...ITEM, ...change }]);
    assert.equal((await run).count, 0);
    assert.deepEqual(world.warnings, [
      "1 of the model's to-dos are not in the transcript: left out",
    ]);
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
