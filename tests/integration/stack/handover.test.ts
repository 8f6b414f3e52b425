import assert from "node:assert/strict";
import type { JobDetail } from "../../../cli/api.ts";
import { eventually } from "../../support/stack.ts";
import { chain, openRuns, type RunStack } from "../../support/runs.ts";

/** Isolates of 2.5 s of use: a run of thirteen seconds needs several, and spans three wall clocks. */
const SHORT = {
  FLEET_WALL_CLOCK_MS: "4000",
  FLEET_SAFETY_MARGIN_MS: "1500",
  FLEET_LEASE_MS: "6000",
};
/** Well above a step's 600 ms: a slow machine must not make it try again. */
const STEP = { timeout_ms: 1500 };
const LONG = chain(22, "probe-keyed", STEP);

async function runLong(stack: RunStack): Promise<{ readonly parent: JobDetail }> {
  await stack.define("long_run", LONG);
  await stack.define("after_long_run", chain(1, "probe-keyed", STEP));
  const { job_id } = await stack.start("long_run", {
    each: { ms: 600 },
    plan: { s22: { ms: 10, followups: [{ type: "after_long_run", payload: {} }] } },
  });
  const parent = await stack.reach(job_id!, ["completed", "failed"], 60_000);
  assert.deepEqual([parent.status, parent.error_message], ["completed", null]);
  assert.equal(parent.child_events.length, 1);
  const [child] = await eventually("the follow-up has a run", async () => {
    const { children } = await stack.api.getJob(parent.id);
    return children.length > 0 && children;
  });
  assert.equal((await stack.reach(child.id, ["completed", "failed"])).status, "completed");
  return { parent: await stack.api.getJob(parent.id) };
}

async function assertNothingDoubled(stack: RunStack, parent: JobDetail): Promise<void> {
  const effects = (await stack.sink()).filter((one) => one.effect_key.startsWith(parent.id));
  assert.equal(effects.length, LONG.length);
  assert.deepEqual(effects.map((one) => one.repeats), effects.map(() => 0));
  assert.ok(parent.steps.every((step) => step.attempts === 1));
}

Deno.test("a run over three wall clocks completes through self-invocations alone", async () => {
  await using stack = await openRuns({ ...SHORT, FLEET_SWEEP: "off" });
  const { parent } = await runLong(stack);
  const log = await stack.log();
  const resumes = log.filter((line) => line.kind === "resume" && line.id === parent.id);
  assert.ok(resumes.length >= 3, `${resumes.length} hand-overs`);
  assert.equal(parent.fence, 1 + resumes.length);
  const events = log.filter((line) => line.kind === "event");
  assert.deepEqual(events.map((line) => line.id), [parent.child_events[0].id]);
  assert.equal(log.filter((line) => line.kind === "sweep").length, 0);
  await assertNothingDoubled(stack, parent);
});

Deno.test("a run over three wall clocks completes through the sweep alone", async () => {
  await using stack = await openRuns({
    ...SHORT,
    FLEET_WAKE: "off",
    FLEET_SWEEP_INTERVAL_MS: "300",
  });
  const { parent } = await runLong(stack);
  await assertNothingDoubled(stack, parent);
});

Deno.test("doubled doorbells double nothing", async () => {
  await using stack = await openRuns({
    ...SHORT,
    FLEET_WAKE: "duplicate",
    FLEET_SWEEP_INTERVAL_MS: "300",
  });
  const { parent } = await runLong(stack);
  await assertNothingDoubled(stack, parent);
  assert.equal(parent.children.length, 1);
});
