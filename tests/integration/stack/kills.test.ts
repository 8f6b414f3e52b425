import assert from "node:assert/strict";
import { composeMeeting, sendSigned } from "../../../cli/demoMeeting.ts";
import { followRuns } from "../../../cli/demoRuns.ts";
import type { JobDetail, StartAnswer } from "../../../cli/api.ts";
import {
  chain,
  createKillSwitch,
  MEMBER,
  openRuns,
  ORG,
  type RunStack,
} from "../../support/runs.ts";
import { eventually } from "../../support/stack.ts";

const LEASE_MS = 1500;
const SWEEP_MS = 200;
/** What the acceptance allows besides lease and sweep interval. */
const GRACE_MS = 1000;
const QUICK = {
  FLEET_LEASE_MS: String(LEASE_MS),
  FLEET_SWEEP_INTERVAL_MS: String(SWEEP_MS),
};
const ENDED = ["completed", "failed", "cancelled"];

/** Points that a run of a parent with a follow-up passes; the effect of KP07 is under way for 80 ms. */
const RUN_POINTS = [
  "KP03",
  "KP04",
  "KP05",
  "KP06",
  "KP07+80",
  "KP08",
  "KP09",
  "KP10",
  "KP11",
  "KP12",
  "KP13",
  "KP19",
];
/** Passed only where a run is claimed after its acceptance. */
const CLAIM_POINTS = ["KP04", "KP19"];
const DECISION_POINTS = ["KP16", "KP17", "KP18"];

/** Three levels of function steps, then a follow-up. */
async function defineFamily(stack: RunStack): Promise<void> {
  await stack.define("killed", [
    { id: "first", skill: "probe-keyed" },
    { id: "left", skill: "probe-keyed", depends_on: ["first"] },
    { id: "right", skill: "probe-reconcile", depends_on: ["first"] },
    { id: "last", skill: "probe-keyed", depends_on: ["left", "right"] },
  ]);
  await stack.define("after_killed", chain(1, "probe-keyed"));
}

const PLAN = {
  each: { ms: 150 },
  plan: { last: { ms: 20, followups: [{ type: "after_killed", payload: {} }] } },
};

async function assertEffectsOnce(stack: RunStack, job: JobDetail): Promise<void> {
  const effects = (await stack.sink()).filter((one) => one.effect_key.startsWith(job.id));
  assert.deepEqual(
    effects.map((one) => one.effect_key).sort(),
    job.steps.map((step) => `${job.id}:${step.step_id}:run`).sort(),
  );
}

/** Another isolate took the run within the lease, a sweep and a second of the kill. */
async function assertClaimedInTime(stack: RunStack, job: JobDetail, killed: Date): Promise<void> {
  const next = (await stack.claimsOf(job.id)).find((claim) => claim.at > killed);
  if (next === undefined) return;
  const waitedMs = next.at.getTime() - killed.getTime();
  assert.ok(waitedMs <= LEASE_MS + SWEEP_MS + GRACE_MS, `claimed after ${waitedMs} ms`);
}

Deno.test("an orchestrator killed at any point of a run loses and doubles nothing", async (t) => {
  await using kills = await createKillSwitch(RUN_POINTS);
  await using stack = await openRuns({ ...QUICK, FLEET_KILLPOINTS: kills.setting });
  await defineFamily(stack);
  for (const point of RUN_POINTS) {
    await t.step(point, async () => {
      await kills.arm(point);
      // A start whose answer the kill cut off is sent again, as a caller would.
      const { job_id } = await eventually(
        "the start is taken",
        () => start(stack, point).catch(() => null),
      );
      const job = await stack.reach(job_id!, ENDED);
      assert.deepEqual([job.status, job.error_message], ["completed", null]);
      const killed = await eventually("the point is passed", () => kills.firedAt(point));
      await assertEffectsOnce(stack, job);
      await assertClaimedInTime(stack, job, killed);
      const family = await eventually("the follow-up runs", async () => {
        const { children } = await stack.api.getJob(job.id);
        return children.length > 0 && ENDED.includes(children[0].status) ? children : null;
      });
      assert.deepEqual(family.map((child) => child.status), ["completed"]);
      await assertEffectsOnce(stack, await stack.api.getJob(family[0].id));
    });
  }
  const [{ count }] = await stack.sql`
    select count(*)::integer as count from public.fleet_jobs where event_type = 'killed'`;
  assert.equal(count, RUN_POINTS.length);
});

function start(stack: RunStack, point: string): Promise<StartAnswer> {
  return stack.api.start({
    type: "killed",
    org_id: ORG,
    user_id: MEMBER,
    source: "test",
    payload: PLAN,
    idempotency_key: `killed:${point}`,
    ...(CLAIM_POINTS.includes(point) ? { delay_minutes: 0.005 } : {}),
  });
}

Deno.test("an orchestrator killed around a decision acts once on what was approved", async (t) => {
  await using kills = await createKillSwitch(DECISION_POINTS);
  await using stack = await openRuns({ ...QUICK, FLEET_KILLPOINTS: kills.setting });
  await stack.define("asked", chain(1, "probe-keyed"));
  for (const point of DECISION_POINTS) {
    await t.step(point, async () => {
      const { job_id } = await stack.start("asked", { plan: { s01: { ask: true } } });
      const waiting = await stack.reach(job_id!, ["waiting_approval"]);
      await kills.arm(point);
      const [approval] = waiting.approvals;
      const decide = () =>
        stack.api.decide(job_id!, {
          approval_id: approval.id,
          decision: "approve",
          decided_by: MEMBER,
        });
      await assert.rejects(decide());
      const killed = await eventually("the point is passed", () => kills.firedAt(point));
      // Before the commit the click is lost with its 5xx and clicked again; after it, it counts.
      if (point === "KP16") await decide();
      else await assert.rejects(decide(), { code: "already_decided" });
      const job = await stack.reach(job_id!, ENDED);
      assert.equal(job.status, "completed");
      assert.deepEqual(job.approvals.map((one) => one.status), ["approved"]);
      const effects = (await stack.sink()).filter((one) => one.effect_key.startsWith(job.id));
      assert.deepEqual(effects.map((one) => one.effect_key), [`${job.id}:s01:apply`]);
      await assertClaimedInTime(stack, job, killed);
    });
  }
});

Deno.test("an orchestrator killed while it asks a person asks once, and shows the answer", async (t) => {
  const points = ["KP14", "KP15"];
  await using kills = await createKillSwitch(points);
  await using stack = await openRuns({ ...QUICK, FLEET_KILLPOINTS: kills.setting });
  await stack.define("asked", chain(1, "probe-keyed"));
  for (const point of points) {
    await t.step(point, async () => {
      await kills.arm(point);
      const { job_id } = await stack.start("asked", { plan: { s01: { ask: true } } });
      const { approvals } = await stack.reach(job_id!, ["waiting_approval"]);
      const [{ id }] = approvals;
      await eventually("the point is passed", () => kills.firedAt(point));
      const question = `approval:${id}:ask:${MEMBER}`;
      await eventually("the question is posted and noted", async () => {
        const [row] = await stack
          .sql`select status from public.fleet_deliveries where effect_key = ${question}`;
        return row?.status === "sent";
      });
      await eventually(
        "the decision is taken",
        () =>
          stack.api.decide(job_id!, { approval_id: id, decision: "reject", decided_by: MEMBER })
            .catch(() => null),
      );
      await stack.reach(job_id!, ENDED);
      const keys = await eventually("the message shows it", async () => {
        const sent = (await stack.sink()).map(({ effect_key }) => effect_key)
          .filter((key) => key.startsWith(`approval:${id}`));
        return sent.length > 1 ? sent : null;
      });
      assert.equal(keys.filter((key) => key === question).length, 1);
      const others = keys.filter((key) => key !== question);
      assert.deepEqual(others.filter((key) => !key.startsWith(`${question}:shown:2:`)), []);
    });
  }
});

Deno.test("a start cut off while an at_most_once step acts asks a person", async () => {
  await using kill = await createKillSwitch(["KP07+80"]);
  await using stack = await openRuns({ ...QUICK, FLEET_KILLPOINTS: kill.setting });
  await stack.define("once", chain(1, "probe-once"));
  await kill.arm("KP07+80");
  const { job_id } = await stack.start("once", { each: { ms: 400 } });
  const job = await stack.reach(job_id!, ENDED);
  assert.deepEqual([job.status, job.error_code], ["failed", "effect_unknown"]);
  assert.deepEqual(job.steps.map((step) => step.status), ["failed"]);
  assert.deepEqual(
    job.approvals.map(({ action_type, status }) => ({ action_type, status })),
    [{ action_type: "effect_unknown", status: "pending" }],
  );
  assert.equal((await stack.sink()).length, 1);
});

/** What the steps of a meeting write to the CRM, as counts; `applied` are the changes of all kinds. */
async function countWrites(stack: RunStack): Promise<Readonly<Record<string, number>>> {
  const [row] = await stack.sql`select
    (select count(*) from public.tasks where meeting_id is not null)::integer as tasks,
    (select count(*) from public.meeting_action_items)::integer as items,
    (select count(*) from public.meeting_summaries)::integer as summaries,
    (select count(*) from public.coaching_analyses)::integer as coaching,
    (select count(*) from public.next_action_suggestions)::integer as suggestions,
    (select count(*) from fleet_crm.applied_changes)::integer as applied`;
  return { ...row };
}

async function runDemoMeeting(stack: RunStack): Promise<JobDetail> {
  const identity = { now: Date.now(), newId: () => crypto.randomUUID() };
  const { body } = await composeMeeting(null, identity);
  const answer = await sendSigned(stack.status.webhooks.meeting, body, identity);
  const job = await stack.reach(answer.body.job_id!, ENDED);
  // What its follow-ups write is counted too.
  await followRuns(stack.api, job.id, {
    limitMs: 30_000,
    onChange: () => {},
    decide: () => Promise.resolve({ decision: "reject" as const }),
  });
  return job;
}

Deno.test("a meeting whose every writing step is killed after it acted has each row changed once", async () => {
  const writing = [
    "classify-call-type",
    "detect-intents",
    "coaching-micro-feedback",
    "suggest-next-actions",
    "update-crm-from-meeting",
    "create-tasks-from-actions",
    "signal-task-processor",
    "notify-slack-summary",
  ].map((step) => `KP08:${step}`);
  await using undisturbed = await openRuns(QUICK);
  const { steps: expected } = await runDemoMeeting(undisturbed);
  await using kills = await createKillSwitch(writing);
  await using stack = await openRuns({ ...QUICK, FLEET_KILLPOINTS: kills.setting });
  for (const point of writing) await kills.arm(point);
  const job = await runDemoMeeting(stack);
  for (const point of writing) assert.ok(await kills.firedAt(point), point);
  assert.deepEqual(
    job.steps.map(({ step_id, status }) => ({ step_id, status })),
    expected.map(({ step_id, status }) => ({ step_id, status })),
  );
  assert.deepEqual(await countWrites(stack), await countWrites(undisturbed));
  const debriefs = (await stack.sink()).filter(({ effect_key }) => effect_key.startsWith(job.id));
  assert.equal(debriefs.length, 1);
});

Deno.test("any step's orchestrator may be killed from outside, again and again", async () => {
  await using stack = await openRuns(QUICK);
  const steps = chain(6, "probe-keyed");
  await stack.define("hunted", steps);
  const { job_id } = await stack.start("hunted", { each: { ms: 250 } });
  const shot = new Set<number>();
  // Every second step loses the process that drives it.
  for (const id of ["s01", "s03", "s05"]) {
    await eventually(`${id} runs`, async () => {
      const job = await stack.api.getJob(job_id!).catch(() => null);
      return job?.steps.find((step) => step.step_id === id)?.status === "running";
    });
    const [{ pid }] = await driversOf(stack, job_id!);
    Deno.kill(pid, "SIGKILL");
    shot.add(pid);
  }
  assert.equal(shot.size, 3);
  const job = await stack.reach(job_id!, ENDED);
  assert.deepEqual([job.status, job.fence], ["completed", 4]);
  await assertEffectsOnce(stack, job);
});

/** The process whose request brought the run its present isolate: the last one named in the log. */
async function driversOf(
  stack: RunStack,
  jobId: string,
): Promise<readonly { readonly pid: number }[]> {
  const living = new Set((await livingPids(stack)) as readonly number[]);
  const lines = (await stack.log()).filter((line) =>
    line.function === "agent-orchestrator" && line.pid !== null && living.has(line.pid) &&
    (line.id === jobId || line.kind === "sweep")
  );
  return lines.slice(-1).map((line) => ({ pid: line.pid! }));
}

async function livingPids(stack: RunStack): Promise<readonly number[]> {
  const pids = await (await fetch(`${stack.status.API_URL}/_local/pids`)).json();
  return pids["agent-orchestrator"] ?? [];
}
