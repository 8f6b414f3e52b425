import { z } from "zod";
import { automatedReason } from "../../orchestrator/core/automatedMail.ts";
import { visibleText } from "../../orchestrator/core/htmlText.ts";
import type { IncomingEmail } from "../../ports/mailboxes.ts";
import { decodeBase64 } from "../connections/base64.ts";
import { addressesIn, fitEmail, MAX_BODY, momentOf } from "./fitEmail.ts";

interface Part {
  readonly mimeType?: string;
  readonly filename?: string;
  readonly headers?: readonly { readonly name: string; readonly value: string }[];
  readonly body?: { readonly data?: string };
  readonly parts?: readonly Part[];
}

const Part: z.ZodType<Part> = z.lazy(() =>
  z.object({
    mimeType: z.string().optional(),
    filename: z.string().optional(),
    headers: z.array(z.object({ name: z.string(), value: z.string() })).optional(),
    body: z.object({ data: z.string().optional() }).optional(),
    parts: z.array(Part).optional(),
  })
);

/** `users.messages.get`, as far as we read it. */
export const GmailMessage = z.object({
  id: z.string().min(1),
  threadId: z.string().min(1).optional(),
  snippet: z.string().default(""),
  internalDate: z.string().optional(),
  payload: Part,
});

/** Forwarded mails hold mails; deeper than that is somebody's trick. */
const MAX_DEPTH = 10;
/** Whole groups of base64 for what is kept of a body: decoding megabytes of a stranger's mail costs the run its CPU time. */
const MAX_DATA = Math.ceil(MAX_BODY / 3) * 4;

export function toEmail(message: z.output<typeof GmailMessage>, now: number): IncomingEmail {
  const { payload } = message;
  const headers = Object.fromEntries(
    // The first of each counts, as mail programs show it.
    [...payload.headers ?? []].reverse().map(({ name, value }) => [name.toLowerCase(), value]),
  );
  const text = findText(payload, "text/plain"), html = findText(payload, "text/html");
  return fitEmail({
    message_id: headers["message-id"]?.trim() || `<${message.id}@gmail.invalid>`,
    // Answers go into the thread by Gmail's own id.
    thread_id: message.threadId ?? null,
    in_reply_to: headers["in-reply-to"]?.trim() || null,
    from_email: addressesIn(headers.from ?? "")[0] ?? "",
    to_emails: addressesIn(headers.to ?? ""),
    cc_emails: addressesIn(headers.cc ?? ""),
    subject: headers.subject ?? "",
    body_text: text || visibleText(html) || message.snippet,
    received_at: momentOf(Number(message.internalDate), now),
    ignored_reason: automatedReason(headers),
  });
}

/** The first body of the type, attachments left out. */
function findText(part: Part, type: string, depth = 0): string {
  if (depth > MAX_DEPTH) return "";
  if (part.mimeType === type && !part.filename && part.body?.data !== undefined) {
    const data = part.body.data.slice(0, MAX_DATA);
    const bytes = decodeBase64(data.replaceAll("-", "+").replaceAll("_", "/"));
    if (bytes !== null) return new TextDecoder().decode(bytes);
  }
  for (const inner of part.parts ?? []) {
    const found = findText(inner, type, depth + 1);
    if (found !== "") return found;
  }
  return "";
}
