/** `GET fleet-admin/health` through the function's own handler: what makes it fail, and who learns of it. */
import assert from "node:assert/strict";
import { type Doors, KEYS, openDoors } from "../../support/doors.ts";
import { SEED } from "../../support/skillWorld.ts";

const STRANGER = "0a000000-0000-4000-8000-0000000000aa";
const OTHER_OWNER = "d0000000-0000-4000-8000-0000000000b1";

let doors: Doors;
Deno.test.beforeAll(async () => {
  doors = await openDoors();
});
Deno.test.afterAll(async () => await doors[Symbol.asyncDispose]());

/** Each test begins in a healthy project. */
function test(name: string, work: () => Promise<void>): void {
  Deno.test({
    name,
    // The functions keep their pools for the isolate's life.
    sanitizeOps: false,
    sanitizeResources: false,
    fn: async () => {
      await doors.db.sql`truncate public.fleet_events, public.fleet_jobs, public.fleet_job_history,
        public.fleet_dead_letter_queue, public.fleet_connections cascade`;
      await sweptAgo("0 seconds");
      await work();
    },
  });
}

const sweptAgo = (age: string) =>
  doors.db.sql`update fleet.sweep_state set swept_at = fleet.now() - ${age}::interval`;

async function ask(who: string | "project", path = "fleet-admin/health") {
  const headers: Record<string, string> = who === "project"
    ? { apikey: KEYS.secret }
    : { authorization: `Bearer ${await doors.token({ sub: who })}` };
  const response = await doors.call(path, { headers });
  return { status: response.status, headers: response.headers, body: await response.json() };
}

/** Codes with their organisations, as somebody is told them. */
async function reasonsFor(who: string | "project") {
  const { body } = await ask(who);
  return (body.reasons as { code: string; org_id?: string }[])
    .map(({ code, org_id }) => org_id === undefined ? code : `${code} ${org_id}`);
}

async function connectAccount(
  org: string,
  more: { readonly status?: string; readonly watch?: string | null },
): Promise<string> {
  const id = crypto.randomUUID();
  await doors.db.sql`
    insert into public.fleet_connections (id, org_id, user_id, provider, account_id, scopes, status,
      watch_expires_at)
    values (${id}, ${org}, ${SEED.member}, 'microsoft', 'private@example.com', '{Mail.Read}', ${
    more.status ?? "active"
  }, fleet.now() + ${more.watch ?? null}::interval)`;
  return id;
}

async function insertRun(
  org: string,
  status: "queued" | "running",
  age: string,
): Promise<string> {
  const id = crypto.randomUUID();
  await doors.db.sql`
    insert into public.fleet_events (id, org_id, type, source, payload, root_event_id, depth, status)
    values (${id}, ${org}, 'x', 'test', '{}', ${id}, 0, 'routed')`;
  await doors.db.sql`
    insert into public.fleet_jobs (id, org_id, event_id, event_type, event_source, sequence_key, definition_source,
      definition_hash, status, depth, root_job_id, root_event_id, trigger_payload, run_after, lease_until, lease_worker)
    values (${id}, ${org}, ${id}, 'x', 'test', 'x', 'platform', ${
    "0".repeat(64)
  }, ${status}, 0, ${id}, ${id}, '{}',
      ${status === "queued" ? age : null}::interval + fleet.now(),
      ${status === "running" ? age : null}::interval + fleet.now(),
      ${status === "running" ? id : null})`;
  return id;
}

async function insertLetters(org: string, count: number): Promise<void> {
  for (let at = 0; at < count; at++) {
    const job = await insertRun(org, "queued", "1 hour");
    await doors.db.sql`
      insert into public.fleet_dead_letter_queue (id, org_id, event_type, event_payload, source_job_id, error_code,
        error_message, status)
      values (gen_random_uuid(), ${org}, 'x', '{}', ${job}, 'x', 'x', 'pending')`;
  }
}

async function insertUnrouted(org: string, count: number): Promise<void> {
  await doors.db.sql`
    insert into public.fleet_events (id, org_id, type, source, payload, root_event_id, depth, status)
    select id, ${org}, 'x', 'test', '{}', id, 0, 'unrouted'
    from (select gen_random_uuid() as id from generate_series(1, ${count})) g`;
}

test("a healthy project answers 200 without a reason", async () => {
  const { status, body } = await ask("project");
  assert.deepEqual([status, body], [200, { status: "ok", reasons: [], warnings: [] }]);
});

test("what fails is answered 503, by its reasons and in the shape of every error", async () => {
  await sweptAgo("1 hour");
  const { status, body, headers } = await ask("project");
  assert.deepEqual([status, body.status, body.error.code], [503, "failing", "unhealthy"]);
  assert.deepEqual(body.error.details, body.reasons);
  assert.match(body.reasons[0].message, /fleet-sweep/);
  assert.equal(headers.get("retry-after"), "60");
  assert.equal(typeof body.request_id, "string");
});

for (const [age, codes] of [["29 seconds", []], ["31 seconds", ["sweep_late"]]] as const) {
  test(`a sweep ${age} ago, of every 10 seconds, is ${codes[0] ?? "in time"}`, async () => {
    await sweptAgo(age);
    assert.deepEqual(await reasonsFor("project"), codes);
    assert.deepEqual(await reasonsFor(SEED.member), codes);
  });
}

const FAULTS: readonly (readonly [string, (org: string) => Promise<unknown>, string | null])[] = [
  ["a run due for 119 seconds", (org) => insertRun(org, "queued", "-119 seconds"), null],
  ["a run due for 121 seconds", (org) => insertRun(org, "queued", "-121 seconds"), "run_waiting"],
  ["a run due tomorrow", (org) => insertRun(org, "queued", "1 day"), null],
  [
    "a run whose isolate is gone",
    (org) => insertRun(org, "running", "-121 seconds"),
    "run_waiting",
  ],
  ["ten letters", (org) => insertLetters(org, 10), null],
  ["eleven letters", (org) => insertLetters(org, 11), "dead_letters"],
  ["fifty events without a route", (org) => insertUnrouted(org, 50), null],
  ["fifty-one events without a route", (org) => insertUnrouted(org, 51), "unrouted_events"],
  [
    "an account that expired",
    (org) => connectAccount(org, { status: "expired" }),
    "connection_expired",
  ],
  ["an account that was revoked", (org) => connectAccount(org, { status: "revoked" }), null],
  ["a watch that ended", (org) => connectAccount(org, { watch: "-1 minute" }), "watch_expired"],
  ["a watch that ends in 47 hours", (org) => connectAccount(org, { watch: "47 hours" }), null],
  ["a mailbox that nobody watches", (org) => connectAccount(org, { watch: null }), null],
];

for (const [name, prepare, code] of FAULTS) {
  test(`${name}: ${code ?? "no reason"}, told to the project and to members, to nobody else`, async () => {
    await prepare(SEED.org);
    const expected = code === null ? [] : [`${code} ${SEED.org}`];
    assert.deepEqual(await reasonsFor("project"), expected);
    assert.deepEqual(await reasonsFor(SEED.member), expected);
    for (const other of [OTHER_OWNER, STRANGER]) assert.deepEqual(await reasonsFor(other), []);
  });
}

for (const [watch, count] of [["47 hours", 1], ["49 hours", 0]] as const) {
  test(`a watch that ends in ${watch} is ${count === 1 ? "a warning, and the answer" : "no warning, and the answer"} stays 200`, async () => {
    const id = await connectAccount(SEED.org, { watch });
    for (const who of ["project", SEED.member]) {
      const { status, body } = await ask(who);
      assert.deepEqual([status, body.status], [200, "ok"]);
      assert.deepEqual(
        body.warnings.map((one: { connection_id: string }) => one.connection_id),
        count === 1 ? [id] : [],
      );
    }
    assert.deepEqual((await ask(OTHER_OWNER)).body.warnings, []);
  });
}

test("a member's counts are those of their own organisations", async () => {
  await insertUnrouted(SEED.org, 60);
  await insertUnrouted(SEED.otherOrg, 70);
  const own = await ask(SEED.member);
  assert.deepEqual(own.body.reasons.map((one: { count: number }) => one.count), [60]);
  const all = await ask("project");
  assert.deepEqual(all.body.reasons.map((one: { count: number }) => one.count).sort(), [60, 70]);
});

test("no account's address is told", async () => {
  await connectAccount(SEED.org, { status: "expired" });
  await connectAccount(SEED.otherOrg, { watch: "-1 hour" });
  assert.doesNotMatch(JSON.stringify((await ask("project")).body), /private@example/);
});

for (
  const path of [
    "fleet-admin",
    "fleet-admin/other",
    "fleet-admin/health/x",
    "fleet-admin/constructor",
  ]
) {
  test(`GET ${path} is 404`, async () => {
    assert.equal((await ask("project", path)).status, 404);
  });
}
