import { z } from "zod";

/** `POST` body; who decides is the person the link was made for. */
export const AnswerBody = z.strictObject({
  decision: z.enum(["approve", "reject", "revise", "undo"]),
  edits: z.record(z.string(), z.unknown()).optional(),
  comment: z.string().max(2000).optional(),
});
