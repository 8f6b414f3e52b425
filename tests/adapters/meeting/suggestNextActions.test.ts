import assert from "node:assert/strict";
import {
  suggestNextActions,
} from "../../../supabase/functions/_shared/orchestrator/adapters/meeting/suggestNextActions.ts";
import { readingRun, runSkill } from "../readingRun.ts";
import { CONTEXT, earlier, intent, item, PAYLOAD } from "./earlierOutputs.ts";

function partsOf(outputs: object) {
  return { payload: PAYLOAD, context: CONTEXT, outputs };
}

async function suggest(outputs: object) {
  const { suggestions } = await runSkill(
    suggestNextActions,
    readingRun().ctx,
    partsOf(outputs),
  );
  return suggestions;
}

Deno.test("suggestNextActions puts what matters and what is sure first", async () => {
  const suggestions = await suggest(earlier({
    intents: [
      intent("general", { confidence: 0.99 }),
      intent("competitive_mention", { confidence: 0.7 }),
      intent("objection_blocker", { confidence: 0.7 }),
      intent("pricing_request", { confidence: 0.9 }),
    ],
  }));
  assert.deepEqual(suggestions.map(({ priority, confidence }) => [priority, confidence]), [
    ["high", 0.9],
    ["high", 0.7],
    ["medium", 0.7],
    ["low", 0.99],
  ]);
});

Deno.test("suggestNextActions hands on day and evidence of the intent", async () => {
  const [suggestion] = await suggest(earlier({
    intents: [
      intent("send_proposal", { turn: 6, quote: "by Friday", deadline_parsed: "2026-03-13" }),
    ],
  }));
  assert.equal(suggestion.due_iso, "2026-03-13");
  assert.deepEqual(suggestion.evidence, { turn: 6, quote: "by Friday" });
});

const SAME_TURN: readonly (readonly [side: string, suggested: number])[] = [
  ["ours", 0],
  ["unknown", 0],
  ["theirs", 1],
];

for (const [side, suggested] of SAME_TURN) {
  Deno.test(`suggestNextActions gives ${suggested} beside a to-do of side ${side}`, async () => {
    const suggestions = await suggest(earlier({
      items: [item({ turn: 6, owner_side: side })],
      intents: [intent("send_proposal", { turn: 6 })],
    }));
    assert.equal(suggestions.length, suggested);
  });
}

Deno.test("suggestNextActions suggests one thing per intent and knows no others", async () => {
  const suggestions = await suggest(earlier({
    intents: [
      intent("send_content", { turn: 1 }),
      intent("send_content", { turn: 9 }),
      intent("wire_money", { turn: 3 }),
    ],
  }));
  assert.deepEqual(suggestions.map(({ title }) => title), ["Send the promised material"]);
});

Deno.test("suggestNextActions stops at six", async () => {
  const names = [
    "send_proposal",
    "pricing_request",
    "schedule_meeting",
    "objection_blocker",
    "competitive_mention",
    "timeline_signal",
    "check_with_team",
  ];
  assert.equal((await suggest(earlier({ intents: names.map((name) => intent(name)) }))).length, 6);
});

Deno.test("suggestNextActions takes up a spoken yes, not a doubtful one", async () => {
  const commitments = [{ phrase: "We'll sign.", confidence: 0.8 }];
  const yes = await suggest({ "detect-verbal-commitment": { detected: true, commitments } });
  const maybe = await suggest({ "detect-verbal-commitment": { detected: false, commitments } });
  assert.deepEqual([yes.length, maybe.length], [1, 0]);
  assert.match(yes[0].reasoning, /We'll sign\./);
});

Deno.test("suggestNextActions suggests nothing when every earlier step is missing", async () => {
  const lost = { "extract-action-items": null, "detect-intents": { intents: "many" } };
  assert.deepEqual(await suggest({}), []);
  assert.deepEqual(await suggest(lost), []);
});

Deno.test("suggestNextActions stores each suggestion once when repeated", async () => {
  const run = readingRun();
  const parts = partsOf(earlier({ intents: [intent("send_proposal"), intent("pricing_request")] }));
  const first = await runSkill(suggestNextActions, run.ctx, parts);
  const second = await runSkill(suggestNextActions, run.contextOf({ attempt: 2 }), parts);
  assert.deepEqual(second, first);
  assert.deepEqual(run.changes.map(({ entity, change }) => [entity, change.deal_id]), [
    ["suggestion", "deal-1"],
    ["suggestion", "deal-1"],
  ]);
});
