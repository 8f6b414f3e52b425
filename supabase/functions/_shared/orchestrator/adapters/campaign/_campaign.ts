import { z } from "zod";

/** Counts of one campaign; rates 0–1 of what was sent, null when nothing was. */
export const CampaignMetrics = z.object({
  campaign_id: z.string(),
  name: z.string(),
  sent: z.number().int(),
  opened: z.number().int(),
  replied: z.number().int(),
  bounced: z.number().int(),
  open_rate: z.number().nullable(),
  reply_rate: z.number().nullable(),
  bounce_rate: z.number().nullable(),
});
export type CampaignMetrics = z.output<typeof CampaignMetrics>;

export const Reply = z.object({
  id: z.string(),
  campaign_id: z.string(),
  contact_name: z.string().nullable(),
  contact_email: z.string(),
  subject: z.string().nullable(),
  /** What the person wrote, without quotes and signature. */
  words: z.string(),
  received_at: z.string(),
});
export type Reply = z.output<typeof Reply>;

export const ReplyCategory = z.enum([
  "meeting_request",
  "interested",
  "question",
  "referral",
  "not_now",
  "not_interested",
  "unsubscribe",
  "out_of_office",
  "other",
]);
export type ReplyCategory = z.output<typeof ReplyCategory>;

export const ClassifiedReply = z.object({
  reply_id: z.string(),
  campaign_id: z.string(),
  contact_name: z.string().nullable(),
  contact_email: z.string(),
  subject: z.string().nullable(),
  category: ReplyCategory,
  /** 0 to 1. */
  confidence: z.number(),
  summary: z.string(),
  suggested_action: z.string(),
});
export type ClassifiedReply = z.output<typeof ClassifiedReply>;

/** Categories that want somebody to act, most promising first. */
export const HOT: readonly ReplyCategory[] = ["meeting_request", "interested", "question"];
