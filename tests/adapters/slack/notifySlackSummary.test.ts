import assert from "node:assert/strict";
import {
  notifySlackSummary,
  sentimentOf,
} from "../../../supabase/functions/_shared/orchestrator/adapters/slack/notifySlackSummary.ts";
import { earlier, item } from "../meeting/earlierOutputs.ts";
import { readingRun, type ReadingWorld, runSkill, USER } from "../readingRun.ts";

const LINKED = { user: { id: USER, slack_user_id: "U1" }, deal: { name: "Rollout" } };
const DRAFT = { to: "marcus@buyer.example", subject: "Next steps", body: "Hi Marcus" };

interface Parts {
  readonly world?: ReadingWorld;
  readonly title?: string;
  readonly context?: object;
  readonly outputs?: object;
}

async function notify({ world, title = "Demo", context = LINKED, outputs = {} }: Parts = {}) {
  const run = readingRun(world);
  const payload = { meeting_id: "meeting-1", title };
  const output = await runSkill(notifySlackSummary, run.ctx, { payload, context, outputs });
  return { output, run, shown: JSON.stringify(run.messages[0]?.message.blocks ?? null) };
}

Deno.test("notifySlackSummary tells a rep with Slack what came of the meeting", async () => {
  const { output, run, shown } = await notify({
    outputs: earlier({
      items: [item()],
      "draft-followup-email": { email_draft: DRAFT },
      "update-crm-from-meeting": { changes_applied: 2 },
      "create-tasks-from-actions": { tasks_created: 1 },
      "coaching-micro-feedback": { overall_score: 70 },
    }),
  });
  assert.deepEqual(run.messages[0]?.message.to, { userId: USER });
  assert.match(shown, /Dana Whitfield: Send Marcus the pricing sheet \(2026-03-13\)/);
  assert.match(shown, /1 task created · 2 deal fields updated/);
  assert.deepEqual(output, {
    delivered: true,
    email_draft_delivered: true,
    delivery_method: "slack",
    delivery_error: null,
    delivered_via: "test slack",
    action_items_count: 1,
    crm_fields_updated: 2,
    sentiment: "positive",
  });
});

Deno.test("notifySlackSummary does not call a withheld message delivered", async () => {
  const { output } = await notify({
    world: { slackStatus: "withheld" },
    outputs: { "draft-followup-email": { email_draft: DRAFT } },
  });
  assert.deepEqual([output.delivered, output.email_draft_delivered], [false, false]);
  assert.equal(output.delivery_error, "test slack");
});

Deno.test("notifySlackSummary shows what people said as words, never as markup", async () => {
  const { shown } = await notify({
    outputs: earlier({ items: [item({ text: "<!channel> *ship* <https://evil.example|it>" })] }),
  });
  assert.ok(!/<!channel>|<https/.test(shown));
  assert.match(shown, /&lt;!channel&gt; {2}ship/);
});

Deno.test("notifySlackSummary shows five to-dos and counts all", async () => {
  const items = Array.from({ length: 8 }, (_, n) => item({ text: `Do thing ${n}` }));
  const { output, shown } = await notify({ outputs: earlier({ items }) });
  assert.match(shown, /To-dos \(8\)/);
  assert.equal(shown.match(/Do thing/g)?.length, 5);
  assert.equal(output.action_items_count, 8);
});

Deno.test("notifySlackSummary keeps to Slack's lengths", async () => {
  const items = Array.from({ length: 5 }, () => item({ text: "long ".repeat(2000) }));
  const { run } = await notify({
    title: "Very ".repeat(100),
    outputs: earlier({
      items,
      "draft-followup-email": { email_draft: { ...DRAFT, body: "& ".repeat(4000) } },
    }),
  });
  const blocks = run.messages[0]?.message.blocks as { type: string; text: { text: string } }[];
  for (const { type, text } of blocks) {
    assert.ok(text.text.length <= (type === "header" ? 150 : 3000));
  }
});

Deno.test("notifySlackSummary leaves a note in the app for a rep without Slack", async () => {
  const { output, run } = await notify({
    title: "Q&A",
    context: { user: { id: USER, slack_user_id: null } },
    outputs: earlier({ items: [item()] }),
  });
  assert.deepEqual(run.changes.map(({ entity, change }) => [entity, change.title]), [
    ["notification", "Debrief: Q&A"],
  ]);
  assert.deepEqual([output.delivered, output.delivery_method], [true, "in_app_only"]);
  assert.deepEqual(run.messages, []);
});

Deno.test("notifySlackSummary says when there is nobody to tell", async () => {
  const { output, run } = await notify({ world: { userId: null }, context: { user: null } });
  assert.deepEqual([output.delivered, output.delivery_error], [false, "the run has no user"]);
  assert.deepEqual(run.changes, []);
});

Deno.test("notifySlackSummary reports on a meeting whose every step failed", async () => {
  const lost = { "extract-action-items": null, "draft-followup-email": "lost" };
  const { output } = await notify({ outputs: lost });
  assert.deepEqual([output.delivered, output.action_items_count], [true, 0]);
});

Deno.test("notifySlackSummary sends one message however often it is repeated", async () => {
  const run = readingRun();
  for (const attempt of [1, 2]) {
    await runSkill(notifySlackSummary, run.contextOf({ attempt }), { context: LINKED });
  }
  assert.equal(run.messages.length, 1);
});

Deno.test("notifySlackSummary fails with Slack's own error", async () => {
  const deliveryFailure = new Error("Slack is down");
  await assert.rejects(notify({ world: { deliveryFailure } }), deliveryFailure);
});

Deno.test("sentimentOf() parts at 70 and at 40", () => {
  assert.deepEqual([70, 69, 40, 39, null, undefined].map(sentimentOf), [
    "positive",
    "neutral",
    "neutral",
    "challenging",
    "neutral",
    "neutral",
  ]);
});
