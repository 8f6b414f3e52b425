import assert from "node:assert/strict";
import {
  updateCrmFromMeeting,
} from "../../../supabase/functions/_shared/orchestrator/adapters/meeting/updateCrmFromMeeting.ts";
import type { CrmDeal } from "../../../supabase/functions/_shared/ports/mod.ts";
import { readingRun, type ReadingWorld, runSkill } from "../readingRun.ts";
import { CONTEXT, earlier, intent, item, PAYLOAD } from "./earlierOutputs.ts";
import { MEETING } from "./salesCall.ts";

const DEAL: Partial<CrmDeal> = { close_date: "2026-06-01", tags: ["Pilot"] };

async function update(outputs: object, world: ReadingWorld = {}) {
  const run = readingRun({ meeting: MEETING, deal: DEAL, ...world });
  const output = await runSkill(updateCrmFromMeeting, run.ctx, {
    payload: PAYLOAD,
    context: CONTEXT,
    outputs,
  });
  return { output, changes: run.changes.map(({ change }) => change) };
}

Deno.test("updateCrmFromMeeting takes our next three steps, the soonest first", async () => {
  const { changes } = await update(earlier({
    items: [
      item({ text: "Undated", due_iso: null }),
      item({ text: "Later", due_iso: "2026-03-20" }),
      item({ text: "Theirs", owner_side: "theirs" }),
      item({ text: "Doubtful", confidence: 0.55 }),
      item({ text: "Soon", due_iso: "2026-03-13" }),
      item({ text: "Last", due_iso: null }),
    ],
  }));
  assert.deepEqual(changes, [
    { next_steps: "Soon (2026-03-13); Later (2026-03-20); Undated" },
  ]);
});

Deno.test("updateCrmFromMeeting leaves date and tags to those who are asked about them", async () => {
  const { changes } = await update(earlier({
    intents: [
      intent("timeline_signal", { deadline_parsed: "2026-05-01" }),
      intent("pricing_request"),
    ],
  }));
  assert.deepEqual(changes, []);
});

Deno.test("updateCrmFromMeeting makes every proposed change, not the first alone", async () => {
  const { output, changes } = await update(earlier({
    items: [item()],
    intents: [
      intent("timeline_signal", { deadline_parsed: "2026-05-01" }),
      intent("competitive_mention"),
      intent("pricing_request"),
    ],
  }));
  assert.deepEqual(changes.flatMap(Object.keys), ["next_steps", "notes"]);
  assert.equal(output.changes_applied, 2);
  assert.deepEqual(
    output.field_changes.map(({ evidence }) => evidence?.quote),
    [item().quote, "They said competitive_mention."],
  );
});

Deno.test("updateCrmFromMeeting notes blockers under the local day, once", async () => {
  const blocked = earlier({ intents: [intent("objection_blocker", { quote: "My concern" })] });
  const evening = { ...MEETING, started_at: "2026-03-13T02:30:00Z" };
  const world = { meeting: evening, deal: { notes: "Met in May." } };
  const { changes } = await update(blocked, world);
  const heading = "## 2026-03-12: Call with Harbour Freight";
  const notes = `Met in May.\n${heading}\n- Blocker: “My concern”`;
  assert.deepEqual(changes, [{ notes }]);
  assert.deepEqual((await update(blocked, { meeting: evening, deal: { notes } })).changes, []);
});

Deno.test("updateCrmFromMeeting leaves the deal alone without a sure finding", async () => {
  const doubtful = ["timeline_signal", "pricing_request", "objection_blocker"].map((name) =>
    intent(name, { confidence: 0.5, deadline_parsed: "2026-05-01" })
  );
  for (const outputs of [{}, { "detect-intents": "lost" }, earlier({ intents: doubtful })]) {
    const { output, changes } = await update(outputs);
    assert.deepEqual([output.skipped, output.reason], [true, "nothing_to_change"]);
    assert.deepEqual(changes, []);
  }
});

Deno.test("updateCrmFromMeeting says that there is no deal to change", async () => {
  const { output } = await update(earlier({ items: [item()] }), { deal: { id: "another" } });
  assert.deepEqual([output.deal_id, output.reason], [null, "no_deal"]);
});

Deno.test("updateCrmFromMeeting changes each field once however often it is repeated", async () => {
  const run = readingRun({ meeting: MEETING, deal: DEAL });
  const parts = {
    payload: PAYLOAD,
    context: CONTEXT,
    outputs: earlier({ items: [item()], intents: [intent("objection_blocker")] }),
  };
  await runSkill(updateCrmFromMeeting, run.ctx, parts);
  await runSkill(updateCrmFromMeeting, run.contextOf({ attempt: 2 }), parts);
  assert.equal(run.changes.length, 2);
});
