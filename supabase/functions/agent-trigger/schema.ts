import { z } from "zod";
import { TRIGGER_EVENTS } from "../_shared/orchestrator/core/triggerHandoff.ts";

/** `POST agent-trigger` (contract.md §4). */
export const TriggerBody = z.strictObject({
  event: z.enum(TRIGGER_EVENTS),
  organization_id: z.uuid(),
  user_id: z.uuid(),
  payload: z.record(z.string(), z.unknown()).default({}),
  /** Test mode: this trigger alone, as a shadow run. */
  trigger_id: z.uuid().optional(),
  /** Of an announcement whose payload names no row; see docs/schedules.md. */
  idempotency_key: z.string().min(1).max(150).optional(),
});
