import { z } from "zod";
import { ValidationError } from "../../core/errors.ts";
import type { SkillRun } from "../defineAdapter.ts";
import type { IncomingMail } from "./_mail.ts";

const Text = z.string().nullish().catch(null).transform((text) => text ?? null);

/** How an event names a mail: a stored one by `email_id` or `message_id`, or the words themselves. */
export const MailPayload = z.object({
  email_id: z.uuid().nullish().catch(null),
  message_id: Text,
  subject: Text,
  body: Text,
  from: Text,
  to: z.union([z.string().transform((to) => [to]), z.array(z.string())]).nullish().catch(null),
  thread_id: Text,
  direction: z.enum(["inbound", "outbound"]).nullish().catch(null),
});
export type MailPayload = z.output<typeof MailPayload>;

export interface LoadedMail extends IncomingMail {
  /** Row of the CRM; null when only the words came. */
  readonly id: string | null;
  readonly messageId: string | null;
  readonly threadId: string | null;
  readonly direction: "inbound" | "outbound";
  readonly receivedAt: string | null;
}

/**
 * The mail of an event: the stored row where there is one, else the payload's own words.
 *
 * @throws ValidationError `mail_missing` when the event names no mail that can be read
 */
export async function loadMail(payload: MailPayload, ctx: SkillRun): Promise<LoadedMail> {
  const { email_id, message_id } = payload;
  const row = email_id || message_id
    ? await ctx.ports.crm.findEmail(ctx.orgId, {
      id: email_id ?? undefined,
      messageId: email_id ? undefined : message_id ?? undefined,
    })
    : null;
  if (row !== null) {
    return {
      id: row.id,
      messageId: row.message_id,
      threadId: row.thread_id,
      direction: row.direction,
      receivedAt: row.sent_at,
      from: row.from_email ?? payload.from ?? "",
      to: row.to_emails,
      subject: row.subject ?? "",
      body: row.body_text ?? "",
    };
  }
  // An empty mail is a mail; only an event that says nothing of one is not.
  if (payload.subject === null && payload.body === null) {
    throw new ValidationError(
      "mail_missing",
      "Cannot read the mail: no stored mail has that id, and the event carries no subject or body",
    );
  }
  return {
    id: null,
    messageId: message_id ?? null,
    threadId: payload.thread_id ?? null,
    direction: payload.direction ?? "inbound",
    receivedAt: null,
    from: payload.from ?? "",
    to: payload.to ?? [],
    subject: payload.subject ?? "",
    body: payload.body ?? "",
  };
}
