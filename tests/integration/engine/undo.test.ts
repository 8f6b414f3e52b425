/** How a yes is taken back, and what acts when it was not. */
import assert from "node:assert/strict";
import { decide } from "../../../supabase/functions/_shared/orchestrator/engine/decide.ts";
import type { StepDefinition } from "../../../supabase/functions/_shared/orchestrator/types.ts";
import { asking, gate, skill } from "../../support/skills.ts";
import { eventually } from "../../support/stack.ts";
import { step } from "../../support/steps.ts";
import { open, pass } from "./_asked.ts";
import { createWorld, ORG, USER } from "./_world.ts";

Deno.test("a yes to an external effect acts only after the undo window, and once", async () => {
  await using asked = await open({ undoMs: 600_000 });
  const answer = await asked.decide("approve");
  assert.equal(answer.status, "queued");
  assert.ok(Date.parse(answer.acts_at!) > Date.now() + 500_000);
  for (let i = 0; i < 2; i++) {
    await asked.engine.orchestrator.sweep();
    await asked.engine.orchestrator.resume(asked.jobId);
    await asked.engine.idle();
  }
  assert.deepEqual(asked.ask.applied, []);
  await pass(asked.world);
  await asked.engine.orchestrator.sweep();
  await asked.engine.idle();
  assert.equal(asked.ask.applied.length, 1);
  await assert.rejects(asked.decide("undo"), { code: "too_late_to_undo" });
});

Deno.test("undo brings the question back with the content it had before the edits", async () => {
  await using asked = await open({ undoMs: 600_000 });
  await asked.decide("approve", USER, { edits: { text: "edited" } });
  await asked.decide("undo");
  await asked.engine.idle();
  const job = await asked.read();
  assert.equal(job.status, "waiting_approval");
  assert.deepEqual(
    job.approvals.map(({ status, proposed, decided_by }) => ({ status, proposed, decided_by })),
    [{ status: "pending", proposed: { text: "hello" }, decided_by: null }],
  );
  await asked.decide("approve", USER, { edits: { text: "again" } });
  await pass(asked.world);
  await asked.engine.orchestrator.sweep();
  await asked.engine.idle();
  assert.deepEqual(asked.ask.applied.map(({ content }) => content), [{ text: "again" }]);
});

Deno.test("a run cancelled inside the window cancels its yes too: nobody reads that something went out", async () => {
  await using asked = await open({ undoMs: 600_000 });
  await asked.decide("approve");
  await asked.world.db.sql`select fleet.cancel_job(${asked.jobId}, 'by hand')`;
  const [approval] = (await asked.read()).approvals;
  assert.equal(approval.status, "cancelled");
});

Deno.test("a no that cancels the run cancels a yes that has not acted", async () => {
  const ask = asking("ask", [{ text: "hello" }]), other = asking("other", [{ text: "bye" }]);
  await using world = await createWorld([step("ask"), step("other")], {
    adapters: [ask, other],
    undoMs: 600_000,
  });
  await world.db.sql`insert into public.fleet_skills (skill, effect_mode, has_external_effect)
    values ('ask', 'keyed', true)`;
  const engine = world.isolate();
  const jobId = (await world.start(engine)).job_id!;
  await engine.idle();
  const read = async () => (await engine.deps.store.readJob(jobId, null))!;
  const idOf = (stepId: string, job: Awaited<ReturnType<typeof read>>) =>
    job.approvals.find((one) => one.step_id === stepId)!.id;
  const asked = await read();
  for (const [stepId, decision] of [["ask", "approve"], ["other", "reject"]] as const) {
    const approval_id = idOf(stepId, asked);
    await engine.orchestrator.decide({ job_id: jobId, approval_id, decision, decided_by: USER });
  }
  await engine.idle();
  const { status, approvals } = await read();
  assert.equal(status, "cancelled");
  assert.deepEqual(
    Object.fromEntries(approvals.map((one) => [one.step_id, one.status])),
    { ask: "cancelled", other: "rejected" },
  );
  assert.deepEqual(ask.applied, []);
});

Deno.test("undo comes too late once the window has passed, whether or not the step has acted", async () => {
  await using asked = await open({ undoMs: 600_000 });
  const [{ id }] = (await asked.read()).approvals;
  await asked.decide("approve");
  await asked.world.db.sql`update public.fleet_approvals set acts_at = fleet.now()`;
  await assert.rejects(asked.decide("undo", USER, { approval_id: id }), {
    code: "too_late_to_undo",
  });
});

Deno.test("twenty undos and sweeps at the end of the window: it is sent or taken back, never both", async () => {
  for (let round = 0; round < 3; round++) {
    await using asked = await open({ undoMs: 300 });
    const [{ id }] = (await asked.read()).approvals;
    await asked.decide("approve");
    const due = Date.now() + 300;
    const tries = Array.from({ length: 20 }, async (_, at) => {
      await new Promise((resolve) =>
        setTimeout(resolve, Math.max(0, due - Date.now() - 60 + at * 6))
      );
      if (at % 2 === 0) await asked.engine.orchestrator.sweep().catch(() => {});
      else await asked.decide("undo", USER, { approval_id: id }).catch(() => {});
    });
    await Promise.all(tries);
    await asked.engine.orchestrator.sweep();
    await asked.engine.idle();
    const [approval] = (await asked.read()).approvals;
    assert.equal(asked.ask.applied.length, approval.status === "approved" ? 1 : 0);
  }
});

Deno.test("a run that works on beside a held approval acts on what the answer is by then", async () => {
  const ask = asking("ask", [{ text: "hello" }]);
  const held = gate();
  const slow = skill("slow", async () => {
    await held.opened;
    return {};
  });
  await using world = await createWorld([step("ask"), step("slow")], {
    adapters: [ask, slow],
    undoMs: 200,
  });
  await world.db.sql`insert into public.fleet_skills (skill, effect_mode, has_external_effect)
    values ('ask', 'keyed', true)`;
  const engine = world.isolate();
  const { job_id } = await world.start(engine);
  await eventually(
    "the question",
    async () => (await engine.deps.store.readJob(job_id!, null))!.approvals.length > 0,
  );
  await engine.orchestrator.decide({ job_id: job_id!, decision: "approve", decided_by: USER });
  await engine.orchestrator.decide({ job_id: job_id!, decision: "undo", decided_by: USER });
  await world.db.sql`select pg_sleep(0.25)`;
  held.open();
  await engine.idle();
  assert.deepEqual(ask.applied, []);
  assert.equal((await engine.deps.store.readJob(job_id!, null))!.status, "waiting_approval");
});

Deno.test("a run that works on beside a held approval sends the content of the newest yes, and not before its window", async () => {
  const ask = asking("ask", [{ text: "hello" }]);
  const first = gate(), last = gate();
  const wait = (name: string, held: ReturnType<typeof gate>) =>
    skill(name, async () => {
      await held.opened;
      return {};
    });
  await using world = await createWorld([step("ask"), step("short"), step("long")], {
    adapters: [ask, wait("short", first), wait("long", last)],
    undoMs: 1000,
  });
  const { sql } = world.db;
  await sql`insert into public.fleet_skills (skill, effect_mode, has_external_effect)
    values ('ask', 'keyed', true)`;
  const engine = world.isolate();
  const jobId = (await world.start(engine)).job_id!;
  const read = async () => (await engine.deps.store.readJob(jobId, null))!;
  const decide = (decision: "approve" | "undo", more: object = {}) =>
    engine.orchestrator.decide({ job_id: jobId, decision, decided_by: USER, ...more });
  await eventually("the question", async () => (await read()).approvals.length > 0);
  await decide("approve");
  // With this commit the driver learns of the first yes.
  first.open();
  await eventually(
    "the short step",
    async () => (await read()).steps.some((s) => s.step_id === "short" && s.status === "completed"),
  );
  await decide("undo");
  await sql`insert into public.fleet_org_settings (org_id, undo_seconds) values (${ORG}, 600)`;
  await decide("approve", { edits: { text: "edited" } });
  await sql`select pg_sleep(1.1)`;
  last.open();
  await engine.idle();
  assert.deepEqual(ask.applied, []);
  assert.equal((await read()).status_reason, "undo_window");
  await pass(world);
  await engine.orchestrator.sweep();
  await engine.idle();
  assert.deepEqual(ask.applied.map(({ content }) => content), [{ text: "edited" }]);
});

Deno.test("an organisation sets its own window; what stays inside the house has none", async () => {
  await using asked = await open({ undoMs: 600_000 });
  await asked.world.db
    .sql`insert into public.fleet_org_settings (org_id, undo_seconds) values (${ORG}, 0)`;
  assert.equal((await asked.decide("approve")).acts_at, null);
  await using inside = await open({ undoMs: 600_000 });
  await inside.world.db
    .sql`update public.fleet_skills set has_external_effect = false where skill = 'ask'`;
  assert.equal((await inside.decide("approve")).acts_at, null);
});

Deno.test("edits of a content that was undone meanwhile change nothing", async () => {
  await using asked = await open({ undoMs: 600_000 });
  const { store } = asked.engine.deps;
  await asked.decide("approve", USER, { edits: { text: "edited" } });
  const seen = await store.readApprovals(asked.jobId);
  await asked.decide("undo");
  const late = decide(
    {
      job_id: asked.jobId,
      approval_id: seen!.approvals[0].id,
      decision: "approve",
      decided_by: USER,
      edits: { more: "words" },
    },
    {
      store: { ...store, readApprovals: () => Promise.resolve(seen) },
      skills: asked.engine.skills,
      rules: asked.engine.deps.rules,
      parseSnapshot: (steps) => steps as readonly StepDefinition[],
      undoMs: 600_000,
    },
  );
  await assert.rejects(late, { code: "content_changed" });
  assert.equal((await asked.read()).approvals[0].status, "pending");
});
