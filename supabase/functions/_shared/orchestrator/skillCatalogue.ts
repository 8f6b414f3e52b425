import type { EffectMode } from "./types.ts";

export interface SkillFacts {
  readonly effectMode: EffectMode;
  /** `required`: the platform demands a person's approval whatever a definition says. */
  readonly approvalFloor: "none" | "required";
  /** Reaches somebody outside the organisation. */
  readonly hasExternalEffect: boolean;
  /** Keeps the outside in step (fetches, syncs, renews) instead of serving a sequence of the product. */
  readonly isUpkeep?: true;
}

const PURE: SkillFacts = { effectMode: "pure", approvalFloor: "none", hasExternalEffect: false };
const DB: SkillFacts = { ...PURE, effectMode: "db" };
/** A message to members: looked up before it is repeated, nobody outside reads it. */
const TOLD: SkillFacts = { ...PURE, effectMode: "reconcile" };
/** Leaves the house under a key, after somebody approved it. */
const SENT: SkillFacts = {
  effectMode: "keyed",
  approvalFloor: "required",
  hasExternalEffect: true,
};

/** Skills this release implements; the registry of adapters covers exactly these. */
export const BUILT_SKILLS = {
  "classify-call-type": DB,
  "extract-action-items": PURE,
  "detect-intents": DB,
  "coaching-micro-feedback": DB,
  "detect-scheduling-intent": PURE,
  "detect-verbal-commitment": PURE,
  "extract-pricing-discussion": PURE,
  "detect-new-stakeholders": PURE,
  "suggest-next-actions": DB,
  "draft-followup-email": PURE,
  "update-crm-from-meeting": DB,
  "create-tasks-from-actions": DB,
  "signal-task-processor": DB,
  "notify-slack-summary": TOLD,
  "extract-crm-fields": PURE,
  "run-specialist-agent": PURE,
  "deliver-agent-result": TOLD,
  "ping-slack-channel": TOLD,
  "update-deal-timeline": DB,
  "enrich-attendees": PURE,
  "pull-crm-history": PURE,
  "research-company-news": DB,
  "generate-briefing": PURE,
  "deliver-slack-briefing": TOLD,
  "classify-email-intent": DB,
  "match-to-crm-contact": DB,
  "send-email-as-rep": SENT,
  "pull-campaign-metrics": PURE,
  "classify-replies": PURE,
  "generate-campaign-report": PURE,
  "deliver-campaign-slack": TOLD,
  "aggregate-weekly-metrics": DB,
  "correlate-win-loss": PURE,
  "generate-coaching-digest": PURE,
  "deliver-coaching-slack": TOLD,
  "select-proposal-template": PURE,
  "populate-proposal": PURE,
  "generate-custom-sections": PURE,
  "present-for-review": SENT,
  "scan-active-deals": PURE,
  "score-deal-risks": DB,
  "generate-risk-alerts": PURE,
  "deliver-risk-slack": TOLD,
  "research-trigger-events": DB,
  "analyse-stall-reason": PURE,
  "draft-reengagement": SENT,
  "parse-scheduling-request": PURE,
  "find-available-slots": PURE,
  "present-time-options": SENT,
  "fetch-meeting-recording": { ...DB, isUpkeep: true },
  "sync-mailbox": { ...DB, isUpkeep: true },
  "sync-calendar": { ...DB, isUpkeep: true },
  "renew-mailbox-watch": { ...TOLD, isUpkeep: true },
  "ask-for-approval": { ...TOLD, isUpkeep: true },
  "update-approval-messages": { ...TOLD, isUpkeep: true },
} as const satisfies Record<string, SkillFacts>;

export type SkillSlug = keyof typeof BUILT_SKILLS;
