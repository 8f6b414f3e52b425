import { canonicalSha256 } from "./canonical.ts";

/** What one event may carry (contract §3); bodies live in tables of their own. */
export const MAX_EVENT_BYTES = 64 * 1024;

/** A year: no event waits longer. */
export const MAX_DELAY_MINUTES = 525_600;

/** Whether a payload is too large for an event. */
export function isOverEventSize(payload: unknown): boolean {
  const text = JSON.stringify(payload);
  // A UTF-16 unit takes one to three bytes: most payloads need no encoding to be judged.
  return text.length >= MAX_EVENT_BYTES ||
    (text.length * 3 >= MAX_EVENT_BYTES &&
      new TextEncoder().encode(text).byteLength >= MAX_EVENT_BYTES);
}

/** What an event type looks like, whoever raises it. */
export const EVENT_TYPE = /^[a-z][a-z0-9_.:-]{0,99}$/;

/** The column's own limit (`key_is_short`). */
const MAX_KEY = 300;

/**
 * A key made of a vendor's id, which may be as long as the vendor likes: one that is too long stands as its hash.
 *
 * @example eventKey("email_received:org", "<1@example.com>") // "email_received:org:<1@example.com>"
 */
export function eventKey(prefix: string, id: string): string {
  const key = `${prefix}:${id}`;
  return key.length <= MAX_KEY ? key : `${prefix}:sha256:${canonicalSha256(id)}`;
}
