import { z } from "zod";

/**
 * What acting skills read of earlier steps: the slices they use, lenient, because an earlier step may
 * have failed, been skipped, or be a team's own skill of the same name. Null then.
 */
export const EarlierActionItem = z.object({
  text: z.string(),
  owner: z.string().nullish(),
  owner_side: z.enum(["ours", "theirs", "unknown"]).catch("unknown"),
  due_iso: z.iso.date().nullish().catch(null),
  turn: z.number().int().nullish(),
  quote: z.string().nullish(),
  confidence: z.number().catch(0.5),
});
export type EarlierActionItem = z.output<typeof EarlierActionItem>;

export const EarlierActionItems = z.object({ action_items: z.array(EarlierActionItem) }).nullish()
  .catch(null);

export const EarlierIntent = z.object({
  intent: z.string(),
  turn: z.number().int().nullish(),
  quote: z.string().nullish(),
  trigger_phrase: z.string().nullish(),
  confidence: z.number().catch(0),
  deadline_parsed: z.iso.date().nullish().catch(null),
  actionable: z.boolean().catch(false),
});
export type EarlierIntent = z.output<typeof EarlierIntent>;

export const EarlierIntents = z.object({ intents: z.array(EarlierIntent) }).nullish().catch(null);

export const EarlierScheduling = z.object({
  has_scheduling_intent: z.boolean(),
  trigger_phrase: z.string().nullish(),
  duration_minutes: z.number().nullish(),
}).nullish().catch(null);

export const EarlierCommitment = z.object({
  detected: z.boolean(),
  commitments: z.array(z.object({ phrase: z.string(), confidence: z.number().catch(0.5) })).catch(
    [],
  ),
}).nullish().catch(null);

export const EarlierPricing = z.object({
  discussed: z.boolean(),
  amounts: z.array(z.object({
    value: z.number(),
    currency: z.string().nullish(),
    unit: z.string().nullish(),
  })).catch([]),
  terms: z.array(z.string()).catch([]),
}).nullish().catch(null);

export const EarlierStakeholders = z.object({
  new_stakeholders: z.array(z.object({ name: z.string(), role: z.string().nullish() })),
}).nullish().catch(null);

/** The parts of the context that acting skills read. */
export const ContextSlice = z.object({
  org: z.object({ name: z.string() }).nullish(),
  user: z.object({ id: z.string(), name: z.string(), timezone: z.string() }).nullish(),
  contact: z.object({
    id: z.string(),
    name: z.string(),
    email: z.string().nullish(),
    title: z.string().nullish(),
  }).nullish(),
  company: z.object({ name: z.string() }).nullish(),
  deal: z.object({ id: z.string(), name: z.string() }).nullish(),
});
export type ContextSlice = z.output<typeof ContextSlice>;

/** Payload of meeting events. */
export const MeetingPayload = z.object({
  meeting_id: z.string().min(1),
  title: z.string().nullish(),
});
