import assert from "node:assert/strict";
import {
  riskSignals,
  scoreOf,
} from "../../../supabase/functions/_shared/orchestrator/adapters/deal/scoreDealRisks.ts";
import { trendOf } from "../../../supabase/functions/_shared/orchestrator/adapters/deal/generateRiskAlerts.ts";
import { reportsByOwner } from "../../../supabase/functions/_shared/orchestrator/adapters/deal/deliverRiskSlack.ts";
import type { ScannedDeal } from "../../../supabase/functions/_shared/orchestrator/adapters/deal/_risk.ts";
import { ADAPTER_REGISTRY } from "../../../supabase/functions/_shared/orchestrator/adapters/index.ts";
import type { JsonObject } from "../../../supabase/functions/_shared/orchestrator/types.ts";
import { neglectDeals } from "../../conformance/scenarios/deal.ts";
import { createSkillWorld, SEED, type SkillWorld } from "../../support/skillWorld.ts";

const TODAY = "2026-05-10";

/** A deal that nothing speaks against. */
const HEALTHY: ScannedDeal = {
  deal_id: "d",
  deal_name: "Rollout",
  deal_value: 20_000,
  current_stage: "Evaluation",
  expected_close_date: "2026-08-01",
  owner_id: "u",
  owner_name: "Rep",
  company_name: "Acme",
  primary_contact_name: "Ann",
  primary_contact_email: "ann@acme.example",
  days_since_last_activity: 2,
  contact_count: 2,
  meetings_last_30d: 1,
  emails_last_30d: 5,
  contact_emails_last_30d: 3,
  last_activity_at: null,
};

const SCORES: readonly (readonly [name: string, deal: Partial<ScannedDeal>, points: string])[] = [
  ["a healthy deal", {}, ""],
  ["seven idle days", { days_since_last_activity: 7 }, "engagement_drop 15"],
  ["fourteen idle days", { days_since_last_activity: 14 }, "engagement_drop 25"],
  ["fourteen idle days without a meeting", {
    days_since_last_activity: 14,
    meetings_last_30d: 0,
  }, "engagement_drop 25, ghost_pattern 5"],
  ["unknown idle days and no mail", {
    days_since_last_activity: null,
    emails_last_30d: 0,
  }, "engagement_drop 25"],
  ["two mails", { emails_last_30d: 2 }, "engagement_drop 10"],
  ["a silent champion", { contact_emails_last_30d: 0 }, "champion_quiet 20"],
  ["a champion of one mail", { contact_emails_last_30d: 1 }, "champion_quiet 10"],
  ["no main contact", { contact_emails_last_30d: null }, ""],
  ["a close date that passed", { expected_close_date: "2026-05-09" }, "timeline_slipping 15"],
  ["a close date in a week, early stage", {
    expected_close_date: "2026-05-17",
  }, "timeline_slipping 10"],
  ["a close date in a week, late stage", {
    expected_close_date: "2026-05-17",
    current_stage: "Closing",
  }, ""],
  ["one contact on a large deal", { contact_count: 1 }, "single_threaded 15"],
  ["one contact on a small deal", {
    contact_count: 1,
    deal_value: 10_000,
  }, "single_threaded 10"],
];

for (const [name, deal, expected] of SCORES) {
  Deno.test(`riskSignals() weighs ${name}`, () => {
    const signals = riskSignals({ ...HEALTHY, ...deal }, TODAY);
    assert.equal(signals.map(({ type, score }) => `${type} ${score}`).join(", "), expected);
  });
}

Deno.test("scoreOf() reaches 80 at worst, the share of which the hand-off reads", () => {
  const worst = riskSignals({
    ...HEALTHY,
    days_since_last_activity: 40,
    meetings_last_30d: 0,
    emails_last_30d: 0,
    contact_emails_last_30d: 0,
    contact_count: 1,
    expected_close_date: "2026-01-01",
  }, TODAY);
  assert.equal(scoreOf(worst), 80);
});

const TRENDS = [
  [60, null, "new"],
  [60, 49, "worsening"],
  [60, 50, "stable"],
  [49, 60, "improving"],
  [
    11,
    0,
    "worsening",
  ],
] as const;
for (const [score, previous, trend] of TRENDS) {
  Deno.test(`trendOf() calls ${score} after ${previous} ${trend} (fault 45)`, () => {
    assert.equal(trendOf(score, previous), trend);
  });
}

Deno.test("reportsByOwner() leaves out what nobody owns", () => {
  const item = { deal_id: "d", deal_name: "D", owner_id: null, score: 45, top_signal: null };
  assert.deepEqual(reportsByOwner([], [item, { ...item, owner_id: "u" }]).map((r) => r.owner), [
    "u",
  ]);
});

const [SCAN_1, SCAN_2, SCAN_3] = [1, 2, 3].map(() => crypto.randomUUID());

/** The whole scan as a run of its own. */
async function scan(world: SkillWorld, jobId: string): Promise<Record<string, JsonObject>> {
  const outputs: Record<string, JsonObject> = {};
  for (
    const slug of [
      "scan-active-deals",
      "score-deal-risks",
      "generate-risk-alerts",
      "deliver-risk-slack",
    ] as const
  ) {
    const done = await world.perform(ADAPTER_REGISTRY[slug], {
      payload: {},
      outputs: structuredClone(outputs),
      type: "deal_risk_scan",
      userId: null,
      jobId,
    });
    outputs[slug] = done.outputs[0] as JsonObject;
  }
  return outputs;
}

Deno.test("the risk scan tells each owner once, and again only when the score changes (fault 45)", async () => {
  await using world = await createSkillWorld();
  await neglectDeals(world);
  const first = await scan(world, SCAN_1);
  assert.deepEqual(
    [...first["deliver-risk-slack"].owners_notified as string[]].sort(),
    [SEED.admin, SEED.member],
  );
  const told = world.sent.length;
  const second = await scan(world, SCAN_2);
  assert.deepEqual([world.sent.length, second["generate-risk-alerts"].unchanged], [told, 2]);
  await world.sql`update public.deals set close_date = null where id = ${SEED.deal}`;
  const third = await scan(world, SCAN_3);
  assert.deepEqual(third["deliver-risk-slack"].owners_notified, [SEED.member]);
  const [alert] = third["generate-risk-alerts"].alerts as JsonObject[];
  assert.deepEqual([alert.score_delta, alert.trend], [-15, "improving"]);
});

Deno.test("the risk scan goes on for others when one owner opted out (fault 44)", async () => {
  await using world = await createSkillWorld();
  await neglectDeals(world);
  await world.sql`
    insert into public.fleet_user_preferences (user_id, org_id, event_type, is_enabled)
    values (${SEED.member}, ${SEED.org}, 'deal_risk_scan', false)`;
  const outputs = await scan(world, SCAN_1);
  assert.deepEqual(outputs["deliver-risk-slack"].owners_notified, [SEED.admin]);
  assert.deepEqual(outputs["deliver-risk-slack"].left_out, [SEED.member]);
});

Deno.test("deliverRiskSlack does not count a score as told that was not delivered (fault 45)", async () => {
  await using world = await createSkillWorld();
  await neglectDeals(world);
  world.fail.world = new Error("Slack is away");
  await assert.rejects(scan(world, SCAN_1), world.fail.world);
  delete world.fail.world;
  const rows = await world.sql`select from public.deal_risk_scores where alerted_at is not null`;
  assert.equal(rows.length, 0);
});
