import assert from "node:assert/strict";
import { ADAPTER_REGISTRY } from "../../../supabase/functions/_shared/orchestrator/adapters/index.ts";
import type { Briefing } from "../../../supabase/functions/_shared/orchestrator/adapters/premeeting/_brief.ts";
import {
  meetingTypeOf,
  relationshipOf,
} from "../../../supabase/functions/_shared/orchestrator/adapters/premeeting/_classify.ts";
import type {
  Attendee,
  CompanyProfile,
  Enriched,
  History,
} from "../../../supabase/functions/_shared/orchestrator/adapters/premeeting/_people.ts";
import { buildBriefMessage } from "../../../supabase/functions/_shared/orchestrator/adapters/premeeting/deliverSlackBriefing.ts";
import { nameFromEmail } from "../../../supabase/functions/_shared/orchestrator/adapters/premeeting/enrichAttendees.ts";
import type { SkillSlug } from "../../../supabase/functions/_shared/orchestrator/skillCatalogue.ts";
import type { JsonObject } from "../../../supabase/functions/_shared/orchestrator/types.ts";
import { createSkillWorld, SEED, type SkillWorld } from "../../support/skillWorld.ts";

const GUEST: Attendee = {
  name: "Ann",
  email: "ann@acme.example",
  title: null,
  company: null,
  contact_id: null,
  is_known_contact: false,
  is_internal: false,
};

const TYPES = [
  ["SQL", "Weekly sync", "discovery"],
  ["Opportunity", "Weekly sync", "demo"],
  ["Verbal", "Weekly sync", "negotiation"],
  ["Signed", "Weekly sync", "account_review"],
  [null, "Product demo", "demo"],
  [null, "Contract redlines", "negotiation"],
  [null, "Kick-off", "service"],
  [null, "Lunch", "general"],
] as const;

for (const [stage, title, type] of TYPES) {
  Deno.test(`meetingTypeOf() takes a meeting "${title}" at stage ${stage} for ${type}`, () => {
    assert.equal(meetingTypeOf({ stage, title, attendees: [GUEST] }), type);
  });
}

Deno.test("meetingTypeOf() calls a meeting among colleagues internal whatever the deal", () => {
  const attendees = [{ ...GUEST, is_internal: true }];
  assert.equal(meetingTypeOf({ stage: "Verbal", title: "Demo", attendees }), "internal");
});

const WON = { status: "won" as const }, LOST = { status: "lost" as const };
const RELATIONSHIPS = [
  [{ isKnown: true, hasOpenDeal: true, ended: [WON] }, "existing_client"],
  [{ isKnown: true, hasOpenDeal: false, ended: [WON, LOST] }, "client"],
  [{ isKnown: true, hasOpenDeal: true, ended: [LOST] }, "re-engagement"],
  [{ isKnown: true, hasOpenDeal: false, ended: [] }, "prospect"],
  [{ isKnown: false, hasOpenDeal: false, ended: [] }, "unknown"],
] as const;

for (const [facts, relationship] of RELATIONSHIPS) {
  Deno.test(`relationshipOf() says ${relationship} of ${JSON.stringify(facts)}`, () => {
    assert.equal(relationshipOf(facts), relationship);
  });
}

Deno.test("nameFromEmail() reads a name out of an address", () => {
  assert.equal(nameFromEmail("anna.lee-park+x@acme.example"), "Anna Lee Park X");
});

const STEPS: readonly SkillSlug[] = [
  "enrich-attendees",
  "pull-crm-history",
  "research-company-news",
  "generate-briefing",
  "deliver-slack-briefing",
];

async function prepare(
  world: SkillWorld,
  payload: JsonObject,
): Promise<Record<string, JsonObject>> {
  const outputs: Record<string, JsonObject> = {};
  for (const slug of STEPS) {
    const done = await world.perform(ADAPTER_REGISTRY[slug], {
      payload,
      outputs,
      type: "pre_meeting_90min",
    });
    outputs[slug] = done.outputs[0] as JsonObject;
  }
  return outputs;
}

Deno.test("enrichAttendees puts the known outside person first and reads company, deal and kind", async () => {
  await using world = await createSkillWorld();
  const { outputs: [output] } = await world.perform(ADAPTER_REGISTRY["enrich-attendees"], {
    payload: {
      title: "Check",
      attendees: [
        "maya.chen@northwind.example",
        { email: "stranger@harborfoods.example" },
        { email: "PRIYA.RAMAN@harborfoods.example", name: "P" },
        "priya.raman@harborfoods.example",
      ],
    },
  });
  const enriched = output as unknown as Enriched;
  assert.deepEqual(enriched.attendees.map(({ name, is_internal }) => [name, is_internal]), [
    ["Priya Raman", false],
    ["Stranger", false],
    ["Maya Chen", true],
  ]);
  assert.equal(enriched.company?.name, "Harbor Foods");
  assert.equal(enriched.deal?.id, SEED.deal);
  assert.deepEqual(enriched.classification, {
    relationship: "re-engagement",
    meeting_type: "demo",
  });
});

Deno.test("enrichAttendees implies no company from a free mail domain", async () => {
  await using world = await createSkillWorld();
  const { outputs: [output] } = await world.perform(ADAPTER_REGISTRY["enrich-attendees"], {
    payload: { title: "Intro", attendees: ["jo.doe@gmail.com"] },
  });
  const { company, primary, classification } = output as unknown as Enriched;
  assert.deepEqual([company, primary?.name, classification.relationship], [
    null,
    "Jo Doe",
    "unknown",
  ]);
});

Deno.test("pullCrmHistory finds meetings, promises and open objections of the contact", async () => {
  await using world = await createSkillWorld();
  const outputs = await prepare(world, { attendees: ["priya.raman@harborfoods.example"] });
  const history = outputs["pull-crm-history"] as unknown as History;
  assert.deepEqual(history.recent_meetings.map(({ title }) => title), ["Harbor Foods discovery"]);
  assert.deepEqual(history.open_action_items.map(({ title }) => title), ["Send the security pack"]);
  assert.deepEqual(history.previous_objections, [
    { objection: "The price per site looks high", resolution: null, resolved: false },
  ]);
});

Deno.test("pullCrmHistory is empty for somebody whom the CRM does not know", async () => {
  await using world = await createSkillWorld();
  const outputs = await prepare(world, { attendees: ["nobody@nowhere.example"] });
  const history = outputs["pull-crm-history"] as unknown as History;
  assert.deepEqual([history.contact, history.meeting_count], [null, 0]);
});

Deno.test("researchCompanyNews keeps news of the company only and stores the profile beside other research", async () => {
  await using world = await createSkillWorld();
  await world.sql`update public.companies set enrichment = '{"triggers": {"kept": true}}'
    where id = ${SEED.company}`;
  const item = { url: "https://news.example/1", snippet: "", source: null, published_at: null };
  world.news.push({ ...item, title: "Harbor Foods opens a cold store" });
  world.news.push({ ...item, title: "Harbour boats on sale" });
  const outputs = await prepare(world, { attendees: ["priya.raman@harborfoods.example"] });
  const { company_profile } = outputs["research-company-news"] as unknown as {
    company_profile: CompanyProfile;
  };
  assert.deepEqual(company_profile.news.map(({ title }) => title), [
    "Harbor Foods opens a cold store",
  ]);
  const [{ enrichment }] = await world
    .sql`select enrichment from public.companies where id = ${SEED.company}`;
  assert.deepEqual(Object.keys(enrichment).sort(), ["profile", "triggers"]);
});

Deno.test("the brief says what is known, what is open and what to ask", async () => {
  await using world = await createSkillWorld();
  const outputs = await prepare(world, {
    title: "Harbor Foods: forecasting demo",
    start_time: new Date(world.now + 5_400_000).toISOString(),
    attendees: ["priya.raman@harborfoods.example"],
  });
  const { briefing } = outputs["generate-briefing"] as unknown as { briefing: Briefing };
  assert.equal(briefing.meeting_type_label, "Demo");
  assert.match(briefing.executive_summary, /Priya Raman, VP Operations at Harbor Foods/);
  assert.match(briefing.executive_summary, /48,000 USD/);
  assert.match(briefing.risk_signals.join("\n"), /Open objection: The price per site looks high/);
  assert.match(briefing.action_item_followups.join("\n"), /Send the security pack/);
  assert.deepEqual(world.sent.map(({ port }) => port), ["slack"]);
});

Deno.test("buildBriefMessage() escapes what strangers wrote", () => {
  const briefing: Briefing = {
    meeting_type_label: "Demo",
    relationship_label: "Prospect",
    executive_summary: "<!channel> come",
    talking_points: ["In the news: <https://evil.example|click>"],
    risk_signals: [],
    questions_to_ask: [],
    action_item_followups: [],
    company_snapshot: null,
    attendee_notes: [],
    attendee_deep_profile: null,
    connection_points: [],
    personalization_hooks: [],
  };
  const text = JSON.stringify(buildBriefMessage("<@U1>", briefing).blocks.slice(1));
  assert.ok(!text.includes("<!channel>") && !text.includes("<https://"), text);
});
