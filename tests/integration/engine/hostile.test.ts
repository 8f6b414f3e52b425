/** Answers and decisions that a careless skill or an unlucky moment brings; people who left since (T27). */
import assert from "node:assert/strict";
import type { FunctionAnswer } from "../../../supabase/functions/_shared/ports/mod.ts";
import { defineAdapter } from "../../../supabase/functions/_shared/orchestrator/adapters/defineAdapter.ts";
import { asking, gate, skill } from "../../support/skills.ts";
import { step } from "../../support/steps.ts";
import { createWorld, statuses, USER } from "./_world.ts";
import { z } from "zod";

Deno.test("decide() is progress: many rejections one by one never end a run as no_progress", async () => {
  const names = ["a", "b", "c", "d", "e", "f"];
  const asks = names.map((name) => asking(name, [{ text: name }]));
  await using world = await createWorld(
    names.map((name) => step(name, { criticality: "best-effort" })),
    { adapters: asks },
  );
  const engine = world.isolate();
  const { job_id } = await world.start(engine);
  await engine.idle();
  const { approvals } = (await engine.deps.store.readJob(job_id!, null))!;
  for (const { id } of approvals) {
    await engine.orchestrator.decide({
      job_id: job_id!,
      approval_id: id,
      decision: "reject",
      decided_by: USER,
    });
    await engine.idle();
  }
  const job = await engine.deps.store.readJob(job_id!, null);
  assert.deepEqual([job!.status, job!.error_code], ["completed", null]);
  assert.ok(job!.approvals.every((a) => a.status === "rejected"));
});

Deno.test("decide() is progress: answers to one step's many questions never end the run either", async () => {
  const ask = asking("ask", Array.from({ length: 6 }, (_, n) => ({ text: `${n}` })));
  await using world = await createWorld([step("ask")], { adapters: [ask] });
  const engine = world.isolate();
  const { job_id } = await world.start(engine);
  await engine.idle();
  for (const { id } of (await engine.deps.store.readJob(job_id!, null))!.approvals) {
    await engine.orchestrator.decide({
      job_id: job_id!,
      approval_id: id,
      decision: "approve",
      decided_by: USER,
    });
    await engine.idle();
  }
  assert.equal((await engine.deps.store.readJob(job_id!, null))!.status, "completed");
  assert.equal(ask.applied.length, 6);
});

/** A run of one function step that answers this body, and the same when it is to apply. */
async function answered(body: unknown) {
  const calls: string[] = [];
  const world = await createWorld([step("remote")], {
    skillRows: [{
      skill: "remote",
      kind: "function",
      function_name: "remote",
      effect_mode: "keyed",
      approval_floor: "none",
      has_external_effect: false,
      is_active: true,
    } as never],
    callFunction: (call): Promise<FunctionAnswer> => {
      calls.push(String((call.body as { phase?: string }).phase));
      return Promise.resolve({ status: 200, retryAfterMs: null, body } as FunctionAnswer);
    },
  });
  const engine = world.isolate();
  const { job_id } = await world.start(engine);
  await engine.idle();
  return { world, engine, jobId: job_id!, calls };
}

Deno.test("callFunction() fails a function that asks again while it is to apply", async () => {
  const run = await answered({ pending_approval: { preview: "Send?", proposed: { a: 1 } } });
  await using _world = run.world;
  await run.engine.orchestrator.decide({
    job_id: run.jobId,
    decision: "approve",
    decided_by: USER,
  });
  await run.engine.idle();
  const job = await run.engine.deps.store.readJob(run.jobId, null);
  assert.deepEqual([job!.status, job!.error_code], ["failed", "asked_again"]);
  assert.deepEqual(run.calls, ["run", "apply"]);
});

const nested = (depth: number): unknown => JSON.parse(`${"[".repeat(depth)}${"]".repeat(depth)}`);

const UNSTORABLE: readonly (readonly [name: string, body: unknown])[] = [
  ["NUL in an output", { text: "a\0b" }],
  ["NUL in a follow-up", { queued_followups: [{ type: "next", payload: { text: "a\0b" } }] }],
  ["half a character in a follow-up", {
    queued_followups: [{ type: "x", payload: { t: "\ud800" } }],
  }],
  ["a delay of a million years", {
    queued_followups: [{ type: "next", payload: {}, delay_minutes: 5e11 }],
  }],
  ["a follow-up over 64 KiB", {
    queued_followups: [{ type: "next", payload: { text: "x".repeat(70_000) } }],
  }],
  ["a follow-up of no event type", { queued_followups: [{ type: "Bad Type; drop table" }] }],
  ["follow-ups of another shape", { queued_followups: [{ kind: "next" }] }],
  ["NUL in a proposal", { pending_approval: { preview: "?", proposed: { text: "a\0" } } }],
  ["an output 5,000 levels deep", { deep: nested(5000) }],
];

for (const [name, body] of UNSTORABLE) {
  Deno.test(`executeStep() refuses ${name} and calls the function once`, async () => {
    const run = await answered(body);
    await using _world = run.world;
    const job = await run.engine.deps.store.readJob(run.jobId, null);
    assert.deepEqual([job!.status, job!.error_code], ["failed", "bad_output"]);
    assert.deepEqual(run.calls, ["run"]);
  });
}

Deno.test("executeStep() stores a preview and an action type whatever they hold", async () => {
  const run = await answered({
    pending_approval: { preview: "Send\0 \ud800?", action_type: "x\0y", proposed: { a: 1 } },
  });
  await using _world = run.world;
  const job = await run.engine.deps.store.readJob(run.jobId, null);
  assert.equal(job!.status, "waiting_approval");
});

Deno.test("driveRun() stores warnings and errors whatever they quote", async () => {
  const odd = defineAdapter({
    skill: "odd",
    effectMode: "pure",
    cpuMs: 1,
    input: z.record(z.string(), z.unknown()),
    output: z.object({}),
    run: (_input, ctx) => {
      ctx.warn("quoting \0 and \ud800");
      return Promise.resolve({ output: {}, engine: "code" });
    },
  });
  await using world = await createWorld([step("odd")], { adapters: [odd] });
  const engine = world.isolate();
  const { job_id } = await world.start(engine);
  await engine.idle();
  const job = await engine.deps.store.readJob(job_id!, null);
  assert.equal(job!.status, "completed");
});

Deno.test("failRefused() ends a run whose outcome the database refuses, after one attempt", async () => {
  const poison = skill("poison", (_input, ctx) => {
    // A cost that numeric takes and the column's rule does not: nothing in front of the database sees it.
    ctx.recordCost({ provider: "p", model: "m", input_tokens: 3e9, output_tokens: 1, cost_usd: 1 });
    return {};
  });
  await using world = await createWorld([step("poison")], { adapters: [poison] });
  const engine = world.isolate();
  const { job_id } = await world.start(engine);
  await engine.idle();
  const job = await engine.deps.store.readJob(job_id!, null);
  assert.deepEqual([job!.status, job!.error_code], ["failed", "commit_refused"]);
  assert.equal(poison.calls.length, 1);
});

/** A best-effort effect whose answer is lost with its lease, beside a step that completes. */
async function unknownEffect() {
  const held = gate();
  let visits = 0;
  const once = skill("once", async () => {
    visits++;
    if (visits === 1) await held.opened;
    return { visits };
  }, { effectMode: "at_most_once" });
  const world = await createWorld([step("once", { criticality: "best-effort" })], {
    adapters: [once],
  });
  const dead = world.isolate(), next = world.isolate();
  const { job_id } = await world.start(dead);
  while (once.calls.length === 0) await statuses(dead, job_id!);
  await world.expireLeases();
  await next.orchestrator.resume(job_id!);
  await next.idle();
  held.open();
  await dead.idle();
  return { world, engine: next, jobId: job_id!, once };
}

for (
  const [decision, calls, output] of [["approve", 1, null], ["reject", 2, { visits: 2 }]] as const
) {
  Deno.test(`decide() ${decision} on a best-effort unknown effect: the step ran ${calls} time(s)`, async () => {
    const run = await unknownEffect();
    await using _world = run.world;
    const read = () => run.engine.deps.store.readJob(run.jobId, null);
    assert.equal((await read())!.status, "waiting_approval");
    await run.engine.orchestrator.decide({ job_id: run.jobId, decision, decided_by: USER });
    await run.engine.idle();
    const job = await read();
    assert.equal(job!.status, "completed");
    assert.deepEqual([job!.steps[0].status, job!.steps[0].output], ["completed", output]);
    assert.equal(run.once.calls.length, calls);
    const [{ decided }] = await run.world.db.sql`
      select count(*)::integer as decided from public.fleet_job_history
      where job_id = ${run.jobId} and op = 'decide'`;
    assert.equal(decided, 1);
  });
}

Deno.test("closeOpenSteps() asks about an at_most_once step that ran while the run failed", async () => {
  const held = gate();
  const once = skill("once", async () => {
    await held.opened;
    return {};
  }, { effectMode: "at_most_once" });
  const bad = skill("bad", () => {
    throw new Error("no");
  });
  await using world = await createWorld([step("once"), step("bad")], { adapters: [once, bad] });
  const engine = world.isolate();
  const { job_id } = await world.start(engine);
  while ((await engine.deps.store.readJob(job_id!, null))!.status !== "failed") {
    await statuses(engine, job_id!);
  }
  held.open();
  await engine.idle();
  assert.equal((await statuses(engine, job_id!)).once, "effect_unknown");
  await engine.deps.store.retryJob(job_id!);
  await engine.orchestrator.resume(job_id!);
  await engine.idle();
  assert.equal(once.calls.length, 1);
});

Deno.test("checkApproved() acts on nothing but the content that was approved", async () => {
  const ask = asking("ask", [{ text: "hello" }]);
  await using world = await createWorld([step("ask")], { adapters: [ask] });
  const engine = world.isolate({ limits: { maxRuns: 1 } });
  const { job_id } = await world.start(engine);
  await engine.idle();
  await world.db.sql`update public.fleet_approvals set proposed = '{"text": "TAMPERED"}'`;
  await engine.orchestrator.decide({ job_id: job_id!, decision: "approve", decided_by: USER });
  await engine.idle();
  const job = await engine.deps.store.readJob(job_id!, null);
  assert.deepEqual([job!.status, job!.error_code], ["failed", "content_changed"]);
  assert.deepEqual(ask.applied, []);
});

Deno.test("checkApproved() refuses what somebody approved who has left since", async () => {
  const ask = asking("ask", [{ text: "hello" }]);
  await using world = await createWorld([step("ask")], { adapters: [ask] });
  const engine = world.isolate();
  const { job_id } = await world.start(engine);
  await engine.idle();
  const [{ id }] = (await engine.deps.store.readJob(job_id!, null))!.approvals;
  await engine.deps.store.decideApproval({
    approvalId: id,
    decision: "approve",
    decidedBy: USER,
    proposed: null,
    contentSha256: null,
    note: {},
    options: { undo_ms: 0 },
  });
  await world.db.sql.unsafe(
    `create or replace function fleet.member_role(p_user_id uuid, p_org_id uuid)
    returns text language plpgsql stable security definer set search_path = ''
    as $f$ begin return null; end $f$`,
  );
  await engine.orchestrator.resume(job_id!);
  await engine.idle();
  const job = await engine.deps.store.readJob(job_id!, null);
  assert.deepEqual([job!.status, job!.error_code], ["failed", "approver_not_allowed"]);
  assert.deepEqual(ask.applied, []);
});
