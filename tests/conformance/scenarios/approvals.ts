import { SEED, type SkillWorld } from "../../support/skillWorld.ts";
import type { Scenario } from "./index.ts";

/** A run of the member's that waits for an approval of this text. */
async function question(world: SkillWorld, body: string): Promise<string> {
  const id = crypto.randomUUID(), event = crypto.randomUUID(), job = crypto.randomUUID();
  await world
    .sql`insert into public.fleet_events (id, org_id, user_id, type, source, payload, root_event_id, status)
    values (${event}, ${SEED.org}, ${SEED.member}, 'email_reply', 'test', '{}', ${event}, 'routed')`;
  await world
    .sql`insert into public.fleet_jobs (id, org_id, user_id, event_id, event_type, event_source, sequence_key,
      definition_source, definition_hash, status, depth, root_job_id, root_event_id, trigger_payload)
    values (${job}, ${SEED.org}, ${SEED.member}, ${event}, 'email_reply', 'test', 'email_reply', 'platform',
      repeat('0', 64), 'waiting_approval', 0, ${job}, ${event}, '{}')`;
  await world
    .sql`insert into public.fleet_approvals (id, org_id, job_id, step_id, action_type, preview, proposed,
      content_sha256, assignee_user_id, requested_by, can_revise, expires_at)
    values (${id}, ${SEED.org}, ${job}, 'send', 'send_email', 'Send it', ${
    world.sql.json({ to: "priya.raman@harborfoods.example", subject: "Hello", body })
  }, repeat('0', 64), ${SEED.member}, ${SEED.member}, true, fleet.now() + interval '1 day')`;
  return id;
}

/** Two hidden signs in each paragraph, as long as a mail may be. */
const LONG = "A paragraph with a hid\u200bden sign and a turned\u202e one. ".repeat(400).slice(
  0,
  20_000,
);

export const APPROVAL_SCENARIOS: Readonly<Record<string, Scenario>> = {
  "ask-for-approval": {
    ask: async (world) => ({
      payload: { approval_id: await question(world, "Dear Priya") },
      type: "approval_asked",
      userId: null,
    }),
    askWorst: async (world) => ({
      payload: { approval_id: await question(world, LONG) },
      type: "approval_asked",
      userId: null,
    }),
  },
  "update-approval-messages": {
    ask: async (world) => {
      const id = await question(world, "Dear Priya");
      await world.sql`select fleet.ask_approver(${SEED.org}, ${id}, ${SEED.member}, null, 0)`;
      await world
        .sql`insert into public.fleet_deliveries (id, org_id, job_id, step_id, channel, recipient, content,
          effect_key, status, provider_ref)
        values (${crypto.randomUUID()}, ${SEED.org}, ${SEED.job}, 'step-1', 'slack', ${SEED.member}, '{}',
          ${`approval:${id}:ask:${SEED.member}`}, 'sent', '1.000001')`;
      await world
        .sql`update public.fleet_approvals set status = 'cancelled', decided_at = fleet.now() where id = ${id}`;
      return { payload: { approval_id: id }, type: "approval_changed", userId: null };
    },
  },
};
