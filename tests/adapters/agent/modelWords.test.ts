import assert from "node:assert/strict";
import { ADAPTER_REGISTRY } from "../../../supabase/functions/_shared/orchestrator/adapters/index.ts";
import type { SkillSlug } from "../../../supabase/functions/_shared/orchestrator/skillCatalogue.ts";
import type { JsonObject } from "../../../supabase/functions/_shared/orchestrator/types.ts";
import { createSkillWorld, SEED } from "../../support/skillWorld.ts";
import { answering } from "../readingRun.ts";

/** What a skill makes of a model's answer over the seeded CRM. */
async function perform(
  slug: SkillSlug,
  parts: { readonly payload?: JsonObject; readonly outputs?: JsonObject },
  answer: unknown,
): Promise<{ readonly output: JsonObject; readonly engine: string }> {
  await using world = await createSkillWorld({ llm: answering(answer) });
  const { outputs: [output], engine } = await world.perform(ADAPTER_REGISTRY[slug], {
    payload: {},
    ...parts,
  });
  return { output: output as JsonObject, engine };
}

Deno.test("generateBriefing: a model writes the prose, figures it made up fall away", async () => {
  const { output, engine } = await perform("generate-briefing", { payload: { title: "Check" } }, {
    executive_summary: "A first talk. They have 4711 employees.",
    talking_points: ["Ask about the cold chain", "Mention the 30 % saving"],
    risk_signals: [],
    questions_to_ask: ["What changed?"],
  });
  const { briefing } = output as { briefing: JsonObject };
  assert.equal(engine, "test:model");
  assert.deepEqual(
    [briefing.executive_summary, briefing.talking_points, briefing.relationship_label],
    ["A first talk.", ["Ask about the cold chain"], "First contact"],
  );
});

const CAMPAIGN = {
  campaign_id: "c1",
  name: "Spring",
  status: "active",
  sent: 200,
  opened: 100,
  replied: 10,
  bounced: 2,
  open_rate: 0.5,
  reply_rate: 0.05,
  bounce_rate: 0.01,
};

Deno.test("generateCampaignReport: a model's words over the same figures", async () => {
  const outputs = {
    "pull-campaign-metrics": { metrics: [CAMPAIGN] },
    "classify-replies": { classified_replies: [] },
  };
  const { output, engine } = await perform("generate-campaign-report", { outputs }, {
    summary: "Spring reached 200 people. Expect 900 answers.",
    recommendations: ["Spring: keep the subject", "Send 5000 more"],
  });
  assert.deepEqual([output.summary, output.recommendations, output.reply_rate, engine], [
    "Spring reached 200 people.",
    ["Spring: keep the subject"],
    0.05,
    "test:model",
  ]);
});

const SELECTION = (template: number | null) => ({
  template,
  reason: "It fits",
  focus_areas: ["The cold chain", "Save 99 % of the cost"],
});

for (const [what, number] of [["none that is there", 77], ["none", null]] as const) {
  Deno.test(`selectProposalTemplate: a model that points at ${what} leaves the choice to the rules`, async () => {
    const parts = { payload: { meeting_id: SEED.meeting, quote: "I'll send a proposal." } };
    const { output } = await perform("select-proposal-template", parts, SELECTION(number));
    const { template } = output as { template: { id: string | null; reason: string } };
    assert.notEqual(template.id, null);
    assert.notEqual(template.reason, "It fits");
    assert.deepEqual(output.focus_areas, ["The cold chain"]);
  });
}

Deno.test("selectProposalTemplate: a model chooses a template of the organisation's", async () => {
  const parts = { payload: { meeting_id: SEED.meeting, quote: "I'll send a proposal." } };
  const { output, engine } = await perform("select-proposal-template", parts, SELECTION(0));
  const { template } = output as { template: { id: string | null; reason: string } };
  assert.deepEqual([typeof template.id, template.reason, engine], [
    "string",
    "It fits",
    "test:model",
  ]);
});

Deno.test("generateCustomSections: no figure reaches the customer that is not on record", async () => {
  const proposal = {
    title: "T",
    template_id: null,
    template_name: "Standard",
    body: "[[executive_summary]]",
    products: [{ name: "Forecast", description: "", price: 2400, currency: "USD", unit: "site" }],
    missing: [],
  };
  const outputs = { "populate-proposal": { proposal } };
  const { output, engine } = await perform("generate-custom-sections", { outputs }, {
    executive_summary: "You want less spoilage. You will save 250,000 dollars.",
    roi_projections: "Forecast costs 2,400 USD per site.",
    custom_sections: [
      { title: "Timing", content: "We start in 14 days." },
      { title: "Open points", content: "Speed is answered." },
    ],
  });
  assert.equal(engine, "test:model");
  assert.deepEqual(output, {
    executive_summary: "You want less spoilage.",
    roi_projections: "Forecast costs 2,400 USD per site.",
    custom_sections: [{ title: "Open points", content: "Speed is answered." }],
  });
});

Deno.test("analyseStallReason: a model judges the reason, the points stay the rules' own", async () => {
  const deal = {
    deal_id: "d",
    deal_name: "Rollout",
    status: "lost",
    deal_value: 1,
    currency: null,
    loss_reason: "They said the money went elsewhere.",
    close_date: null,
    owner_id: null,
    company_id: null,
    company_name: "Acme",
    contact_name: null,
    contact_email: null,
    contact_count: 2,
    signals: [],
    cache_used: false,
  };
  const outputs = {
    "research-trigger-events": { watchlist_items: [deal, { ...deal, deal_id: "e" }] },
  };
  const { output, engine } = await perform("analyse-stall-reason", { outputs }, {
    deals: [
      { number: 0, reason: "fit", approach: "Ask what was missing" },
      { number: 9, reason: "fit", approach: "Nobody" },
    ],
  });
  const scored = output.scored_opportunities as unknown as JsonObject[];
  assert.equal(engine, "test:model");
  assert.deepEqual(
    scored.map((one) => [one.deal_id, one.reason_compatibility_score]).sort(),
    [["d", 5], ["e", 20]],
  );
  assert.equal(
    scored.find((one) => one.deal_id === "d")!.recommended_approach,
    "Ask what was missing",
  );
});
