import assert from "node:assert/strict";
import { rivalOf } from "../../../supabase/functions/_shared/orchestrator/adapters/deal/_rival.ts";
import { ADAPTER_REGISTRY } from "../../../supabase/functions/_shared/orchestrator/adapters/index.ts";
import {
  categoryOf,
  resolveChannel,
} from "../../../supabase/functions/_shared/orchestrator/adapters/slack/_channels.ts";
import { FatalError } from "../../../supabase/functions/_shared/orchestrator/core/errors.ts";
import { INTENT_ACTIONS } from "../../../supabase/functions/_shared/orchestrator/intentActionRegistry.ts";
import type { JsonObject } from "../../../supabase/functions/_shared/orchestrator/types.ts";
import { createSkillWorld, SEED, type SkillWorld } from "../../support/skillWorld.ts";

const RIVALS = [
  ["We also have a quote from DemandIQ, a bit lower.", "DemandIQ"],
  ["We're currently using Stockwise for that.", "Stockwise"],
  ["Compared to Acme Analytics' tool this is slow.", "Acme Analytics"],
  ["we looked at stockwise last year", "Stockwise"],
  [
    "There is another vendor in the race, cheaper than you are, they say, and quicker.",
    "There is another vendor in the race, cheaper than",
  ],
] as const;

for (const [phrase, rival] of RIVALS) {
  Deno.test(`rivalOf() finds ${rival} in "${phrase}"`, () => {
    const found = rivalOf(phrase, { known: ["Stockwise"], ours: ["northwind analytics"] });
    assert.equal(found, rival);
  });
}

Deno.test("categoryOf() goes by whole words", () => {
  const words = ["our social team", "SOC 2 report", "rapid capital", "the API", "determines"];
  assert.deepEqual(words.map(categoryOf), [null, "security", null, "engineering", null]);
});

Deno.test("resolveChannel() takes the organisation's channel, its default, then the usual name", () => {
  const question = "I'll ask legal about the terms";
  assert.deepEqual(
    [
      resolveChannel(question, { legal: "#counsel", default: "#sales" }),
      resolveChannel(question, { default: "#sales" }),
      resolveChannel(question, {}),
      resolveChannel("I'll ask around", {}),
    ],
    ["#counsel", "#sales", "#legal", null],
  );
});

const ASKED = { quote: "I'll check with our security team about SOC 2.", meeting_id: SEED.meeting };

async function ping(world: SkillWorld, payload: JsonObject = ASKED): Promise<JsonObject> {
  const done = await world.perform(ADAPTER_REGISTRY["ping-slack-channel"], {
    payload,
    type: "team_ping",
  });
  return done.outputs[0] as JsonObject;
}

Deno.test("pingSlackChannel posts to the channel that the organisation set", async () => {
  await using world = await createSkillWorld();
  await world.sql`update public.fleet_org_settings set slack_channels = '{"security": "#trust"}'
    where org_id = ${SEED.org}`;
  const output = await ping(world);
  assert.deepEqual([output.delivery_method, output.channel_posted_to], ["channel", "#trust"]);
  assert.deepEqual(world.sent.map(({ content }) => (content as JsonObject).to), [
    { channel: "#trust" },
  ]);
});

Deno.test("pingSlackChannel tells the rep where no channel fits", async () => {
  await using world = await createSkillWorld();
  const output = await ping(world, { ...ASKED, quote: "I'll ask around." });
  assert.deepEqual([output.delivery_method, output.channel_resolved], ["dm", null]);
  assert.equal(output.fallback_reason, "no channel is set for such questions");
});

Deno.test("pingSlackChannel fails with any error of Slack but a channel that it refuses", async () => {
  await using world = await createSkillWorld();
  world.fail.world = new FatalError("slack_revoked", "Slack took the token back");
  await assert.rejects(ping(world), { code: "slack_revoked" });
});

async function propose(world: SkillWorld, payload: JsonObject) {
  return await world.perform(ADAPTER_REGISTRY["update-deal-timeline"], {
    payload: { ...payload, meeting_id: SEED.meeting },
    type: "deal_update",
  });
}

const updatesOf = (intent: keyof typeof INTENT_ACTIONS) =>
  INTENT_ACTIONS[intent].crm_updates as unknown as readonly JsonObject[];
const dayFrom = (world: SkillWorld, days: number) =>
  new Date(world.now + days * 86_400_000).toISOString().slice(0, 10);

Deno.test("updateDealTimeline asks before it sets an earlier close date", async () => {
  await using world = await createSkillWorld();
  const day = dayFrom(world, 10);
  const done = await propose(world, {
    crm_updates: updatesOf("timeline_signal"),
    deadline_parsed: day,
    quote: "We must sign by then.",
  });
  assert.deepEqual(done.proposed.map(({ action_type }) => action_type), ["deal_change"]);
  const [deal] = await world
    .sql`select close_date::text as close_date from public.deals where id = ${SEED.deal}`;
  assert.equal(deal.close_date, day);
});

for (const [what, days] of [["a later day", 300], ["a day that has passed", -2]] as const) {
  Deno.test(`updateDealTimeline leaves the close date alone for ${what}`, async () => {
    await using world = await createSkillWorld();
    const done = await propose(world, {
      crm_updates: updatesOf("timeline_signal"),
      deadline_parsed: dayFrom(world, days),
    });
    assert.deepEqual([done.proposed.length, (done.outputs[0] as JsonObject).skipped], [0, true]);
  });
}

Deno.test("updateDealTimeline names a rival once approved, and not again", async () => {
  await using world = await createSkillWorld();
  const said = {
    crm_updates: updatesOf("competitive_mention"),
    quote: "We have an offer from Fieldnote too.",
  };
  await propose(world, said);
  const [deal] = await world.sql`select competitor from public.deals where id = ${SEED.deal}`;
  assert.equal(deal.competitor, "Fieldnote");
  assert.equal((await propose(world, said)).proposed.length, 0);
});

Deno.test("updateDealTimeline adds the tag at once and asks nobody", async () => {
  await using world = await createSkillWorld();
  const done = await propose(world, { crm_updates: updatesOf("pricing_request") });
  await propose(world, { crm_updates: updatesOf("pricing_request") });
  assert.equal(done.proposed.length, 0);
  const [deal] = await world.sql`select tags from public.deals where id = ${SEED.deal}`;
  assert.deepEqual(deal.tags, ["Pricing Requested"]);
});

Deno.test("updateDealTimeline makes one task for a person to add", async () => {
  await using world = await createSkillWorld();
  const said = {
    crm_updates: updatesOf("stakeholder_introduction"),
    quote: "I'll introduce you to Helen.",
  };
  await propose(world, said);
  await propose(world, said);
  const tasks = await world.sql`select title from public.tasks
    where org_id = ${SEED.org} and signal_type = 'new_stakeholder_identified'`;
  assert.deepEqual(tasks.map(({ title }) => title), [
    "Add the person who was named: “I'll introduce you to Helen.”",
  ]);
});

Deno.test("updateDealTimeline skips and says so when the run has no deal", async () => {
  await using world = await createSkillWorld();
  const done = await world.perform(ADAPTER_REGISTRY["update-deal-timeline"], {
    payload: { crm_updates: updatesOf("pricing_request") },
  });
  assert.equal((done.outputs[0] as JsonObject).reason, "the run has no deal");
});
