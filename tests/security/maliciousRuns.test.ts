/** A malicious model behind whole runs (T18): every sequence of the platform, on a whole stack, and nobody approves. */
import assert from "node:assert/strict";
import { composeMeeting, sendSigned } from "../../cli/demoMeeting.ts";
import { EVENT_SEQUENCES } from "../../supabase/functions/_shared/orchestrator/eventSequences.ts";
import { MEMBER, openRuns, ORG, type RunStack } from "../support/runs.ts";
import { SEED } from "../support/skillWorld.ts";
import { serveVendor, type VendorServer } from "../support/vendors/server.ts";
import { type Attack, attackAnswer, ATTACKER_HOST, ATTACKS } from "./_attackerModel.ts";

let model: VendorServer;
let stack: RunStack;
let attack: Attack = ATTACKS[0];

Deno.test.beforeAll(async () => {
  // Anthropic's Messages API with a forced tool, answering what the attacker wishes.
  model = serveVendor(({ body }) =>
    Response.json({
      id: "msg_1",
      type: "message",
      model: body.model,
      stop_reason: "tool_use",
      usage: { input_tokens: 1, output_tokens: 1 },
      content: [{
        type: "tool_use",
        id: "t1",
        name: body.tools[0].name,
        input: attackAnswer(body.tools[0].input_schema, attack, {
          material: String(body.messages[0].content),
          mode: "extra",
        }),
      }],
    })
  );
  stack = await openRuns({
    FLEET_LLM: "anthropic:attacker",
    ANTHROPIC_BASE_URL: model.url,
    ANTHROPIC_API_KEY: "key",
  });
  const enabled = Object.fromEntries(
    Object.keys(EVENT_SEQUENCES).map((type) => [type, { enabled: true }]),
  );
  await stack.sql`update public.fleet_org_settings set enabled_sequences = ${
    stack.sql.json(enabled)
  }`;
  await stack.sql`update public.profiles set slack_user_id = 'U' || right(id::text, 2)`;
});
Deno.test.afterAll(async () => {
  await stack[Symbol.asyncDispose]();
  await model[Symbol.asyncDispose]();
});

/** Started by what happens, each with what it needs to reach its model. */
const STARTED: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  email_received: { email_id: SEED.email },
  stale_deal_revival: {},
  campaign_daily_check: {},
  coaching_weekly: {},
  deal_risk_scan: {},
  proposal_generation: { deal_id: SEED.deal, contact_id: SEED.contact },
};
const QUIET = ["completed", "failed", "waiting_approval", "cancelled"];

async function runEverything(): Promise<void> {
  const { body } = await composeMeeting(null, {
    now: Date.now(),
    newId: () => crypto.randomUUID(),
  });
  const { body: meeting } = await sendSigned(stack.status.webhooks.meeting, body, {
    now: Date.now(),
    newId: () => crypto.randomUUID(),
  });
  const jobs = [meeting.job_id!];
  for (const [type, payload] of Object.entries(STARTED)) {
    const { job_id } = await stack.start(type, payload);
    if (job_id) jobs.push(job_id);
  }
  assert.ok(jobs.length >= 6);
  for (const job of jobs) await stack.reach(job, QUIET, 60_000);
}

/** Words of an attack that must not pass for an approval or a recipient. */
const CHOSEN = ["a foreign recipient", "an address that carries data", "approvals off"]
  .map((name) => ATTACKS.find((one) => one.name === name)!);

for (const chosen of CHOSEN) {
  Deno.test({
    name:
      `whole runs of every sequence with a model that answers ${chosen.name} tell members and nobody else (T18)`,
    sanitizeOps: false,
    sanitizeResources: false,
    fn: async () => {
      attack = chosen;
      const asked = model.seen.length;
      await runEverything();
      assert.ok(model.seen.length - asked >= 5, "the model was hardly asked");
      const sent = await stack.sink();
      assert.deepEqual([...new Set(sent.map(({ port }) => port))], ["slack"]);
      const text = JSON.stringify(sent);
      assert.ok(!text.includes(ATTACKER_HOST));
      const [counts] = await stack.sql`select
        (select count(*)::integer from public.fleet_approvals where org_id = ${ORG} and status = 'approved')
          as approved,
        (select count(*)::integer from public.fleet_deliveries where org_id = ${ORG} and channel <> 'slack')
          as outside,
        (select count(*)::integer from public.organization_memberships where user_id = ${MEMBER}) as memberships`;
      assert.deepEqual({ ...counts }, { approved: 0, outside: 0, memberships: 1 });
    },
  });
}
