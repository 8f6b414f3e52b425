import type { HandoffRoute } from "./core/handoffs.ts";
import type { JsonObject } from "./types.ts";

/** A hand-off as code knows it: the fallback where the database has no row. */
export interface CodeHandoff extends HandoffRoute {
  readonly source_sequence_key: string;
  readonly context_mapping: JsonObject;
  readonly conditions: JsonObject;
}

const BASE = {
  org_id: null,
  for_each: null,
  dedupe: null,
  delay_minutes: 0,
  is_active: true,
} as const;

/** One event per actionable commitment; the same words said of two intents of one target make one. */
function fromIntents(intent: string, target: string, mapping: JsonObject): CodeHandoff {
  return {
    ...BASE,
    key: `detect-intents.${intent}`,
    source_sequence_key: "meeting_ended",
    source_step_skill: "detect-intents",
    target_event_type: target,
    for_each: "output.intents",
    conditions: { cel: `item.intent == '${intent}' && item.actionable` },
    context_mapping: mapping,
    dedupe: "item.quote",
  };
}

const PROPOSAL: JsonObject = {
  trigger_phrase: "item.trigger_phrase",
  quote: "item.quote",
  intent: "item.intent",
  confidence: "item.confidence",
  deadline: "item.deadline_parsed",
};

const COMMITMENT: JsonObject = {
  intent: "item.intent",
  trigger_phrase: "item.trigger_phrase",
  quote: "item.quote",
  confidence: "item.confidence",
  deadline_parsed: { path: "item.deadline_parsed", default: null },
};

/** A stored mail that somebody awaits an answer to. */
const ASKS_ANSWER =
  "output.category == 'to_respond' && output.email_id != null && output.signals.response_required";
const ASKS_PROPOSAL =
  "output.classification != 'booking_request' && ('proposal_request' in output.topics || 'pricing_request' in output.topics)";

/** The hand-offs of the platform (spec: fleet tables), conditions and mappings as rows hold them. */
export const HANDOFF_ROUTES: readonly CodeHandoff[] = [
  fromIntents("send_proposal", "proposal_generation", PROPOSAL),
  fromIntents("pricing_request", "proposal_generation", PROPOSAL),
  fromIntents("schedule_meeting", "calendar_find_times", {
    scheduling_text: "item.trigger_phrase",
    quote: "item.quote",
    confidence: "item.confidence",
    meeting_title: { path: "event.payload.title", default: "Follow-up" },
  }),
  {
    ...BASE,
    key: "detect-intents.team_ping",
    source_sequence_key: "meeting_ended",
    source_step_skill: "detect-intents",
    target_event_type: "team_ping",
    for_each: "output.intents",
    conditions: { cel: "item.slack_action == 'ping_channel'" },
    context_mapping: COMMITMENT,
    dedupe: "item.quote",
  },
  {
    ...BASE,
    key: "detect-intents.crm_updates",
    source_sequence_key: "meeting_ended",
    source_step_skill: "detect-intents",
    target_event_type: "deal_update",
    for_each: "output.intents",
    // A date that nobody named changes no close date.
    conditions: {
      cel:
        "size(item.crm_updates) > 0 && (item.intent != 'timeline_signal' || item.deadline_parsed != null)",
    },
    context_mapping: { ...COMMITMENT, crm_updates: "item.crm_updates" },
  },
  {
    // detect-intents starts the same run: two would ask twice. An organisation may switch to this one.
    ...BASE,
    key: "detect-scheduling-intent.has_scheduling_intent",
    source_sequence_key: "meeting_ended",
    source_step_skill: "detect-scheduling-intent",
    target_event_type: "calendar_find_times",
    conditions: { has_scheduling_intent: true },
    context_mapping: {
      scheduling_text: "output.trigger_phrase",
      duration_minutes: "output.duration_minutes",
    },
    is_active: false,
  },
  {
    ...BASE,
    key: "analyse-stall-reason.send_proposal",
    source_sequence_key: "stale_deal_revival",
    source_step_skill: "analyse-stall-reason",
    target_event_type: "proposal_generation",
    conditions: {
      cel: "has(output.recommended_action) && output.recommended_action == 'send_proposal'",
    },
    context_mapping: { deal_id: "output.deal_id", trigger_phrase: "output.reasoning" },
  },
  {
    ...BASE,
    key: "classify-email-intent.booking_request",
    source_sequence_key: "email_received",
    source_step_skill: "classify-email-intent",
    target_event_type: "calendar_find_times",
    conditions: { classification: "booking_request" },
    context_mapping: { email_id: "output.email_id", meeting_title: "output.subject" },
  },
  {
    ...BASE,
    key: "classify-email-intent.proposal_request",
    source_sequence_key: "email_received",
    source_step_skill: "classify-email-intent",
    target_event_type: "proposal_generation",
    conditions: { cel: `${ASKS_ANSWER} && ${ASKS_PROPOSAL}` },
    context_mapping: { email_id: "output.email_id", trigger_phrase: "output.subject" },
  },
  {
    ...BASE,
    key: "classify-email-intent.reply_needed",
    source_sequence_key: "email_received",
    source_step_skill: "classify-email-intent",
    target_event_type: "email_reply",
    conditions: {
      cel: `${ASKS_ANSWER} && output.classification != 'booking_request' && !(${ASKS_PROPOSAL})`,
    },
    context_mapping: { email_id: "output.email_id", topics: "output.topics" },
  },
  {
    ...BASE,
    key: "score-deal-risks.high_risk",
    source_sequence_key: "deal_risk_scan",
    source_step_skill: "score-deal-risks",
    target_event_type: "stale_deal_revival",
    for_each: "output.scores",
    conditions: { risk_score_above: 0.8 },
    context_mapping: {
      deal_id: "item.deal_id",
      risk_score: "item.risk_score",
      signals: "item.signals",
    },
    dedupe: "item.deal_id",
  },
];
