import type { IncomingEmail } from "../_shared/ports/mailboxes.ts";
import { automatedReason } from "../_shared/orchestrator/core/automatedMail.ts";
import { visibleText } from "../_shared/orchestrator/core/htmlText.ts";
import type { GenericMailBody } from "./schema.ts";

/** The generic body as the orchestrator stores it: one text, made of the markup where no text came. */
export function toEmail({ data }: GenericMailBody): IncomingEmail {
  const headers = Object.fromEntries(
    Object.entries(data.headers ?? {}).map(([name, value]) => [name.toLowerCase(), value]),
  );
  return {
    message_id: data.message_id,
    thread_id: data.thread_id ?? null,
    in_reply_to: data.in_reply_to ?? null,
    from_email: data.from,
    to_emails: data.to,
    cc_emails: data.cc ?? [],
    subject: data.subject,
    body_text: data.body_text || visibleText(data.body_html ?? ""),
    received_at: data.received_at,
    ignored_reason: automatedReason(headers),
  };
}
