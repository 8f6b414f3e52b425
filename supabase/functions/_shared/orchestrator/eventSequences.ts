import type { EventSequence } from "./core/definition.ts";
import { CHAINED_SEQUENCES } from "./chainedSequences.ts";
import { BUILT_SKILLS, type SkillFacts } from "./skillCatalogue.ts";
import { UPKEEP_SEQUENCES } from "./upkeepSequences.ts";

/** Sales-only steps are skipped for other calls; a missing classification runs them. */
const IS_SALES = gate("is_sales");
const HAS_COACHING = gate("enable_coaching");

/** Only an explicit false closes the gate: no classification, no such field and null all run the step. */
function gate(field: string): string {
  const call = "outputs['classify-call-type']";
  return `${call} == null || !('${field}' in ${call}) || ${call}.${field} != false`;
}

/**
 * The nine built-in sequences, those that hand-offs, triggers and schedules start, and the upkeep behind the doors: the
 * fallback where the database has no row. A team overrides them by rows, never here; the platform's rows equal them
 * (checked by tests/integration/parity.test.ts).
 */
export const EVENT_SEQUENCES: Readonly<Record<string, EventSequence>> = {
  meeting_ended: {
    sequenceKey: "meeting_ended",
    scope: "user",
    enabledByDefault: true,
    steps: [
      {
        skill: "classify-call-type",
        requires_context: ["tier1"],
        criticality: "best-effort",
        depends_on: [],
      },
      {
        skill: "extract-action-items",
        requires_context: ["tier1", "tier2"],
        criticality: "critical",
        depends_on: ["classify-call-type"],
      },
      {
        skill: "detect-intents",
        requires_context: ["tier1"],
        criticality: "best-effort",
        depends_on: ["classify-call-type"],
        when: IS_SALES,
      },
      {
        skill: "coaching-micro-feedback",
        requires_context: ["tier1", "tier2"],
        criticality: "best-effort",
        depends_on: ["classify-call-type", "extract-action-items"],
        when: HAS_COACHING,
      },
      {
        skill: "detect-scheduling-intent",
        requires_context: ["tier1"],
        criticality: "best-effort",
        depends_on: ["detect-intents"],
      },
      {
        skill: "detect-verbal-commitment",
        requires_context: ["tier1"],
        criticality: "best-effort",
        depends_on: ["detect-intents"],
      },
      {
        skill: "extract-pricing-discussion",
        requires_context: ["tier1"],
        criticality: "best-effort",
        depends_on: ["detect-intents"],
      },
      {
        skill: "detect-new-stakeholders",
        requires_context: ["tier1", "tier2"],
        criticality: "best-effort",
        depends_on: ["extract-action-items"],
      },
      {
        skill: "suggest-next-actions",
        requires_context: ["tier1", "tier2"],
        criticality: "best-effort",
        depends_on: [
          "extract-action-items",
          "detect-intents",
          "detect-scheduling-intent",
          "detect-verbal-commitment",
        ],
        when: IS_SALES,
      },
      {
        skill: "draft-followup-email",
        requires_context: ["tier1", "tier2"],
        criticality: "best-effort",
        depends_on: [
          "extract-action-items",
          "detect-intents",
          "extract-pricing-discussion",
          "detect-scheduling-intent",
        ],
        when: IS_SALES,
      },
      {
        skill: "update-crm-from-meeting",
        requires_context: ["tier1", "tier2"],
        criticality: "best-effort",
        depends_on: ["extract-action-items", "detect-intents", "extract-pricing-discussion"],
      },
      {
        skill: "create-tasks-from-actions",
        requires_context: ["tier2"],
        criticality: "best-effort",
        depends_on: ["extract-action-items", "detect-intents", "detect-new-stakeholders"],
      },
      {
        skill: "signal-task-processor",
        requires_context: ["tier1", "tier2"],
        criticality: "best-effort",
        depends_on: ["extract-action-items", "detect-intents", "detect-verbal-commitment"],
      },
      {
        skill: "notify-slack-summary",
        requires_context: ["tier1"],
        criticality: "best-effort",
        depends_on: [
          "coaching-micro-feedback",
          "detect-new-stakeholders",
          "suggest-next-actions",
          "draft-followup-email",
          "update-crm-from-meeting",
          "create-tasks-from-actions",
          "signal-task-processor",
        ],
      },
    ],
  },
  pre_meeting_90min: {
    sequenceKey: "pre_meeting_90min",
    scope: "user",
    enabledByDefault: true,
    steps: [
      {
        skill: "enrich-attendees",
        requires_context: ["tier1", "tier2"],
        criticality: "best-effort",
        depends_on: [],
      },
      {
        skill: "pull-crm-history",
        requires_context: ["tier1", "tier2"],
        criticality: "best-effort",
        depends_on: ["enrich-attendees"],
      },
      {
        skill: "research-company-news",
        requires_context: ["tier1"],
        criticality: "best-effort",
        depends_on: ["enrich-attendees"],
      },
      {
        skill: "generate-briefing",
        requires_context: ["tier1", "tier2"],
        criticality: "critical",
        depends_on: ["enrich-attendees", "pull-crm-history", "research-company-news"],
      },
      {
        skill: "deliver-slack-briefing",
        requires_context: ["tier1"],
        criticality: "critical",
        depends_on: ["generate-briefing"],
      },
    ],
  },
  email_received: {
    sequenceKey: "email_received",
    scope: "user",
    enabledByDefault: false,
    steps: [
      { skill: "classify-email-intent", requires_context: ["tier1"], criticality: "critical" },
      { skill: "match-to-crm-contact", requires_context: ["tier2"], criticality: "critical" },
    ],
  },
  proposal_generation: {
    sequenceKey: "proposal_generation",
    scope: "user",
    enabledByDefault: false,
    steps: [
      {
        skill: "select-proposal-template",
        requires_context: ["tier1", "tier2"],
        criticality: "critical",
      },
      {
        skill: "populate-proposal",
        requires_context: ["tier2", "tier3:template"],
        criticality: "critical",
      },
      {
        skill: "generate-custom-sections",
        requires_context: ["tier1", "tier2"],
        criticality: "best-effort",
      },
      {
        skill: "present-for-review",
        requires_context: ["tier1"],
        criticality: "critical",
        requires_approval: true,
      },
    ],
  },
  calendar_find_times: {
    sequenceKey: "calendar_find_times",
    scope: "user",
    enabledByDefault: false,
    steps: [
      { skill: "parse-scheduling-request", requires_context: ["tier1"], criticality: "critical" },
      { skill: "find-available-slots", requires_context: ["tier2"], criticality: "critical" },
      {
        skill: "present-time-options",
        requires_context: ["tier1"],
        criticality: "critical",
        requires_approval: true,
      },
    ],
  },
  stale_deal_revival: {
    sequenceKey: "stale_deal_revival",
    scope: "org",
    enabledByDefault: false,
    steps: [
      {
        skill: "research-trigger-events",
        requires_context: ["tier2", "tier3:news", "tier3:linkedin"],
        criticality: "best-effort",
        depends_on: [],
      },
      {
        skill: "analyse-stall-reason",
        requires_context: ["tier2"],
        criticality: "critical",
        depends_on: ["research-trigger-events"],
      },
      {
        skill: "draft-reengagement",
        requires_context: ["tier1", "tier2"],
        criticality: "critical",
        requires_approval: true,
        depends_on: ["analyse-stall-reason"],
      },
      {
        skill: "signal-task-processor",
        requires_context: ["tier2"],
        criticality: "best-effort",
        depends_on: ["analyse-stall-reason"],
      },
    ],
  },
  campaign_daily_check: {
    sequenceKey: "campaign_daily_check",
    scope: "user",
    enabledByDefault: false,
    steps: [
      { skill: "pull-campaign-metrics", requires_context: ["tier1"], criticality: "critical" },
      { skill: "classify-replies", requires_context: ["tier1"], criticality: "critical" },
      { skill: "generate-campaign-report", requires_context: ["tier1"], criticality: "critical" },
      { skill: "deliver-campaign-slack", requires_context: ["tier1"], criticality: "critical" },
    ],
  },
  coaching_weekly: {
    sequenceKey: "coaching_weekly",
    scope: "user",
    enabledByDefault: false,
    steps: [
      {
        skill: "aggregate-weekly-metrics",
        requires_context: ["tier1", "tier2"],
        criticality: "critical",
      },
      {
        skill: "correlate-win-loss",
        requires_context: ["tier1", "tier2"],
        criticality: "best-effort",
      },
      { skill: "generate-coaching-digest", requires_context: ["tier1"], criticality: "critical" },
      { skill: "deliver-coaching-slack", requires_context: ["tier1"], criticality: "critical" },
    ],
  },
  deal_risk_scan: {
    sequenceKey: "deal_risk_scan",
    scope: "org",
    enabledByDefault: true,
    steps: [
      {
        skill: "scan-active-deals",
        requires_context: ["tier2"],
        criticality: "best-effort",
        depends_on: [],
      },
      {
        skill: "score-deal-risks",
        requires_context: ["tier2"],
        criticality: "best-effort",
        depends_on: ["scan-active-deals"],
      },
      {
        skill: "generate-risk-alerts",
        requires_context: ["tier2"],
        criticality: "best-effort",
        depends_on: ["score-deal-risks"],
      },
      {
        skill: "deliver-risk-slack",
        requires_context: ["tier1"],
        criticality: "best-effort",
        depends_on: ["generate-risk-alerts"],
      },
      {
        skill: "signal-task-processor",
        requires_context: ["tier2"],
        criticality: "best-effort",
        depends_on: ["score-deal-risks"],
      },
    ],
  },
  ...CHAINED_SEQUENCES,
  ...UPKEEP_SEQUENCES,
};

/** The built-in sequence of an event type. */
export function eventSequenceOf(eventType: string): EventSequence | null {
  return Object.hasOwn(EVENT_SEQUENCES, eventType) ? EVENT_SEQUENCES[eventType] : null;
}

/** Whether the built-in sequence only keeps accounts in step: every skill of it is upkeep. */
export function isUpkeep(eventType: string): boolean {
  const facts: Readonly<Record<string, SkillFacts>> = BUILT_SKILLS;
  return eventSequenceOf(eventType)?.steps.every(({ skill }) => facts[skill]?.isUpkeep) ?? false;
}

/** Raised by follow-ups only: on whenever the event that raised them was. */
export const RAISED_BY_FOLLOWUPS: ReadonlySet<string> = new Set([
  "proposal_generation",
  "calendar_find_times",
  "email_reply",
  "team_ping",
  "deal_update",
]);
