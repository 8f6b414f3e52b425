/** One commitment of each kind, from the webhook to what came of it. */
import assert from "node:assert/strict";
import { composeMeeting, sendSigned } from "../../cli/demoMeeting.ts";
import { followRuns } from "../../cli/demoRuns.ts";
import { INTENT_ACTIONS } from "../../supabase/functions/_shared/orchestrator/intentActionRegistry.ts";
import { ADMIN, ORG, shareRuns } from "../support/runs.ts";

const shared = shareRuns();
const US = "Maya Chen", THEY = "Priya Raman";

/** One turn per intent, ours and theirs, so that each is heard once. */
const TALK: readonly (readonly [speaker: string, text: string])[] = [
  [
    US,
    "Thanks for making the time. Last week you saw the forecasting demo, so today is about next steps.",
  ],
  [THEY, "Yes. It looked good to us. What would it cost for six sites?"],
  [US, "That depends on the term. I'll send you a written proposal with both options on Monday."],
  [THEY, "Good. One worry we have is the security review, that could hold us up for weeks."],
  [US, "Understood. I'll check with our security team how fast they can turn that around."],
  [THEY, "We are also looking at Fieldnote, they made us an offer last week."],
  [US, "Good to know. I'll send you the case study from the cold chain customer today."],
  [
    THEY,
    "And you should meet Helen Brandt, our CFO. I will introduce you to her by email tomorrow.",
  ],
  [
    THEY,
    "We need to be live before the first of April, so we have to sign by the end of February.",
  ],
  [US, "That works. Let's book a call next Tuesday at two to go through the proposal."],
  [THEY, "Tuesday at two is fine."],
  [US, "And I'll update my notes in our system so that nothing gets lost."],
];

Deno.test("a transcript with a commitment of each intent produces each mapped action once", async () => {
  const stack = shared();
  await stack.sql`update public.deals set close_date = null, competitor = null, tags = '{}'
    where org_id = ${ORG}`;
  const turns = TALK.map(([speaker, text], at) => ({ speaker, t_seconds: at * 20, text }));
  const identity = { now: Date.now(), newId: () => crypto.randomUUID() };
  const { body } = await composeMeeting(null, identity);
  const meeting = JSON.parse(body);
  const answer = await sendSigned(
    stack.status.webhooks.meeting,
    JSON.stringify({
      ...meeting,
      data: { ...meeting.data, title: "Next steps", transcript: turns },
    }),
    identity,
  );
  const jobs = await followRuns(stack.api, answer.body.job_id!, {
    limitMs: 40_000,
    onChange: () => {},
    decide: () => Promise.resolve({ decision: "approve" as const, decided_by: ADMIN }),
  });
  const root = jobs[0];
  const heard = (root.steps.find(({ step_id }) => step_id === "detect-intents")!
    .output as { intents: { intent: string }[] }).intents.map(({ intent }) => intent);
  assert.deepEqual([...new Set(heard)].sort(), Object.keys(INTENT_ACTIONS).sort());
  for (const job of jobs) assert.equal(job.status, "completed", job.event_type);

  // Runs: a proposal for the promise and one for the question, a booking, a question to the team.
  const count = (type: string) => jobs.filter(({ event_type }) => event_type === type).length;
  assert.deepEqual(
    ["proposal_generation", "calendar_find_times", "team_ping"].map(count),
    [2, 1, 1],
  );
  const [deal] = await stack.sql`select close_date, competitor, tags from public.deals
    where org_id = ${ORG} and id = 'd0000000-0000-4000-8000-000000000d01'`;
  assert.equal(deal.competitor, "Fieldnote");
  assert.deepEqual(deal.tags, ["Pricing Requested"]);
  assert.notEqual(deal.close_date, null);

  // Every intent has its task, however many to-dos were heard.
  const tasks = await stack.sql`select signal_type, count(*)::integer as count from public.tasks
    where org_id = ${ORG} and signal_type is not null group by 1`;
  const made = new Map(tasks.map((row) => [row.signal_type, row.count]));
  for (const { signal_type } of Object.values(INTENT_ACTIONS)) {
    assert.ok(made.has(signal_type), signal_type);
  }

  // Nothing left the house twice.
  const sent = await stack.sink();
  const ours = sent.filter(({ effect_key }) => jobs.some(({ id }) => effect_key.startsWith(id)));
  assert.deepEqual(ours.filter(({ repeats }) => repeats > 0), []);
  const ports = (name: string) => ours.filter(({ port }) => port === name).length;
  assert.deepEqual([ports("calendar"), ports("mail")], [1, 2]);
});
