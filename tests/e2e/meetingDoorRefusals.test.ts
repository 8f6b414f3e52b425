/** What the meeting door ignores, refuses and keeps apart, on a whole stack; and the calendars it hears of. */
import assert from "node:assert/strict";
import { openDoor, send } from "../support/meetingDoors.ts";
import { ADMIN, MEMBER, ORG, shareRuns } from "../support/runs.ts";
import { serveFireflies, serveMeetingBaas } from "../support/vendors/recordings.ts";
import {
  firefliesV1Body,
  firefliesV2Body,
  meetingBaasBody,
  signHub,
  signStandard,
  withSecret,
} from "../support/webhooks.ts";

const fireflies = serveFireflies({ key: "fireflies-key" });
const meetingbaas = serveMeetingBaas({ key: "meetingbaas-key" });
Deno.test.afterAll(async () => {
  for (const server of [fireflies, meetingbaas]) await server[Symbol.asyncDispose]();
});
const shared = shareRuns({
  FIREFLIES_API_URL: fireflies.url,
  FIREFLIES_API_KEY: "fireflies-key",
  MEETINGBAAS_API_URL: `${meetingbaas.url}/v2`,
  MEETINGBAAS_API_KEY: "meetingbaas-key",
});

const WHSEC = `whsec_${btoa("a signing secret of a provider")}`;
const HUB = "fireflies-secret-24-chars";
const WORD = "the word of a bot's callback";
let recordingIds = 9000;

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
