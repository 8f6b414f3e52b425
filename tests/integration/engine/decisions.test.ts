/** Who may answer, and how a content is proposed again. */
import assert from "node:assert/strict";
import type { SkillAdapter } from "../../../supabase/functions/_shared/orchestrator/adapters/defineAdapter.ts";
import type {
  ApprovalPolicy,
  Revision,
} from "../../../supabase/functions/_shared/orchestrator/types.ts";
import { asking } from "../../support/skills.ts";
import { step } from "../../support/steps.ts";
import { open, OTHERS, pass, STRANGER } from "./_asked.ts";
import { createWorld, ORG, USER } from "./_world.ts";

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

Deno.test("decide() refuses an answer to another content than the one that was shown", async () => {
  await using asked = await open();
  await assert.rejects(asked.decide("approve", USER, { expected_sha256: "0".repeat(64) }), {
    code: "content_changed",
  });
  const [{ content_sha256 }] = (await asked.read()).approvals;
  await asked.decide("approve", USER, { expected_sha256: content_sha256 });
});
