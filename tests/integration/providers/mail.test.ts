import assert from "node:assert/strict";
import type { OutgoingMail } from "../../../supabase/functions/_shared/ports/delivery.ts";
import type { MailCarrier } from "../../../supabase/functions/_shared/providers/mail/carrier.ts";
import { createGmailCarrier } from "../../../supabase/functions/_shared/providers/mail/gmail.ts";
import { createGraphCarrier } from "../../../supabase/functions/_shared/providers/mail/graph.ts";
import { createMail } from "../../../supabase/functions/_shared/providers/mail/mail.ts";
import { createResendCarrier } from "../../../supabase/functions/_shared/providers/mail/resend.ts";
import { createDesk, type VendorDesk } from "../../support/vendors/deliveries.ts";
import {
  type MailServer,
  serveGmail,
  serveGraphMail,
  serveResend,
} from "../../support/vendors/mail.ts";

const REP = { id: "u1", email: "ana@example.com", name: "Ana Özgür" };
const MAIL: OutgoingMail = {
  from_user_id: "u1",
  to: ["pat@customer.example"],
  subject: "Re: Prüfung des Angebots, und alles was dazu gehört, in aller Ausführlichkeit",
  body_text: "Grüße\n— Ana",
  in_reply_to: "<question@customer.example>",
};
const TOKENS = { "org-1": "t1", "org-2": "t2" };

function open(carrier: (desk: VendorDesk) => MailCarrier) {
  const desk = createDesk(TOKENS);
  type Crm = Parameters<typeof createMail>[0]["crm"];
  const crm = { getUser: () => Promise.resolve(REP) } as unknown as Crm;
  return { desk, mail: createMail({ deliverer: desk.deliverer, crm, carriers: [carrier(desk)] }) };
}

interface Case {
  readonly name: string;
  serve(): MailServer;
  carrier(server: MailServer): (desk: VendorDesk) => MailCarrier;
  /** What the carrier declares, and its second attempt must do: ask the vendor first, or not. */
  readonly looksFirst: boolean;
  /** Path of the request that sends. */
  readonly sends: string;
}

const CASES: readonly Case[] = [{
  name: "Resend",
  serve: () => serveResend(["t1", "t2"]),
  carrier: (server) => (desk) => createResendCarrier(desk.vendor("resend", server.url)),
  sends: "/emails",
  looksFirst: false,
}, {
  name: "Gmail",
  serve: () => serveGmail(["t1", "t2"]),
  carrier: (server) => (desk) => createGmailCarrier(desk.vendor("google", server.url, "mail")),
  sends: "/messages/send",
  looksFirst: true,
}, {
  name: "Outlook",
  serve: () => serveGraphMail({ tokens: ["t1", "t2"], inbox: [MAIL.in_reply_to!] }),
  carrier: (server) => (desk) => createGraphCarrier(desk.vendor("microsoft", server.url, "mail")),
  sends: "/send",
  looksFirst: true,
}];

for (const { name, serve, carrier, sends, looksFirst } of CASES) {
  Deno.test(`${name}: its declared effect mode is what a repeated attempt does`, async () => {
    await using server = serve();
    const { mail, desk } = open(carrier(server));
    const letter = { mail: MAIL, from: REP, messageId: "<x@example.com>" };
    const declared = (await carrier(server)(desk)(letter, desk.meta("k0")))!.effectMode;
    assert.equal(declared, looksFirst ? "reconcile" : "keyed");
    server.fail(sends, "500");
    await assert.rejects(mail.send(MAIL, desk.meta("k1")));
    const before = server.seen.length;
    await mail.send(MAIL, desk.meta("k1"));
    assert.equal(server.seen[before].method === "GET", looksFirst);
  });

  Deno.test(`${name}: a mail arrives whole, in its thread, under our own id`, async () => {
    await using server = serve();
    const { mail, desk } = open(carrier(server));
    const sent = await mail.send(MAIL, desk.meta("k1"));
    assert.deepEqual([sent.status, sent.via], ["sent", name]);
    const [got] = server.sent;
    assert.deepEqual([got.subject, got.to, got.inReplyTo], [
      MAIL.subject,
      MAIL.to,
      MAIL.in_reply_to,
    ]);
    assert.equal(got.text.replaceAll("\r\n", "\n"), MAIL.body_text);
    assert.match(got.messageId, /^<fleet\.[0-9a-f]{40}@example\.com>$/);
  });

  Deno.test(`${name}: the mail's own id is told, which its answers will name`, async () => {
    await using server = serve();
    const { mail, desk } = open(carrier(server));
    const { message_id, provider_ref } = await mail.send(MAIL, desk.meta("k1"));
    assert.equal(message_id, server.sent[0].messageId);
    assert.notEqual(message_id, provider_ref);
  });

  Deno.test(`${name}: an unanswered mail is not sent twice`, async () => {
    await using server = serve();
    const { mail, desk } = open(carrier(server));
    server.fail(sends, "drop");
    // Graph's 202 has no body to break off: that attempt may pass.
    await mail.send(MAIL, desk.meta("k1")).catch((error) =>
      assert.equal(error.code, "mail_unavailable")
    );
    const sent = await mail.send(MAIL, desk.meta("k1"));
    assert.equal(sent.status, "sent");
    assert.equal(server.sent.length, 1);
  });

  Deno.test(`${name}: a mail that did not get through is sent by the next attempt`, async () => {
    await using server = serve();
    const { mail, desk } = open(carrier(server));
    server.fail(sends, "500");
    await assert.rejects(mail.send(MAIL, desk.meta("k1")), { code: "mail_unavailable" });
    await mail.send(MAIL, desk.meta("k1"));
    assert.equal(server.sent.length, 1);
  });

  Deno.test(`${name}: a rate limit and a revoked credential say what follows`, async () => {
    await using server = serve();
    const { mail, desk } = open(carrier(server));
    server.fail("", { retryAfter: "12" });
    await assert.rejects(mail.send(MAIL, desk.meta("k1")), {
      code: "mail_rate_limited",
      retryAfterMs: 12_000,
    });
    const stranger = { ...TOKENS, "org-1": "stolen" };
    const other = createDesk(stranger);
    const send = carrier(server)(other);
    const letter = {
      mail: MAIL,
      from: REP,
      messageId: "<a@example.com>",
    };
    await assert.rejects(
      async () => (await send(letter, other.meta("k2")))!.send(),
      { code: "reconnect_required" },
    );
    assert.deepEqual(other.refused, ["stolen"]);
  });

  Deno.test(`${name}: two organisations send each with their own credential`, async () => {
    await using server = serve();
    const { mail, desk } = open(carrier(server));
    await mail.send(MAIL, desk.meta("k1", "org-1"));
    await mail.send({ ...MAIL, subject: "Other" }, desk.meta("k2", "org-2"));
    assert.deepEqual(server.sent.map(({ token, subject }) => [token, subject]), [
      ["t1", MAIL.subject],
      ["t2", "Other"],
    ]);
  });
}

Deno.test("Resend: a repeat after its keys are forgotten asks a person", async () => {
  await using server = serveResend(["t1"]);
  const { mail, desk } = open((d) => createResendCarrier(d.vendor("resend", server.url)));
  server.fail("/emails", "drop");
  await assert.rejects(mail.send(MAIL, desk.meta("k1")));
  desk.ageMs = 24 * 3_600_000;
  await assert.rejects(mail.send(MAIL, desk.meta("k1")), { code: "effect_unknown" });
  assert.equal(desk.rows.get("k1")?.status, "unknown");
  assert.equal(server.sent.length, 1);
});

Deno.test("Gmail: an address or a subject brings no header of its own", async () => {
  await using server = serveGmail(["t1"]);
  const { mail, desk } = open((d) => createGmailCarrier(d.vendor("google", server.url, "mail")));
  await mail.send({
    ...MAIL,
    to: ["pat@customer.example\r\nBcc: thief@example.org"],
    subject: "Hi\r\nBcc: thief@example.org",
  }, desk.meta("k1"));
  const [got] = server.sent;
  assert.deepEqual(got.to, ["pat@customer.exampleBcc:thief@example.org"]);
  assert.equal(got.subject, "Hi Bcc: thief@example.org");
});

for (
  const [what, thread, kept] of [
    ["its own", "18c2f0aa", "18c2f0aa"],
    ["another mailbox's", "18c2f0bb", null],
    ["another vendor's", "AAQkAGI2=", null],
  ] as const
) {
  Deno.test(`Gmail: a reply into ${what} thread leaves, once`, async () => {
    await using server = serveGmail(["t1"], ["18c2f0aa"]);
    const { mail, desk } = open((d) => createGmailCarrier(d.vendor("google", server.url, "mail")));
    await mail.send({ ...MAIL, thread_id: thread }, desk.meta("k1"));
    assert.deepEqual(server.sent.map((one) => [one.thread, one.inReplyTo]), [[
      kept,
      MAIL.in_reply_to,
    ]]);
  });
}

Deno.test("Resend: a long name in another script stays one plain line", async () => {
  await using server = serveResend(["t1"]);
  const desk = createDesk(TOKENS);
  const name = "Κωνσταντίνος Παπαδόπουλος της Θεσσαλονίκης";
  const crm = { getUser: () => Promise.resolve({ ...REP, name }) } as unknown as Parameters<
    typeof createMail
  >[0]["crm"];
  const carriers = [createResendCarrier(desk.vendor("resend", server.url))];
  await createMail({ deliverer: desk.deliverer, crm, carriers }).send(MAIL, desk.meta("k1"));
  assert.equal(server.seen[0].body.from, `"${name}" <${REP.email}>`);
});

for (
  const [level, to, status] of [
    ["off", "pat@customer.example", "withheld"],
    ["allowlist", "pat@customer.example", "withheld"],
    ["allowlist", "Friend@example.com", "sent"],
    ["live", "pat@customer.example", "sent"],
  ] as const
) {
  Deno.test(`FLEET_SEND=${level}: a mail to ${to} is ${status}`, async () => {
    await using server = serveResend(["t1"]);
    const desk = createDesk(TOKENS, { sendMode: level, allow: ["friend@example.com"] });
    type Crm = Parameters<typeof createMail>[0]["crm"];
    const mail = createMail({
      deliverer: desk.deliverer,
      crm: { getUser: () => Promise.resolve(REP) } as unknown as Crm,
      carriers: [createResendCarrier(desk.vendor("resend", server.url))],
    });
    const sent = await mail.send({ ...MAIL, to: [to] }, desk.meta("k1"));
    assert.equal(sent.status, status);
    assert.equal(server.sent.length, status === "sent" ? 1 : 0);
  });
}
