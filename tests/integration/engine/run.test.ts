import assert from "node:assert/strict";
import {
  FatalError,
  RetryableError,
} from "../../../supabase/functions/_shared/orchestrator/core/errors.ts";
import { skill } from "../../support/skills.ts";
import { step } from "../../support/steps.ts";
import { createWorld, statuses } from "./_world.ts";

Deno.test("driveRun() completes a DAG, each step once, with gapless history", async () => {
  const a = skill("a"),
    b = skill("b"),
    c = skill("c", (input) => ({ saw: Object.keys(input.outputs).sort() }));
  await using world = await createWorld(
    [step("a"), step("b", { depends_on: ["a"] }), step("c", { depends_on: ["b"] })],
    { adapters: [a, b, c] },
  );
  const engine = world.isolate();
  const answer = await world.start(engine);
  await engine.idle();
  const job = await engine.deps.store.readJob(answer.job_id!, null);
  assert.equal(job!.status, "completed");
  assert.deepEqual(job!.steps.find((s) => s.step_id === "c")!.output, { saw: ["a", "b"] });
  const seqs = await world.db.sql`select seq, op from public.fleet_job_history order by seq`;
  assert.deepEqual(seqs.map((r) => [r.seq, r.op]), [[1, "accept"], [2, "record"], [3, "record"], [
    4,
    "complete",
  ]]);
});

Deno.test("driveRun() goes on past a failed best-effort step and completes with a warning (fault 15)", async () => {
  const bad = skill("bad", () => Promise.reject(new FatalError("broken", "No")));
  await using world = await createWorld([step("bad", { criticality: "best-effort" })], {
    adapters: [bad],
  });
  const engine = world.isolate();
  const answer = await world.start(engine, {}, { key: "k" });
  await engine.idle();
  const job = await engine.deps.store.readJob(answer.job_id!, null);
  assert.deepEqual([job!.status, job!.warnings], ["completed", ["bad: failed (broken)"]]);
  assert.equal((await world.start(engine, {}, { key: "k" })).status, "duplicate");
});

Deno.test("driveRun() ends a run on a failed critical step with one letter and closes the rest", async () => {
  const bad = skill("bad", () => Promise.reject(new FatalError("broken", "No")));
  await using world = await createWorld(
    [step("bad"), step("after", { depends_on: ["bad"] })],
    { adapters: [bad, skill("after")] },
  );
  const engine = world.isolate();
  const answer = await world.start(engine);
  await engine.idle();
  assert.deepEqual(await statuses(engine, answer.job_id!), { bad: "broken", after: "run_ended" });
  const letters = await world.db
    .sql`select error_code, error_step, status from public.fleet_dead_letter_queue`;
  assert.deepEqual([...letters], [{ error_code: "broken", error_step: "bad", status: "pending" }]);
});

Deno.test("driveRun() tries a passing failure three times and keeps one effect key (faults 54, 55)", async () => {
  const flaky = skill("flaky", (_, ctx) => {
    if (ctx.attempt < 3) throw new RetryableError("x_unavailable", "Later");
    return { ok: true };
  });
  await using world = await createWorld([step("flaky")], { adapters: [flaky] });
  const engine = world.isolate();
  const answer = await world.start(engine);
  await engine.idle();
  assert.equal((await engine.deps.store.readJob(answer.job_id!, null))!.status, "completed");
  assert.deepEqual(flaky.calls.map((c) => c.attempt), [1, 2, 3]);
  assert.equal(new Set(flaky.calls.map((c) => c.key)).size, 1);
});

Deno.test("driveRun() gives a thrown string one attempt: it is a bug, not weather (fault 55)", async () => {
  const odd = skill("odd", () => {
    throw "503 timeout";
  });
  await using world = await createWorld([step("odd")], { adapters: [odd] });
  const engine = world.isolate();
  const answer = await world.start(engine);
  await engine.idle();
  assert.deepEqual(await statuses(engine, answer.job_id!), { odd: "unexpected_error" });
  assert.equal(odd.calls.length, 1);
});

Deno.test("driveRun() stops a step that ignores its signal at its timeout (fault 14)", async () => {
  const hang = skill("hang", () => new Promise(() => {}));
  const policy = { max_retries: 0, base_ms: 1, factor: 1, max_ms: 1, jitter: "none" } as const;
  await using world = await createWorld(
    [step("hang", { timeout_ms: 50, retry: policy, criticality: "best-effort" })],
    { adapters: [hang] },
  );
  const engine = world.isolate();
  const answer = await world.start(engine);
  await engine.idle();
  assert.deepEqual(await statuses(engine, answer.job_id!), { hang: "step_timeout" });
});

Deno.test("driveRun() fails a step whose output cannot be stored and leaves the others alone", async () => {
  const nul = skill("nul", () => ({ text: "a\0b" }));
  const fine = skill("fine");
  await using world = await createWorld(
    [step("nul", { criticality: "best-effort" }), step("fine")],
    { adapters: [nul, fine] },
  );
  const engine = world.isolate();
  const answer = await world.start(engine);
  await engine.idle();
  assert.deepEqual(await statuses(engine, answer.job_id!), {
    nul: "bad_output",
    fine: "completed",
  });
});

Deno.test("driveRun() charges each of two overlapping runs of one user its own costs (fault 48)", async () => {
  const paid = skill("paid", (input, ctx) => {
    const usd = Number(input.payload.usd);
    ctx.recordCost({ provider: "p", model: "m", input_tokens: 1, output_tokens: 1, cost_usd: usd });
    return {};
  });
  await using world = await createWorld([step("paid")], { adapters: [paid] });
  const engine = world.isolate();
  const answers = await Promise.all([
    world.start(engine, { usd: 0.25 }),
    world.start(engine, { usd: 1.5 }),
  ]);
  await engine.idle();
  const jobs = await Promise.all(answers.map((a) => engine.deps.store.readJob(a.job_id!, null)));
  assert.deepEqual(jobs.map((j) => Number(j!.cost_usd)), [0.25, 1.5]);
  assert.deepEqual(jobs.map((j) => j!.costs.length), [1, 1]);
});

Deno.test("start() makes one event and one run of a hundred equal requests at once (fault 11)", async () => {
  const a = skill("a");
  await using world = await createWorld([step("a")], { adapters: [a] });
  const engines = [world.isolate(), world.isolate(), world.isolate()];
  const answers = await Promise.all(
    Array.from({ length: 100 }, (_, i) => world.start(engines[i % 3], { n: 1 }, { key: "same" })),
  );
  for (const engine of engines) await engine.idle();
  assert.equal(new Set(answers.map((x) => x.job_id)).size, 1);
  assert.equal(new Set(answers.map((x) => x.event_id)).size, 1);
  assert.equal(answers.filter((x) => x.status === "queued").length, 1);
  assert.equal(a.calls.length, 1);
});

Deno.test("start() refuses other content under a used key", async () => {
  await using world = await createWorld([step("a")], { adapters: [skill("a")] });
  const engine = world.isolate();
  await world.start(engine, { n: 1 }, { key: "k" });
  await engine.idle();
  await assert.rejects(world.start(engine, { n: 2 }, { key: "k" }), {
    code: "idempotency_mismatch",
  });
});

Deno.test("start() keeps an event nobody knows, with its reason", async () => {
  await using world = await createWorld([step("a")], { adapters: [skill("a")] });
  const engine = world.isolate();
  await assert.rejects(world.start(engine, {}, { type: "unheard.of" }), { code: "no_route" });
  const events = await world.db.sql`select type, status, status_reason from public.fleet_events`;
  assert.deepEqual([...events], [{
    type: "unheard.of",
    status: "unrouted",
    status_reason: "no_route",
  }]);
});

Deno.test("start() answers each of two concurrent callers its own run (fault 40)", async () => {
  const a = skill("a", (input) => ({ n: input.payload.n }));
  await using world = await createWorld([step("a")], { adapters: [a] });
  const engine = world.isolate();
  const answers = await Promise.all([1, 2].map((n) => world.start(engine, { n })));
  await engine.idle();
  const outputs = await Promise.all(
    answers.map(async (x) => (await engine.deps.store.readJob(x.job_id!, null))!.steps[0].output),
  );
  assert.deepEqual(outputs, [{ n: 1 }, { n: 2 }]);
});
