import assert from "node:assert/strict";
import { ADMIN, MEMBER, ORG, shareRuns, signToken } from "../support/runs.ts";
import { eventually } from "../support/stack.ts";

/** agent-trigger and agent-scheduler on a whole stack; each test has agents of its own words. */
const stack = shareRuns();
const OTHER_ORG = "d0000000-0000-4000-8000-000000000002";
const OTHER_USER = "d0000000-0000-4000-8000-0000000000b1";
const READER = "d0000000-0000-4000-8000-0000000000a4";

// deno-lint-ignore no-explicit-any -- the answer of whatever door
type Answer = { readonly status: number; readonly headers: Headers; readonly body: any };

async function post(
  door: "agent-trigger" | "agent-scheduler",
  body: unknown,
  headers?: Readonly<Record<string, string>>,
): Promise<Answer> {
  const response = await fetch(`${stack().status.FUNCTIONS_URL}/${door}`, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      ...(headers ?? { apikey: stack().status.SECRET_KEY }),
    },
    body: JSON.stringify(body),
  });
  return { status: response.status, headers: response.headers, body: await response.json() };
}

const asUser = async (user: string) => ({
  authorization: `Bearer ${await signToken(stack().status, user)}`,
});

/** An organisation of the test's own, so that hours and triggers of others do not count. */
async function newOrg(): Promise<string> {
  const { sql } = stack();
  const org = crypto.randomUUID();
  await sql`insert into public.organizations (id, name) values (${org}, 'o')`;
  for (const [user, role] of [[MEMBER, "member"], [ADMIN, "admin"]] as const) {
    await sql`insert into public.organization_memberships (org_id, user_id, role) values (${org}, ${user}, ${role})`;
  }
  return org;
}

async function addTrigger(org: string, row: Readonly<Record<string, unknown>> = {}) {
  const values = {
    org_id: org,
    trigger_event: "deal_created",
    agent_name: "pipeline",
    delivery_channel: "slack",
    ...row,
  };
  const [{ id }] = await stack()
    .sql`insert into public.fleet_triggers ${stack().sql(values)} returning id`;
  return id as string;
}

async function addSchedule(org: string, row: Readonly<Record<string, unknown>> = {}) {
  const values = {
    org_id: org,
    user_id: MEMBER,
    agent_name: "pipeline",
    cron_expression: "0 0 1 1 *",
    delivery_channel: "slack",
    ...row,
  };
  const [{ id }] = await stack()
    .sql`insert into public.fleet_schedules ${stack().sql(values)} returning id`;
  return id as string;
}

const event = (org: string, more: object = {}) => ({
  event: "deal_created",
  organization_id: org,
  user_id: MEMBER,
  ...more,
});

const deliveriesOf = async (jobId: string) =>
  (await stack().sink()).filter(({ effect_key }) => effect_key.startsWith(jobId));

const jobOf = (eventId: string) =>
  eventually("the event has a run", async () => {
    const [row] = await stack().sql`select id from public.fleet_jobs where event_id = ${eventId}`;
    return row?.id as string | undefined;
  });

Deno.test("agent-trigger: a CRM event leads to a finished run and one delivery to the member", async () => {
  const org = await newOrg();
  await addTrigger(org);
  const { status, body } = await post("agent-trigger", event(org));
  assert.deepEqual([status, body.status, body.executed], [202, "queued", 1]);
  const job = await stack().reach(body.results[0].job_id, ["completed", "failed"]);
  assert.equal(job.status, "completed");
  const sent = await deliveriesOf(job.id);
  assert.deepEqual(sent.map(({ port, repeats }) => [port, repeats]), [["slack", 0]]);
});

Deno.test("agent-trigger: a signed-in member fires for themselves", async () => {
  const org = await newOrg();
  await addTrigger(org);
  assert.equal((await post("agent-trigger", event(org), await asUser(MEMBER))).status, 202);
});

Deno.test("agent-trigger: without an active trigger nothing runs", async () => {
  const { status, body } = await post("agent-trigger", event(await newOrg()));
  assert.deepEqual([status, body.status, body.executed, body.results], [200, "no_triggers", 0, []]);
});

Deno.test("agent-trigger: the eleventh event of an hour is kept for later and answered 202", async () => {
  const org = await newOrg();
  await addTrigger(org, { delivery_channel: "in_app" });
  for (let n = 0; n < 10; n++) await post("agent-trigger", event(org, { payload: { n } }));
  const { status, body } = await post("agent-trigger", event(org, { payload: { n: 10 } }));
  assert.deepEqual([status, body.executed, body.deferred], [202, 0, 1]);
  const [{ run_after, status: stored }] = await stack()
    .sql`select run_after, status from public.fleet_events where id = ${body.results[0].event_id}`;
  assert.equal(stored, "pending");
  assert.ok(run_after.getTime() > Date.now() + 50 * 60_000);
});

const REFUSED: readonly {
  readonly name: string;
  readonly body?: object;
  readonly headers: () => Promise<Readonly<Record<string, string>>>;
  readonly status: number;
}[] = [
  {
    name: "the internal-call header alone",
    headers: () => Promise.resolve({ "x-internal-call": "true" }),
    status: 401,
  },
  {
    name: "a stranger to the organisation",
    headers: () => asUser(OTHER_USER),
    body: { user_id: OTHER_USER },
    status: 403,
  },
  { name: "a member for somebody else", headers: () => asUser(ADMIN), status: 403 },
  { name: "a reader", headers: () => asUser(READER), body: { user_id: READER }, status: 403 },
  {
    name: "an unknown event",
    headers: () => asUser(MEMBER),
    body: { event: "deal_won" },
    status: 400,
  },
  { name: "no event", headers: () => asUser(MEMBER), body: { event: undefined }, status: 400 },
  { name: "no user", headers: () => asUser(MEMBER), body: { user_id: undefined }, status: 400 },
  {
    name: "a payload over its size",
    headers: () => asUser(MEMBER),
    body: { payload: { text: "x".repeat(60_000) } },
    status: 413,
  },
];

for (const { name, body, headers, status } of REFUSED) {
  Deno.test(`agent-trigger: ${name} is refused with ${status} and leaves no row`, async () => {
    const { sql } = stack();
    const trigger = await addTrigger(ORG);
    const answer = await post("agent-trigger", event(ORG, body), await headers());
    const rows =
      await sql`select 1 from public.fleet_events where payload ->> 'trigger_id' = ${trigger}`;
    await sql`delete from public.fleet_triggers where id = ${trigger}`;
    assert.deepEqual([answer.status, rows.length], [status, 0]);
    assert.ok(answer.body.error.code);
  });
}

Deno.test("agent-trigger: test mode answers the result and delivers nothing", async () => {
  const org = await newOrg();
  const trigger_id = await addTrigger(org, { is_active: false });
  const { status, body } = await post("agent-trigger", event(org, { trigger_id }));
  assert.deepEqual([status, body.mode, body.executed, body.failed], [200, "test", 1, 0]);
  const [result] = body.results;
  assert.deepEqual([result.success, result.agent_name], [true, "pipeline"]);
  assert.match(result.response_text, /open deals/);
  assert.deepEqual(await deliveriesOf(result.job_id), []);
  const feed = await stack()
    .sql`select 1 from public.fleet_activity where job_id = ${result.job_id}`;
  assert.equal(feed.length, 0);
});

Deno.test("agent-trigger: test mode finds no trigger of another organisation", async () => {
  const trigger_id = await addTrigger(OTHER_ORG, { is_active: false });
  const answer = await post("agent-trigger", event(await newOrg(), { trigger_id }));
  assert.deepEqual([answer.status, answer.body.error.code], [404, "trigger_not_found"]);
});

Deno.test("agent-trigger: test mode answers 429 with Retry-After once the hour is full", async () => {
  const org = await newOrg();
  const trigger_id = await addTrigger(org, { delivery_channel: "in_app" });
  await Promise.all(
    Array.from({ length: 10 }, (_, n) => post("agent-trigger", event(org, { payload: { n } }))),
  );
  const answer = await post("agent-trigger", event(org, { trigger_id }));
  assert.deepEqual([answer.status, answer.body.error.code], [429, "trigger_limit"]);
  const seconds = Number(answer.headers.get("retry-after"));
  assert.ok(seconds > 3000 && seconds <= 3600, `${seconds}`);
});

for (
  const [word, responseText, raised] of [["hold", undefined, 1], ["fail", "never", 0]] as const
) {
  Deno.test(`agent-trigger: a run whose hand-off conditions ${word} raises ${raised} follow-up`, async () => {
    const org = await newOrg();
    await addTrigger(org, {
      handoff_target_event: "team_told",
      handoff_context_mapping: stack().sql.json({
        what: "output.headline",
        of: "event.payload.deal_id",
      }),
      handoff_conditions: stack().sql.json({
        success: true,
        ...(responseText && { responseText }),
      }),
    });
    const deal_id = crypto.randomUUID();
    const { body } = await post("agent-trigger", event(org, { payload: { deal_id } }));
    const job = await stack().reach(body.results[0].job_id, ["completed", "failed"]);
    const rows = await stack().sql`select type, payload, depth from public.fleet_events
      where parent_job_id = ${job.id}`;
    assert.equal(rows.length, raised);
    if (raised === 0) return;
    const [{ type, payload, depth }] = rows;
    assert.deepEqual([type, depth, payload.deal_id, payload.of], [
      "team_told",
      1,
      deal_id,
      deal_id,
    ]);
    assert.match(payload.what, /open deals/);
    assert.match(payload._trigger_output, /open deals/);
    assert.equal(payload._trigger_event, "deal_created");
  });
}

Deno.test("a deal that SQL creates leads to a finished run without any call", async () => {
  const org = await newOrg();
  const trigger = await addTrigger(org, { agent_name: "crm_ops" });
  await stack()
    .sql`insert into public.deals (org_id, name, owner_id) values (${org}, 'd', ${MEMBER})`;
  const [{ id }] = await stack().sql`select id from public.fleet_events
    where payload ->> 'trigger_id' = ${trigger}`;
  const job = await stack().reach(await jobOf(id), ["completed", "failed"]);
  assert.equal(job.status, "completed");
  assert.equal((await deliveriesOf(job.id)).length, 1);
});

// Schedules -----------------------------------------------------------------------------------------

async function dueRun(row: Readonly<Record<string, unknown>>) {
  const org = await newOrg();
  const id = await addSchedule(org, { next_run_at: new Date(Date.now() - 1000), ...row });
  const { status, body } = await post("agent-scheduler", {});
  assert.equal(status, 200, JSON.stringify(body));
  const event = await eventually("the schedule fired", async () => {
    const [found] = await stack().sql`select id from public.fleet_events
      where payload ->> 'schedule_id' = ${id}`;
    return found?.id as string | undefined;
  });
  return await jobOf(event);
}

Deno.test("agent-scheduler: a due schedule leads to a finished run and a delivery", async () => {
  const job = await stack().reach(await dueRun({}), ["completed", "failed"]);
  assert.equal(job.status, "completed");
  assert.equal((await deliveriesOf(job.id)).length, 1);
});

Deno.test("agent-scheduler: the sweep alone finds a due schedule", async () => {
  const org = await newOrg();
  const id = await addSchedule(org, { next_run_at: new Date(Date.now() - 1000) });
  await eventually(
    "the schedule fired",
    async () =>
      (await stack().sql`select 1 from public.fleet_events
      where payload ->> 'schedule_id' = ${id}`).length === 1,
  );
});

Deno.test("agent-scheduler: suggest keeps the result in the feed and sends nothing", async () => {
  const job = await stack().reach(await dueRun({ permission_mode: "suggest" }), [
    "completed",
    "failed",
  ]);
  assert.equal(job.status, "completed");
  assert.deepEqual(await deliveriesOf(job.id), []);
  const feed = await stack()
    .sql`select summary from public.fleet_activity where job_id = ${job.id}`;
  assert.equal(feed.length, 1);
  assert.match(feed[0].summary, /open deals/);
});

Deno.test("agent-scheduler: approve delivers what a person approved, as they left it, once", async () => {
  const waiting = await stack().reach(await dueRun({ permission_mode: "approve" }), [
    "waiting_approval",
    "failed",
  ]);
  assert.equal(waiting.status, "waiting_approval");
  assert.deepEqual(await deliveriesOf(waiting.id), []);
  const [approval] = waiting.approvals;
  assert.match(String(approval.proposed.response_text), /open deals/);
  const answer = await fetch(`${stack().status.FUNCTIONS_URL}/agent-orchestrator`, {
    method: "POST",
    headers: { "content-type": "application/json", ...await asUser(MEMBER) },
    body: JSON.stringify({
      resume_job_id: waiting.id,
      approval_data: { decision: "approve", edits: { headline: "Read this first" } },
    }),
  });
  assert.equal(answer.status, 200, await answer.text());
  const job = await stack().reach(waiting.id, ["completed", "failed"]);
  assert.equal(job.status, "completed");
  const sent = await deliveriesOf(job.id);
  assert.equal(sent.length, 1);
  assert.match(JSON.stringify(sent[0]), /Read this first/);
});

Deno.test("agent-scheduler: an admin runs one now; it keeps its next time", async () => {
  const org = await newOrg();
  const schedule_id = await addSchedule(org, {
    next_run_at: "2099-01-01T00:00:00Z",
    is_active: false,
  });
  const { status, body } = await post("agent-scheduler", { schedule_id }, await asUser(ADMIN));
  assert.deepEqual([status, body.status], [202, "queued"]);
  const job = await stack().reach(body.job_id, ["completed", "failed"]);
  assert.deepEqual([job.status, job.user_id], ["completed", ADMIN]);
  const [{ next_run_at }] = await stack()
    .sql`select next_run_at from public.fleet_schedules where id = ${schedule_id}`;
  assert.equal(next_run_at.getUTCFullYear(), 2099);
});

for (
  const [name, user, of, status] of [
    ["a member of the organisation", MEMBER, "own", 403],
    ["an admin elsewhere", OTHER_USER, "own", 404],
    ["an admin, of a template", ADMIN, "template", 404],
    ["a signed-in user, of all", ADMIN, "all", 403],
  ] as const
) {
  Deno.test(`agent-scheduler: ${name} is refused with ${status}`, async () => {
    const [template] = await stack()
      .sql`select id from public.fleet_schedules where org_id is null limit 1`;
    const body = of === "all" ? {} : {
      schedule_id: of === "own"
        ? await addSchedule(await newOrg(), { is_active: false })
        : template.id,
    };
    assert.equal((await post("agent-scheduler", body, await asUser(user))).status, status);
  });
}
