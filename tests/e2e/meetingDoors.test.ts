/** Every recorder of meetings, from its raw webhook to the last step of the meeting's run. */
import assert from "node:assert/strict";
import type { JobDetail } from "../../cli/api.ts";
import { followRuns } from "../../cli/demoRuns.ts";
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

async function openDoor(
  { sql, status }: RunStack,
  provider: string,
  secret: string | null,
  org = ORG,
): Promise<string> {
  const [{ id }] = await sql`insert into public.fleet_webhook_endpoints
    (org_id, provider, default_user_id) values (${org}, ${provider}, ${ADMIN}) returning id`;
  if (secret !== null) await sql`insert into fleet.webhook_secrets values (${id}, ${secret})`;
  return `${status.FUNCTIONS_URL}/webhook-meeting/${id}`;
}

interface DoorAnswer {
  readonly status: number;
  readonly body: {
    readonly status?: string;
    readonly event_id?: string | null;
    readonly job_id?: string | null;
    readonly meeting_id?: string | null;
    readonly error?: { readonly code: string };
  };
  readonly text: string;
}

async function send(url: string, { headers, body }: Delivery): Promise<DoorAnswer> {
  const response = await fetch(url, { method: "POST", headers, body });
  const text = await response.text();
  return { status: response.status, body: JSON.parse(text), text };
}

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

Deno.test("events that are no meeting are answered ignored and leave nothing", async () => {
  const stack = shared();
  const count = async () => {
    const [row] = await stack.sql`select
      (select count(*)::integer from public.meetings) as meetings,
      (select count(*)::integer from public.meeting_deliveries) as deliveries,
      (select count(*)::integer from public.fleet_events) as events`;
    return { ...row };
  };
  const bot = await openDoor(stack, "meetingbaas", WHSEC);
  const callback = await openDoor(stack, "meetingbaas", WORD);
  const fly = await openDoor(stack, "fireflies", HUB);
  const note = await openDoor(stack, "fathom", WHSEC);
  const before = await count();
  const svix = (event: string) =>
    signStandard(WHSEC, meetingBaasBody("b1", { event }), { family: "svix" });
  const answers = [
    await send(bot, svix("bot.status_change")),
    await send(bot, svix("bot.failed")),
    await send(bot, svix("calendar.connection_created")),
    await send(callback, withSecret(WORD, meetingBaasBody("b1", { event: "bot.failed" }))),
    await send(fly, await signHub(HUB, firefliesV2Body("m1", Date.now(), "meeting.summarized"))),
    await send(fly, await signHub(HUB, firefliesV2Body("m1", Date.now(), "meeting.bot_joined"))),
    await send(fly, await signHub(HUB, JSON.stringify({ meetingId: "m1", eventType: "Other" }))),
    await send(note, signStandard(WHSEC, JSON.stringify({ type: "summary.updated" }))),
  ];
  for (const answer of answers) {
    assert.deepEqual([answer.status, answer.body.status], [200, "ignored"], answer.text);
  }
  assert.deepEqual(await count(), before);
});

Deno.test("an unknown door, another organisation's secret and a wrong one get one answer; no secret at all 503", async () => {
  const stack = shared();
  const doors = {
    fireflies: await openDoor(stack, "fireflies", HUB),
    mail: await openDoor(stack, "generic-email", WHSEC),
    unknown: `${stack.status.FUNCTIONS_URL}/webhook-meeting/${crypto.randomUUID()}`,
  };
  const wrong = await signHub("another endpoint's secret", firefliesV1Body("m1"));
  const refused = [
    await send(doors.fireflies, wrong),
    await send(doors.unknown, wrong),
    await send(doors.mail, signStandard(WHSEC, "{}")),
    await send(doors.unknown, signStandard(WHSEC, "{}")),
    await send(await openDoor(stack, "meetingbaas", WHSEC), withSecret(WHSEC, "{}")),
  ];
  const shapes = refused.map(({ status, body }) => JSON.stringify([status, body.error]));
  assert.equal(new Set(shapes).size, 1, shapes.join("\n"));
  assert.equal(refused[0].status, 401);
  const bare = await send(await openDoor(stack, "fireflies", null), wrong);
  assert.deepEqual([bare.status, bare.body.error?.code], [503, "not_configured"]);
});

Deno.test("an artefact's address that leads elsewhere is not followed: no connection, the run fails and is kept", async () => {
  const stack = shared();
  const touched: string[] = [];
  const canary = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen: () => {} }, (request) => {
    touched.push(request.url);
    return Response.json({ result: { utterances: [] } });
  });
  try {
    const id = String(recordingIds++);
    meetingbaas.recordings.set(id, {
      transcription: `http://127.0.0.1:${canary.addr.port}/latest/meta-data`,
    });
    const door = await openDoor(stack, "meetingbaas", WORD);
    const answer = await send(door, withSecret(WORD, meetingBaasBody(id)));
    const job = await stack.reach(answer.body.job_id!, ["failed", "completed"]);
    assert.deepEqual([job.status, job.error_code], ["failed", "unsafe_url"]);
    assert.deepEqual(touched, []);
    const [letter] = await stack.sql`select status from public.fleet_dead_letter_queue
      where source_job_id = ${job.id}`;
    assert.ok(letter !== undefined);
  } finally {
    await canary.shutdown();
  }
});

Deno.test("MeetingBaaS' calendar events become rows of the member whose calendar it is, moved and cancelled with it", async () => {
  const stack = shared();
  const door = await openDoor(stack, "meetingbaas", WHSEC);
  const calendar = crypto.randomUUID();
  await stack.sql`insert into public.fleet_connections (id, org_id, user_id, provider, account_id)
    values (gen_random_uuid(), ${ORG}, ${MEMBER}, 'meetingbaas', ${calendar})`;
  const event_id = crypto.randomUUID();
  const tell = (event: string, list: string, instance: object, calendar_id = calendar) =>
    send(
      door,
      signStandard(
        WHSEC,
        JSON.stringify({
          event,
          data: {
            calendar_id,
            event_type: "one_off",
            series_id: null,
            [list]: [{
              event_id,
              start: "2027-04-01T10:00:00Z",
              end: "2027-04-01T10:30:00Z",
              title: "Harbor Foods",
              status: "confirmed",
              is_all_day: false,
              is_exception: false,
              bot_scheduled: false,
              meeting_url: null,
              meeting_platform: null,
              ...instance,
            }],
          },
        }),
        { family: "svix" },
      ),
    );
  const read = async () =>
    await stack.sql`select e.user_id, e.title, e.starts_at, e.is_cancelled
    from public.calendar_events e join public.calendar_event_sources s on s.event_id = e.id
    where s.source = 'meetingbaas' and s.external_id = ${event_id}`;

  const created = await tell("calendar.event_created", "instances", {});
  assert.deepEqual([created.status, created.body.status], [200, "stored"], created.text);
  const moved = { start: "2027-04-01T12:00:00Z", end: "2027-04-01T12:30:00Z" };
  await tell("calendar.event_updated", "affected_instances", moved);
  const [row] = await read();
  assert.deepEqual(
    [row.user_id, row.title, row.starts_at.toISOString(), row.is_cancelled],
    [MEMBER, "Harbor Foods", "2027-04-01T12:00:00.000Z", false],
  );
  await tell("calendar.event_cancelled", "cancelled_instances", { ...moved, status: "cancelled" });
  assert.deepEqual((await read()).map((one) => one.is_cancelled), [true]);

  // Nobody connected that calendar: the endpoint's default user.
  const other = crypto.randomUUID();
  await tell("calendar.event_created", "instances", { event_id: other }, crypto.randomUUID());
  const [unbound] = await stack.sql`select e.user_id from public.calendar_events e
    join public.calendar_event_sources s on s.event_id = e.id where s.external_id = ${other}`;
  assert.equal(unbound.user_id, ADMIN);
});

Deno.test("a run whose payload names another organisation's endpoint, or an id that climbs, stores nothing", async () => {
  const stack = shared();
  const [{ id: org }] = await stack
    .sql`insert into public.organizations (name) values ('Strangers') returning id`;
  const foreign = (await openDoor(stack, "fireflies", HUB, org)).split("/").at(-1)!;
  const own = (await openDoor(stack, "fireflies", HUB)).split("/").at(-1)!;
  const id = String(recordingIds++);
  fireflies.recordings.set(id, {});
  const payloads = [
    { endpoint_id: foreign, provider: "fireflies", recording_id: id },
    { endpoint_id: own, provider: "meetingbaas", recording_id: "../calendars" },
    { endpoint_id: own, provider: "meetingbaas", recording_id: ".." },
  ];
  const before = meetingbaas.seen.length;
  for (const payload of payloads) {
    const { job_id } = await stack.api.start({
      type: "meeting_recorded",
      org_id: ORG,
      user_id: MEMBER,
      source: "test",
      payload,
    });
    const job = await stack.reach(job_id!, ["failed", "completed"]);
    assert.equal(job.status, "failed", JSON.stringify(payload));
  }
  assert.equal(meetingbaas.seen.length, before);
  const rows = await stack.sql`select id from public.meetings
    where org_id = ${org} or external_id in (${id}, '../calendars', '..')`;
  assert.equal(rows.length, 0);
});
