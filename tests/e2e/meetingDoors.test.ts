/** Every recorder of meetings, from its raw webhook to the last step of the meeting's run. */
import assert from "node:assert/strict";
import type { JobDetail } from "../../cli/api.ts";
import { followRuns } from "../../cli/demoRuns.ts";
import { openDoor, send } from "../support/meetingDoors.ts";
import { eventually } from "../support/stack.ts";
import { ADMIN, MEMBER, ORG, type RunStack, shareRuns } from "../support/runs.ts";
import { serveFathom, serveFireflies, serveMeetingBaas } from "../support/vendors/recordings.ts";
import {
  type Delivery,
  fathomBody,
  firefliesV1Body,
  firefliesV2Body,
  meetingBaasBody,
  signHub,
  signStandard,
  withSecret,
} from "../support/webhooks.ts";

const fireflies = serveFireflies({ key: "fireflies-key" });
const meetingbaas = serveMeetingBaas({ key: "meetingbaas-key" });
const fathom = serveFathom({ key: "fathom-key" });
Deno.test.afterAll(async () => {
  for (const server of [fireflies, meetingbaas, fathom]) await server[Symbol.asyncDispose]();
});
const shared = shareRuns({
  FIREFLIES_API_URL: fireflies.url,
  FIREFLIES_API_KEY: "fireflies-key",
  MEETINGBAAS_API_URL: `${meetingbaas.url}/v2`,
  MEETINGBAAS_API_KEY: "meetingbaas-key",
  FATHOM_API_URL: fathom.url,
  FATHOM_API_KEY: "fathom-key",
});

const WHSEC = `whsec_${btoa("a signing secret of a provider")}`;
const HUB = "fireflies-secret-24-chars";
const WORD = "the word of a bot's callback";

const follow = (stack: RunStack, jobId: string): Promise<readonly JobDetail[]> =>
  followRuns(stack.api, jobId, {
    limitMs: 40_000,
    onChange: () => {},
    decide: () => Promise.resolve({ decision: "reject" as const, decided_by: ADMIN }),
  });

interface Told {
  readonly name: string;
  readonly provider: string;
  readonly secret: string;
  /** How the recorder tells of the recording with this id. */
  tell(id: string): Delivery | Promise<Delivery>;
  /** Where its words are fetched. */
  readonly recordings: Map<string, unknown> | null;
}

let recordingIds = 7000;
const TELLERS: readonly Told[] = [
  {
    name: "Fathom with the transcript",
    provider: "fathom",
    secret: WHSEC,
    tell: (id) => signStandard(WHSEC, fathomBody(Number(id))),
    recordings: null,
  },
  {
    name: "Fathom without the transcript, its secret kept without prefix",
    provider: "fathom",
    secret: WHSEC.slice("whsec_".length),
    tell: (id) => signStandard(WHSEC, fathomBody(Number(id), { transcript: null })),
    recordings: fathom.recordings,
  },
  {
    name: "Fireflies V1 with sha256=",
    provider: "fireflies",
    secret: HUB,
    tell: (id) => signHub(HUB, firefliesV1Body(id)),
    recordings: fireflies.recordings,
  },
  {
    name: "Fireflies V1 in bare hex",
    provider: "fireflies",
    secret: HUB,
    tell: (id) => signHub(HUB, firefliesV1Body(id), ""),
    recordings: fireflies.recordings,
  },
  {
    name: "Fireflies V2",
    provider: "fireflies",
    secret: HUB,
    tell: (id) => signHub(HUB, firefliesV2Body(id)),
    recordings: fireflies.recordings,
  },
  {
    name: "MeetingBaaS signed by Svix",
    provider: "meetingbaas",
    secret: WHSEC,
    tell: (id) => signStandard(WHSEC, meetingBaasBody(id), { family: "svix" }),
    recordings: meetingbaas.recordings,
  },
  {
    name: "MeetingBaaS calling back",
    provider: "meetingbaas",
    secret: WORD,
    tell: (id) => withSecret(WORD, meetingBaasBody(id, { data: { participants: ["Maya Chen"] } })),
    recordings: meetingbaas.recordings,
  },
];

for (const { name, provider, secret, tell, recordings } of TELLERS) {
  Deno.test(`${name}: the raw webhook leads to a finished run of whoever hosted`, async () => {
    const stack = shared();
    const door = await openDoor(stack, provider, secret);
    const id = String(recordingIds++);
    recordings?.set(id, {});
    const answer = await send(door, await tell(id));
    assert.deepEqual([answer.status, answer.body.status], [202, "queued"], answer.text);

    const jobs = await follow(stack, answer.body.job_id!);
    const [first] = jobs;
    const meeting = jobs.find((job) => job.event_type === "meeting_ended")!;
    assert.equal(first.event_type, recordings === null ? "meeting_ended" : "meeting_recorded");
    assert.deepEqual([meeting.status, meeting.user_id], ["completed", MEMBER]);
    const [row] = await stack.sql`
      select m.id, m.user_id, m.user_source, m.title, m.awaits_recording,
        jsonb_array_length(t.turns) as turns, e.user_source as event_source,
        (select count(*)::integer from public.meeting_attendees a where a.meeting_id = m.id) as people,
        (select count(*)::integer from public.fleet_events x
          where x.type = 'meeting_ended' and x.payload ->> 'meeting_id' = m.id::text) as events
      from public.meetings m join public.meeting_transcripts t on t.meeting_id = m.id
      join public.fleet_events e on e.id = ${meeting.event_id} where m.external_id = ${id}`;
    assert.equal(row.id, answer.body.meeting_id);
    assert.match(row.title, /Harbor Foods/);
    assert.deepEqual(
      [row.user_id, row.user_source, row.event_source, row.turns, row.people, row.events],
      [MEMBER, "host", "host", 2, 2, 1],
    );
    assert.equal(row.awaits_recording, false);

    const again = await send(door, await tell(id));
    assert.deepEqual([again.status, again.body.status], [200, "duplicate"]);
    const { status: _, ...ids } = again.body;
    assert.deepEqual({ status: "queued", ...ids }, answer.body);
  });
}

Deno.test("a hundred equal notifications at once fetch once and make one run of the meeting", async () => {
  const stack = shared();
  const door = await openDoor(stack, "fireflies", HUB);
  const id = String(recordingIds++);
  fireflies.recordings.set(id, {});
  const delivery = await signHub(HUB, firefliesV1Body(id));
  const answers = await Promise.all(Array.from({ length: 100 }, () => send(door, delivery)));
  assert.deepEqual(new Set(answers.map(({ status }) => Math.floor(status / 100))), new Set([2]));
  assert.equal(new Set(answers.map(({ body }) => body.job_id)).size, 1);
  await follow(stack, answers[0].body.job_id!);
  assert.equal(fireflies.seen.filter(({ body }) => body.variables?.id === id).length, 1);
  const [row] = await stack.sql`select
    (select count(*)::integer from public.meetings where external_id = ${id}) as meetings,
    (select count(*)::integer from public.fleet_jobs j where j.event_type = 'meeting_ended'
      and j.meeting_id = ${answers[0].body.meeting_id!}) as runs`;
  assert.deepEqual({ ...row }, { meetings: 1, runs: 1 });
});

Deno.test("a bot's webhook and its callback at one door make one run", async () => {
  const stack = shared();
  const door = await openDoor(stack, "meetingbaas", WHSEC);
  await stack.sql`insert into fleet.webhook_secrets values (${door.split("/").at(-1)!}, ${WORD})`;
  const id = String(recordingIds++);
  meetingbaas.recordings.set(id, {});
  const both = await Promise.all([
    send(door, withSecret(WORD, meetingBaasBody(id, { data: { participants: null } }))),
    send(door, signStandard(WHSEC, meetingBaasBody(id), { family: "svix" })),
  ]);
  assert.deepEqual(both.map(({ body }) => body.status).sort(), ["duplicate", "queued"]);
  assert.equal(both[0].body.job_id, both[1].body.job_id);
  const jobs = await follow(stack, both[0].body.job_id!);
  assert.equal(jobs.filter((job) => job.event_type === "meeting_ended").length, 1);
});

Deno.test("a recording that is not ready is looked for again in a minute, then its meeting goes on", async () => {
  const stack = shared();
  const door = await openDoor(stack, "fireflies", HUB);
  const id = String(recordingIds++);
  fireflies.recordings.set(id, null);
  const answer = await send(door, await signHub(HUB, firefliesV1Body(id)));
  const jobId = answer.body.job_id!;
  const waiting = await eventually("the step waits", async () => {
    const job = await stack.api.getJob(jobId);
    return job.steps.some(({ status }) => status === "retrying") && job.run_after !== null
      ? job
      : null;
  });
  assert.equal(waiting.steps[0].error_code, "recordings_not_ready");
  const left = Date.parse(waiting.run_after!) - Date.now();
  assert.ok(left > 30_000 && left <= 61_000, `${left} ms`);

  fireflies.recordings.set(id, {});
  await stack.sql`update public.fleet_jobs set run_after = fleet.now() where id = ${jobId}`;
  await stack.sql`update public.fleet_job_step_results set next_at = fleet.now()
    where job_id = ${jobId}`;
  const jobs = await follow(stack, jobId);
  assert.deepEqual(
    jobs.slice(0, 2).map((job) => [job.event_type, job.status]),
    [["meeting_recorded", "completed"], ["meeting_ended", "completed"]],
  );
});

Deno.test("two recorders of one calendar event make one run, whichever words come last", async () => {
  const stack = shared();
  const uid = crypto.randomUUID();
  const own = await openDoor(stack, "generic", WHSEC);
  const told = await send(
    own,
    signStandard(
      WHSEC,
      JSON.stringify({
        type: "meeting.ended",
        data: {
          external_id: uid,
          title: "Harbor Foods",
          calendar_uid: uid,
          transcript: "Priya Raman: Good morning.",
        },
      }),
    ),
  );
  const [first] = await follow(stack, told.body.job_id!);
  const id = String(recordingIds++);
  fireflies.recordings.set(id, { calendar_id: uid });
  const door = await openDoor(stack, "fireflies", HUB);
  const answer = await send(door, await signHub(HUB, firefliesV1Body(id)));
  const jobs = await follow(stack, answer.body.job_id!);
  assert.deepEqual(jobs.map((job) => [job.event_type, job.status]), [[
    "meeting_recorded",
    "completed",
  ]]);
  assert.equal(jobs[0].steps[0].status, "completed");
  assert.equal(
    (jobs[0].steps[0].output as { meeting_id: string }).meeting_id,
    told.body.meeting_id,
  );
  const runs = await stack.sql`select id from public.fleet_jobs
    where event_type = 'meeting_ended' and meeting_id = ${told.body.meeting_id!}`;
  assert.deepEqual(runs.map((run) => run.id), [first.id]);
  const again = await send(door, await signHub(HUB, firefliesV1Body(id)));
  assert.deepEqual(
    [again.body.status, again.body.job_id, again.body.meeting_id],
    ["duplicate", answer.body.job_id, answer.body.meeting_id],
  );
});

Deno.test("a meeting of members only is stored and kept unrouted until the organisation says so", async () => {
  const stack = shared();
  const door = await openDoor(stack, "fathom", WHSEC);
  const internal = (id: number) =>
    signStandard(
      WHSEC,
      fathomBody(id, {
        calendar_invitees: [
          { name: "Maya Chen", email: "maya.chen@northwind.example", is_external: false },
          { name: "Olivia Reyes", email: "olivia.reyes@northwind.example", is_external: false },
        ],
      }),
    );
  const kept = await send(door, internal(recordingIds++));
  assert.equal(kept.status, 200);
  assert.deepEqual([kept.body.status, kept.body.job_id], ["unrouted", null]);
  const [event] = await stack.sql`select e.status, e.status_reason,
      (select count(*)::integer from public.meetings m where m.id = ${kept.body
    .meeting_id!}) as meetings
    from public.fleet_events e where e.id = ${kept.body.event_id!}`;
  assert.deepEqual(
    { ...event },
    { status: "unrouted", status_reason: "internal_meeting", meetings: 1 },
  );

  await stack
    .sql`update public.fleet_org_settings set route_internal_meetings = true where org_id = ${ORG}`;
  try {
    const routed = await send(door, internal(recordingIds++));
    assert.equal(routed.body.status, "queued");
    await follow(stack, routed.body.job_id!);
  } finally {
    await stack
      .sql`update public.fleet_org_settings set route_internal_meetings = false where org_id = ${ORG}`;
  }
});

Deno.test("a fetched meeting of members only raises an event that stays unrouted", async () => {
  const stack = shared();
  const door = await openDoor(stack, "fireflies", HUB);
  const id = String(recordingIds++);
  fireflies.recordings.set(id, {
    meeting_attendees: [{ displayName: "Maya Chen", email: "maya.chen@northwind.example" }, {
      displayName: "A colleague without account",
      email: "somebody@northwind.example",
    }],
  });
  const answer = await send(door, await signHub(HUB, firefliesV1Body(id)));
  const [job] = await follow(stack, answer.body.job_id!);
  assert.deepEqual(
    job.child_events.map(({ type, status, status_reason }) => [type, status, status_reason]),
    [["meeting_ended", "unrouted", "internal_meeting"]],
  );
});
