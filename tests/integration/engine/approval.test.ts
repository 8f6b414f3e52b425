/** Who decides what, once, and that exactly this is acted on (T20, T26). */
import assert from "node:assert/strict";
import { asking, gate, skill } from "../../support/skills.ts";
import { step } from "../../support/steps.ts";
import { createWorld, statuses, USER } from "./_world.ts";

async function pendingOf(engine: Parameters<typeof statuses>[0], jobId: string) {
  const job = await engine.deps.store.readJob(jobId, null);
  return job!.approvals.filter((a) => a.status === "pending");
}

Deno.test("decide() resumes a parked run with exactly the approved content (faults 13, 17)", async () => {
  const ask = asking("ask", [{ text: "hello" }]);
  const before = skill("before");
  const after = skill("after", (input) => ({ saw: input.outputs.ask }));
  await using world = await createWorld(
    [
      step("before"),
      step("ask", { depends_on: ["before"] }),
      step("after", { depends_on: ["ask"] }),
    ],
    { adapters: [ask, before, after] },
  );
  const engine = world.isolate();
  const { job_id } = await world.start(engine);
  await engine.idle();
  assert.equal((await engine.deps.store.readJob(job_id!, null))!.status, "waiting_approval");
  await engine.orchestrator.decide({ job_id: job_id!, decision: "approve", decided_by: USER });
  await engine.idle();
  const job = await engine.deps.store.readJob(job_id!, null);
  assert.equal(job!.status, "completed");
  assert.deepEqual(ask.applied.map((a) => [a.content, a.decidedBy]), [[{ text: "hello" }, USER]]);
  assert.deepEqual(job!.steps.find((s) => s.step_id === "after")!.output, {
    saw: { applied: "hello" },
  });
  assert.equal(before.calls.length, 1);
});

Deno.test("decide() applies an approver's edits, hashed anew", async () => {
  const ask = asking("ask", [{ text: "hello" }]);
  await using world = await createWorld([step("ask")], { adapters: [ask] });
  const engine = world.isolate();
  const { job_id } = await world.start(engine);
  await engine.idle();
  const [asked] = await pendingOf(engine, job_id!);
  await engine.orchestrator.decide({
    job_id: job_id!,
    decision: "approve",
    edits: { text: "bye" },
    decided_by: USER,
  });
  await engine.idle();
  assert.deepEqual(ask.applied.map((a) => a.content), [{ text: "bye" }]);
  const [row] = await world.db.sql`select content_sha256 from public.fleet_approvals`;
  assert.notEqual(row.content_sha256, asked.content_sha256);
});

Deno.test("decide() refuses edits the skill cannot act on and keeps the question open", async () => {
  const ask = asking("ask", [{ text: "hello" }]);
  await using world = await createWorld([step("ask")], { adapters: [ask] });
  const engine = world.isolate();
  const { job_id } = await world.start(engine);
  await engine.idle();
  await assert.rejects(
    engine.orchestrator.decide({
      job_id: job_id!,
      decision: "approve",
      edits: { text: 7 },
      decided_by: USER,
    }),
    { code: "invalid_edits" },
  );
  assert.equal((await pendingOf(engine, job_id!)).length, 1);
});

Deno.test("decide() cancels the run when a critical step is rejected, without a letter (fault 18)", async () => {
  const ask = asking("ask", [{ text: "hello" }]);
  await using world = await createWorld(
    [step("ask"), step("after", { depends_on: ["ask"] })],
    { adapters: [ask, skill("after")] },
  );
  const engine = world.isolate();
  const { job_id } = await world.start(engine);
  await engine.idle();
  await engine.orchestrator.decide({ job_id: job_id!, decision: "reject", decided_by: USER });
  await engine.idle();
  const job = await engine.deps.store.readJob(job_id!, null);
  assert.deepEqual([job!.status, job!.status_reason], ["cancelled", "rejected"]);
  assert.equal((await world.db.sql`select 1 from public.fleet_dead_letter_queue`).length, 0);
  assert.deepEqual(ask.applied, []);
});

Deno.test("decide() takes one of ten answers at once, the others are told (fault 19)", async () => {
  const ask = asking("ask", [{ text: "hello" }]);
  await using world = await createWorld([step("ask")], { adapters: [ask] });
  const first = world.isolate(), second = world.isolate();
  const { job_id } = await world.start(first);
  await first.idle();
  const [{ id }] = await pendingOf(first, job_id!);
  const results = await Promise.allSettled(
    Array.from({ length: 10 }, (_, index) =>
      [first, second][index % 2].orchestrator.decide({
        job_id: job_id!,
        approval_id: id,
        decision: "approve",
        decided_by: USER,
      })),
  );
  await first.idle();
  await second.idle();
  const refused = results.filter((r) => r.status === "rejected");
  assert.deepEqual(refused.map((r) => r.reason.code), Array(9).fill("already_decided"));
  assert.equal(ask.applied.length, 1);
});

Deno.test("resume() claims a run whose row somebody else holds just then, as soon as it is free", async () => {
  const ask = asking("ask", [{ text: "hello" }]);
  await using world = await createWorld([step("ask")], { adapters: [ask] });
  const engine = world.isolate();
  const { job_id } = await world.start(engine);
  await engine.idle();
  const [{ id }] = await pendingOf(engine, job_id!);
  await world.db.sql`select fleet.decide_approval(${id}, 'approve', ${USER}, null, null, '{}')`;
  const other = await world.db.sql.reserve();
  await other`begin`;
  await other`select 1 from public.fleet_jobs where id = ${job_id!} for update`;
  let isAnswered = false;
  const resumed = engine.orchestrator.resume(job_id!).finally(() => isAnswered = true);
  const waiting = () =>
    world.db.sql`select 1 from pg_catalog.pg_stat_activity
      where datname = current_database() and wait_event_type = 'Lock'`;
  while (!isAnswered && (await waiting()).length === 0);
  await other`rollback`;
  other.release();
  assert.equal((await resumed).claimed, true);
  await engine.idle();
  assert.equal(ask.applied.length, 1);
});

Deno.test("an approval names the engines that wrote it, also one that another isolate asks for", async () => {
  const drafted = skill("draft", undefined, { engine: "test:model" });
  const ask = asking("ask", [{ text: "hello" }]), again = asking("again", [{ text: "bye" }]);
  await using world = await createWorld([
    step("draft"),
    step("ask", { depends_on: ["draft"] }),
    step("again", { depends_on: ["ask"] }),
  ], { adapters: [drafted, ask, again] });
  const first = world.isolate(), second = world.isolate();
  const { job_id } = await world.start(first);
  await first.idle();
  await second.orchestrator.decide({ job_id: job_id!, decision: "approve", decided_by: USER });
  await second.idle();
  const job = await first.deps.store.readJob(job_id!, null);
  assert.deepEqual(job!.approvals.map(({ step_id, engine }) => [step_id, engine]), [
    ["ask", "test:model"],
    ["again", "test:model"],
  ]);
});

Deno.test("decide() refuses somebody who is no member", async () => {
  const ask = asking("ask", [{ text: "hello" }]);
  await using world = await createWorld([step("ask")], { adapters: [ask] });
  const engine = world.isolate();
  const { job_id } = await world.start(engine);
  await engine.idle();
  await assert.rejects(
    engine.orchestrator.decide({
      job_id: job_id!,
      decision: "approve",
      decided_by: crypto.randomUUID(),
    }),
    { code: "not_allowed_to_decide" },
  );
});

Deno.test("decide() asks for every proposal of a step and applies each approved one once (fault 42)", async () => {
  const ask = asking("ask", [{ text: "one" }, { text: "two" }, { text: "three" }]);
  await using world = await createWorld([step("ask")], { adapters: [ask] });
  const engine = world.isolate();
  const { job_id } = await world.start(engine);
  await engine.idle();
  await assert.rejects(
    engine.orchestrator.decide({ job_id: job_id!, decision: "approve", decided_by: USER }),
    { code: "approval_id_required" },
  );
  for (const approval of await pendingOf(engine, job_id!)) {
    await engine.orchestrator.decide({
      job_id: job_id!,
      approval_id: approval.id,
      decision: approval.proposed.text === "two" ? "reject" : "approve",
      decided_by: USER,
    });
    await engine.idle();
  }
  assert.deepEqual(ask.applied.map((a) => a.content.text), ["one", "three"]);
  assert.equal(new Set(ask.applied.map((a) => a.key)).size, 2);
});

Deno.test("driveRun() keeps the output of a step beside a pausing one and does not run it again (fault 16)", async () => {
  const ask = asking("ask", [{ text: "hello" }]);
  const beside = skill("beside");
  await using world = await createWorld([step("ask"), step("beside")], { adapters: [ask, beside] });
  const engine = world.isolate();
  const { job_id } = await world.start(engine);
  await engine.idle();
  assert.deepEqual(await statuses(engine, job_id!), {
    ask: "waiting_approval",
    beside: "completed",
  });
  await engine.orchestrator.decide({ job_id: job_id!, decision: "approve", decided_by: USER });
  await engine.idle();
  assert.deepEqual(await statuses(engine, job_id!), { ask: "completed", beside: "completed" });
  assert.equal(beside.calls.length, 1);
});

Deno.test("driveRun() does not lose an answer that arrives while siblings still run (fault 20)", async () => {
  const ask = asking("ask", [{ text: "hello" }]);
  const held = gate();
  const slow = skill("slow", async () => {
    await held.opened;
    return {};
  });
  const quick = skill("quick");
  await using world = await createWorld(
    [step("ask"), step("slow"), step("quick", { depends_on: ["ask"] })],
    { adapters: [ask, slow, quick] },
  );
  const engine = world.isolate();
  const { job_id } = await world.start(engine);
  while ((await pendingOf(engine, job_id!)).length === 0);
  const answer = await engine.orchestrator.decide({
    job_id: job_id!,
    decision: "approve",
    decided_by: USER,
  });
  assert.equal(answer.status, "running");
  held.open();
  await engine.idle();
  assert.equal((await engine.deps.store.readJob(job_id!, null))!.status, "completed");
  assert.equal(ask.applied.length, 1);
});

Deno.test("driveRun() asks before a flagged step although its skill does not ask (fault 41)", async () => {
  const act = skill("act", (input) => ({ did: input.params }));
  await using world = await createWorld(
    [step("act", { requires_approval: true, input: { amount: 3 } })],
    { adapters: [act] },
  );
  const engine = world.isolate();
  const { job_id } = await world.start(engine);
  await engine.idle();
  assert.equal(act.calls.length, 0);
  const [asked] = await pendingOf(engine, job_id!);
  assert.deepEqual(asked.proposed, { amount: 3 });
  await engine.orchestrator.decide({
    job_id: job_id!,
    decision: "approve",
    edits: { amount: 2 },
    decided_by: USER,
  });
  await engine.idle();
  assert.deepEqual((await engine.deps.store.readJob(job_id!, null))!.steps[0].output, {
    did: { amount: 2 },
  });
});

Deno.test("sweep() expires an unanswered approval and the run goes its chosen way (fault 18)", async () => {
  const ask = asking("ask", [{ text: "hello" }]);
  await using world = await createWorld([step("ask")], { adapters: [ask] });
  const engine = world.isolate();
  const { job_id } = await world.start(engine);
  await engine.idle();
  await world.db
    .sql`update public.fleet_approvals set expires_at = fleet.now() - interval '1 second'`;
  await engine.orchestrator.sweep();
  await engine.idle();
  const job = await engine.deps.store.readJob(job_id!, null);
  assert.deepEqual([job!.status, job!.status_reason], ["cancelled", "expired"]);
});
