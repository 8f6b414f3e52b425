import assert from "node:assert/strict";
import { chain, openRuns } from "../support/runs.ts";

Deno.test("the engine's migrations alone boot, and run a sequence of steps that need no CRM", async () => {
  await using stack = await openRuns({}, { packs: "core" });
  await stack.define("no_op", chain(2, "probe-pure"));
  const { job_id } = await stack.start("no_op");
  const job = await stack.reach(job_id!, ["completed", "failed"]);
  assert.deepEqual([job.status, job.steps.map((step) => step.status)], [
    "completed",
    ["completed", "completed"],
  ]);
});

Deno.test("a CRM that is not mapped is a warning in the context, never a failed run", async () => {
  await using stack = await openRuns({}, { packs: "core" });
  await stack.define(
    "needs_context",
    chain(1, "probe-pure", { requires_context: ["tier1", "tier2"] }),
  );
  const { job_id } = await stack.start("needs_context");
  const job = await stack.reach(job_id!, ["completed", "failed"]);
  assert.equal(job.status, "completed");
  assert.ok(job.warnings.some((warning) => warning.includes("not_mapped")), job.warnings.join());
});
