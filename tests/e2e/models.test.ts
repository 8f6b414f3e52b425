import assert from "node:assert/strict";
import { openRuns, ORG, type RunStack } from "../support/runs.ts";
import { type ModelServer, serveAnthropic } from "../support/vendors/models.ts";

const ENGINE = "anthropic:claude-haiku-4-5";
/** 1,200 tokens in, 300 out. */
const COST = 0.0027;
const MEETING = crypto.randomUUID();
const READ = [{
  id: "read",
  skill: "extract-action-items",
  timeout_ms: 1500,
  retry: { max_retries: 1, base_ms: 10 },
}];
const ITEM = {
  turn: 0,
  quote: "I'll send the figures by Friday",
  text: "Send the figures",
  owner: "Pat",
  due_text: "by Friday",
  confidence: 0.9,
};

/** One stack for all: every test reads its own runs. */
let stack: RunStack;
let server: ModelServer;
Deno.test.beforeAll(async () => {
  server = serveAnthropic(["key"]);
  stack = await openRuns({
    FLEET_LLM: ENGINE,
    ANTHROPIC_BASE_URL: server.url,
    ANTHROPIC_API_KEY: "key",
  });
  await stack.sql`insert into public.meetings (id, org_id, user_id, title, started_at, timezone)
    select ${MEETING}, org_id, user_id, 'Figures', '2026-03-11T10:00:00Z', 'UTC'
    from public.meetings where org_id = ${ORG} limit 1`;
  await stack
    .sql`insert into public.meeting_transcripts (org_id, meeting_id, turns) values (${ORG}, ${MEETING},
    ${
    stack.sql.json([{ speaker: "Pat", text: "I'll send the figures by Friday.", t_seconds: 0 }])
  })`;
  await stack.define("read", READ);
});
Deno.test.afterAll(async () => {
  await stack[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
});

async function read() {
  const { job_id } = await stack.start("read", { meeting_id: MEETING });
  const job = await stack.reach(job_id!, ["completed", "failed"]);
  const costs = await stack
    .sql`select status, attempt, cost_usd::float8 as cost_usd from public.fleet_costs
    where job_id = ${job_id!} order by attempt`;
  const [{ job_cost }] = await stack.sql`
    select cost_usd::float8 as job_cost from public.fleet_jobs where id = ${job_id!}`;
  return {
    job,
    step: job.steps[0],
    costs: costs.map((row) => [row.attempt, row.status]),
    job_cost,
  };
}

Deno.test("a run with a model records its engine, its answer and its cost", async () => {
  server.answers = [{ value: { items: [ITEM] } }];
  const { job, step, costs, job_cost } = await read();
  assert.deepEqual([job.status, step.engine], ["completed", ENGINE]);
  const output = step.output as { action_items: { due_iso: string }[] };
  assert.deepEqual(output.action_items.map(({ due_iso }) => due_iso), ["2026-03-13"]);
  assert.deepEqual([costs, job_cost], [[[1, "settled"]], COST]);
});

for (
  const [fault, first] of [
    [{ retryAfter: "1" }, null],
    ["500", "estimated"],
    ["drop", "estimated"],
    ["hang", "estimated"],
  ] as const
) {
  const name = typeof fault === "object" ? "429" : fault;
  Deno.test(`a run whose model answers ${name} first completes with the second attempt`, async () => {
    server.answers = [{ value: { items: [] } }];
    server.fail("/v1", fault);
    const { job, step, costs } = await read();
    assert.deepEqual([job.status, step.attempts, step.engine], ["completed", 2, ENGINE]);
    const all = first === null ? [[2, "settled"]] : [[1, first], [2, "settled"]];
    assert.deepEqual(costs, all);
  });
}

Deno.test("a run whose model answers outside the schema fails after its attempts, each one paid", async () => {
  server.answers = [{ value: { items: "none" } }];
  const { job, step, costs, job_cost } = await read();
  assert.deepEqual([job.status, step.error_code, step.attempts], ["failed", "llm_bad_answer", 2]);
  assert.deepEqual([costs, job_cost], [[[1, "settled"], [2, "settled"]], 2 * COST]);
});

Deno.test("a run whose model refuses fails at once", async () => {
  server.answers = ["refusal"];
  const { job, step, costs } = await read();
  assert.deepEqual([job.status, step.error_code, step.attempts], ["failed", "model_refused", 1]);
  assert.deepEqual(costs, [[1, "settled"]]);
});

Deno.test("a run whose model answers 50 MB fails at once, and the isolate lives", async () => {
  server.answers = [{ value: { items: [] } }];
  server.fail("/v1", "huge");
  const { job, step, costs } = await read();
  assert.deepEqual([job.status, step.error_code], ["failed", "answer_too_large"]);
  assert.deepEqual(costs, [[1, "estimated"]]);
  assert.equal((await read()).job.status, "completed");
});

Deno.test("a run without budget left waits, and goes on after a top-up", async () => {
  server.answers = [{ value: { items: [] } }];
  // Below one call, above what the gate asks for: the start passes, the call does not.
  const [{ spent }] = await stack.sql`
    select coalesce(sum(cost_usd), 0)::float8 as spent from public.fleet_costs where org_id = ${ORG}`;
  await stack
    .sql`insert into public.fleet_budgets (org_id, period, cap_usd) values (${ORG}, 'month', ${
    spent + 0.0001
  })`;
  const { job_id } = await stack.start("read", { meeting_id: MEETING });
  const waiting = await stack.reach(job_id!, ["queued", "failed", "completed"]);
  assert.equal(waiting.status, "queued");
  await stack.sql`delete from public.fleet_budgets where org_id = ${ORG}`;
  await stack
    .sql`update public.fleet_job_step_results set next_at = fleet.now() where job_id = ${job_id!}`;
  await stack.sql`update public.fleet_jobs set run_after = fleet.now() where id = ${job_id!}`;
  assert.equal((await stack.reach(job_id!, ["completed", "failed"])).status, "completed");
});
