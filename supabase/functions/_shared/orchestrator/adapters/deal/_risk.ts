import { z } from "zod";

/** One open deal as scan-active-deals answers it and the later steps of the scan read it. */
export const ScannedDeal = z.object({
  deal_id: z.string(),
  deal_name: z.string(),
  deal_value: z.number().nullable(),
  current_stage: z.string().nullable(),
  /** Calendar day. */
  expected_close_date: z.string().nullable(),
  owner_id: z.string().nullable(),
  owner_name: z.string().nullable(),
  company_name: z.string().nullable(),
  primary_contact_name: z.string().nullable(),
  primary_contact_email: z.string().nullable(),
  /** Null when nothing ever happened around the deal. */
  days_since_last_activity: z.number().int().nullable(),
  contact_count: z.number().int(),
  meetings_last_30d: z.number().int(),
  emails_last_30d: z.number().int(),
  /** Mails of the main contact; null without one. */
  contact_emails_last_30d: z.number().int().nullable(),
  last_activity_at: z.string().nullable(),
});
export type ScannedDeal = z.output<typeof ScannedDeal>;

export const RiskSignal = z.object({
  type: z.enum([
    "engagement_drop",
    "champion_quiet",
    "timeline_slipping",
    "single_threaded",
    "ghost_pattern",
  ]),
  score: z.number().int(),
  max_score: z.number().int(),
  description: z.string(),
});
export type RiskSignal = z.output<typeof RiskSignal>;

/** A deal with its score out of 100. */
export const ScoredDeal = z.object({
  deal_id: z.string(),
  deal_name: z.string(),
  score: z.number().int(),
  /** Of the scan before; null on the first. */
  previous_score: z.number().int().nullable(),
  /** The last score somebody was told of. */
  alerted_score: z.number().int().nullable(),
  /** Row of `deal_risk_scores`, marked once the owner was told. */
  score_id: z.string(),
  signals: z.array(RiskSignal),
  deal_value: z.number().nullable(),
  current_stage: z.string().nullable(),
  expected_close_date: z.string().nullable(),
  owner_id: z.string().nullable(),
  owner_name: z.string().nullable(),
  company_name: z.string().nullable(),
});
export type ScoredDeal = z.output<typeof ScoredDeal>;

/** From here on somebody is alerted, from there the deal is in the digest. */
export const HIGH_RISK = 60;
export const MEDIUM_RISK = 40;

/** Against the scan before. */
export const Trend = z.enum(["worsening", "improving", "stable", "new"]);
export type Trend = z.output<typeof Trend>;

export const RiskAlert = z.object({
  deal_id: z.string(),
  deal_name: z.string(),
  deal_value: z.number().nullable(),
  company_name: z.string().nullable(),
  current_stage: z.string().nullable(),
  owner_id: z.string().nullable(),
  owner_name: z.string().nullable(),
  score: z.number().int(),
  previous_score: z.number().int().nullable(),
  score_delta: z.number().int().nullable(),
  trend: Trend,
  top_signals: z.array(RiskSignal).max(3),
  suggested_action: z.string(),
  /** Row to mark once the owner was told. */
  score_id: z.string(),
});
export type RiskAlert = z.output<typeof RiskAlert>;

export const DigestItem = z.object({
  deal_id: z.string(),
  deal_name: z.string(),
  owner_id: z.string().nullable(),
  score: z.number().int(),
  top_signal: z.string().nullable(),
});
export type DigestItem = z.output<typeof DigestItem>;
