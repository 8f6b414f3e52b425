import assert from "node:assert/strict";
import { createClient } from "@supabase/supabase-js";
import {
  createFleetClient,
  type FleetCallError,
  type FleetClient,
} from "../../supabase/functions/_shared/client.ts";
import type { JsonObject } from "../../supabase/functions/_shared/orchestrator/types.ts";
import { ADMIN, chain, MEMBER, ORG, type RunStack, shareRuns } from "../support/runs.ts";

const shared = shareRuns();
const ENDED = ["completed", "failed", "cancelled"];

/** The client another function of the team would make; nothing is kept or refreshed. */
function connect(
  stack: RunStack,
  more: { readonly key?: string; readonly fetch?: typeof fetch } = {},
): FleetClient {
  return createFleetClient(
    createClient(stack.status.API_URL, more.key ?? stack.status.SECRET_KEY, {
      auth: { persistSession: false, autoRefreshToken: false },
      ...(more.fetch === undefined ? {} : { global: { fetch: more.fetch } }),
    }),
  );
}

const eventOf = (type: string, payload: JsonObject = {}) => ({
  type,
  org_id: ORG,
  user_id: MEMBER,
  payload,
});

/** A run that waits for its one approval. */
async function startAsking(stack: RunStack, type: string) {
  await stack.define(type, chain(1, "probe-keyed"));
  const { job_id } = await connect(stack).startRun(eventOf(type, { each: { ask: true } }));
  return await stack.reach(job_id!, ["waiting_approval"]);
}

Deno.test("startRun() starts a run and answers its id", async () => {
  const stack = shared();
  await stack.define("client_starts", chain(1, "probe-pure"));
  const answer = await connect(stack).startRun(eventOf("client_starts"));
  assert.deepEqual([answer.status, answer.job_ids], ["queued", [answer.job_id]]);
  assert.equal((await stack.reach(answer.job_id!, ENDED)).status, "completed");
});

Deno.test("startRun() answers the first run again under the same idempotency key", async () => {
  const stack = shared();
  await stack.define("client_repeats", chain(1, "probe-pure"));
  const event = { ...eventOf("client_repeats"), idempotency_key: "client_repeats:1" };
  const first = await connect(stack).startRun(event);
  const second = await connect(stack).startRun(event);
  assert.deepEqual([second.status, second.job_id], ["duplicate", first.job_id]);
});

Deno.test("createFleetClient() sends the secret key as apikey and never as Bearer", async () => {
  const stack = shared();
  await stack.define("client_headers", chain(1, "probe-pure"));
  const sent: Headers[] = [];
  const fleet = connect(stack, {
    fetch: (input, init) => {
      sent.push(new Request(input, init).headers);
      return fetch(input, init);
    },
  });
  await fleet.startRun(eventOf("client_headers"));
  assert.deepEqual(
    sent.map((headers) => [
      headers.get("apikey"),
      headers.get("authorization")?.includes(stack.status.SECRET_KEY) ?? false,
    ]),
    [[stack.status.SECRET_KEY, false]],
  );
});

Deno.test("resumeRun() with a decision carries on with the approved content", async () => {
  const stack = shared();
  const { id, approvals: [approval] } = await startAsking(stack, "client_approves");
  const answer = await connect(stack).resumeRun(id, {
    approval_id: approval.id,
    decision: "approve",
    decided_by: MEMBER,
    edits: { text: "as edited" },
  });
  assert.equal(answer.job_id, id);
  const job = await stack.reach(id, ENDED);
  const { approved } = job.steps[0].output as { readonly approved: unknown };
  assert.deepEqual([job.status, approved], ["completed", { text: "as edited" }]);
});

Deno.test("resumeRun() without a decision rings a bell and changes nothing", async () => {
  const stack = shared();
  const { id } = await startAsking(stack, "client_rings");
  assert.deepEqual(await connect(stack).resumeRun(id), { claimed: false, due: false });
  assert.equal((await stack.api.getJob(id)).status, "waiting_approval");
});

Deno.test("createFleetClient() throws the contract's code, status and request id", async () => {
  const stack = shared();
  const { id, approvals: [approval] } = await startAsking(stack, "client_refused");
  const fleet = connect(stack);
  const decision = { approval_id: approval.id, decision: "reject", decided_by: ADMIN } as const;
  await fleet.resumeRun(id, decision);
  const cases: readonly (readonly [number, string, () => Promise<unknown>])[] = [
    [422, "no_route", () => fleet.startRun(eventOf("client_nobody_knows"))],
    [400, "invalid_input", () => fleet.startRun({ ...eventOf("x"), org_id: "1" })],
    [409, "already_decided", () => fleet.resumeRun(id, decision)],
    [404, "job_not_found", () => fleet.resumeRun(crypto.randomUUID(), decision)],
    [
      401,
      "unauthorized",
      () =>
        connect(stack, { key: stack.status.PUBLISHABLE_KEY }).startRun(eventOf("client_refused")),
    ],
  ];
  for (const [status, code, call] of cases) {
    await assert.rejects(call, (error: FleetCallError) => {
      assert.deepEqual([error.name, error.status, error.code], ["FleetCallError", status, code]);
      assert.equal(typeof error.requestId, "string", code);
      return true;
    });
  }
});

Deno.test("createFleetClient() names each field of a bad event", async () => {
  const event = { ...eventOf("client_details"), org_id: "1" };
  await assert.rejects(connect(shared()).startRun(event), (error: FleetCallError) => {
    assert.deepEqual((error.details as { path: string }[]).map(({ path }) => path), ["org_id"]);
    return true;
  });
});

Deno.test("createFleetClient() tells silence and another's answer from a refusal", async () => {
  const stack = shared();
  const silent = connect(stack, { fetch: () => Promise.reject(new TypeError("refused")) });
  await assert.rejects(silent.startRun(eventOf("x")), { status: 0, code: "unreachable" });
  const proxy = connect(stack, {
    fetch: () => Promise.resolve(new Response("<h1>Bad gateway</h1>", { status: 502 })),
  });
  await assert.rejects(proxy.startRun(eventOf("x")), { status: 502, code: "bad_answer" });
});
