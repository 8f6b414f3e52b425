/**
 * What each intent makes of a commitment: the fallback where the database has no row. Thresholds and
 * actions are the platform's rows too (checked by tests/integration/parity.test.ts).
 */
export interface IntentAction {
  readonly task_type: "follow_up" | "internal_action" | "meeting_prep" | "email";
  readonly deliverable_type:
    | "email_draft"
    | "proposal"
    | "content_draft"
    | "research_brief"
    | "meeting_prep"
    | "slack_message"
    | "none";
  readonly slack_action: "dm_owner" | "ping_channel" | "alert_manager" | "none";
  readonly auto_generate: boolean;
  readonly fallback_expiry_hours: number;
  /** At least this sure, and the wording explicit or strongly implied: act without asking. */
  readonly confidence_threshold: number;
  readonly signal_type: string;
  /** Event type that a hand-off raises, null when the intent starts no run. */
  readonly orchestrator_event: string | null;
  readonly linked_skill: string | null;
  readonly crm_updates: readonly {
    readonly entity: "deal" | "contact";
    readonly field: string;
    readonly value_source: "extracted" | "fixed";
    readonly fixed_value?: string;
  }[];
}

export const INTENT_ACTIONS = {
  send_proposal: {
    task_type: "follow_up",
    deliverable_type: "proposal",
    slack_action: "dm_owner",
    auto_generate: true,
    fallback_expiry_hours: 48,
    confidence_threshold: 0.7,
    signal_type: "proposal_requested",
    orchestrator_event: "proposal_generation",
    linked_skill: null,
    crm_updates: [],
  },
  schedule_meeting: {
    task_type: "follow_up",
    deliverable_type: "email_draft",
    slack_action: "dm_owner",
    auto_generate: true,
    fallback_expiry_hours: 24,
    confidence_threshold: 0.7,
    signal_type: "meeting_requested",
    orchestrator_event: "calendar_find_times",
    linked_skill: null,
    crm_updates: [],
  },
  send_content: {
    task_type: "follow_up",
    deliverable_type: "content_draft",
    slack_action: "dm_owner",
    auto_generate: true,
    fallback_expiry_hours: 48,
    confidence_threshold: 0.7,
    signal_type: "content_requested",
    orchestrator_event: null,
    linked_skill: null,
    crm_updates: [],
  },
  check_with_team: {
    task_type: "internal_action",
    deliverable_type: "slack_message",
    slack_action: "ping_channel",
    auto_generate: false,
    fallback_expiry_hours: 24,
    confidence_threshold: 0.7,
    signal_type: "internal_check_required",
    orchestrator_event: null,
    linked_skill: null,
    crm_updates: [],
  },
  pricing_request: {
    task_type: "follow_up",
    deliverable_type: "proposal",
    slack_action: "dm_owner",
    auto_generate: true,
    fallback_expiry_hours: 48,
    confidence_threshold: 0.7,
    signal_type: "pricing_requested",
    orchestrator_event: "proposal_generation",
    linked_skill: null,
    crm_updates: [{
      "entity": "deal",
      "field": "tags",
      "value_source": "fixed",
      "fixed_value": "Pricing Requested",
    }],
  },
  stakeholder_introduction: {
    task_type: "follow_up",
    deliverable_type: "email_draft",
    slack_action: "dm_owner",
    auto_generate: true,
    fallback_expiry_hours: 48,
    confidence_threshold: 0.7,
    signal_type: "new_stakeholder_identified",
    orchestrator_event: null,
    linked_skill: null,
    crm_updates: [{
      "entity": "contact",
      "field": "create_stakeholder",
      "value_source": "extracted",
    }],
  },
  competitive_mention: {
    task_type: "follow_up",
    deliverable_type: "research_brief",
    slack_action: "alert_manager",
    auto_generate: true,
    fallback_expiry_hours: 72,
    confidence_threshold: 0.6,
    signal_type: "competitive_risk",
    orchestrator_event: null,
    linked_skill: "competitor-intel",
    crm_updates: [{
      "entity": "deal",
      "field": "meddicc_competition",
      "value_source": "extracted",
    }],
  },
  timeline_signal: {
    task_type: "follow_up",
    deliverable_type: "none",
    slack_action: "dm_owner",
    auto_generate: false,
    fallback_expiry_hours: 48,
    confidence_threshold: 0.6,
    signal_type: "timeline_change",
    orchestrator_event: null,
    linked_skill: null,
    crm_updates: [{ "entity": "deal", "field": "close_date", "value_source": "extracted" }],
  },
  objection_blocker: {
    task_type: "follow_up",
    deliverable_type: "research_brief",
    slack_action: "alert_manager",
    auto_generate: true,
    fallback_expiry_hours: 72,
    confidence_threshold: 0.6,
    signal_type: "objection_identified",
    orchestrator_event: null,
    linked_skill: "objection-to-playbook",
    crm_updates: [],
  },
  general: {
    task_type: "follow_up",
    deliverable_type: "email_draft",
    slack_action: "dm_owner",
    auto_generate: true,
    fallback_expiry_hours: 48,
    confidence_threshold: 0.8,
    signal_type: "general_commitment",
    orchestrator_event: null,
    linked_skill: null,
    crm_updates: [],
  },
} as const satisfies Record<string, IntentAction>;

export type Intent = keyof typeof INTENT_ACTIONS;

/** How plainly something was said. A missing tier counts as weak: it can never act by itself. */
export type ConfidenceTier = "explicit" | "strong_implied" | "weak_implied";

export type IntentDecision = "act" | "suggest" | "drop" | "ignore";

/** Below its own bar but at least this sure: suggested to a person. */
export const SUGGEST_FROM = 0.5;

/** What an organisation makes of each intent; one that is switched off is missing. */
export type IntentActions = Readonly<Record<string, IntentAction>>;

/**
 * Act without asking, suggest, or drop. Unknown intents, and those switched off, are ignored.
 *
 * @example decideIntent("send_proposal", { confidence: 0.8, tier: "explicit" }) // "act"
 */
export function decideIntent(
  intent: string,
  said: { readonly confidence: number; readonly tier: ConfidenceTier | null },
  actions: IntentActions = INTENT_ACTIONS,
): IntentDecision {
  if (!Object.hasOwn(actions, intent)) return "ignore";
  const { confidence_threshold } = actions[intent];
  const isStrong = said.tier === "explicit" || said.tier === "strong_implied";
  if (isStrong && said.confidence >= confidence_threshold) return "act";
  return said.confidence >= SUGGEST_FROM ? "suggest" : "drop";
}
