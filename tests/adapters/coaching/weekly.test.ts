import assert from "node:assert/strict";
import { ADAPTER_REGISTRY } from "../../../supabase/functions/_shared/orchestrator/adapters/index.ts";
import type {
  Pattern,
  Week,
} from "../../../supabase/functions/_shared/orchestrator/adapters/coaching/_week.ts";
import {
  adviceOf,
  insightsOf,
} from "../../../supabase/functions/_shared/orchestrator/adapters/coaching/aggregateWeeklyMetrics.ts";
import {
  findPatterns,
  splitByOutcome,
} from "../../../supabase/functions/_shared/orchestrator/adapters/coaching/correlateWinLoss.ts";
import {
  metricLines,
  summarise,
} from "../../../supabase/functions/_shared/orchestrator/adapters/coaching/generateCoachingDigest.ts";
import type { SkillSlug } from "../../../supabase/functions/_shared/orchestrator/skillCatalogue.ts";
import type { JsonObject } from "../../../supabase/functions/_shared/orchestrator/types.ts";
import type { CrmCoachingAnalysis } from "../../../supabase/functions/_shared/ports/mod.ts";
import { createSkillWorld, SEED, type SkillWorld } from "../../support/skillWorld.ts";

function analysis(more: Partial<CrmCoachingAnalysis> = {}): CrmCoachingAnalysis {
  return {
    meeting_id: null,
    meeting_title: "Call",
    user_id: null,
    talk_ratio: 0.5,
    question_quality_score: 50,
    objection_handling_score: 50,
    discovery_depth_score: 50,
    overall_score: 50,
    insights: [],
    recommendations: [],
    deal_status: null,
    created_at: "2026-05-01T00:00:00Z",
    ...more,
  };
}

Deno.test("insightsOf() puts warnings first and passes rows of another shape over", () => {
  const found = insightsOf([
    analysis({ insights: [{ text: "good", severity: "positive" }, { note: "?" }] }),
    analysis({ insights: [{ text: "bad", severity: "warning" }] }),
  ]);
  assert.deepEqual(found.map(({ text }) => text), ["bad", "good"]);
});

Deno.test("adviceOf() counts the same advice once per meeting and leads with the most frequent", () => {
  const ask = { category: "questions", action: "Ask", priority: "low" };
  const talk = { category: "talk", action: "Listen", priority: "high" };
  const advice = adviceOf([
    analysis({ recommendations: [ask, ask, talk] }),
    analysis({ recommendations: [{ ...ask, priority: "high" }] }),
  ]);
  assert.deepEqual(advice, [
    { category: "questions", action: "Ask", priority: "high", meetings: 2 },
    { category: "talk", action: "Listen", priority: "high", meetings: 1 },
  ]);
});

Deno.test("findPatterns() tells only differences that are more than noise, the largest first", () => {
  const won = [analysis({ talk_ratio: 0.42, overall_score: 90, question_quality_score: 53 })];
  const lost = [analysis({ talk_ratio: 0.7, overall_score: 60, question_quality_score: 50 })];
  assert.deepEqual(findPatterns(won, lost).map(({ metric }) => metric), [
    "overall_score",
    "talk_ratio",
  ]);
});

Deno.test("splitByOutcome() wants three meetings of either outcome", () => {
  const of = (deal_status: "won" | "lost", n: number) =>
    Array.from({ length: n }, () => analysis({ deal_status }));
  assert.equal(splitByOutcome([...of("won", 3), ...of("lost", 2)]).isEnough, false);
  assert.equal(splitByOutcome([...of("won", 3), ...of("lost", 3)]).isEnough, true);
});

const WEEK: Week = {
  talk_ratio: 0.48,
  question_quality_score: 72,
  objection_handling_score: null,
  discovery_depth_score: 60,
  overall_score: 70,
  insights: [],
  recommendations: [],
  previous: {
    talk_ratio: 0.58,
    question_quality_score: 60,
    objection_handling_score: null,
    discovery_depth_score: 60,
    overall_score: 75,
  },
  raw_metrics: { meetings_analyzed: 2, period: { from: "", to: "" } },
};

Deno.test("metricLines() shows what is known with its change", () => {
  assert.deepEqual(metricLines(WEEK), [
    "Our share of the talk: 48 % (−10 points)",
    "Questions: 72/100 (+12)",
    "Discovery: 60/100 (as the week before)",
    "Overall: 70/100 (−5)",
  ]);
});

Deno.test("summarise() says when there was nothing to analyse", () => {
  assert.equal(summarise(WEEK), "2 meetings in the last seven days. Overall 70/100, down from 75.");
  const empty = { ...WEEK, raw_metrics: { ...WEEK.raw_metrics, meetings_analyzed: 0 } };
  assert.equal(summarise(empty), "No meeting was analysed in the last seven days.");
});

const STEPS: readonly SkillSlug[] = [
  "aggregate-weekly-metrics",
  "correlate-win-loss",
  "generate-coaching-digest",
  "deliver-coaching-slack",
];

async function coach(world: SkillWorld): Promise<Record<string, JsonObject>> {
  const outputs: Record<string, JsonObject> = {};
  for (const slug of STEPS) {
    const done = await world.perform(ADAPTER_REGISTRY[slug], {
      payload: {},
      outputs,
      type: "coaching_weekly",
    });
    outputs[slug] = done.outputs[0] as JsonObject;
  }
  return outputs;
}

Deno.test("the coaching week averages the rep's real meetings, stores one row and tells the rep once", async () => {
  await using world = await createSkillWorld();
  await coach(world);
  const outputs = await coach(world);
  const week = outputs["aggregate-weekly-metrics"] as unknown as Week;
  assert.deepEqual([week.raw_metrics.meetings_analyzed, week.overall_score], [1, 71]);
  const rows = await world.sql`select user_id, overall_score::integer as score
    from public.coaching_analyses where org_id = ${SEED.org} and kind = 'week'`;
  assert.deepEqual(rows.map((row) => ({ ...row })), [{ user_id: SEED.member, score: 71 }]);
  assert.equal(world.sent.length, 1);
});

Deno.test("correlateWinLoss compares everybody's meetings where the rep has too few", async () => {
  await using world = await createSkillWorld();
  await world.sql`
    insert into public.coaching_analyses (org_id, meeting_id, user_id, overall_score, created_at)
    select ${SEED.org}, m.id, ${SEED.admin}, case when d.status = 'won' then 80 else 40 end, fleet.now() - interval '1 day'
    from public.meetings m join public.deals d on d.id = m.deal_id, generate_series(1, 3)
    where m.org_id = ${SEED.org} and d.status in ('won', 'lost')`;
  const outputs = await coach(world);
  const found = outputs["correlate-win-loss"] as unknown as {
    patterns: readonly Pattern[];
    sample_of: string;
  };
  assert.equal(found.sample_of, "organization");
  assert.ok(
    found.patterns.some(({ metric, won_avg, lost_avg }) =>
      metric === "overall_score" && won_avg > lost_avg
    ),
  );
});

Deno.test("a week without meetings stores nothing and sends nothing", async () => {
  await using world = await createSkillWorld();
  await world.sql`delete from public.coaching_analyses where org_id = ${SEED.org}`;
  const outputs = await coach(world);
  assert.equal(outputs["deliver-coaching-slack"].delivered, false);
  assert.equal(world.sent.length, 0);
  const [{ count }] = await world
    .sql`select count(*)::integer as count from public.coaching_analyses where org_id = ${SEED.org}`;
  assert.equal(count, 0);
});
