import assert from "node:assert/strict";
import {
  ADMIN,
  chain,
  MEMBER,
  ORG,
  postAs,
  type RunStack,
  shareRuns,
  signToken,
} from "../support/runs.ts";

const OTHER_ORG = "d0000000-0000-4000-8000-000000000002";
const READONLY = "d0000000-0000-4000-8000-0000000000a4";

const shared = shareRuns();

const secret = (stack: RunStack) => ({ apikey: stack.status.SECRET_KEY });
const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

function startBody(type: string, more: object = {}): object {
  return { type, org_id: ORG, user_id: MEMBER, ...more };
}

async function countEvents(stack: RunStack, type: string): Promise<number> {
  const [row] = await stack.sql`
    select count(*)::integer as count from public.fleet_events where type = ${type}`;
  return row.count;
}

Deno.test("start refuses everybody without a credential of theirs, and leaves no row (faults 1, 7)", async () => {
  const stack = shared();
  await stack.define("guarded", chain(1, "probe-pure"));
  const { status } = stack;
  const forged = await signToken({ ...status, JWT_SECRET: "x".repeat(40) }, MEMBER);
  const foreign = await signToken({ ...status, API_URL: "https://elsewhere.example" }, MEMBER);
  const cases: readonly (readonly [string, Record<string, string>, object, number])[] = [
    ["nothing", {}, {}, 401],
    ["the publishable key", { apikey: status.PUBLISHABLE_KEY }, {}, 401],
    ["the anon key", bearer(status.ANON_KEY), {}, 401],
    ["a wrong secret", { apikey: `${status.SECRET_KEY}x` }, {}, 401],
    ["the secret as Bearer", bearer(status.SECRET_KEY), {}, 401],
    ["another signature", bearer(forged), {}, 401],
    ["another issuer", bearer(foreign), {}, 401],
    [
      "a service_role claim",
      bearer(await signToken(status, MEMBER, { role: "service_role" })),
      {},
      401,
    ],
    ["somebody else", bearer(await signToken(status, ADMIN)), {}, 403],
    ["a read-only member", bearer(await signToken(status, READONLY)), { user_id: READONLY }, 403],
    ["another organisation", bearer(await signToken(status, MEMBER)), { org_id: OTHER_ORG }, 403],
    ["no user", bearer(await signToken(status, MEMBER)), { user_id: null }, 403],
    ["an internal header", { "x-internal-call": "true" }, {}, 401],
  ];
  for (const [name, headers, more, expected] of cases) {
    const answer = await postAs(status, headers, startBody("guarded", more));
    assert.equal(answer.status, expected, name);
    assert.equal(typeof answer.body.error?.code, "string", name);
  }
  assert.equal(await countEvents(stack, "guarded"), 0);
});

Deno.test("start takes the secret key, the legacy key as Bearer and a member's token", async () => {
  const stack = shared();
  await stack.define("open_to", chain(1, "probe-pure"));
  const { status } = stack;
  for (
    const headers of [
      { apikey: status.SECRET_KEY },
      bearer(status.SERVICE_ROLE_KEY),
      bearer(await signToken(status, MEMBER)),
    ]
  ) {
    const answer = await postAs(status, headers, startBody("open_to"));
    assert.deepEqual([answer.status, answer.body.status], [202, "queued"]);
  }
});

Deno.test("resume and sweep doorbells are for the secret key only (fault 7)", async () => {
  const { status } = shared();
  const token = bearer(await signToken(status, MEMBER));
  for (
    const body of [
      { resume_job_id: crypto.randomUUID() },
      { event_id: crypto.randomUUID() },
      { action: "sweep" },
    ]
  ) {
    assert.equal((await postAs(status, token, body)).status, 403);
    assert.equal((await postAs(status, {}, body)).status, 401);
  }
});

Deno.test("status shows a run to members of its organisation and to nobody else (fault 7)", async () => {
  const stack = shared();
  await stack.define("shown", chain(1, "probe-pure"));
  const { job_id } = await stack.start("shown");
  const ask = async (userId: string) => {
    const response = await fetch(
      `${stack.status.FUNCTIONS_URL}/agent-orchestrator?job_id=${job_id}`,
      { headers: bearer(await signToken(stack.status, userId)) },
    );
    await response.body?.cancel();
    return response.status;
  };
  assert.equal(await ask(READONLY), 200);
  assert.equal(await ask("d0000000-0000-4000-8000-0000000000b1"), 404);
  assert.equal(await ask(crypto.randomUUID()), 404);
});

Deno.test("start with sync answers the run's own outputs and starts it once (fault 53)", async () => {
  const stack = shared();
  await stack.define("awaited", chain(2, "probe-keyed"));
  const body = startBody("awaited", { sync: true, idempotency_key: "awaited:1" });
  const answer = await postAs(stack.status, secret(stack), body);
  assert.deepEqual([answer.status, answer.body.status], [200, "completed"]);
  assert.deepEqual(Object.keys(answer.body.outputs ?? {}).sort(), ["s01", "s02"]);
  const again = await postAs(stack.status, secret(stack), body);
  assert.deepEqual([again.body.status, again.body.job_id], ["duplicate", answer.body.job_id]);
  const effects = (await stack.sink()).filter((one) =>
    one.effect_key.startsWith(answer.body.job_id!)
  );
  assert.deepEqual(effects.map((one) => one.repeats), [0, 0]);
});

Deno.test("start with sync answers a failed run with its error", async () => {
  const stack = shared();
  await stack.define("awaited_failure", chain(1, "probe-keyed"));
  const answer = await postAs(
    stack.status,
    secret(stack),
    startBody("awaited_failure", { sync: true, payload: { each: { status: 400 } } }),
  );
  assert.deepEqual([answer.status, answer.body.status], [200, "failed"]);
  assert.equal(answer.body.error?.code, "function_refused");
});

Deno.test("start with delay_minutes makes the run now and begins it later (fault 46)", async () => {
  const stack = shared();
  await stack.define("later", chain(1, "probe-pure"));
  const answer = await postAs(
    stack.status,
    secret(stack),
    startBody("later", { delay_minutes: 60 }),
  );
  const job = await stack.api.getJob(answer.body.job_id!);
  assert.equal(job.status, "queued");
  const waitMs = Date.parse(job.run_after!) - Date.parse(job.created_at);
  assert.ok(Math.abs(waitMs - 3_600_000) < 1000, `${waitMs} ms`);
});

Deno.test("start of an unknown type is 422 and stays visible as an unrouted event", async () => {
  const stack = shared();
  const answer = await postAs(stack.status, secret(stack), startBody("nobody_knows"));
  assert.deepEqual([answer.status, answer.body.error?.code], [422, "no_route"]);
  const rows = await stack.sql`
    select status, status_reason from public.fleet_events where type = 'nobody_knows'`;
  assert.deepEqual(rows.map((row) => ({ ...row })), [
    { status: "unrouted", status_reason: "no_route" },
  ]);
});

Deno.test("start answers bad input with the error shape and leaves no row", async () => {
  const stack = shared();
  await stack.define("strict", chain(1, "probe-pure"));
  const cases: readonly (readonly [string, unknown, number])[] = [
    ["no JSON", "{", 400],
    ["no object", "[]", 400],
    ["no type", { org_id: ORG, user_id: MEMBER }, 400],
    ["a bad organisation", startBody("strict", { org_id: "1" }), 400],
    ["an unknown field", startBody("strict", { depth: 9 }), 400],
    ["a negative delay", startBody("strict", { delay_minutes: -1 }), 400],
    ["64 KiB of payload", startBody("strict", { payload: { text: "x".repeat(65_536) } }), 413],
    ["over 1 MiB", startBody("strict", { payload: { text: "x".repeat(1_100_000) } }), 413],
  ];
  for (const [name, body, expected] of cases) {
    const answer = await postAs(stack.status, secret(stack), body);
    assert.equal(answer.status, expected, name);
    assert.equal(typeof answer.body.error?.message, "string", name);
    assert.equal(typeof answer.body.request_id, "string", name);
  }
  assert.equal(await countEvents(stack, "strict"), 0);
});

Deno.test("start refuses other methods, other media types and a parent of another organisation", async () => {
  const stack = shared();
  const url = `${stack.status.FUNCTIONS_URL}/agent-orchestrator`;
  const put = await fetch(url, { method: "PUT", headers: secret(stack), body: "{}" });
  await put.body?.cancel();
  assert.deepEqual([put.status, put.headers.get("allow")], [405, "POST, GET"]);
  const text = await postAs(stack.status, { ...secret(stack), "content-type": "text/plain" }, "{}");
  assert.equal(text.status, 415);
  const orphan = await postAs(
    stack.status,
    secret(stack),
    startBody("strict", { parent_job_id: crypto.randomUUID() }),
  );
  assert.deepEqual([orphan.status, orphan.body.error?.code], [400, "unknown_parent"]);
});

Deno.test("a type that no gate names runs at once; an explicit false closes it and says how to open it (faults 34, 38)", async () => {
  const stack = shared();
  await stack.define("brand_new", chain(1, "probe-pure"));
  assert.equal((await stack.start("brand_new")).status, "queued");
  await stack
    .sql`insert into public.fleet_user_preferences (user_id, org_id, event_type, is_enabled)
    values (${MEMBER}, ${ORG}, 'brand_new', false)`;
  const answer = await stack.start("brand_new");
  assert.deepEqual([answer.status, answer.job_id], ["user_opted_out", null]);
  assert.ok((answer.message ?? "").includes("fleet_user_preferences"), answer.message);
});

Deno.test("watch streams every change of a run and ends with it", async () => {
  const stack = shared();
  await stack.define("watched", chain(3, "probe-keyed"));
  const { job_id } = await stack.start("watched", { each: { ms: 300 } });
  const seen: string[] = [];
  for await (const job of stack.api.watch(job_id!)) seen.push(job.status);
  assert.equal(seen.at(-1), "completed");
  assert.ok(seen.length > 2, seen.join());
});
