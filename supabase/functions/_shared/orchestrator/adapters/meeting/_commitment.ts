import { z } from "zod";

/** A change of the CRM that an intent calls for (rows of `fleet_intent_actions`). */
export const CrmUpdate = z.object({
  entity: z.enum(["deal", "contact"]),
  field: z.string(),
  value_source: z.enum(["extracted", "fixed"]),
  fixed_value: z.string().optional(),
});
export type CrmUpdate = z.output<typeof CrmUpdate>;

/** A commitment as a hand-off of `detect-intents` passes it on. */
export const CommitmentPayload = z.object({
  intent: z.string().nullish().catch(null),
  trigger_phrase: z.string().max(8_000).nullish().catch(null),
  /** Words of the same breath. */
  quote: z.string().max(8_000).nullish().catch(null),
  deadline_parsed: z.iso.date().nullish().catch(null),
  meeting_id: z.string().nullish().catch(null),
  contact_id: z.string().nullish().catch(null),
  deal_id: z.string().nullish().catch(null),
});
export type CommitmentPayload = z.output<typeof CommitmentPayload>;
