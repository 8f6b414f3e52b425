import type { SkillAdapter } from "../../../supabase/functions/_shared/orchestrator/adapters/defineAdapter.ts";
import type { ApprovalPolicy } from "../../../supabase/functions/_shared/orchestrator/types.ts";
import { asking } from "../../support/skills.ts";
import { step } from "../../support/steps.ts";
import { createWorld, USER, type World } from "./_world.ts";

export const OTHERS = {
  owner: "0a000000-0000-4000-8000-00000000000b",
  member: "0a000000-0000-4000-8000-00000000000c",
};
export const STRANGER = "0a000000-0000-4000-8000-00000000000d";

/** A run that waits for an answer to its one step, and ways to give one. */
export async function open(
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

/** As if the undo window had passed. */
export async function pass(world: World): Promise<void> {
  await world.db
    .sql`update public.fleet_approvals set acts_at = fleet.now() where acts_at is not null`;
  await world.db.sql`update public.fleet_jobs set run_after = fleet.now() where status = 'queued'`;
}
