import type { Json, JsonObject } from "../types.ts";
import { cut } from "./cut.ts";
import type { HandoffRoute } from "./handoffs.ts";

/** The seven CRM events that triggers hear; the database holds the same list (fleet.is_trigger_event). */
export const TRIGGER_EVENTS = [
  "deal_created",
  "deal_stage_changed",
  "deal_stalled",
  "meeting_completed",
  "contact_created",
  "task_overdue",
  "email_received",
] as const;

/** What a trigger's row says of its hand-off (fleet.read_trigger_handoff). */
export interface TriggerHandoff {
  readonly target_event: string;
  readonly context_mapping: JsonObject;
  readonly conditions: JsonObject;
  readonly trigger_event: string;
}

/** The step whose output conditions and mappings read. */
const AGENT_STEP = "run-specialist-agent";
/** Characters of the answer that go along. */
const MAX_OUTPUT = 5000;

/**
 * A trigger's hand-off as a route of its run: the engine judges and raises it like every other. The agent's
 * words and the trigger go along; `responseText` in conditions is the output's `response_text`.
 */
export function toHandoffRoute(
  triggerId: string,
  handoff: TriggerHandoff,
  outputs: ReadonlyMap<string, { readonly skill: string; readonly output: Json }>,
): HandoffRoute | null {
  const output = [...outputs.values()].find(({ skill }) => skill === AGENT_STEP)?.output;
  const answer = output as { success?: unknown; response_text?: unknown } | null | undefined;
  if (answer?.success !== true) return null;
  const { responseText, ...conditions } = handoff.conditions;
  return {
    key: `trigger:${triggerId}`,
    org_id: null,
    source_step_skill: AGENT_STEP,
    target_event_type: handoff.target_event,
    for_each: null,
    context_mapping: {
      ...handoff.context_mapping,
      _trigger_output: { value: cut(String(answer.response_text ?? ""), MAX_OUTPUT) },
      _trigger_id: { value: triggerId },
      _trigger_event: { value: handoff.trigger_event },
    },
    conditions: responseText === undefined
      ? conditions
      : { ...conditions, response_text: responseText },
    dedupe: null,
    delay_minutes: 0,
    is_active: true,
  };
}
