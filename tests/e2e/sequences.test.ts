/** Each built-in sequence, from its event to its last follow-up, through the functions that deploy. */
import assert from "node:assert/strict";
import type { JobDetail } from "../../cli/api.ts";
import { sendSigned } from "../../cli/demoMeeting.ts";
import { followRuns } from "../../cli/demoRuns.ts";
import { EVENT_SEQUENCES } from "../../supabase/functions/_shared/orchestrator/eventSequences.ts";
import { ADMIN, MEMBER, ORG, type RunStack, shareRuns } from "../support/runs.ts";
import { serveFireflies } from "../support/vendors/recordings.ts";

const fireflies = serveFireflies({ key: "key" });
fireflies.recordings.set("recording-1", {
  sentences: [{ speaker_name: "Priya Raman", text: "Good morning.", start_time: "1" }],
});
Deno.test.afterAll(async () => await fireflies[Symbol.asyncDispose]());
const shared = shareRuns({ FIREFLIES_API_URL: fireflies.url, FIREFLIES_API_KEY: "key" });
const id = (tail: string) => `d0000000-0000-4000-8000-${tail.padStart(12, "0")}`;

interface Case {
  /** The payload of a start by POST … */
  readonly payload?: Record<string, unknown>;
  /** … or what a provider sends to the front door, signed. */
  readonly delivers?: { readonly door: "meeting" | "email"; readonly body: unknown };
  /** Of an organisation's event. */
  readonly isOrgs?: boolean;
  /** Event types of the run and its follow-ups, in the order they started. */
  readonly runs: readonly string[];
  /** What left the house for outsiders. */
  readonly delivered: readonly string[];
}

const CASES: Readonly<Record<string, Case>> = {
  meeting_ended: {
    delivers: {
      door: "meeting",
      body: {
        type: "meeting.ended",
        data: {
          external_id: "sequences-meeting",
          title: "Harbor Foods discovery",
          started_at: "2027-01-05T15:00:00Z",
          duration_minutes: 30,
          organizer_email: "maya.chen@northwind.example",
          attendees: [
            { name: "Maya Chen", email: "maya.chen@northwind.example" },
            { name: "Priya Raman", email: "priya.raman@harborfoods.example" },
          ],
          transcript: "Priya Raman: Good morning, thanks for coming.\nMaya Chen: Good morning.",
        },
      },
    },
    runs: ["meeting_ended"],
    delivered: [],
  },
  meeting_recorded: {
    payload: {
      meeting_id: id("101"),
      endpoint_id: id("301"),
      provider: "fireflies",
      recording_id: "recording-1",
    },
    isOrgs: true,
    runs: ["meeting_recorded", "meeting_ended"],
    delivered: [],
  },
  pre_meeting_90min: {
    payload: {
      meeting_id: "calendar-1",
      title: "Harbor Foods: forecasting demo",
      start_time: "2027-01-05T15:00:00Z",
      attendees: [{ email: "priya.raman@harborfoods.example" }, "maya.chen@northwind.example"],
    },
    runs: ["pre_meeting_90min"],
    delivered: [],
  },
  email_received: {
    delivers: {
      door: "email",
      body: {
        type: "email.received",
        data: {
          message_id: "<excel-export@harborfoods.example>",
          from: "Priya Raman <priya.raman@harborfoods.example>",
          to: ["maya.chen@northwind.example"],
          subject: "Excel export",
          body_text: "Hi Maya, can the forecast be exported to Excel? Priya",
          received_at: "2026-11-26T09:30:00Z",
        },
      },
    },
    runs: ["email_received", "email_reply"],
    delivered: ["mail to priya.raman@harborfoods.example"],
  },
  proposal_generation: {
    payload: { deal_id: id("d01"), contact_id: id("e01"), trigger_phrase: "send you a proposal" },
    runs: ["proposal_generation"],
    delivered: ["mail to priya.raman@harborfoods.example"],
  },
  calendar_find_times: {
    payload: { contact_id: id("e01"), scheduling_text: "half an hour next week, afternoons" },
    runs: ["calendar_find_times"],
    delivered: ["calendar to priya.raman@harborfoods.example"],
  },
  stale_deal_revival: {
    payload: {},
    isOrgs: true,
    runs: ["stale_deal_revival"],
    delivered: ["mail to dana@ridgeline.example"],
  },
  agent_run: {
    payload: { agent: "crm_ops", delivery_channel: "in_app" },
    runs: ["agent_run"],
    delivered: [],
  },
  agent_run_approval: {
    payload: { agent: "crm_ops", delivery_channel: "in_app" },
    runs: ["agent_run_approval"],
    delivered: [],
  },
  team_ping: {
    payload: { meeting_id: id("101"), quote: "I'll check with our security team." },
    runs: ["team_ping"],
    delivered: [],
  },
  deal_update: {
    payload: {
      meeting_id: id("101"),
      quote: "We also look at Fieldnote.",
      crm_updates: [{ entity: "deal", field: "meddicc_competition", value_source: "extracted" }],
    },
    runs: ["deal_update"],
    delivered: [],
  },
  // A mailbox that is connected no more; those that are: tests/e2e/mailboxes.test.ts.
  mailbox_changed: {
    payload: { connection_id: id("f99") },
    isOrgs: true,
    runs: ["mailbox_changed"],
    delivered: [],
  },
  calendar_sync: {
    payload: { connection_id: id("f99") },
    isOrgs: true,
    runs: ["calendar_sync"],
    delivered: [],
  },
  watch_due: {
    payload: { connection_id: id("f99") },
    isOrgs: true,
    runs: ["watch_due"],
    delivered: [],
  },
  campaign_daily_check: { payload: {}, runs: ["campaign_daily_check"], delivered: [] },
  coaching_weekly: { payload: {}, runs: ["coaching_weekly"], delivered: [] },
  // A deal nobody speaks of is handed on; open deals are too warm to be written to again.
  deal_risk_scan: {
    payload: {},
    isOrgs: true,
    runs: ["deal_risk_scan", "stale_deal_revival"],
    delivered: [],
  },
};

async function enableAll(stack: RunStack): Promise<void> {
  const all = Object.fromEntries(Object.keys(CASES).map((type) => [type, { enabled: true }]));
  await stack.sql`insert into public.fleet_org_settings (org_id, enabled_sequences)
    values (${ORG}, ${stack.sql.json(all)})
    on conflict (org_id) do update set enabled_sequences = excluded.enabled_sequences`;
}

async function start(
  stack: RunStack,
  type: string,
): Promise<{ readonly job_id?: string | null; readonly status?: string }> {
  const { payload, delivers, isOrgs } = CASES[type];
  if (delivers !== undefined) {
    const answer = await sendSigned(
      stack.status.webhooks[delivers.door],
      JSON.stringify(delivers.body),
      { now: Date.now(), newId: () => crypto.randomUUID() },
    );
    assert.equal(answer.status, 202);
    return answer.body;
  }
  return await stack.api.start({
    type,
    org_id: ORG,
    user_id: isOrgs ? null : MEMBER,
    source: "test",
    payload: payload ?? {},
  });
}

async function runAll(stack: RunStack, type: string): Promise<readonly JobDetail[]> {
  await enableAll(stack);
  const { job_id, status } = await start(stack, type);
  assert.equal(status, "queued");
  return await followRuns(stack.api, job_id!, {
    limitMs: 30_000,
    onChange: () => {},
    decide: () => Promise.resolve({ decision: "approve" as const, decided_by: ADMIN }),
  });
}

Deno.test("every built-in event type is started here, or by a hand-off that is", () => {
  const started = new Set(Object.values(CASES).flatMap(({ runs }) => runs));
  // What tells people of an approval is raised by the approval itself: tests/e2e/approvals.test.ts.
  const ours = Object.entries(EVENT_SEQUENCES).filter(([, { isUngated }]) => !isUngated);
  assert.deepEqual([...started].sort(), ours.map(([type]) => type).sort());
});

for (const [type, { runs, delivered }] of Object.entries(CASES)) {
  Deno.test(`${type} completes with every step settled and every effect once`, async () => {
    const stack = shared();
    const jobs = await runAll(stack, type);
    assert.deepEqual(
      jobs.map((job) => [job.event_type, job.status]),
      runs.map((name) => [
        name,
        "completed",
      ]),
    );
    for (const step of jobs.flatMap((job) => job.steps)) {
      assert.deepEqual([step.step_id, step.status], [step.step_id, "completed"]);
    }
    const outside = (await stack.sink()).filter(({ effect_key, port }) =>
      port !== "slack" && jobs.some((job) => effect_key.startsWith(job.id))
    );
    assert.deepEqual(
      outside.map(({ port, recipient, repeats }) => `${port} to ${recipient}${"!".repeat(repeats)}`)
        .sort(),
      delivered,
    );
  });
}
