import assert from "node:assert/strict";
import { eventually } from "../support/stack.ts";
import { composeMeeting, sendSigned } from "../../cli/demoMeeting.ts";
import { followRuns } from "../../cli/demoRuns.ts";
import { chain, MEMBER, openRuns, ORG, type RunStack, shareRuns } from "../support/runs.ts";
import { EVENT_SEQUENCES } from "../../supabase/functions/_shared/orchestrator/eventSequences.ts";

const shared = shareRuns();
const ENDED = ["completed", "failed", "cancelled"];
const TABLES = ["fleet_event_routes", "fleet_sequence_definitions", "fleet_handoff_routes"];

/** The steps an event's run would take, and where they came from. */
async function planOf(stack: RunStack, type: string) {
  await stack.sql`insert into public.fleet_org_settings (org_id, is_enabled, enabled_sequences)
    values (${ORG}, true, ${stack.sql.json({ [type]: { enabled: true } })})
    on conflict (org_id) do update set enabled_sequences = excluded.enabled_sequences`;
  const { job_id, status } = await stack.api.start({
    type,
    org_id: ORG,
    user_id: MEMBER,
    source: "test",
    payload: {},
    delay_minutes: 600,
  });
  // Nothing of it is built yet.
  if (job_id === null) return { source: null, status, hash: null, steps: [] };
  const job = await stack.api.getJob(job_id);
  return {
    status,
    source: job.definition_source,
    hash: job.definition_hash,
    steps: job.steps.map(({ step_id, skill }) => ({ step_id, skill })),
  };
}

Deno.test("a definition edited while a run is parked leaves that run on its own version (fault 36)", async () => {
  const stack = shared();
  await stack.define("edited", [
    { id: "ask", skill: "probe-keyed" },
    { id: "old_last", skill: "probe-pure", depends_on: ["ask"] },
  ]);
  const { job_id } = await stack.start("edited", { plan: { ask: { ask: true } } });
  const waiting = await stack.reach(job_id!, ["waiting_approval"]);
  await stack.define("edited", [{ id: "new_only", skill: "probe-pure" }]);
  await stack.api.decide(job_id!, {
    approval_id: waiting.approvals[0].id,
    decision: "approve",
    decided_by: MEMBER,
  });
  const old = await stack.reach(job_id!, ENDED);
  assert.deepEqual(
    [old.status, old.definition_version, old.steps.map((step) => step.step_id)],
    ["completed", 1, ["ask", "old_last"]],
  );
  const next = await stack.reach((await stack.start("edited")).job_id!, ENDED);
  assert.deepEqual(
    [next.definition_version, next.steps.map((step) => step.step_id)],
    [2, ["new_only"]],
  );
});

Deno.test("an organisation's inactive route switches the platform's off (fault 37)", async () => {
  const stack = shared();
  await stack.sql`insert into public.fleet_event_routes
    (org_id, event_type, sequence_key, is_active, scope)
    values (${ORG}, 'pre_meeting_90min', 'pre_meeting_90min', false, 'user')`;
  const answer = await stack.start("pre_meeting_90min");
  assert.deepEqual([answer.status, answer.job_id], ["sequence_disabled", null]);
  const [event] = await stack.sql`select status, status_reason from public.fleet_events
    where id = ${answer.event_id!}`;
  assert.deepEqual({ ...event }, { status: "rejected", status_reason: "sequence_disabled" });
});

Deno.test("a route whose condition is false leaves its event unrouted", async () => {
  const stack = shared();
  await stack.define("conditional", chain(1, "probe-pure"));
  await stack
    .sql`update public.fleet_event_routes set conditions = '{"cel": "event.payload.go == true"}'
    where event_type = 'conditional'`;
  assert.equal((await stack.start("conditional", { go: false })).status, "unrouted");
  assert.equal((await stack.start("conditional", { go: true })).status, "queued");
});

Deno.test("an invalid definition is refused when it is saved, and its cycle is named", async () => {
  const stack = shared();
  await assert.rejects(
    stack.define("cyclic", [
      { id: "a", skill: "probe-pure", depends_on: ["b"] },
      { id: "b", skill: "probe-pure", depends_on: ["a"] },
    ]),
    /a.*b.*a|b.*a.*b/,
  );
});

Deno.test("a chain of follow-ups ends at depth five: the sixth is kept as rejected, its parent completes", async () => {
  const stack = shared();
  await stack.define("deep", chain(1, "probe-keyed"));
  const payload = (levels: number): object =>
    levels === 0
      ? {}
      : { plan: { s01: { followups: [{ type: "deep", payload: payload(levels - 1) }] } } };
  const { event_id } = await stack.start("deep", payload(6));
  const events = await eventually("six levels", async () => {
    const rows = await stack.sql`select e.depth, e.status, j.status as job, j.warnings
      from public.fleet_events e left join public.fleet_jobs j on j.event_id = e.id
      where e.root_event_id = ${event_id!} order by e.depth`;
    return rows.length === 7 && rows.slice(0, 6).every((row) => row.job === "completed") && rows;
  });
  assert.deepEqual(events.map(({ depth, status }) => `${depth} ${status}`), [
    ...[0, 1, 2, 3, 4, 5].map((depth) => `${depth} routed`),
    "6 rejected",
  ]);
  assert.equal(events[5].warnings.length, 1);
});

for (const how of ["emptied", "dropped with cascade"]) {
  Deno.test(`tables ${how}: every event runs the same steps from the code, and says fallback`, async () => {
    await using stack = await openRuns();
    const types = Object.keys(EVENT_SEQUENCES);
    const before = [];
    for (const type of types) before.push(await planOf(stack, type));
    const built = before.filter((plan) => plan.status === "queued");
    assert.ok(built.length >= 4 && built.every((plan) => plan.source === "platform"));
    for (const table of TABLES) {
      await stack.sql.unsafe(
        how === "emptied" ? `delete from public.${table}` : `drop table public.${table} cascade`,
      );
    }
    for (const [at, type] of types.entries()) {
      assert.deepEqual(await planOf(stack, type), {
        ...before[at],
        source: before[at].source === null ? null : "fallback",
      });
    }
    // Hand-offs fall back too.
    const identity = { now: Date.now(), newId: () => crypto.randomUUID() };
    const { body } = await composeMeeting(null, identity);
    const sent = await sendSigned(stack.status.webhooks.meeting, body, identity);
    const jobs = await followRuns(stack.api, sent.body.job_id!, {
      limitMs: 30_000,
      onChange: () => {},
      decide: () => Promise.resolve({ decision: "approve" }),
    });
    assert.deepEqual([...new Set(jobs.map((job) => job.event_type))].sort(), [
      "calendar_find_times",
      "deal_update",
      "meeting_ended",
      "team_ping",
    ]);
    for (const job of jobs) {
      assert.deepEqual([job.status, job.definition_source], ["completed", "fallback"]);
    }
  });
}
