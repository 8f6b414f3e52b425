import assert from "node:assert/strict";
import { ADAPTER_REGISTRY } from "../../../supabase/functions/_shared/orchestrator/adapters/index.ts";
import { classifyReply } from "../../../supabase/functions/_shared/orchestrator/adapters/campaign/_replyRules.ts";
import {
  type CampaignReport,
  recommend,
} from "../../../supabase/functions/_shared/orchestrator/adapters/campaign/generateCampaignReport.ts";
import { toMetrics } from "../../../supabase/functions/_shared/orchestrator/adapters/campaign/pullCampaignMetrics.ts";
import type { SkillSlug } from "../../../supabase/functions/_shared/orchestrator/skillCatalogue.ts";
import type { JsonObject } from "../../../supabase/functions/_shared/orchestrator/types.ts";
import { createSkillWorld, SEED } from "../../support/skillWorld.ts";

const REPLIES = [
  ["Sounds useful. Can we talk on Thursday?", "meeting_request"],
  ["Happy to jump on a short call, mornings are best.", "meeting_request"],
  ["This is timely. Can you send prices for six sites?", "interested"],
  ["Tell me more please, we are curious.", "interested"],
  ["Do you integrate with SAP?", "question"],
  ["I'm not the right person, please talk to our head of logistics.", "referral"],
  ["Not right now, try again after the summer.", "not_now"],
  ["Thanks, but we're happy with what we have.", "not_interested"],
  ["We are not really interested.", "not_interested"],
  ["Please take me off your list.", "unsubscribe"],
  ["I am out of the office until 4 January.", "out_of_office"],
  ["👍", "other"],
] as const;

for (const [words, category] of REPLIES) {
  Deno.test(`classifyReply() takes "${words}" for ${category}`, () => {
    assert.equal(classifyReply("Re: hello", words).category, category);
  });
}

Deno.test("toMetrics() counts what is a count and gives no rate of nothing", () => {
  const campaign = { id: "c", name: "C", provider: "crm", external_id: null };
  const odd = toMetrics({ ...campaign, metrics: { sent: "many", opened: -3, replied: 2.7 } });
  assert.deepEqual([odd.sent, odd.opened, odd.replied, odd.reply_rate], [0, 0, 2, null]);
  const usual = toMetrics({ ...campaign, metrics: { sent: 200, replied: 9 } });
  assert.equal(usual.reply_rate, 0.045);
});

Deno.test("recommend() is silent where the figures are too small to tell", () => {
  const metrics = toMetrics({
    id: "c",
    name: "C",
    provider: "crm",
    external_id: null,
    metrics: { sent: 40, bounced: 10 },
  });
  assert.deepEqual(recommend([metrics], []), []);
  const large = { ...metrics, sent: 400, bounce_rate: 0.1 };
  assert.deepEqual(recommend([large], []), ["C: 10.0 % bounced; check the addresses"]);
});

Deno.test("the campaign check reports figures and who waits for an answer, and tells the rep once", async () => {
  await using world = await createSkillWorld();
  const steps: readonly SkillSlug[] = [
    "pull-campaign-metrics",
    "classify-replies",
    "generate-campaign-report",
    "deliver-campaign-slack",
  ];
  const outputs: Record<string, JsonObject> = {};
  for (const slug of steps) {
    const asked = { payload: {}, outputs, type: "campaign_daily_check" };
    outputs[slug] = (await world.perform(ADAPTER_REGISTRY[slug], asked)).outputs[0] as JsonObject;
  }
  const report = outputs["generate-campaign-report"] as unknown as CampaignReport;
  assert.equal(report.campaign_id, SEED.campaign);
  assert.equal(report.reply_rate, 0.0375);
  assert.deepEqual(report.to_answer.map(({ contact_name }) => contact_name), ["Ana Duarte"]);
  assert.deepEqual(report.recommendations, [
    "1 person waits for an answer",
    "Take 1 person off every list",
  ]);
  assert.deepEqual(world.sent.map(({ port }) => port), ["slack"]);
});
