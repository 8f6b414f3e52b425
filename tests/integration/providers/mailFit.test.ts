/** Mails of strangers that would stop the reading of a mailbox at their place for ever, were they taken as they came. */
import assert from "node:assert/strict";
import { fitEmail } from "../../../supabase/functions/_shared/providers/mailboxes/fitEmail.ts";
import {
  GmailMessage,
  toEmail,
} from "../../../supabase/functions/_shared/providers/mailboxes/gmailMessage.ts";
import type { IncomingEmail } from "../../../supabase/functions/_shared/ports/mailboxes.ts";

const MAIL: IncomingEmail = {
  message_id: "<one@customer.example>",
  thread_id: null,
  in_reply_to: null,
  from_email: "pat@customer.example",
  to_emails: ["rep@ours.example"],
  cc_emails: [],
  subject: "s",
  body_text: "b",
  received_at: "2027-01-01T00:00:00.000Z",
  ignored_reason: null,
};

/** Whether jsonb takes it: no NUL, no half of a character. */
function isStorable(value: unknown): boolean {
  return !/\\u0000|\\ud[89a-f][0-9a-f]{2}/i.test(JSON.stringify(value));
}

const NOT_STORABLE: readonly (readonly [string, Partial<IncomingEmail>])[] = [
  ["a sender with a NUL", { from_email: "a\0b@customer.example" }],
  ["a sender with half a character", { from_email: "a\ud83d@customer.example" }],
  ["addressees with NULs", { to_emails: ["a\0@x.example"], cc_emails: ["\0"] }],
  ["an id that is cut inside a character", { message_id: `${"i".repeat(997)}😀` }],
  ["a thread that is cut inside a character", { thread_id: `${"i".repeat(997)}😀` }],
  ["words with a NUL", { subject: "a\0b", body_text: "a\0b" }],
];
for (const [what, parts] of NOT_STORABLE) {
  Deno.test(`fitEmail() makes ${what} storable`, () => {
    assert.ok(!isStorable({ ...MAIL, ...parts }) || /cut/.test(what));
    assert.ok(isStorable(fitEmail({ ...MAIL, ...parts })));
  });
}

Deno.test("fitEmail() keeps an addressee that is one beside those that are none", () => {
  const { to_emails } = fitEmail({
    ...MAIL,
    to_emails: ["/O=EXCHANGE/CN=ann", `${"a".repeat(250)}@x.example`, "ann@ours.example"],
  });
  assert.deepEqual(to_emails, ["ann@ours.example"]);
});

Deno.test("of a body of megabytes a quarter of one is kept, whole characters only", () => {
  const words = new TextEncoder().encode("ä".repeat(1_500_000));
  let binary = "";
  for (let at = 0; at < words.length; at += 8192) {
    binary += String.fromCharCode(...words.subarray(at, at + 8192));
  }
  const message = GmailMessage.parse({
    id: "m",
    payload: { mimeType: "text/plain", body: { data: btoa(binary) } },
  });
  const { body_text } = toEmail(message, 0);
  assert.ok(body_text.length > 100_000 && body_text.length <= 256 * 1024);
  assert.match(body_text, /^ä+\ufffd?$/);
});
