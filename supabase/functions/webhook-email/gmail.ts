import { z } from "zod";
import type { MailboxNotices, WebhookEndpoint } from "../_shared/orchestrator/api.ts";
import { parseJson } from "../_shared/http/body.ts";
import { HttpError } from "../_shared/http/errors.ts";
import { parseWith } from "../_shared/http/handler.ts";
import type { MailboxOwner } from "../_shared/ports/mailboxes.ts";

/** Pub/Sub's envelope of a push; `data` is Gmail's notice in base64. */
const Push = z.object({
  message: z.object({
    messageId: z.string().min(1).max(200),
    data: z.string().min(1).max(10_000),
  }),
});

export interface GmailNotice {
  readonly deliveryId: string;
  readonly account: string;
  /** Text: 64 bits do not fit a number. */
  readonly historyId: string;
}

/** Reads a push that was verified. @throws HttpError 400 `invalid_input` */
export function readGmailPush(body: Uint8Array): GmailNotice {
  const { message } = parseWith(Push, parseJson(body));
  const text = decode(message.data);
  // Gmail writes the id as a number; JSON.parse would round its last digits.
  const historyId = /"historyId"\s*:\s*"?(\d{1,20})"?/.exec(text)?.[1];
  const account = z.object({ emailAddress: z.email().max(254) }).safeParse(parse(text)).data
    ?.emailAddress;
  if (historyId === undefined || account === undefined) throw unreadable();
  return { deliveryId: message.messageId, account, historyId };
}

/** An event for every member who connected this account in the endpoint's organisation. */
export function gmailNotices(
  endpoint: WebhookEndpoint,
  { deliveryId, historyId }: GmailNotice,
  mailboxes: readonly MailboxOwner[],
): MailboxNotices {
  return {
    endpoint,
    notices: mailboxes.map((mailbox) => ({
      mailbox,
      type: "mailbox_changed",
      payload: { reason: "notice", history_id: historyId },
      idempotency_key: `mailbox_changed:${mailbox.connection_id}:${endpoint.id}:${deliveryId}`,
    })),
  };
}

function decode(data: string): string {
  try {
    const bytes = Uint8Array.from(
      atob(data.replaceAll("-", "+").replaceAll("_", "/")),
      (sign) => sign.charCodeAt(0),
    );
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw unreadable();
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw unreadable();
  }
}

function unreadable(): HttpError {
  return new HttpError(400, "invalid_input", "The push is no notice of Gmail's", {
    details: [{ path: "message.data", message: "base64 of {emailAddress, historyId}" }],
  });
}
