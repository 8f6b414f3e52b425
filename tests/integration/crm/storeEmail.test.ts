import assert from "node:assert/strict";
import type { Sql } from "../../../supabase/functions/_shared/db/client.ts";
import { effectMessageId } from "../../../supabase/functions/_shared/providers/effectId.ts";
import type { StoredEmail } from "../../../supabase/functions/_shared/ports/mailboxes.ts";
import { CONTACT_EMAIL, createCrmWorld, type CrmWorld, emailOf, type OrgRows } from "./_world.ts";

let deliveries = 0;

/** Delivers a mail to an organisation's endpoint, under ids of its own unless told. */
async function deliver(
  sql: Sql,
  to: Pick<OrgRows, "org"> & { readonly endpoint: string | null },
  mail: Readonly<Record<string, unknown>> = {},
  deliveryId = `d${++deliveries}`,
): Promise<StoredEmail> {
  const body = sql.json({
    message_id: `<${++deliveries}@customer.example>`,
    from_email: CONTACT_EMAIL,
    to_emails: ["sales@elsewhere.example"],
    subject: `Subject ${deliveries}`,
    body_text: "Hello",
    received_at: "2026-11-26T09:30:00Z",
    ...mail,
  } as never);
  const [row] = await sql`select fleet_crm.store_email(${to.org}, ${to.endpoint}, ${
    to.endpoint === null ? null : deliveryId
  }, ${body}) as stored`;
  return row.stored as StoredEmail;
}

async function connectAccount(world: CrmWorld, rows: OrgRows, account: string, status = "active") {
  await world.sql`
    insert into public.fleet_connections (id, org_id, user_id, provider, account_id, status)
    values (${crypto.randomUUID()}, ${rows.org}, ${rows.user}, 'google', ${account}, ${status})`;
}

Deno.test("store_email() knows a repeated delivery by its id, whatever the body", async () => {
  await using world = await createCrmWorld();
  const sql = world.worker();
  const one = await deliver(sql, world.a, {}, "same");
  const two = await deliver(sql, world.a, {}, "same");
  assert.deepEqual([two.email_id, two.message_id, two.duplicate], [
    one.email_id,
    one.message_id,
    true,
  ]);
});

Deno.test("store_email() knows a mail by its Message-ID, and the first words stay", async () => {
  await using world = await createCrmWorld();
  const sql = world.worker();
  const one = await deliver(sql, world.a, { message_id: "<x@y.example>", body_text: "first" });
  const two = await deliver(sql, world.a, { message_id: "<x@y.example>", body_text: "second" });
  assert.deepEqual([two.email_id, two.duplicate], [one.email_id, true]);
  const [{ body_text }] = await world
    .sql`select body_text from public.emails where id = ${one.email_id}`;
  assert.equal(body_text, "first");
});

Deno.test("store_email() keeps one Message-ID of two organisations apart", async () => {
  await using world = await createCrmWorld();
  const sql = world.worker();
  const mail = { message_id: "<x@y.example>" };
  const [a, b] = [await deliver(sql, world.a, mail), await deliver(sql, world.b, mail)];
  assert.notEqual(a.email_id, b.email_id);
  assert.deepEqual([a.duplicate, b.duplicate, a.contact_id, b.contact_id], [
    false,
    false,
    world.a.contact,
    world.b.contact,
  ]);
});

Deno.test("store_email() makes one mail of twenty deliveries at once", async () => {
  await using world = await createCrmWorld();
  const workers = [world.worker(), world.worker(), world.worker(), world.worker()];
  const stored = await Promise.all(
    Array.from(
      { length: 20 },
      (_, i) => deliver(workers[i % 4], world.a, { message_id: "<x@y.example>" }),
    ),
  );
  assert.equal(new Set(stored.map(({ email_id }) => email_id)).size, 1);
  assert.equal(stored.filter(({ duplicate }) => !duplicate).length, 1);
});

const OWNERS: readonly (readonly [
  name: string,
  mail: (rows: OrgRows, world: CrmWorld) => Readonly<Record<string, unknown>>,
  owner: (rows: OrgRows, world: CrmWorld) => string,
  source: string,
])[] = [
  [
    "the member whose address it went to, without regard to case",
    ({ user }) => ({ to_emails: ["x@y.example", emailOf(user).toUpperCase()] }),
    ({ user }) => user,
    "mailbox",
  ],
  [
    "the member whose connected account it went to",
    () => ({ to_emails: ["connected@mail.example"] }),
    ({ user }) => user,
    "mailbox",
  ],
  [
    "whom To names before whom Cc names",
    ({ user }, { both }) => ({ to_emails: [emailOf(both)], cc_emails: [emailOf(user)] }),
    (_, { both }) => both,
    "mailbox",
  ],
  ["a member in Cc", ({ user }) => ({ cc_emails: [emailOf(user)] }), ({ user }) => user, "mailbox"],
  [
    "whose mailbox it was fetched from before the addressees",
    ({ user }, { both }) => ({ mailbox_user_id: both, to_emails: [emailOf(user)] }),
    (_, { both }) => both,
    "mailbox",
  ],
  [
    "the endpoint's default user when it went to strangers",
    () => ({}),
    ({ user }) => user,
    "endpoint_default",
  ],
  [
    "the endpoint's default user when it went to another organisation's member",
    (_, { b }) => ({ to_emails: [emailOf(b.user)] }),
    ({ user }) => user,
    "endpoint_default",
  ],
];

for (const [name, mail, owner, source] of OWNERS) {
  Deno.test(`store_email() gives a mail to ${name}`, async () => {
    await using world = await createCrmWorld();
    await connectAccount(world, world.a, "connected@mail.example");
    const stored = await deliver(world.worker(), world.a, mail(world.a, world));
    assert.deepEqual([stored.user_id, stored.user_source, stored.ignored_reason], [
      owner(world.a, world),
      source,
      null,
    ]);
  });
}

Deno.test("store_email() gives nothing to a revoked account's former owner", async () => {
  await using world = await createCrmWorld();
  await connectAccount(world, world.a, "gone@mail.example", "revoked");
  const stored = await deliver(world.worker(), world.a, { to_emails: ["gone@mail.example"] });
  assert.equal(stored.user_source, "endpoint_default");
});

const OWN: readonly (readonly [string, (rows: OrgRows) => Promise<Record<string, unknown>>])[] = [
  [
    "a member's own address",
    ({ user }) => Promise.resolve({ from_email: emailOf(user).toUpperCase() }),
  ],
  [
    "a member's connected account",
    () => Promise.resolve({ from_email: "connected@mail.example" }),
  ],
  [
    "a run of this organisation, by its Message-ID",
    async () => ({ message_id: await effectMessageId("run:step:mail", "x@alias.example") }),
  ],
];

for (const [name, mail] of OWN) {
  Deno.test(`store_email() keeps a mail sent by ${name}, which starts no run`, async () => {
    await using world = await createCrmWorld();
    await connectAccount(world, world.a, "connected@mail.example");
    await world.sql`
      insert into public.fleet_deliveries (id, org_id, job_id, step_id, channel, recipient, content, effect_key, status)
      values (${crypto.randomUUID()}, ${world.a.org}, ${crypto.randomUUID()}, 'mail', 'mail', 'x', '{}', 'run:step:mail', 'sent')
      on conflict do nothing`;
    const sql = world.worker();
    const stored = await deliver(sql, world.a, await mail(world.a));
    assert.equal(stored.ignored_reason, "own_mail");
    const [{ direction }] = await world
      .sql`select direction from public.emails where id = ${stored.email_id}`;
    assert.equal(direction, "outbound");
    await world.sql`delete from public.fleet_deliveries where effect_key = 'run:step:mail'`;
  });
}

Deno.test("store_email() gives a colleague's mail to the member it reached", async () => {
  await using world = await createCrmWorld();
  const { a, both } = world;
  const mail = { from_email: emailOf(both), to_emails: [emailOf(a.user)] };
  const stored = await deliver(world.worker(), a, mail);
  assert.deepEqual([stored.ignored_reason, stored.user_id], [null, a.user]);
});

Deno.test("store_email() hears another organisation's run: its mail is none of ours", async () => {
  await using world = await createCrmWorld();
  const message_id = await effectMessageId("other:step:mail", "x@elsewhere.example");
  await world.sql`
    insert into public.fleet_deliveries (id, org_id, job_id, step_id, channel, recipient, content, effect_key, status)
    values (${crypto.randomUUID()}, ${world.b.org}, ${crypto.randomUUID()}, 'mail', 'mail', 'x', '{}', 'other:step:mail', 'sent')`;
  const stored = await deliver(world.worker(), world.a, { message_id });
  assert.equal(stored.ignored_reason, null);
});

Deno.test("store_email() stops a ping-pong of machines at the sixth mail of ten minutes (T24)", async () => {
  await using world = await createCrmWorld();
  const sql = world.worker();
  const reasons: (string | null)[] = [];
  for (let at = 0; at < 7; at++) {
    const { ignored_reason } = await deliver(sql, world.a, {
      subject: `${"Re: ".repeat(at)}Invoice`,
    });
    reasons.push(ignored_reason);
  }
  assert.deepEqual(reasons, [
    ...Array(5).fill(null),
    "conversation_too_fast",
    "conversation_too_fast",
  ]);
  assert.equal((await deliver(sql, world.a, { subject: "Something else" })).ignored_reason, null);
});

Deno.test("store_email() keeps why the caller holds a mail back, for its repeats too", async () => {
  await using world = await createCrmWorld();
  const sql = world.worker();
  const mail = { message_id: "<auto@y.example>", ignored_reason: "auto_reply" };
  assert.equal((await deliver(sql, world.a, mail)).ignored_reason, "auto_reply");
  assert.equal((await deliver(sql, world.a, mail)).ignored_reason, "auto_reply");
});
