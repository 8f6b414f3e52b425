import assert from "node:assert/strict";
import { chain, MEMBER, shareRuns } from "../support/runs.ts";

const shared = shareRuns();
const ENDED = ["completed", "failed", "cancelled"];

Deno.test("a function step that asks is called again with exactly the approved content", async () => {
  const stack = shared();
  await stack.define("fn_asks", chain(1, "probe-keyed"));
  const { job_id } = await stack.start("fn_asks", { plan: { s01: { ask: true } } });
  const { approvals: [approval] } = await stack.reach(job_id!, ["waiting_approval"]);
  assert.deepEqual(approval.proposed, { text: "as proposed" });
  await stack.api.decide(job_id!, {
    approval_id: approval.id,
    decision: "approve",
    decided_by: MEMBER,
    edits: { text: "as edited" },
  });
  const job = await stack.reach(job_id!, ENDED);
  assert.equal(job.status, "completed");
  const output = job.steps[0].output as Record<string, unknown>;
  assert.deepEqual([output.phase, output.approved], ["apply", { text: "as edited" }]);
  const [effect] = (await stack.sink()).filter((one) => one.effect_key.startsWith(job.id));
  assert.equal(effect.effect_key, `${job.id}:s01:apply`);
});

Deno.test("a function step is tried again after 503 and keeps its idempotency key", async () => {
  const stack = shared();
  await stack.define("fn_busy", chain(1, "probe-keyed"));
  const { job_id } = await stack.start("fn_busy", { plan: { s01: { status: 503, times: 2 } } });
  const job = await stack.reach(job_id!, ENDED);
  assert.deepEqual([job.status, job.steps[0].attempts], ["completed", 3]);
  const effects = (await stack.sink()).filter((one) => one.effect_key.startsWith(job.id));
  assert.deepEqual(effects.map((one) => one.effect_key), [`${job.id}:s01:run`]);
});

Deno.test("a function step that answers 400 fails at once", async () => {
  const stack = shared();
  await stack.define("fn_refuses", chain(1, "probe-keyed"));
  const { job_id } = await stack.start("fn_refuses", { each: { status: 400 } });
  const job = await stack.reach(job_id!, ENDED);
  assert.deepEqual(
    [job.status, job.error_code, job.steps[0].attempts],
    ["failed", "function_refused", 1],
  );
});

Deno.test("a function step's follow-ups start one run each, a level deeper", async () => {
  const stack = shared();
  await stack.define("fn_parent", chain(1, "probe-keyed"));
  await stack.define("fn_child", chain(1, "probe-keyed"));
  const followups = [1, 2].map((n) => ({ type: "fn_child", payload: { n } }));
  const { job_id } = await stack.start("fn_parent", { plan: { s01: { followups } } });
  await stack.reach(job_id!, ENDED);
  const rows = await stack.sql`select payload ->> 'n' as n, depth, status from public.fleet_events
    where parent_job_id = ${job_id!} order by 1`;
  assert.deepEqual(rows.map(({ n, depth }) => ({ n, depth })), [
    { n: "1", depth: 1 },
    { n: "2", depth: 1 },
  ]);
});

Deno.test("a shadow run asks nobody, acts nowhere and is not listed", async () => {
  const stack = shared();
  await stack.define("fn_shadow", [
    { id: "pure", skill: "probe-pure" },
    { id: "acts", skill: "probe-keyed", requires_approval: true, depends_on: ["pure"] },
  ]);
  const { job_id } = await stack.api.start({
    type: "fn_shadow",
    org_id: "d0000000-0000-4000-8000-000000000001",
    user_id: MEMBER,
    source: "test",
    payload: {},
    mode: "shadow",
  });
  const job = await stack.reach(job_id!, ENDED);
  assert.equal(job.status, "completed");
  const effects = (await stack.sink()).filter((one) => one.effect_key.startsWith(job.id));
  assert.deepEqual(effects.map((one) => one.recipient), ["pure"]);
  const listed = await stack.api.listJobs({ limit: 200 });
  assert.ok(!listed.some((one) => one.id === job.id));
});
