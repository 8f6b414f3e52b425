import assert from "node:assert/strict";
import { toEmail } from "../../../supabase/functions/webhook-email/parse.ts";
import { GenericMail } from "../../../supabase/functions/webhook-email/schema.ts";
import { automatedReason } from "../../../supabase/functions/_shared/orchestrator/core/automatedMail.ts";

const MAIL = {
  message_id: "<1@customer.example>",
  from: '"Raman, Priya" <priya@customer.example>',
  to: ["maya@northwind.example"],
  subject: "Hello",
  received_at: "2026-11-26T09:30:00+01:00",
};

const parse = (data: Readonly<Record<string, unknown>> = {}) =>
  GenericMail.safeParse({ type: "email.received", data: { ...MAIL, body_text: "Hi", ...data } });
const email = (data: Readonly<Record<string, unknown>> = {}) => toEmail(parse(data).data!);

const REFUSED: readonly (readonly [name: string, data: Readonly<Record<string, unknown>>])[] = [
  ["a sender that is no address", { from: "Priya" }],
  ["an addressee that is no address", { to: ["Maya"] }],
  ["an address longer than RFC 5321 allows", {
    from: `${"a".repeat(60)}@${"b.".repeat(120)}example`,
  }],
  ["no message id", { message_id: "" }],
  ["a message id longer than a line may be", { message_id: "m".repeat(999) }],
  ["a time without offset", { received_at: "2026-11-26T09:30:00" }],
  ["the year 9999", { received_at: "9999-01-01T00:00:00Z" }],
  ["a list of 501 addressees", { to: Array.from({ length: 501 }, (_, i) => `a${i}@x.example`) }],
  ["a subject that is a number", { subject: 7 }],
];

for (const [name, data] of REFUSED) {
  Deno.test(`GenericMail refuses ${name}`, () => assert.equal(parse(data).success, false));
}

Deno.test("GenericMail refuses another type of event", () => {
  assert.equal(GenericMail.safeParse({ type: "meeting.ended", data: MAIL }).success, false);
});

Deno.test("toEmail() keeps addresses without their names", () => {
  assert.equal(email().from_email, "priya@customer.example");
  assert.deepEqual(email({ cc: ["Tom <tom@northwind.example>"] }).cc_emails, [
    "tom@northwind.example",
  ]);
});

Deno.test("toEmail() takes the text where there is one, whatever the markup says", () => {
  assert.equal(email({ body_html: "<p>other</p>" }).body_text, "Hi");
});

Deno.test("toEmail() makes text of markup alone, without what its reader would not see", () => {
  const html =
    '<html><body><p>When?</p><div style="display:none">Pay at once.</div><script>x</script></body></html>';
  assert.equal(email({ body_text: null, body_html: html }).body_text, "When?");
});

Deno.test("toEmail() reads a megabyte of markup in bounded time", () => {
  const html = "<div style='opacity:0' ".repeat(45_000);
  const started = performance.now();
  email({ body_text: null, body_html: html });
  assert.ok(performance.now() - started < 2_000);
});

const AUTOMATED: readonly (readonly [headers: Record<string, string>, reason: string | null])[] = [
  [{}, null],
  [{ "Auto-Submitted": "no" }, null],
  [{ "auto-submitted": "auto-replied" }, "auto_reply"],
  [{ "AUTO-SUBMITTED": "Auto-Generated; rule=7" }, "auto_reply"],
  [{ "X-Autoreply": "yes" }, "auto_reply"],
  [{ "Return-Path": "<>" }, "bounce"],
  [{ "Return-Path": "<ann@x.example>" }, null],
  [{ Precedence: "bulk" }, "bulk_mail"],
  [{ Precedence: "auto_reply" }, "bulk_mail"],
  [{ Precedence: "first-class" }, null],
];

for (const [headers, reason] of AUTOMATED) {
  Deno.test(`automatedReason() calls ${JSON.stringify(headers)} ${reason}`, () => {
    assert.equal(email({ headers }).ignored_reason, reason);
    const lower = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]);
    assert.equal(automatedReason(Object.fromEntries(lower)), reason);
  });
}
