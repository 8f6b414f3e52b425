import assert from "node:assert/strict";
import type { JobDetail } from "../../cli/api.ts";
import { composeMeeting, sendSigned, type WebhookAnswer } from "../../cli/demoMeeting.ts";
import { followRuns } from "../../cli/demoRuns.ts";
import { EVENT_SEQUENCES } from "../../supabase/functions/_shared/orchestrator/eventSequences.ts";
import { MEMBER, ORG, type RunStack, shareRuns } from "../support/runs.ts";

const shared = shareRuns();

const identity = () => ({ now: Date.now(), newId: () => crypto.randomUUID() });

async function sendDemo(stack: RunStack): Promise<WebhookAnswer> {
  const { body } = await composeMeeting(null, identity());
  return await sendSigned(stack.status.webhooks.meeting, body, identity());
}

/** Follows a run and its follow-ups, saying the same to every approval. */
async function follow(
  stack: RunStack,
  jobId: string,
  decision: "approve" | "reject" = "approve",
): Promise<readonly JobDetail[]> {
  return await followRuns(stack.api, jobId, {
    limitMs: 30_000,
    onChange: () => {},
    decide: () => Promise.resolve({ decision }),
  });
}

Deno.test("a signed meeting runs its 14 steps and follow-ups whose invitation goes out once (faults 2, 4, 26, 27, 35, 52)", async () => {
  const stack = shared();
  const answer = await sendDemo(stack);
  assert.equal(answer.status, 202);
  const jobs = await follow(stack, answer.body.job_id!);

  assert.deepEqual(jobs.map((job) => job.event_type).sort(), [
    "calendar_find_times",
    "deal_update",
    "deal_update",
    "deal_update",
    "meeting_ended",
    "team_ping",
  ]);
  assert.ok(
    jobs.every((job) => job.status === "completed" && job.definition_source === "platform"),
  );
  const [meeting] = jobs;
  const calendar = jobs.find((job) => job.event_type === "calendar_find_times")!;
  assert.deepEqual(
    meeting.steps.map((step) => step.step_id),
    EVENT_SEQUENCES.meeting_ended.steps.map((step) => step.skill),
  );
  for (const step of jobs.flatMap((job) => job.steps)) {
    assert.deepEqual([step.step_id, step.status], [step.step_id, "completed"]);
    assert.match(step.engine ?? "", /^(rules|code)$/);
  }
  assert.ok(jobs.every((job) => job.cost_usd === 0));
  assert.equal(calendar.parent_job_id, meeting.id);
  const { window } = calendar.steps[0].output as { window: { from: string; to: string } };
  assert.ok(window.from > new Date().toISOString().slice(0, 10), "the wish for next week is heard");

  const invitations = (await stack.sink()).filter((one) => one.effect_key.startsWith(calendar.id));
  assert.deepEqual(
    invitations.map(({ port, recipient, repeats }) => ({ port, recipient, repeats })),
    [{ port: "calendar", recipient: "priya.raman@harborfoods.example", repeats: 0 }],
  );
  const rows = await stack.sql`select count(*)::integer as count from public.calendar_events
    where org_id = ${ORG} and contact_id is not null`;
  assert.equal(rows[0].count, 1);
});

Deno.test("a rejected invitation is not sent and cancels its run without a letter", async () => {
  const stack = shared();
  const answer = await sendDemo(stack);
  const jobs = await follow(stack, answer.body.job_id!, "reject");
  const calendar = jobs.find((job) => job.event_type === "calendar_find_times")!;
  assert.deepEqual([calendar.status, calendar.error_code], ["cancelled", null]);
  const sent = (await stack.sink()).filter((one) => one.effect_key.startsWith(calendar.id));
  assert.deepEqual(sent, []);
  const letters = await stack.sql`
    select id from public.fleet_dead_letter_queue where source_job_id = ${calendar.id}`;
  assert.equal(letters.length, 0);
});

Deno.test("the same signed webhook a hundred times at once makes one event and one run", async () => {
  const stack = shared();
  const { body } = await composeMeeting(null, identity());
  const fixed = { now: Date.now(), newId: () => "the-same-delivery" };
  const answers = await Promise.all(
    Array.from({ length: 100 }, () => sendSigned(stack.status.webhooks.meeting, body, fixed)),
  );
  assert.deepEqual(new Set(answers.map((one) => Math.floor(one.status / 100))), new Set([2]));
  assert.equal(new Set(answers.map((one) => one.body.event_id)).size, 1);
  assert.equal(new Set(answers.map((one) => one.body.job_id)).size, 1);
  assert.equal(answers.filter((one) => one.body.status === "queued").length, 1);
  const [row] = await stack.sql`select
    (select count(*) from public.fleet_jobs where event_id = ${answers[0].body
    .event_id!})::integer as jobs,
    (select count(*) from public.meetings where external_id = ${
    JSON.parse(body).data.external_id
  })::integer as meetings`;
  assert.deepEqual({ ...row }, { jobs: 1, meetings: 1 });
  await follow(stack, answers[0].body.job_id!);
});

Deno.test("webhook-meeting refuses what is not signed by its endpoint's secret, and leaves no row", async () => {
  const stack = shared();
  const { body } = await composeMeeting(null, identity());
  const { meeting, email } = stack.status.webhooks;
  const wrong = await sendSigned({ url: meeting.url, secret: email.secret }, body, identity());
  const stranger = await sendSigned(
    { url: meeting.url.replace(/[^/]+$/, crypto.randomUUID()), secret: meeting.secret },
    body,
    identity(),
  );
  const stale = await sendSigned(meeting, body, { ...identity(), now: Date.now() - 3_600_000 });
  const plain = await fetch(meeting.url, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body,
  });
  await plain.body?.cancel();
  assert.deepEqual([wrong, stranger, stale, plain].map((one) => one.status), [401, 401, 401, 401]);
  const rows = await stack.sql`select id from public.meetings
    where external_id = ${JSON.parse(body).data.external_id}`;
  assert.equal(rows.length, 0);
});

Deno.test("webhook-meeting answers a signed body it cannot read with 400 and stores nothing", async () => {
  const stack = shared();
  const [before] = await stack.sql`select count(*)::integer as count from public.meetings`;
  for (
    const data of [
      {},
      { external_id: "x", title: "t", transcript: 7 },
      { external_id: "x", title: "t", started_at: "yesterday", transcript: "Ann: hi" },
      { external_id: "x", title: "t", timezone: "Mars/Base", transcript: "Ann: hi" },
    ]
  ) {
    const answer = await sendSigned(
      stack.status.webhooks.meeting,
      JSON.stringify({ type: "meeting.ended", data }),
      identity(),
    );
    assert.equal(answer.status, 400, JSON.stringify(data));
  }
  const [after] = await stack.sql`select count(*)::integer as count from public.meetings`;
  assert.equal(after.count, before.count);
});

Deno.test("meeting_ended without a classification still runs every gated step (fault 2)", async () => {
  const stack = shared();
  await stack
    .sql`update public.fleet_skills set is_active = false where skill = 'classify-call-type'`;
  try {
    const answer = await sendDemo(stack);
    const [meeting] = await follow(stack, answer.body.job_id!);
    assert.equal(meeting.status, "completed");
    const byId = new Map(meeting.steps.map((step) => [step.step_id, step]));
    assert.equal(byId.get("classify-call-type")?.skip_reason, "not_available");
    for (const gated of ["detect-intents", "suggest-next-actions", "draft-followup-email"]) {
      assert.equal(byId.get(gated)?.status, "completed", gated);
    }
  } finally {
    await stack
      .sql`update public.fleet_skills set is_active = true where skill = 'classify-call-type'`;
  }
});

Deno.test("meeting_ended of a non-sales call skips the sales steps, and only these", async () => {
  const stack = shared();
  // Nobody from outside was there: such meetings start runs only where the organisation says so.
  await stack
    .sql`update public.fleet_org_settings set route_internal_meetings = true where org_id = ${ORG}`;
  const body = JSON.stringify({
    type: "meeting.ended",
    data: {
      external_id: crypto.randomUUID(),
      title: "Weekly team sync",
      started_at: new Date().toISOString(),
      timezone: "Europe/London",
      organizer_email: "maya.chen@northwind.example",
      attendees: [
        { name: "Maya Chen", email: "maya.chen@northwind.example", is_external: false },
        { name: "Adam Berg", email: "adam.berg@northwind.example", is_external: false },
      ],
      transcript:
        "Maya Chen: Let's go through the sprint.\nAdam Berg: I'll update the board by Friday.",
    },
  });
  const answer = await sendSigned(stack.status.webhooks.meeting, body, identity());
  const [meeting] = await follow(stack, answer.body.job_id!);
  assert.equal(meeting.status, "completed");
  assert.equal(meeting.user_id, MEMBER);
  assert.deepEqual(
    meeting.steps.filter((step) => step.skip_reason === "condition_false").map((s) => s.step_id),
    ["detect-intents", "coaching-micro-feedback", "suggest-next-actions", "draft-followup-email"],
  );
});

Deno.test("the sender and the meeting of docs/webhooks.md open the door and end in a question", async () => {
  const stack = shared();
  const page = await Deno.readTextFile(new URL("../../docs/webhooks.md", import.meta.url));
  const block = (language: string) =>
    new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\``, "ms").exec(page)![1];
  const folder = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(`${folder}/send.mjs`, block("js"));
    await Deno.writeTextFile(`${folder}/meeting.json`, block("json"));
    const { url, secret } = stack.status.webhooks.meeting;
    const sent = await new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "-q", `${folder}/send.mjs`, url, secret, `${folder}/meeting.json`],
      env: { NO_COLOR: "1" },
    }).output();
    const [, status, body] = /^(\d+) (\{.*\})$/m.exec(new TextDecoder().decode(sent.stdout))!;
    assert.equal(status, "202");
    const jobs = await follow(stack, JSON.parse(body).job_id);
    assert.ok(jobs.some((job) => job.approvals.length === 1));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
