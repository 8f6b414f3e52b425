import assert from "node:assert/strict";
import type { JobDetail } from "../../../cli/api.ts";
import { jobLines } from "../../../cli/render.ts";

const at = "2026-06-01T10:00:00Z";

function job(parts: Partial<JobDetail>): JobDetail {
  return {
    id: "r",
    event_id: "e",
    event_type: "lead_created",
    sequence_key: "lead_created",
    definition_source: "org",
    definition_version: 1,
    status: "completed",
    status_reason: null,
    mode: "live",
    depth: 0,
    cost_usd: 0,
    created_at: at,
    error_message: null,
    steps: [],
    warnings: [],
    approvals: [],
    children: [],
    ...parts,
  } as unknown as JobDetail;
}

Deno.test("jobLines() gives a reason only where it says more than the status", () => {
  const [waits] = jobLines(job({ status: "waiting_approval", status_reason: "waiting_approval" }));
  assert.equal(waits, "lead_created  waiting_approval");
  const [delayed] = jobLines(job({ status: "queued", status_reason: "undo_window" }));
  assert.equal(delayed, "lead_created  queued (undo_window)");
});

Deno.test("jobLines() keeps the warnings of a run together", () => {
  const lines = jobLines(job({ warnings: ["a: x", "b: y"] }));
  assert.deepEqual(lines.slice(-3), ["", "warning: a: x", "warning: b: y"]);
});
