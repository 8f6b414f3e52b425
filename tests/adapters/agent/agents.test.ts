import assert from "node:assert/strict";
import { ADAPTER_REGISTRY } from "../../../supabase/functions/_shared/orchestrator/adapters/index.ts";
import type { JsonObject } from "../../../supabase/functions/_shared/orchestrator/types.ts";
import { createSkillWorld, SEED, type SkillWorld } from "../../support/skillWorld.ts";

async function ask(world: SkillWorld, payload: JsonObject): Promise<JsonObject> {
  const done = await world.perform(ADAPTER_REGISTRY["run-specialist-agent"], {
    payload,
    type: "agent_run",
  });
  return done.outputs[0] as JsonObject;
}

const BRIEFS = [
  ["pipeline", {}, /open deals? worth 48,000 USD/],
  ["outreach", { contact_id: SEED.contact }, /To mention: Send the security pack/],
  ["research", { contact_id: SEED.contact }, /Harbor Foods \(Food distribution/],
  ["crm_ops", {}, /deals with gaps/],
  ["meetings", {}, /events in the next 24 hours/],
  ["prospecting", {}, /Ana Duarte: interested/],
] as const;

for (const [agent, more, text] of BRIEFS) {
  Deno.test(`runSpecialistAgent ${agent} reads its brief from the CRM`, async () => {
    await using world = await createSkillWorld();
    const { response_text } = await ask(world, { agent, ...more });
    assert.match(String(response_text), text);
  });
}

Deno.test("runSpecialistAgent refuses an agent that there is not", async () => {
  await using world = await createSkillWorld();
  await assert.rejects(ask(world, { agent: "hacker" }));
});

Deno.test("runSpecialistAgent sees no row of another organisation", async () => {
  await using world = await createSkillWorld();
  const { response_text } = await ask(world, { agent: "outreach" });
  assert.ok(!String(response_text).includes("do not disclose"));
});

for (const [channel, ports] of [["slack", ["slack"]], ["in_app", []]] as const) {
  Deno.test(`deliverAgentResult tells the member by ${channel}, once`, async () => {
    await using world = await createSkillWorld();
    const outputs = { "run-specialist-agent": await ask(world, { agent: "pipeline" }) };
    const asked = { payload: { delivery_channel: channel }, outputs, type: "agent_run" };
    await world.perform(ADAPTER_REGISTRY["deliver-agent-result"], asked);
    await world.perform(ADAPTER_REGISTRY["deliver-agent-result"], { ...asked, attempt: 2 });
    assert.deepEqual(world.sent.map(({ port }) => port), ports);
    const [{ count }] = await world
      .sql`select count(*)::integer as count from public.fleet_activity where org_id = ${SEED.org}`;
    assert.equal(count, 1);
  });
}

Deno.test("extractCrmFields reads stage, steps, date and blockers, and writes nothing", async () => {
  await using world = await createSkillWorld();
  const said = { confidence: 0.9, actionable: true, turn: 1 };
  const { outputs: [output] } = await world.perform(ADAPTER_REGISTRY["extract-crm-fields"], {
    payload: { meeting_id: SEED.meeting },
    outputs: {
      "extract-action-items": {
        action_items: [{ text: "Send the plan", owner_side: "ours", confidence: 0.7 }],
      },
      "detect-intents": {
        intents: [
          { ...said, intent: "send_proposal", quote: "I'll send a proposal." },
          { ...said, intent: "timeline_signal", quote: "By May.", deadline_parsed: "2027-05-01" },
          { ...said, intent: "objection_blocker", quote: "Too slow.", confidence: 0.5 },
        ],
      },
    },
  });
  const changes = (output as unknown as { fields_changed: readonly JsonObject[] }).fields_changed;
  assert.deepEqual(changes.map((c) => [c.field_name, c.new_value, c.confidence]), [
    ["stage", "Proposal", "high"],
    ["next_steps", "Send the plan", "medium"],
    ["close_date", "2027-05-01", "high"],
  ]);
  assert.equal(world.sent.length, 0);
});
