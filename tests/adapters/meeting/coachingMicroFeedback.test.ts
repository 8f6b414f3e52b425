import assert from "node:assert/strict";
import {
  coachingMicroFeedback,
} from "../../../supabase/functions/_shared/orchestrator/adapters/meeting/coachingMicroFeedback.ts";
import { readingRun, type ReadingWorld, runSkill } from "../readingRun.ts";
import { assertQuoted, MEETING, SALES_CALL, saying, TURNS } from "./salesCall.ts";

function coach(world: ReadingWorld, outputs: object = {}) {
  return runSkill(coachingMicroFeedback, readingRun(world).ctx, { outputs });
}

Deno.test("coachingMicroFeedback scores the conduct and stores one analysis", async () => {
  const run = readingRun(SALES_CALL);
  const output = await runSkill(coachingMicroFeedback, run.ctx);
  assert.equal(output.raw_metrics.open_questions, 3);
  assert.deepEqual(output.raw_metrics.discovery_topics, ["pain", "today", "decision"]);
  assert.equal(output.objection_handling_score, 100);
  assert.deepEqual(run.changes.map(({ entity, change }) => [entity, change.overall_score]), [
    ["coaching_analysis", output.overall_score],
  ]);
});

Deno.test("coachingMicroFeedback repeats without a second row", async () => {
  const run = readingRun(SALES_CALL);
  const first = await runSkill(coachingMicroFeedback, run.ctx);
  assert.deepEqual(
    await runSkill(coachingMicroFeedback, run.contextOf({ attempt: 2 })),
    first,
  );
  assert.equal(run.changes.length, 1);
});

Deno.test("coachingMicroFeedback leaves no row about a meeting without words", async () => {
  const run = readingRun({ meeting: MEETING });
  const output = await runSkill(coachingMicroFeedback, run.ctx);
  assert.equal(output.overall_score, null);
  assert.deepEqual(run.changes, []);
});

Deno.test("coachingMicroFeedback scores nothing when nobody told who is who", async () => {
  const output = await coach({ ...SALES_CALL, meeting: { ...MEETING, attendees: [] } });
  assert.deepEqual([output.talk_ratio, output.overall_score], [null, null]);
  assert.deepEqual(output.recommendations, []);
});

Deno.test("coachingMicroFeedback warns of a monologue and of a lopsided talk", async () => {
  const long = `Dana Whitfield: ${"Our product is very good. ".repeat(70)}`;
  const output = await coach(saying(long, "Marcus Oyelaran: Okay."));
  assert.equal(output.raw_metrics.longest_monologue_words, 350);
  const ratio = output.recommendations.find(({ category }) => category === "talk_ratio");
  assert.equal(ratio?.priority, "high");
});

Deno.test("coachingMicroFeedback names the concern that nobody took up", async () => {
  const output = await coach(saying(
    "Marcus Oyelaran: My concern is the data migration.",
    "Dana Whitfield: Anyway, this is the next page.",
  ));
  assert.equal(output.objection_handling_score, 0);
  const concern = output.insights.find(({ category }) => category === "objections");
  assert.deepEqual(concern?.evidence, { turn: 0, quote: "My concern is the data migration." });
});

const NEXT_STEPS: readonly (readonly [what: string, earlier: unknown, dated: number | null])[] = [
  ["a failed extraction", null, null],
  ["an extraction of another shape", { action_items: "many" }, null],
  ["no next step", { action_items: [] }, 0],
  ["a next step without a day", { action_items: [{ text: "Send it" }] }, 0],
  ["a next step with its day", { action_items: [{ text: "Send it", due_iso: "2026-03-13" }] }, 1],
];

for (const [what, earlier, dated] of NEXT_STEPS) {
  Deno.test(`coachingMicroFeedback judges next steps by ${what}`, async () => {
    const output = await coach(SALES_CALL, { "extract-action-items": earlier });
    const insight = output.insights.find(({ category }) => category === "next_steps");
    assert.equal(output.raw_metrics.dated_commitments, dated);
    assert.equal(
      insight?.severity,
      dated === null ? undefined : dated > 0 ? "positive" : "warning",
    );
  });
}

Deno.test("coachingMicroFeedback quotes what was said in the turn it names", async () => {
  const { insights } = await coach(SALES_CALL);
  const evidence = insights.flatMap((insight) => insight.evidence ?? []);
  assert.ok(evidence.length > 1);
  assertQuoted(TURNS, evidence);
});
