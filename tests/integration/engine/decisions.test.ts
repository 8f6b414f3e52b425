/** Who may answer, how a yes is taken back, and how a content is proposed again. */
import assert from "node:assert/strict";
import type { SkillAdapter } from "../../../supabase/functions/_shared/orchestrator/adapters/defineAdapter.ts";
import { decide } from "../../../supabase/functions/_shared/orchestrator/engine/decide.ts";
import type {
  ApprovalPolicy,
  Revision,
  StepDefinition,
} from "../../../supabase/functions/_shared/orchestrator/types.ts";
import { eventually } from "../../support/stack.ts";
import { asking, gate, skill } from "../../support/skills.ts";
import { step } from "../../support/steps.ts";
import { createWorld, ORG, USER, type World } from "./_world.ts";

const OTHERS = {
  owner: "0a000000-0000-4000-8000-00000000000b",
  member: "0a000000-0000-4000-8000-00000000000c",
};
const STRANGER = "0a000000-0000-4000-8000-00000000000d";

async function open(
  options: {
    readonly policy?: Partial<ApprovalPolicy>;
    readonly undoMs?: number;
    readonly adapters?: readonly SkillAdapter[];
  } = {},
) {
  const ask = asking("ask", [{ text: "hello" }]);
  const base = step("ask");
  const world = await createWorld(
    [{ ...base, approval: { ...base.approval, ...options.policy } }],
    { adapters: [...(options.adapters ?? [ask])], undoMs: options.undoMs },
  );
  await world.db.sql`insert into public.fleet_skills (skill, effect_mode, has_external_effect)
    values ('ask', 'keyed', true) on conflict do nothing`;
  await world.db
    .sql`create or replace function fleet.member_role(p_user_id uuid, p_org_id uuid) returns text
    language plpgsql stable security definer set search_path = ''
    as ${
    world.db.sql.unsafe(`$f$ begin return case p_user_id::text when '${USER}' then 'admin'
      when '${OTHERS.owner}' then 'owner' when '${OTHERS.member}' then 'member' end; end $f$`)
  }`;
  const engine = world.isolate();
  const { job_id } = await world.start(engine);
  await engine.idle();
  const jobId = job_id!;
  return {
    ask,
    world,
    engine,
    jobId,
    decide: (
      decision: "approve" | "reject" | "revise" | "undo",
      by: string = USER,
      more: object = {},
    ) => engine.orchestrator.decide({ job_id: jobId, decision, decided_by: by, ...more }),
    read: async () => (await engine.deps.store.readJob(jobId, null))!,
    [Symbol.asyncDispose]: () => world[Symbol.asyncDispose](),
  };
}

// Who ------------------------------------------------------------------------------------------

const RULES:
  readonly (readonly [string, Partial<ApprovalPolicy>, Readonly<Record<string, string | null>>])[] =
    [
      ["nothing is said", {}, {
        [USER]: null,
        [OTHERS.owner]: null,
        [OTHERS.member]: "not_allowed_to_decide",
        [STRANGER]: "not_allowed_to_decide",
      }],
      ["a member is named", { approvers: [OTHERS.member] }, {
        [USER]: "not_allowed_to_decide",
        [OTHERS.member]: null,
      }],
      ["somebody is named who is no member", { approvers: [STRANGER] }, {
        [STRANGER]: "not_allowed_to_decide",
      }],
      ["the owner's role is asked for", { approvers: "owner" }, {
        [USER]: "not_allowed_to_decide",
        [OTHERS.owner]: null,
      }],
      ["any member may", { approvers: "member" }, { [OTHERS.member]: null }],
      ["nobody may answer their own", { forbids_self: true }, {
        [USER]: "self_approval",
        [OTHERS.owner]: null,
      }],
      ["a member is assigned", { assignee: OTHERS.member }, { [OTHERS.member]: null }],
    ];
for (const [name, policy, expected] of RULES) {
  Deno.test(`decide() knows who may where ${name}`, async () => {
    for (const [user, code] of Object.entries(expected)) {
      await using asked = await open({ policy });
      if (code === null) await asked.decide("approve", user);
      else await assert.rejects(asked.decide("approve", user), { code });
      const [approval] = (await asked.read()).approvals;
      assert.equal(approval.status, code === null ? "approved" : "pending");
      const notes = await asked.world.db.sql`select actor, code from fleet.approval_refusals`;
      assert.deepEqual(
        notes.map((row) => ({ ...row })),
        code === null ? [] : [{ actor: user, code }],
      );
    }
  });
}

Deno.test("an organisation forbids self-approval where the step says nothing", async () => {
  const ask = asking("ask", [{ text: "hello" }]);
  await using world = await createWorld([step("ask")], { adapters: [ask] });
  await world.db
    .sql`insert into public.fleet_org_settings (org_id, no_self_approval) values (${ORG}, true)`;
  const engine = world.isolate();
  const { job_id } = await world.start(engine);
  await engine.idle();
  await assert.rejects(
    engine.orchestrator.decide({ job_id: job_id!, decision: "approve", decided_by: USER }),
    { code: "self_approval" },
  );
});

Deno.test("an escalated question may be answered by whom it went to, once that time has come", async () => {
  await using asked = await open({
    policy: { escalate: { after_minutes: 60, to: OTHERS.member } },
  });
  await assert.rejects(asked.decide("approve", OTHERS.member), { code: "not_allowed_to_decide" });
  await asked.engine.orchestrator.sweep();
  await assert.rejects(asked.decide("approve", OTHERS.member), { code: "not_allowed_to_decide" });
  await asked.world.db.sql`update public.fleet_approvals set escalate_at = fleet.now()`;
  for (let i = 0; i < 3; i++) await asked.engine.orchestrator.sweep();
  const events = await asked.world.db.sql`select payload from public.fleet_events
    where type = 'approval_asked' order by created_at, id`;
  assert.deepEqual(events.map(({ payload }) => payload.is_escalation ?? false), [false, true]);
  await asked.decide("approve", OTHERS.member);
  await asked.engine.idle();
  assert.equal((await asked.read()).status, "completed");
});

Deno.test("the role of whoever approved is read again when the step acts", async () => {
  await using asked = await open({ undoMs: 600_000 });
  await asked.decide("approve", OTHERS.owner);
  await asked.world.db
    .sql`create or replace function fleet.member_role(p_user_id uuid, p_org_id uuid) returns text
    language plpgsql stable security definer set search_path = '' as $f$ begin return null; end $f$`;
  await pass(asked.world);
  await asked.engine.orchestrator.sweep();
  await asked.engine.idle();
  const job = await asked.read();
  assert.deepEqual([job.status, job.error_code], ["failed", "approver_not_allowed"]);
  assert.deepEqual(asked.ask.applied, []);
});

// Undo -----------------------------------------------------------------------------------------

/** As if the undo window had passed. */
async function pass(world: World): Promise<void> {
  await world.db
    .sql`update public.fleet_approvals set acts_at = fleet.now() where acts_at is not null`;
  await world.db.sql`update public.fleet_jobs set run_after = fleet.now() where status = 'queued'`;
}

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

// Revise ---------------------------------------------------------------------------------------

function revising(seen: Revision[]) {
  const ask = asking("ask", [{ text: "one" }, { text: "two" }]);
  const revise = (revision: Revision) => {
    seen.push(revision);
    const text = `${revision.previous.text} ${revision.feedback}`;
    return Promise.resolve({
      proposal: { action_type: "say", preview: "anew", proposed: { text } },
      engine: "rules",
    });
  };
  return { ask, adapter: Object.assign(ask, { revise }) as SkillAdapter };
}

Deno.test("revise proposes that content anew with the feedback, and acts on the newest alone", async () => {
  const seen: Revision[] = [];
  const { ask, adapter } = revising(seen);
  await using asked = await open({ adapters: [adapter] });
  const [first, second] = (await asked.read()).approvals;
  await asked.decide("revise", USER, { approval_id: first.id, comment: "louder" });
  await asked.engine.idle();
  assert.deepEqual(seen, [{ feedback: "louder", round: 1, previous: { text: "one" } }]);
  const job = await asked.read();
  assert.deepEqual(job.approvals.map(({ status, proposed }) => [status, proposed.text]), [
    ["rejected", "one"],
    ["pending", "two"],
    ["pending", "one louder"],
  ]);
  await asked.decide("approve", USER, { approval_id: second.id });
  await asked.decide("approve", USER, { approval_id: job.approvals[2].id });
  await asked.engine.idle();
  assert.deepEqual(ask.applied.map(({ content }) => content.text), ["two", "one louder"]);
  assert.equal((await asked.read()).status, "completed");
});

Deno.test("revise ends after three rounds, needs words, and a skill that can", async () => {
  const seen: Revision[] = [];
  await using asked = await open({ adapters: [revising(seen).adapter] });
  const idOf = async () =>
    (await asked.read()).approvals.findLast((one) => one.status === "pending")!.id;
  await assert.rejects(asked.decide("revise", USER, { approval_id: await idOf(), comment: " " }), {
    code: "feedback_required",
  });
  for (let round = 1; round <= 3; round++) {
    await asked.decide("revise", USER, { approval_id: await idOf(), comment: `r${round}` });
    await asked.engine.idle();
  }
  await assert.rejects(asked.decide("revise", USER, { approval_id: await idOf(), comment: "r4" }), {
    code: "revision_limit",
  });
  assert.deepEqual(seen.map(({ round }) => round), [1, 2, 3]);
  await using plain = await open();
  await assert.rejects(plain.decide("revise", USER, { comment: "x" }), { code: "cannot_revise" });
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

Deno.test("decide() refuses an answer to another content than the one that was shown", async () => {
  await using asked = await open();
  await assert.rejects(asked.decide("approve", USER, { expected_sha256: "0".repeat(64) }), {
    code: "content_changed",
  });
  const [{ content_sha256 }] = (await asked.read()).approvals;
  await asked.decide("approve", USER, { expected_sha256: content_sha256 });
});
