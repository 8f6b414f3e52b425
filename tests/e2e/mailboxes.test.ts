/** Mails from the vendor's raw notice to the end of their run, through the functions that deploy. */
import assert from "node:assert/strict";
import { sendSigned } from "../../cli/demoMeeting.ts";
import { connect } from "../../supabase/functions/_shared/db/client.ts";
import { createConnectionStore } from "../../supabase/functions/_shared/orchestrator/store/connections.ts";
import { createSystemClock } from "../../supabase/functions/_shared/providers/clock.ts";
import { createKeyRing } from "../../supabase/functions/_shared/providers/connections/keyRing.ts";
import { MEMBER, openRuns, ORG, type RunStack, signToken } from "../support/runs.ts";
import { eventually } from "../support/stack.ts";
import {
  boxMail,
  type GmailBoxes,
  gmailPush,
  type GoogleSigner,
  graphBatch,
  type GraphBoxes,
  serveGmailBoxes,
  serveGoogleCerts,
  serveGraphBoxes,
  type Subscription,
} from "../support/vendors/mailboxes.ts";

const TOKEN_KEYS = JSON.stringify({ k1: btoa("0123456789abcdef0123456789abcdef") });
const TOPIC = "projects/fleet-test/topics/gmail";
const OTHER_ORG = "d0000000-0000-4000-8000-000000000002";
const OTHER_OWNER = "d0000000-0000-4000-8000-0000000000b1";
const GMAIL = "https://www.googleapis.com/auth/gmail.";

/** Whose mailboxes there are; each vendor's token is the owner's own. */
const PEOPLE = [
  { org: ORG, user: MEMBER, address: "maya.chen@northwind.example", token: "north" },
  { org: OTHER_ORG, user: OTHER_OWNER, address: "owner@bluepeak.example", token: "blue" },
] as const;
const [MAYA, BLUE] = PEOPLE;

let stack: RunStack;
let google: GoogleSigner;
let gmail: GmailBoxes;
let graph: GraphBoxes;
const doors: Record<string, string> = {};
const ids = new Map<string, string>();

Deno.test.beforeAll(async () => {
  google = await serveGoogleCerts("fleet-mail");
  gmail = serveGmailBoxes(["north", "blue"], { topic: TOPIC });
  graph = serveGraphBoxes(["north", "blue"], { shakesHands: true });
  stack = await openRuns({
    FLEET_TOKEN_KEYS: TOKEN_KEYS,
    GOOGLE_API_URL: gmail.url,
    GRAPH_API_URL: graph.url,
    GOOGLE_CERTS_URL: `${google.url}/certs`,
    GMAIL_PUSH_SERVICE_ACCOUNT: google.account,
    GMAIL_PUSH_AUDIENCE: "fleet-mail",
    GMAIL_PUBSUB_TOPIC: TOPIC,
    GOOGLE_OAUTH_URL: `${google.url}/oauth`,
    MICROSOFT_OAUTH_URL: `${google.url}/oauth`,
    GOOGLE_CLIENT_ID: "client",
    GOOGLE_CLIENT_SECRET: "shh",
    MICROSOFT_CLIENT_ID: "client",
    MICROSOFT_CLIENT_SECRET: "shh",
  });
  for (const { org } of PEOPLE) {
    await stack.sql`
      insert into public.fleet_org_settings (org_id, enabled_sequences)
      values (${org}, '{"email_received": {"enabled": true}}')
      on conflict (org_id) do update set enabled_sequences = excluded.enabled_sequences`;
    const [{ id }] = await stack.sql`
      insert into public.fleet_webhook_endpoints (org_id, provider) values (${org}, 'gmail') returning id`;
    doors[org] = id;
  }
  for (const provider of ["google", "microsoft"] as const) {
    for (const person of PEOPLE) await connectAccount(provider, person);
  }
  for (const { token } of PEOPLE) {
    await eventually(
      "both vendors watch",
      () => Promise.resolve(gmail.watchOf(token) && graph.subscriptionsOf(token).length === 1),
      30_000,
    );
  }
  await settled();
});
Deno.test.afterAll(async () => {
  await stack[Symbol.asyncDispose]();
  for (const server of [google, gmail, graph]) await server[Symbol.asyncDispose]();
});

/** As the connector stores it once somebody consented. */
async function connectAccount(
  provider: "google" | "microsoft",
  { org, user, address, token }: typeof PEOPLE[number],
): Promise<void> {
  const sql = connect(stack.status.DB_URL, { max: 1 });
  const id = crypto.randomUUID();
  await createConnectionStore({ sql, clock: createSystemClock() }).save({
    id,
    orgId: org,
    userId: user,
    provider,
    accountId: address,
    scopes: provider === "google"
      ? [`${GMAIL}readonly`, `${GMAIL}send`]
      : ["Mail.Send", "Mail.ReadWrite"],
    sealed: await createKeyRing(TOKEN_KEYS).seal(JSON.stringify({ access_token: token }), id),
    expiresInMs: null,
  });
  ids.set(`${provider} ${org}`, id);
  await sql.end();
}

/** Nothing of the upkeep is waiting or under way. */
async function settled(): Promise<void> {
  await eventually("the upkeep is done", async () => {
    const [{ open }] = await stack.sql`select
      (select count(*) from public.fleet_events where status = 'pending')::int
      + (select count(*) from public.fleet_jobs where status in ('queued', 'running'))::int as open`;
    return open === 0;
  }, 20_000);
}

async function post(url: string, body: string, headers: Readonly<Record<string, string>> = {}) {
  const response = await fetch(url, { method: "POST", body, headers });
  const text = await response.text();
  return {
    status: response.status,
    headers: response.headers,
    text,
    body: text.startsWith("{") ? JSON.parse(text) : null,
  };
}

const doorOf = (org: string) => `${stack.status.FUNCTIONS_URL}/webhook-email/${doors[org]}`;

async function push(
  person: typeof PEOPLE[number],
  historyId: string,
  more: { readonly org?: string; readonly messageId?: string; readonly token?: string } = {},
) {
  return await post(
    doorOf(more.org ?? person.org),
    gmailPush(person.address, historyId, more.messageId),
    {
      // As Pub/Sub sends it: no media type is promised.
      authorization: `Bearer ${more.token ?? await google.sign()}`,
      "user-agent": "APIs-Google; (+https://developers.google.com/webmasters/APIs-Google.html)",
    },
  );
}

const notify = (subscription: Subscription, batch: unknown) =>
  post(subscription.notificationUrl, JSON.stringify(batch), { "content-type": "application/json" });

/** The finished runs of a mail, wherever they belong. */
async function runsOf(messageId: string) {
  return [
    ...await stack.sql`select j.org_id, j.user_id, j.status, j.event_source, e.payload
      from public.fleet_jobs j join public.fleet_events e on e.id = j.event_id
      where e.type = 'email_received' and e.payload ->> 'message_id' = ${messageId}`,
  ];
}

async function finished(messageId: string) {
  return await eventually(`the run of ${messageId}`, async () => {
    const [run] = await runsOf(messageId);
    return run?.status === "completed" ? run : null;
  }, 20_000);
}

Deno.test("a signed generic mail ends as a finished run; its repeat names the same ids", async () => {
  const messageId = `<${crypto.randomUUID()}@customer.example>`;
  const body = JSON.stringify({
    type: "email.received",
    data: {
      message_id: messageId,
      from: "priya.raman@harborfoods.example",
      to: ["maya.chen@northwind.example"],
      subject: "Export",
      body_html: "<p>Can it be <b>exported</b>?</p>",
      received_at: new Date().toISOString(),
    },
  });
  const once = { now: Date.now(), newId: () => "generic-1" };
  const first = await sendSigned(stack.status.webhooks.email, body, once);
  assert.deepEqual([first.status, first.body.status], [202, "queued"]);
  const run = await finished(messageId);
  assert.deepEqual([run.org_id, run.user_id], [ORG, MEMBER]);
  const again = await sendSigned(stack.status.webhooks.email, body, once);
  assert.deepEqual({ ...again.body, status: "queued" }, first.body);
  assert.deepEqual([again.status, again.body.status], [200, "duplicate"]);
  const [{ body_text }] = await stack
    .sql`select body_text from public.emails where message_id = ${messageId}`;
  assert.equal(body_text, "Can it be exported ?");
});

Deno.test("an automatic answer is stored and starts nothing (T24)", async () => {
  const messageId = `<${crypto.randomUUID()}@customer.example>`;
  const answer = await sendSigned(
    stack.status.webhooks.email,
    JSON.stringify({
      type: "email.received",
      data: {
        message_id: messageId,
        from: "priya.raman@harborfoods.example",
        to: ["maya.chen@northwind.example"],
        subject: "Out of office",
        body_text: "Back on Monday",
        received_at: new Date().toISOString(),
        headers: { "Auto-Submitted": "auto-replied" },
      },
    }),
    { now: Date.now(), newId: () => crypto.randomUUID() },
  );
  assert.deepEqual([answer.status, answer.body.status, answer.body.event_id], [
    200,
    "ignored",
    null,
  ]);
  const [row] = await stack
    .sql`select ignored_reason from public.emails where message_id = ${messageId}`;
  assert.equal(row.ignored_reason, "auto_reply");
  assert.deepEqual(await runsOf(messageId), []);
});

Deno.test("Gmail: a push leads to the mail, the mail to a finished run; the position stays text", async () => {
  const mail = boxMail();
  const historyId = gmail.arrive("north", mail);
  const answer = await push(MAYA, historyId, { messageId: "push-1" });
  assert.deepEqual([answer.status, answer.body.status], [202, "queued"]);
  const run = await finished(mail.messageId);
  assert.deepEqual([run.org_id, run.user_id, run.event_source], [ORG, MEMBER, "mailbox:google"]);
  const [{ payload }] = await stack
    .sql`select payload from public.fleet_events where id = ${answer.body.event_id}`;
  assert.equal(payload.history_id, historyId);
  assert.ok(!Number.isSafeInteger(Number(historyId)), "a number would have lost its last digit");
  const again = await push(MAYA, historyId, { messageId: "push-1" });
  assert.deepEqual([again.status, again.body.status, again.body.event_id], [
    200,
    "duplicate",
    answer.body.event_id,
  ]);
});

Deno.test("Gmail: a push for a mailbox of another organisation, or of nobody, is nobody's here", async () => {
  const answer = await push(BLUE, "9007199254740999", { org: ORG });
  assert.deepEqual([answer.status, answer.body], [200, {
    status: "ignored",
    reason: "no_mailbox",
  }]);
});

Deno.test("Gmail: what is not signed for us is refused, and asks the vendor nothing", async () => {
  const asked = gmail.seen.length;
  for (
    const token of [
      "x.y.z",
      await google.sign({ aud: "other" }),
      await google.sign({ email: "pubsub@other.iam.gserviceaccount.com" }),
    ]
  ) {
    const answer = await push(MAYA, "1", { token });
    assert.deepEqual([answer.status, answer.body.error.code], [401, "bad_token"]);
  }
  assert.equal(gmail.seen.length, asked);
});

Deno.test("Outlook: a batch leads to its mails; a bad item beside good ones is dropped", async () => {
  const [subscription] = graph.subscriptionsOf("north");
  const mails = [boxMail(), boxMail()];
  for (const mail of mails) graph.arrive("north", mail);
  const batch = graphBatch(subscription, mails.map(({ id }) => id));
  const [forged] = graphBatch({ ...subscription, clientState: "guess" }, ["x"]).value;
  const answer = await notify(subscription, { value: [forged, ...batch.value] });
  assert.deepEqual([answer.status, answer.body.status, answer.body.event_ids.length], [
    202,
    "queued",
    1,
  ]);
  for (const mail of mails) {
    const run = await finished(mail.messageId);
    assert.deepEqual([run.org_id, run.user_id, run.event_source], [
      ORG,
      MEMBER,
      "mailbox:microsoft",
    ]);
  }
  const again = await notify(subscription, batch);
  assert.deepEqual([again.status, again.body.status, again.body.event_id], [
    200,
    "duplicate",
    answer.body.event_id,
  ]);
});

Deno.test("Outlook: a batch without a good item is refused, at another organisation's door too", async () => {
  const [ours] = graph.subscriptionsOf("north"), [theirs] = graph.subscriptionsOf("blue");
  for (
    const [door, batch] of [
      [ours, graphBatch({ ...ours, clientState: "guess" }, ["a"])],
      [ours, { value: [] }],
      [ours, graphBatch(theirs, ["a"])],
      [theirs, graphBatch(ours, ["a"])],
    ] as const
  ) {
    const answer = await notify(door, batch);
    assert.deepEqual([answer.status, answer.body.error.code], [401, "bad_client_state"]);
  }
});

Deno.test("Outlook: the handshake comes back as plain text, and only at a door of Graph's", async () => {
  const [{ notificationUrl }] = graph.subscriptionsOf("north");
  const token = "<script>alert(1)</script>";
  const query = `?validationToken=${encodeURIComponent(token)}`;
  const answer = await post(`${notificationUrl}${query}`, "", { "content-type": "text/plain" });
  assert.deepEqual([answer.status, answer.text], [200, token]);
  assert.match(answer.headers.get("content-type")!, /^text\/plain/);
  assert.equal(answer.headers.get("x-content-type-options"), "nosniff");
  const stranger = `${stack.status.FUNCTIONS_URL}/webhook-email/${crypto.randomUUID()}${query}`;
  assert.equal((await post(stranger, "")).status, 401);
});

Deno.test("Outlook: a subscription that is lost is made anew, and what came meanwhile is caught up", async () => {
  const [before] = graph.subscriptionsOf("north");
  graph.drop("north");
  const mail = boxMail();
  graph.arrive("north", mail);
  const answer = await notify(before, {
    value: graphBatch(before, ["x"], {
      lifecycleEvent: "subscriptionRemoved",
      changeType: undefined,
      resourceData: undefined,
    }).value,
  });
  assert.equal(answer.status, 202);
  await finished(mail.messageId);
  await settled();
  const [after] = graph.subscriptionsOf("north");
  assert.notEqual(after.id, before.id);
  // The secret of before opens nothing any more.
  assert.equal((await notify(before, graphBatch(before, ["y"]))).status, 401);
});

Deno.test("Outlook: a missed notice makes a reading; a wanted reauthorisation renews", async () => {
  const [subscription] = graph.subscriptionsOf("north");
  const lifecycle = (lifecycleEvent: string) =>
    notify(subscription, graphBatch(subscription, ["x"], { lifecycleEvent }));
  const mail = boxMail();
  graph.arrive("north", mail);
  assert.equal((await lifecycle("missed")).status, 202);
  await finished(mail.messageId);
  const before = subscription.expirationDateTime;
  assert.equal((await lifecycle("reauthorizationRequired")).status, 202);
  await eventually(
    "the subscription lives longer",
    () => Promise.resolve(graph.subscriptionsOf("north")[0].expirationDateTime > before),
  );
});

for (const provider of ["google", "microsoft"] as const) {
  Deno.test(`${provider}: a gap without any notice is caught up by the hourly reading, also past what the vendor remembers`, async () => {
    await settled();
    const boxes = provider === "google" ? gmail : graph;
    const mails = Array.from({ length: 3 }, () => boxMail());
    for (const mail of mails) boxes.arrive("north", mail);
    boxes.forget("north");
    const id = ids.get(`${provider} ${ORG}`)!;
    await stack
      .sql`update fleet.mailbox_watches set sync_at = fleet.now() where connection_id = ${id}`;
    for (const mail of mails) await finished(mail.messageId);
    for (const mail of mails) assert.equal((await runsOf(mail.messageId)).length, 1);
  });

  Deno.test(`${provider}: a watch whose time has come is renewed well before its end`, async () => {
    await settled();
    const id = ids.get(`${provider} ${ORG}`)!;
    await stack
      .sql`update public.fleet_connections set watch_expires_at = fleet.now() + interval '47 hours'
      where id = ${id}`;
    await stack
      .sql`update fleet.mailbox_watches set renew_at = fleet.now() where connection_id = ${id}`;
    await eventually("the watch lives longer", async () => {
      const [{ hours }] = await stack.sql`
        select extract(epoch from watch_expires_at - fleet.now())::float8 / 3600 as hours
        from public.fleet_connections where id = ${id}`;
      return hours > 60;
    }, 20_000);
  });
}

Deno.test("ten pushes at once read the mailbox ten times and start each mail's run once", async () => {
  await settled();
  const mails = Array.from({ length: 8 }, () => boxMail());
  const at = mails.map((mail) => gmail.arrive("north", mail));
  await Promise.all(Array.from({ length: 10 }, () => push(MAYA, at.at(-1)!)));
  for (const mail of mails) await finished(mail.messageId);
  await settled();
  for (const mail of mails) assert.equal((await runsOf(mail.messageId)).length, 1);
});

Deno.test("one mail to two organisations is each one's own, read with its own account", async () => {
  const shared = boxMail();
  const [north, blue] = [gmail.arrive("north", shared), gmail.arrive("blue", shared)];
  await push(MAYA, north);
  await push(BLUE, blue);
  await eventually(
    "both runs",
    async () =>
      (await runsOf(shared.messageId)).filter(({ status }) => status === "completed").length === 2,
  );
  const owners = (await runsOf(shared.messageId)).map(({ org_id, user_id }) => [org_id, user_id]);
  assert.deepEqual(owners.sort(), PEOPLE.map(({ org, user }) => [org, user]).sort());
  const foreign = await stack.sql`
    select count(*)::int as count from public.emails e
    where e.org_id = ${OTHER_ORG} and e.user_id <> ${OTHER_OWNER}`;
  assert.equal(foreign[0].count, 0);
});

Deno.test("who disconnects ends the vendor's watch, and later pushes are nobody's", async () => {
  await settled();
  for (
    const [provider, isWatched] of [
      ["google", () => gmail.watchOf("north") !== null],
      ["microsoft", () => graph.subscriptionsOf("north").length > 0],
    ] as const
  ) {
    assert.ok(isWatched());
    const answer = await post(
      `${stack.status.FUNCTIONS_URL}/fleet-connect/${provider}/disconnect`,
      JSON.stringify({ org_id: ORG }),
      {
        "content-type": "application/json",
        authorization: `Bearer ${await signToken(stack.status, MEMBER)}`,
      },
    );
    assert.deepEqual([answer.status, answer.body], [200, { status: "revoked" }]);
    assert.ok(!isWatched());
  }
  const late = await push(MAYA, "9007199254741999");
  assert.deepEqual(late.body, { status: "ignored", reason: "no_mailbox" });
  const [{ left }] = await stack.sql`
    select count(*)::int as left from fleet.mailbox_watches where org_id = ${ORG}`;
  assert.equal(left, 0);
});
