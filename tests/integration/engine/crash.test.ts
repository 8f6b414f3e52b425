import assert from "node:assert/strict";
import { FatalError } from "../../../supabase/functions/_shared/orchestrator/core/errors.ts";
import { createDeliveryStore } from "../../../supabase/functions/_shared/orchestrator/store/deliveries.ts";
import type { DeliveryStore } from "../../../supabase/functions/_shared/ports/deliveries.ts";
import { gate, skill } from "../../support/skills.ts";
import { step } from "../../support/steps.ts";
import { createWorld, ORG, statuses, USER } from "./_world.ts";

Deno.test("claimJobs() lets another isolate finish a run whose driver died, finished steps not again (fault 13)", async () => {
  const held = gate();
  const a = skill("a");
  const b = skill("b", async (_, ctx) => {
    if (ctx.attempt === 1 && !resumed) await held.opened;
    return {};
  });
  let resumed = false;
  await using world = await createWorld([step("a"), step("b", { depends_on: ["a"] })], {
    adapters: [a, b],
  });
  const dead = world.isolate(), next = world.isolate();
  const { job_id } = await world.start(dead);
  while (b.calls.length === 0) await statuses(dead, job_id!);
  await world.expireLeases();
  resumed = true;
  await next.orchestrator.sweep();
  await next.idle();
  const job = await next.deps.store.readJob(job_id!, null);
  assert.deepEqual([job!.status, job!.fence], ["completed", 2]);
  assert.equal(a.calls.length, 1);
  held.open();
  await dead.idle();
});

Deno.test("record() refuses a driver whose lease moved on: it writes nothing (fence)", async () => {
  const held = gate();
  let visits = 0;
  const slow = skill("slow", async () => {
    const mine = ++visits;
    if (mine === 1) await held.opened;
    return { by: mine };
  });
  await using world = await createWorld([step("slow")], { adapters: [slow] });
  const zombie = world.isolate(), next = world.isolate();
  const { job_id } = await world.start(zombie);
  while (visits === 0) await statuses(zombie, job_id!);
  await world.expireLeases();
  await next.orchestrator.resume(job_id!);
  await next.idle();
  held.open();
  await zombie.idle();
  const job = await next.deps.store.readJob(job_id!, null);
  assert.deepEqual(job!.steps[0].output, { by: 2 });
  const rows = await world.db
    .sql`select seq, fence, op from public.fleet_job_history where job_id = ${job_id} order by seq`;
  assert.deepEqual(rows.map((r) => [r.seq, r.fence, r.op]), [
    [1, 1, "accept"],
    [2, 2, "claim"],
    [3, 2, "record"],
    [4, 2, "complete"],
  ]);
});

Deno.test("claimJobs() gives a run to one of many isolates at the same instant", async () => {
  const a = skill("a");
  await using world = await createWorld([step("a")], { adapters: [a] });
  const starter = world.isolate({ limits: { maxRuns: 0 } });
  const { job_id } = await world.start(starter);
  const isolates = Array.from({ length: 6 }, () => world.isolate());
  const claims = await Promise.all(isolates.map((i) => i.orchestrator.resume(job_id!)));
  for (const isolate of isolates) await isolate.idle();
  assert.equal(claims.filter((c) => c.claimed).length, 1);
  assert.equal(a.calls.length, 1);
});

Deno.test("judgeInterrupted() asks a person about an unanswered at_most_once effect", async () => {
  const held = gate();
  const once = skill("once", async () => {
    await held.opened;
    return {};
  }, { effectMode: "at_most_once" });
  await using world = await createWorld([step("once")], { adapters: [once] });
  const dead = world.isolate(), next = world.isolate();
  const { job_id } = await world.start(dead);
  while (once.calls.length === 0) await statuses(dead, job_id!);
  await world.expireLeases();
  await next.orchestrator.resume(job_id!);
  await next.idle();
  const job = await next.deps.store.readJob(job_id!, null);
  assert.deepEqual([job!.status, job!.steps[0].error_code], ["failed", "effect_unknown"]);
  assert.deepEqual(job!.approvals.map((a) => [a.action_type, a.status]), [[
    "effect_unknown",
    "pending",
  ]]);
  assert.equal(once.calls.length, 1);
  held.open();
  await dead.idle();
});

for (const [decision, calls] of [["approve", 1], ["reject", 2]] as const) {
  Deno.test(`decide() ${decision} on an unknown effect ends in ${calls} call(s) of the step`, async () => {
    const held = gate();
    let visits = 0;
    const once = skill("once", async () => {
      if (++visits === 1) await held.opened;
      return {};
    }, { effectMode: "at_most_once" });
    const after = skill("after");
    await using world = await createWorld(
      [step("once"), step("after", { depends_on: ["once"] })],
      { adapters: [once, after] },
    );
    const dead = world.isolate(), next = world.isolate();
    const { job_id } = await world.start(dead);
    while (visits === 0) await statuses(dead, job_id!);
    await world.expireLeases();
    await next.orchestrator.resume(job_id!);
    await next.idle();
    await next.orchestrator.decide({ job_id: job_id!, decision, decided_by: USER });
    await next.idle();
    assert.deepEqual(await statuses(next, job_id!), { once: "completed", after: "completed" });
    assert.equal(visits, calls);
    const [letter] = await world.db.sql`select status from public.fleet_dead_letter_queue`;
    assert.equal(letter.status, "resolved");
    held.open();
    await dead.idle();
  });
}

for (const criticality of ["critical", "best-effort"] as const) {
  for (const decision of ["approve", "reject"] as const) {
    Deno.test(`decide() ${decision} where the carrier of a ${criticality} step could not tell: nobody is asked twice`, async () => {
      const store: { deliveries?: DeliveryStore } = {};
      const effect = (jobId: string) => ({
        id: crypto.randomUUID(),
        orgId: ORG,
        jobId,
        stepId: "mail",
        channel: "mail",
        recipient: "pat@example.com",
        content: {},
        effectKey: `${jobId}:mail`,
      });
      const mail = skill("mail", async (_input, ctx) => {
        const opened = await store.deliveries!.open(effect(ctx.jobId));
        if (opened.is_first && mail.calls.length > 1) {
          await store.deliveries!.settle(opened.id, "sent", "ref");
          return {};
        }
        await store.deliveries!.settle(opened.id, "unknown", null);
        throw new FatalError("effect_unknown", "The vendor forgot our key");
      }, { effectMode: "keyed" });
      await using world = await createWorld([step("mail", { criticality })], { adapters: [mail] });
      const engine = world.isolate();
      store.deliveries = createDeliveryStore({ sql: engine.sql, clock: engine.deps.ports.clock });
      const { job_id } = await world.start(engine);
      await engine.idle();
      const asked = (await engine.deps.store.readJob(job_id!, null))!.approvals;
      assert.deepEqual(asked.map((a) => [a.action_type, a.status]), [[
        "effect_unknown",
        "pending",
      ]]);
      await engine.orchestrator.decide({ job_id: job_id!, decision, decided_by: USER });
      await engine.idle();
      const job = (await engine.deps.store.readJob(job_id!, null))!;
      assert.deepEqual([job.status, job.steps[0].status], ["completed", "completed"]);
      assert.deepEqual(job.approvals.filter(({ status }) => status === "pending"), []);
      const [row] = await world.db.sql`select status, sent_at from public.fleet_deliveries`;
      assert.deepEqual([row.status, row.sent_at !== null], ["sent", true]);
      assert.equal(mail.calls.length, decision === "approve" ? 1 : 2);
    });
  }
}

Deno.test("driveRun() gives up a run that crashes its isolate again and again, with a letter", async () => {
  const held = gate();
  const killer = skill("killer", async () => {
    await held.opened;
    return {};
  });
  await using world = await createWorld([step("killer")], { adapters: [killer] });
  const first = world.isolate();
  const { job_id } = await world.start(first);
  const isolates = [first];
  for (let crash = 1; crash <= 5; crash++) {
    while (killer.calls.length < crash) await statuses(first, job_id!);
    await world.expireLeases();
    const next = world.isolate();
    isolates.push(next);
    assert.equal((await next.orchestrator.resume(job_id!)).claimed, true);
  }
  await isolates.at(-1)!.idle();
  const job = await first.deps.store.readJob(job_id!, null);
  assert.deepEqual([job!.status, job!.error_code], ["failed", "crash_loop"]);
  assert.equal(killer.calls.length, 5);
  held.open();
  for (const isolate of isolates) await isolate.idle();
});

Deno.test("claimJobs() drives a run that crashed twice only in an idle isolate", async () => {
  const held = gate();
  const wait = skill("wait", async () => {
    await held.opened;
    return {};
  });
  await using world = await createWorld([step("wait")], { adapters: [wait] });
  const busy = world.isolate(), starter = world.isolate({ limits: { maxRuns: 0 } });
  await world.start(busy);
  const { job_id } = await world.start(starter);
  await world.db.sql`update public.fleet_jobs set crash_count = 2 where id = ${job_id}`;
  assert.deepEqual(await busy.orchestrator.resume(job_id!), { claimed: false, due: true });
  held.open();
  await busy.idle();
  assert.equal((await busy.orchestrator.resume(job_id!)).claimed, true);
  await busy.idle();
});

Deno.test("driveRun() hands over what no longer fits and rings once; fence is 1 + hand-overs (fault 3)", async () => {
  let now = 1_000_000;
  const chain = ["a", "b", "c"].map((name) =>
    skill(name, () => {
      now += 4000;
      return {};
    })
  );
  const steps = [
    step("a", { timeout_ms: 5000 }),
    step("b", { depends_on: ["a"], timeout_ms: 5000 }),
    step("c", { depends_on: ["b"], timeout_ms: 5000 }),
  ];
  await using world = await createWorld(steps, {
    adapters: chain,
    limits: { wallClockMs: 8000, safetyMarginMs: 1000 },
    now: () => now,
  });
  let isolate = world.isolate();
  const { job_id } = await world.start(isolate);
  await isolate.idle();
  let handOvers = 0;
  for (; isolate.bells.length > 0; handOvers++) {
    assert.deepEqual(isolate.bells, [{ kind: "resume", jobId: job_id! }]);
    isolate = world.isolate();
    assert.equal((await isolate.orchestrator.resume(job_id!)).claimed, true);
    await isolate.idle();
  }
  const job = await isolate.deps.store.readJob(job_id!, null);
  assert.deepEqual([job!.status, job!.fence], ["completed", 1 + handOvers]);
  assert.equal(handOvers, 2);
  assert.deepEqual(chain.map((s) => s.calls.length), [1, 1, 1]);
});

Deno.test("claimJobs() leaves a run due that an isolate short of time could not go on with", async () => {
  let now = 1_000_000;
  const a = skill("a");
  await using world = await createWorld([step("a", { timeout_ms: 30_000 })], {
    adapters: [a],
    limits: { wallClockMs: 40_000, safetyMarginMs: 1000 },
    now: () => now,
  });
  const starter = world.isolate({ limits: { maxRuns: 0 } });
  const { job_id } = await world.start(starter);
  const old = world.isolate();
  now += 25_000;
  assert.equal((await old.orchestrator.resume(job_id!)).claimed, false);
  const job = await old.deps.store.readJob(job_id!, null);
  assert.deepEqual([job!.status, job!.fence], ["queued", 0]);
});

Deno.test("driveRun() hands over when the request's CPU is planned away", async () => {
  const heavy = ["a", "b"].map((name) => skill(name, () => ({}), { cpuMs: 800 }));
  await using world = await createWorld([step("a"), step("b", { depends_on: ["a"] })], {
    adapters: heavy,
    limits: { cpuMs: 1200 },
  });
  const isolate = world.isolate();
  const { job_id } = await world.start(isolate);
  await isolate.idle();
  const job = await isolate.deps.store.readJob(job_id!, null);
  assert.deepEqual([job!.status, job!.status_reason], ["queued", "continuing"]);
});

Deno.test("chainHandoffs() gives birth to each follow-up in the completing statement, once (faults 12, 28)", async () => {
  const a = skill("a"), child = skill("child", (input) => ({ n: input.payload.n }));
  await using world = await createWorld(
    [step("a")],
    {
      adapters: [a, child],
      sequences: { test: [step("a")], follow: [step("child")] },
      planHandoffs: (run) =>
        Promise.resolve({
          warnings: [],
          followups: run.sequenceKey !== "test" ? [] : [1, 2, 3].map((n) => ({
            key: `h:${n}`,
            type: "follow",
            payload: { n },
            delay_minutes: n === 3 ? 60 : 0,
          })),
        }),
    } as Parameters<typeof createWorld>[1],
  );
  const engine = world.isolate();
  const { job_id } = await world.start(engine);
  await engine.idle();
  const bells = engine.bells.filter((b) => b.kind === "event");
  assert.equal(bells.length, 2);
  for (const bell of [...bells, ...bells]) {
    if (bell.kind === "event") await engine.orchestrator.wakeEvent(bell.eventId);
  }
  await engine.orchestrator.sweep();
  await engine.idle();
  assert.equal(child.calls.length, 2, "the delayed one is not due (fault 46)");
  await world.db
    .sql`update public.fleet_events set run_after = fleet.now() where status = 'pending'`;
  await engine.orchestrator.sweep();
  await engine.idle();
  assert.equal(child.calls.length, 3);
  const job = await engine.deps.store.readJob(job_id!, null);
  assert.equal(job!.children.length, 3);
});

Deno.test("record_outcomes() rejects a follow-up beyond depth 5 and completes its parent with a warning", async () => {
  const a = skill("a");
  await using world = await createWorld([step("a")], {
    adapters: [a],
    planHandoffs: () =>
      Promise.resolve({
        warnings: [],
        followups: [{ key: "again", type: "test", payload: {}, delay_minutes: 0 }],
      }),
  });
  const engine = world.isolate();
  await world.start(engine);
  await engine.idle();
  for (let i = 0; i < 10; i++) {
    await engine.orchestrator.sweep();
    await engine.idle();
  }
  const events = await world.db
    .sql`select depth, status, status_reason from public.fleet_events order by depth`;
  assert.deepEqual(events.map((e) => [e.depth, e.status]), [
    [0, "routed"],
    [1, "routed"],
    [2, "routed"],
    [3, "routed"],
    [4, "routed"],
    [5, "routed"],
    [6, "rejected"],
  ]);
  const [last] = await world.db.sql`select status, warnings from public.fleet_jobs where depth = 5`;
  assert.equal(last.status, "completed");
  assert.match(last.warnings[0], /chain_depth_exceeded/);
});

Deno.test("emit() inserts its event inside the caller's transaction", async () => {
  const a = skill("a");
  await using world = await createWorld([step("a")], { adapters: [a] });
  const engine = world.isolate();
  await assert.rejects(world.db.sql.begin(async (tx) => {
    await tx`select fleet.emit('test', ${ORG}, ${USER}, '{}', 'k1')`;
    throw new Error("rolled back");
  }));
  await world.db.sql`select fleet.emit('test', ${ORG}, ${USER}, '{}', 'k2')`;
  await world.db.sql`select fleet.emit('test', ${ORG}, ${USER}, '{}', 'k2')`;
  await engine.orchestrator.sweep();
  await engine.idle();
  assert.equal(a.calls.length, 1);
  assert.equal((await world.db.sql`select 1 from public.fleet_events`).length, 1);
});

Deno.test("retry_job() resumes the same run from its failed step, the letter resolves (fault 30)", async () => {
  let isBroken = true;
  const before = skill("before");
  const step2 = skill("fragile", () => {
    if (isBroken) throw new Error("bug");
    return {};
  });
  await using world = await createWorld(
    [
      step("before"),
      step("fragile", { depends_on: ["before"] }),
      step("after", { depends_on: ["fragile"] }),
    ],
    { adapters: [before, step2, skill("after")] },
  );
  const engine = world.isolate();
  const { job_id } = await world.start(engine);
  await engine.idle();
  isBroken = false;
  await engine.deps.store.retryJob(job_id!);
  await engine.orchestrator.resume(job_id!);
  await engine.idle();
  assert.deepEqual(await statuses(engine, job_id!), {
    before: "completed",
    fragile: "completed",
    after: "completed",
  });
  assert.equal(before.calls.length, 1);
  const letters = await world.db
    .sql`select status, retry_count from public.fleet_dead_letter_queue`;
  assert.deepEqual([...letters], [{ status: "resolved", retry_count: 1 }]);
});

Deno.test("cancel_job() ends a run at once: its driver's next record changes nothing", async () => {
  const held = gate();
  const slow = skill("slow", async () => {
    await held.opened;
    return {};
  });
  await using world = await createWorld([step("slow")], { adapters: [slow] });
  const engine = world.isolate();
  const { job_id } = await world.start(engine);
  while (slow.calls.length === 0) await statuses(engine, job_id!);
  await engine.deps.store.cancelJob(job_id!, "test");
  held.open();
  await engine.idle();
  const job = await engine.deps.store.readJob(job_id!, null);
  assert.deepEqual([job!.status, job!.steps[0].skip_reason], ["cancelled", "run_ended"]);
});
