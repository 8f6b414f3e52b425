import { cut } from "../../orchestrator/core/cut.ts";
import type { IncomingEmail } from "../../ports/mailboxes.ts";

/** As long as a mail door takes them, the body apart. */
const MAX_ID = 998, MAX_SUBJECT = 2000, MAX_ADDRESSES = 500;
/** RFC 5321's longest address. */
const MAX_ADDRESS = 254;
/** More than anybody reads of a mail; a reading holds many at once. */
export const MAX_BODY = 256 * 1024;
/** Also no control character and no half of one: PostgreSQL refuses both. */
const ADDRESS = /^[^\s\p{C}@<>",;]+@[^\s\p{C}@<>",;]+$/u;

/**
 * Makes a mail of a mailbox storable: it came anyhow, so that what is too long is cut and what PostgreSQL
 * does not hold is left out.
 */
export function fitEmail(email: IncomingEmail): IncomingEmail {
  return {
    ...email,
    message_id: cut(plain(email.message_id), MAX_ID),
    thread_id: email.thread_id === null ? null : cut(plain(email.thread_id), MAX_ID),
    in_reply_to: email.in_reply_to === null ? null : cut(plain(email.in_reply_to), MAX_ID),
    from_email: isAddress(email.from_email) ? email.from_email : "",
    to_emails: email.to_emails.filter(isAddress).slice(0, MAX_ADDRESSES),
    cc_emails: email.cc_emails.filter(isAddress).slice(0, MAX_ADDRESSES),
    subject: cut(plain(email.subject), MAX_SUBJECT),
    body_text: cut(plain(email.body_text), MAX_BODY),
  };
}

/** Plain addresses of a header: names, comments and what is none are left out. */
export function addressesIn(header: string): readonly string[] {
  return header.slice(0, 100_000).replaceAll(/"(?:[^"\\]|\\.)*"/g, "").split(/[,;]/)
    .map((one) => (/<([^<>]*)>/.exec(one)?.[1] ?? one).trim())
    .filter(isAddress);
}

function isAddress(text: string): boolean {
  return text.length <= MAX_ADDRESS && ADDRESS.test(text);
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
