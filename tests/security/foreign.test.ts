/**
 * What belongs to others (T9, T10, T11, T23): a body or a query that names another organisation, person, run or
 * approval is answered as one that names nothing at all, and no field of ours can be set from outside.
 */
import assert from "node:assert/strict";
import { type Doors, KEYS, openDoors } from "../support/doors.ts";
import { SEED } from "../support/skillWorld.ts";
import { bytesOf, DOOR_TABLE, type JsonBody, requestOf, SAMPLES } from "./_doorTable.ts";

let doors: Doors;
/** A run and an approval of the other organisation. */
let foreignJob: string, foreignApproval: string;
/** Rows of the other organisation that hand-made payloads name. */
const foreignConnection = crypto.randomUUID(), foreignEndpoint = crypto.randomUUID();
const foreignTrigger = crypto.randomUUID(), foreignSchedule = crypto.randomUUID();
const foreignDeal = crypto.randomUUID(), foreignUser = crypto.randomUUID();

Deno.test.beforeAll(async () => {
  doors = await openDoors();
  const response = await doors.call("agent-orchestrator", {
    method: "POST",
    headers: { apikey: KEYS.secret, "content-type": "application/json" },
    body: bytesOf({
      ...startBody(),
      org_id: SEED.otherOrg,
      user_id: null,
      type: "deal_risk_scan",
      payload: { canary: "a word of the other organisation" },
    }),
  });
  foreignJob = (await response.json()).job_id;
  foreignApproval = crypto.randomUUID();
  await doors.db.sql`insert into public.fleet_approvals
      (id, org_id, job_id, step_id, action_type, preview, proposed, content_sha256, expires_at)
    values (${foreignApproval}, ${SEED.otherOrg}, ${foreignJob}, 'a', 'send', 'a word of the other',
      '{"text": "a word of the other"}', 'h', fleet.now() + interval '1 hour')`;
  await addForeignRows();
});
Deno.test.afterAll(async () => await doors[Symbol.asyncDispose]());

/** A connected account, a door, a trigger, a schedule and a deal of the other organisation. */
async function addForeignRows(): Promise<void> {
  const { sql } = doors.db;
  await sql`insert into public.fleet_connections (id, org_id, user_id, provider, account_id, scopes)
    values (${foreignConnection}, ${SEED.otherOrg}, ${foreignUser}, 'google', 'other@else.example', ${[
    "https://www.googleapis.com/auth/gmail.readonly",
    "https://www.googleapis.com/auth/calendar",
  ]})`;
  await sql`insert into fleet.calendar_feeds (connection_id, org_id, account_id, sync_at)
    values (${foreignConnection}, ${SEED.otherOrg}, 'other@else.example', fleet.now() + interval '1 hour')`;
  await sql`insert into public.fleet_webhook_endpoints (id, org_id, provider)
    values (${foreignEndpoint}, ${SEED.otherOrg}, 'fireflies')`;
  await sql`insert into public.fleet_triggers (id, org_id, trigger_event, agent_name, prompt_template, handoff_target_event)
    values (${foreignTrigger}, ${SEED.otherOrg}, 'deal_created', 'crm_ops', 'a word of the other', 'deal_risk_scan')`;
  await sql`insert into public.fleet_schedules (id, org_id, agent_name, prompt_template, cron_expression)
    values (${foreignSchedule}, ${SEED.otherOrg}, 'crm_ops', 'a word of the other', '0 0 1 1 *')`;
  await sql`insert into public.deals (id, org_id, name)
    values (${foreignDeal}, ${SEED.otherOrg}, 'a word of the other')`;
}

const test = (name: string, fn: () => Promise<void>) =>
  Deno.test({ name, fn, sanitizeOps: false, sanitizeResources: false });

const startBody = (): JsonBody => {
  const { idempotency_key: _, ...body } = DOOR_TABLE["agent-orchestrator"][0].body!;
  return body;
};

/** Status and error of a signed-in user's request. */
async function ask(user: string, path: string, body: JsonBody | null) {
  const response = await doors.call(path, {
    method: body === null ? "GET" : "POST",
    headers: {
      "content-type": "application/json",
      authorization: `Bearer ${await doors.token({ sub: user })}`,
    },
    body: body === null ? undefined : bytesOf(body),
  });
  const { error } = await response.json();
  return { status: response.status, error };
}

const CALLED = SAMPLES.filter(({ sign, body }) => sign === undefined && body !== undefined);
/** Ids in bodies, and what of others they could name. */
const FOREIGN: Readonly<Record<string, () => string>> = {
  org_id: () => SEED.otherOrg,
  organization_id: () => SEED.otherOrg,
  resume_job_id: () => foreignJob,
};

for (const { door, name, path, body } of CALLED) {
  for (const field of Object.keys(body!).filter((key) => key in FOREIGN)) {
    test(`${door} ${name}: another's ${field} is answered as one that does not exist (T9)`, async () => {
      const rows = await doors.countRows();
      for (const user of [SEED.member, SEED.admin, SEED.owner]) {
        const own = { ...body, ...("user_id" in body! ? { user_id: user } : {}) };
        const foreign = await ask(user, path, { ...own, [field]: FOREIGN[field]() });
        const absent = await ask(user, path, { ...own, [field]: crypto.randomUUID() });
        assert.deepEqual(foreign, absent);
        assert.ok([403, 404].includes(foreign.status), String(foreign.status));
      }
      assert.deepEqual(await doors.countRows(), rows);
    });
  }

  if ("user_id" in body!) {
    test(`${door} ${name}: nobody acts as somebody else (T9)`, async () => {
      const rows = await doors.countRows();
      for (const other of [SEED.owner, SEED.admin, crypto.randomUUID()]) {
        const { status } = await ask(SEED.member, path, { ...body, user_id: other });
        assert.equal(status, 403);
      }
      assert.deepEqual(await doors.countRows(), rows);
    });
  }
}

test("agent-orchestrator: a run of others is nobody's parent (T9)", async () => {
  const rows = await doors.countRows();
  const asParent = (id: string) =>
    ask(SEED.member, "agent-orchestrator", { ...startBody(), parent_job_id: id });
  const foreign = await asParent(foreignJob);
  assert.deepEqual(foreign, await asParent(crypto.randomUUID()));
  assert.ok(foreign.status >= 400 && foreign.status < 500, JSON.stringify(foreign));
  assert.deepEqual(await doors.countRows(), rows);
});

test("agent-orchestrator: another's run, approval and list are answered as none (T10, T23)", async () => {
  const queries: readonly (readonly [string, string])[] = [
    [`job_id=${foreignJob}`, `job_id=${crypto.randomUUID()}`],
    [`job_id=${foreignJob}&watch=1`, `job_id=${crypto.randomUUID()}&watch=1`],
    [`approval_id=${foreignApproval}`, `approval_id=${crypto.randomUUID()}`],
  ];
  for (const [foreign, absent] of queries) {
    const answer = await ask(SEED.owner, `agent-orchestrator?${foreign}`, null);
    assert.deepEqual(answer, await ask(SEED.owner, `agent-orchestrator?${absent}`, null));
    assert.equal(answer.status, 404);
  }
  const response = await doors.call(`agent-orchestrator?org_id=${SEED.otherOrg}`, {
    headers: { authorization: `Bearer ${await doors.token({ sub: SEED.owner })}` },
  });
  const text = await response.text();
  assert.ok(!text.includes(foreignJob) && !text.includes("a word of the other"));
});

test("agent-orchestrator: a thousand forged wake-ups change no row and call nobody (T30)", async () => {
  const rows = await doors.countRows(), calls = doors.outbound.length;
  for (let i = 0; i < 500; i++) {
    for (
      const body of [{ resume_job_id: crypto.randomUUID() }, { event_id: crypto.randomUUID() }]
    ) {
      const response = await doors.call("agent-orchestrator", {
        method: "POST",
        headers: { apikey: KEYS.secret, "content-type": "application/json" },
        body: bytesOf(body),
      });
      assert.equal(response.status, 202);
      await response.body?.cancel();
    }
  }
  assert.deepEqual(await doors.countRows(), rows);
  assert.deepEqual(doors.outbound.slice(calls), []);
});

/** What the clock and the doors raise, by which ids of others a member may try to steer it, and what comes of it. */
const UPKEEP: readonly (readonly [type: string, payload: () => JsonBody, outcome: RegExp])[] = [
  ["mailbox_changed", () => ({ connection_id: foreignConnection }), /"status": "gone"/],
  [
    "watch_due",
    () => ({ connection_id: foreignConnection, reason: "subscription_removed" }),
    /"status": "gone"/,
  ],
  ["calendar_sync", () => ({ connection_id: foreignConnection }), /"status": "gone"/],
  [
    "meeting_recorded",
    () => ({ endpoint_id: foreignEndpoint, provider: "fireflies", recording_id: "abc" }),
    /^$/,
  ],
  ["approval_asked", () => ({ approval_id: foreignApproval }), /"asked": \[\].*settled already/],
  [
    "approval_asked",
    () => ({ approval_id: foreignApproval, is_escalation: true }),
    /"asked": \[\].*settled already/,
  ],
  ["approval_changed", () => ({ approval_id: foreignApproval }), /"status": null/],
  ["agent_run", () => ({
    agent: "pipeline",
    delivery_channel: "slack",
    trigger_id: foreignTrigger,
    schedule_id: foreignSchedule,
    deal_id: foreignDeal,
  }), /"agent": "pipeline"/],
];

for (const [at, [type, payload, outcome]] of UPKEEP.entries()) {
  test(`a member's own ${type} (${at}) with ids of others reaches nothing of theirs (T9, T10)`, async () => {
    const before = await countOf(SEED.otherOrg), calls = doors.outbound.length;
    const words = await wordsOf(SEED.otherOrg);
    const response = await doors.call("agent-orchestrator", {
      method: "POST",
      headers: {
        "content-type": "application/json",
        authorization: `Bearer ${await doors.token({ sub: SEED.member })}`,
      },
      body: bytesOf({
        type,
        org_id: SEED.org,
        user_id: SEED.member,
        payload: payload(),
        sync: true,
      }),
    });
    const text = await response.text();
    assert.ok(response.status < 300, text);
    assert.doesNotMatch(text, /word of the other/);
    const outputs = (await doors.db.sql`select r.output::text as text
      from public.fleet_job_step_results r where r.job_id = ${JSON.parse(text).job_id}
      and r.output is not null`).map((row) => row.text).join("\n");
    assert.match(outputs, outcome);
    assert.doesNotMatch(outputs, /word of the other/);
    assert.deepEqual(await countOf(SEED.otherOrg), before);
    assert.deepEqual(await wordsOf(SEED.otherOrg), words);
    assert.deepEqual(doors.outbound.slice(calls).filter((url) => !url.includes("edge.test")), []);
  });
}

for (const type of ["watch_due", "mailbox_changed", "calendar_sync", "approval_asked"]) {
  test(`agent-orchestrator: nobody takes the key of a coming ${type} (T11)`, async () => {
    const { status } = await ask(SEED.member, "agent-orchestrator", {
      ...startBody(),
      idempotency_key: `${type}:${foreignConnection}:1`,
    });
    assert.equal(status, 400);
  });
}

/** What an upkeep run could change without adding a row. */
async function wordsOf(org: string): Promise<unknown> {
  const { sql } = doors.db;
  return [
    [...await sql`select * from fleet.mailbox_watches where org_id = ${org}`],
    [...await sql`select connection_id, cursor from fleet.calendar_feeds where org_id = ${org}`],
    [
      ...await sql`select id, status, version, links_until from public.fleet_approvals
      where org_id = ${org}`,
    ],
  ];
}

/** Columns and words of the engine that no caller may set. */
const OURS = [
  "id",
  "job_id",
  "event_id",
  "status",
  "status_reason",
  "depth",
  "cost_usd",
  "fence",
  "lease_until",
  "lease_worker",
  "root_event_id",
  "root_job_id",
  "definition_source",
  "definition_hash",
  "sequence_key",
  "steps",
  "engine",
  "decided_by",
  "requires_approval",
  "created_at",
  "user_source",
  "role",
  "send_mode",
  "__proto__",
  "constructor",
  "prototype",
];

test("agent-orchestrator: a start with a field of ours is refused (T11)", async () => {
  const rows = await doors.countRows();
  for (const key of OURS) {
    // As text: an object literal would swallow __proto__.
    const text = JSON.stringify(startBody()).replace(/^\{/, `{"${key}":"completed",`);
    const response = await doors.call("agent-orchestrator", {
      method: "POST",
      headers: { apikey: KEYS.secret, "content-type": "application/json" },
      body: text,
    });
    assert.equal(response.status, 400, key);
    await response.body?.cancel();
  }
  assert.deepEqual(await doors.countRows(), rows);
});

for (const { door, ...sample } of SAMPLES.filter(({ sign }) => sign !== undefined)) {
  test(`${door} ${sample.name}: the endpoint chooses the organisation, whatever the body says (T11)`, async () => {
    const extra = {
      org_id: SEED.otherOrg,
      user_id: SEED.owner,
      status: "completed",
      endpoint_id: crypto.randomUUID(),
    };
    const data = sample.body!.data as JsonBody;
    const body = { ...extra, ...sample.body, data: { ...extra, ...data } };
    const before = await countOf(SEED.otherOrg);
    const response = await doors.call(sample.path, requestOf(sample, bytesOf(body)));
    assert.ok(response.status < 500, String(response.status));
    await response.body?.cancel();
    assert.deepEqual(await countOf(SEED.otherOrg), before);
  });
}

/** Rows of an organisation in every table that has one. */
async function countOf(org: string): Promise<Readonly<Record<string, number>>> {
  const { sql } = doors.db;
  const tables = await sql`select attrelid::regclass::text as name from pg_catalog.pg_attribute a
    join pg_catalog.pg_class c on c.oid = a.attrelid
    where a.attname = 'org_id' and not a.attisdropped and c.relkind = 'r'
      and c.relnamespace in ('public'::regnamespace, 'fleet'::regnamespace)`;
  const rows = await sql.unsafe(
    tables.map(({ name }) =>
      `select '${name}' as name, count(*)::integer as count from ${name} where org_id = '${org}'`
    ).join(" union all "),
  );
  return Object.fromEntries(rows.map((row) => [row.name, row.count]));
}
