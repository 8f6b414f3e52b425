import { z } from "zod";

/** Vendors that people consent to. */
export const ConsentProvider = z.enum(["google", "microsoft", "slack"]);
/** Vendors that are entered with a key. */
export const KeyProvider = z.enum([
  "resend",
  "apollo",
  "instantly",
  "brave",
  "anthropic",
  "openai",
  "fireflies",
  "meetingbaas",
  "fathom",
]);

export const StartBody = z.object({
  org_id: z.uuid(),
  /** With the secret key: whose account it becomes. A user connects their own. */
  user_id: z.uuid().nullish(),
});

export const KeyBody = z.object({
  org_id: z.uuid(),
  key: z.string().trim().min(8).max(500).regex(/^[\x21-\x7e]+$/, "holds printable ASCII only"),
});

export const CallbackQuery = z.object({
  state: z.string().min(20).max(200),
  code: z.string().min(1).max(4000).nullable(),
  error: z.string().max(500).nullable(),
});
