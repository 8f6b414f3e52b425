import { z } from "zod";

/** Something that happened at a company and may reopen the talk. */
export const TriggerSignal = z.object({
  type: z.enum(["company_news", "champion_job_change", "competitor_churn"]),
  title: z.string().max(300),
  url: z.string(),
  published_at: z.string().nullable(),
  /** 0 to 1. */
  confidence: z.number(),
  strength: z.enum(["strong", "moderate", "weak"]),
});
export type TriggerSignal = z.output<typeof TriggerSignal>;

/** A deal worth another look, with what is known of it. */
export const WatchedDeal = z.object({
  deal_id: z.string(),
  deal_name: z.string(),
  /** `open` when a risk scan handed it over. */
  status: z.enum(["open", "won", "lost"]),
  deal_value: z.number().nullable(),
  currency: z.string().nullable(),
  loss_reason: z.string().nullable(),
  close_date: z.string().nullable(),
  owner_id: z.string().nullable(),
  company_id: z.string().nullable(),
  company_name: z.string().nullable(),
  contact_name: z.string().nullable(),
  contact_email: z.string().nullable(),
  contact_count: z.number().int(),
  signals: z.array(TriggerSignal),
  cache_used: z.boolean(),
});
export type WatchedDeal = z.output<typeof WatchedDeal>;

/** A deal with its chance of revival out of 100. */
export const Opportunity = z.object({
  deal_id: z.string(),
  deal_name: z.string(),
  status: z.enum(["open", "won", "lost"]),
  company_name: z.string().nullable(),
  contact_name: z.string().nullable(),
  contact_email: z.string().nullable(),
  owner_id: z.string().nullable(),
  deal_value: z.number().nullable(),
  loss_reason: z.string().nullable(),
  close_date: z.string().nullable(),
  days_since_close: z.number().int().nullable(),
  signals: z.array(TriggerSignal),
  score: z.number().int(),
  signal_score: z.number().int(),
  timing_score: z.number().int(),
  relationship_score: z.number().int(),
  reason_compatibility_score: z.number().int(),
  primary_signal: TriggerSignal.nullable(),
  recommended_approach: z.string(),
});
export type Opportunity = z.output<typeof Opportunity>;
