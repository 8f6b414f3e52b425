import { cut } from "../../orchestrator/core/cut.ts";
import type { IncomingEmail } from "../../ports/mailboxes.ts";

/** As long as a mail door takes them. */
const MAX_ID = 998, MAX_SUBJECT = 2000, MAX_ADDRESSES = 500;
const MAX_BODY = 1024 * 1024;
const ADDRESS = /^[^\s@<>",;]+@[^\s@<>",;]+$/;

/**
 * Makes a mail of a mailbox storable: it came anyhow, so that what is too long is cut and what PostgreSQL
 * does not hold is left out.
 */
export function fitEmail(email: IncomingEmail): IncomingEmail {
  return {
    ...email,
    message_id: plain(email.message_id).slice(0, MAX_ID),
    thread_id: email.thread_id === null ? null : plain(email.thread_id).slice(0, MAX_ID),
    in_reply_to: email.in_reply_to === null ? null : plain(email.in_reply_to).slice(0, MAX_ID),
    to_emails: email.to_emails.slice(0, MAX_ADDRESSES),
    cc_emails: email.cc_emails.slice(0, MAX_ADDRESSES),
    subject: cut(plain(email.subject), MAX_SUBJECT),
    body_text: cut(plain(email.body_text), MAX_BODY),
  };
}

/** Plain addresses of a header: names, comments and what is none are left out. */
export function addressesIn(header: string): readonly string[] {
  return header.slice(0, 100_000).replaceAll(/"(?:[^"\\]|\\.)*"/g, "").split(/[,;]/)
    .map((one) => (/<([^<>]*)>/.exec(one)?.[1] ?? one).trim())
    .filter((one) => one.length <= 254 && ADDRESS.test(one));
}

/** The year 2200: what lies behind it, or is no number, was received now. */
const LAST_MS = 7_258_118_400_000;

/** ISO 8601. */
export function momentOf(ms: number, now: number): string {
  return new Date(ms >= 0 && ms < LAST_MS ? ms : now).toISOString();
}

function plain(text: string): string {
  return text.replaceAll("\0", "").toWellFormed();
}
