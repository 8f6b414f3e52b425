import { z } from "zod";
import { EVENT_TYPE, MAX_DELAY_MINUTES } from "../_shared/orchestrator/core/eventLimits.ts";

const Payload = z.record(z.string(), z.unknown());

/** Keys the engine makes itself: whoever took one first would silence the event it is meant for. */
const RESERVED_KEY =
  /^(?:followup|shadow|agent_trigger|schedule|approval_asked|approval_changed|watch_due|mailbox_changed|calendar_sync):/;

/** `POST` bodies (contract.md §3). Unknown keys are refused: nothing in a body may set what is ours. */
export const StartBody = z.strictObject({
  type: z.string().regex(EVENT_TYPE, "must be a lower-case event type"),
  org_id: z.uuid(),
  user_id: z.uuid().nullable(),
  // Runs of that source are left out of lists.
  source: z.string().min(1).max(200).default("manual")
    .refine((source) => source !== "upkeep", "must not be upkeep, which is ours"),
  payload: Payload.default({}),
  parent_job_id: z.uuid().optional(),
  idempotency_key: z.string().min(1).max(280)
    .refine(
      (key) => !RESERVED_KEY.test(key),
      "must not open with followup:, shadow:, agent_trigger:, schedule:, approval_…: or the types that keep accounts in step, which are ours",
    )
    .optional(),
  sync: z.boolean().default(false),
  mode: z.enum(["live", "shadow"]).default("live"),
  delay_minutes: z.number().min(0).max(MAX_DELAY_MINUTES).optional(),
});

export const ResumeBody = z.strictObject({
  resume_job_id: z.uuid(),
  approval_data: z.strictObject({
    approval_id: z.uuid().optional(),
    decision: z.enum(["approve", "reject", "revise", "undo"]),
    edits: Payload.optional(),
    comment: z.string().max(2000).optional(),
    decided_by: z.uuid().optional(),
  }).optional(),
});

export const EventBody = z.strictObject({ event_id: z.uuid() });
export const SweepBody = z.strictObject({ action: z.literal("sweep") });

export const StatusQuery = z.strictObject({
  job_id: z.uuid().optional(),
  approval_id: z.uuid().optional(),
  watch: z.enum(["0", "1"]).default("0"),
  org_id: z.uuid().optional(),
  status: z.enum(["queued", "running", "waiting_approval", "completed", "failed", "cancelled"])
    .optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
});
