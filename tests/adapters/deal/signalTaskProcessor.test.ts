import assert from "node:assert/strict";
import {
  signalTaskProcessor,
} from "../../../supabase/functions/_shared/orchestrator/adapters/deal/signalTaskProcessor.ts";
import { playbookFor } from "../../../supabase/functions/_shared/orchestrator/adapters/deal/_intentTasks.ts";
import { intent, item } from "../meeting/earlierOutputs.ts";
import { readingRun, runSkill } from "../readingRun.ts";

const ITEMS = {
  "extract-action-items": {
    action_items: [
      item({ due_iso: "2026-03-20" }),
      item({ due_iso: "2026-03-13" }),
      item({ due_iso: "2026-03-01", owner_side: "theirs" }),
    ],
  },
};
const STALLED = { "analyse-stall-reason": { reason: "Nobody answers" } };
const RISKY = {
  "score-deal-risks": {
    scores: [
      { deal_id: "deal-1", deal_name: "Rollout", risk_score: 0.76, signal_types: [] },
      {
        deal_id: "deal-2",
        deal_name: "Pilot",
        risk_score: 0.8,
        signal_types: ["timeline_slipping"],
      },
    ],
  },
};
const BLOCKED = { "detect-intents": { intents: [intent("objection_blocker")] } };
const YES = {
  "detect-verbal-commitment": { detected: true, commitments: [{ phrase: "We'll sign." }] },
};

async function signalOf(outputs: object, payload: object = { meeting_id: "meeting-1" }) {
  const run = readingRun();
  const output = await runSkill(signalTaskProcessor, run.ctx, { payload, outputs });
  return { output, changes: run.changes };
}

const STRONGEST: readonly (readonly [signal: string, outputs: object])[] = [
  ["verbal_commitment_detected", { ...ITEMS, ...STALLED, ...RISKY, ...BLOCKED, ...YES }],
  ["objection_identified", { ...ITEMS, ...STALLED, ...RISKY, ...BLOCKED }],
  ["close_date_approaching", { ...ITEMS, ...STALLED, ...RISKY }],
  ["deal_stale", { ...ITEMS, ...STALLED }],
  ["meeting_ended", ITEMS],
];

for (const [signal, outputs] of STRONGEST) {
  Deno.test(`signalTaskProcessor makes one task to review of ${signal}`, async () => {
    const { output, changes } = await signalOf(outputs);
    assert.equal(output.signal_type, signal);
    const [{ entity, change }, ...others] = changes;
    assert.deepEqual([entity, change.status], ["task", "pending_review"]);
    assert.ok(others.every(({ change }) => change.source === "intent"));
  });
}

Deno.test("signalTaskProcessor looks after the riskiest deal", async () => {
  const { output, changes } = await signalOf(RISKY, {});
  assert.equal(output.title, "Look after Pilot: its risk is 80 %");
  assert.deepEqual([changes[0].change.deal_id, changes[0].change.priority], ["deal-2", "urgent"]);
});

Deno.test("signalTaskProcessor counts our to-dos and takes their first day", async () => {
  const { output, changes } = await signalOf(ITEMS, { meeting_id: "meeting-1", title: "Demo" });
  assert.equal(output.title, "Work through 2 to-dos after “Demo”");
  assert.equal(changes[0].change.due_on, "2026-03-13");
});

const SILENT: readonly (readonly [what: string, outputs: object])[] = [
  ["no earlier output", {}],
  ["outputs that were lost", { "extract-action-items": null, "score-deal-risks": "lost" }],
  ["a doubtful yes", { "detect-verbal-commitment": { detected: false, commitments: [] } }],
  ["a deal of little risk", { "score-deal-risks": { scores: [{ risk_score: 0.74 }] } }],
];

for (const [what, outputs] of SILENT) {
  Deno.test(`signalTaskProcessor makes no task of ${what}`, async () => {
    const { output, changes } = await signalOf(outputs);
    assert.deepEqual([output.task_id, output.tasks_created], [null, 0]);
    assert.deepEqual(changes, []);
  });
}

Deno.test("signalTaskProcessor makes its task once however often it is repeated", async () => {
  const run = readingRun();
  const first = await runSkill(signalTaskProcessor, run.ctx, { outputs: YES });
  const again = run.contextOf({ attempt: 2 });
  assert.deepEqual(await runSkill(signalTaskProcessor, again, { outputs: YES }), first);
  assert.equal(run.changes.length, 1);
});

/** Tasks of intents: what they are, whether to be reviewed, when due. */
function tasksOf(changes: Awaited<ReturnType<typeof signalOf>>["changes"]) {
  return changes.filter(({ change }) => change.source === "intent").map(({ change }) => change);
}

Deno.test("signalTaskProcessor makes one task per commitment that no to-do of ours covers", async () => {
  const intents = [
    intent("send_content", { turn: 4 }),
    intent("check_with_team", { turn: 9, deadline_parsed: "2026-03-20" }),
    intent("general", { turn: 12 }),
  ];
  const { changes } = await signalOf({
    "extract-action-items": { action_items: [item({ turn: 4 })] },
    "detect-intents": { intents },
  });
  assert.deepEqual(tasksOf(changes).map((task) => [task.signal_type, task.type, task.due_on]), [
    ["internal_check_required", "internal_action", "2026-03-20"],
    ["general_commitment", "follow_up", "2026-03-14"],
  ]);
});

Deno.test("signalTaskProcessor suggests what may not act, with what starts it", async () => {
  const intents = [intent("send_proposal", { turn: 3, actionable: false, quote: "I might" })];
  const { changes } = await signalOf({ "detect-intents": { intents } });
  const [task] = tasksOf(changes);
  assert.equal(task.status, "pending_review");
  assert.deepEqual((task.metadata as { start: unknown }).start, {
    event_type: "proposal_generation",
    payload: { meeting_id: "meeting-1", intent: "send_proposal", trigger_phrase: "I might" },
  });
});

Deno.test("signalTaskProcessor makes a blocker's task once", async () => {
  const { changes } = await signalOf(BLOCKED);
  assert.deepEqual(changes.map(({ change }) => change.signal_type), ["objection_identified"]);
});

const PRICE_BOOK = {
  id: "b",
  kind: "objection" as const,
  name: "Price",
  keywords: ["expensive"],
  body: "Offer one site first.",
};

Deno.test("playbookFor() goes by whole words of its kind", () => {
  const find = (intentName: string, words: string) =>
    playbookFor(intentName, words, [PRICE_BOOK])?.name ?? null;
  assert.deepEqual(
    [
      find("objection_blocker", "That is too expensive."),
      find("objection_blocker", "An inexpensive idea"),
      find("competitive_mention", "That is too expensive."),
    ],
    ["Price", null, null],
  );
});
