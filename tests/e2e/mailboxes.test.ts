/** Mails from the vendor's raw notice to the end of their run, through the functions that deploy. */
import assert from "node:assert/strict";
import { sendSigned } from "../../cli/demoMeeting.ts";
import {
  BLUE,
  type MailRuns,
  MAYA,
  openMailRuns,
  OTHER_ORG,
  OTHER_OWNER,
  PEOPLE,
} from "../support/mailRuns.ts";
import { MEMBER, ORG, signToken } from "../support/runs.ts";
import { eventually } from "../support/stack.ts";
import { boxMail, graphBatch } from "../support/vendors/mailboxes.ts";

let at: MailRuns;
Deno.test.beforeAll(async () => {
  at = await openMailRuns();
});
Deno.test.afterAll(() => at[Symbol.asyncDispose]());

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
  const first = await sendSigned(at.stack.status.webhooks.email, body, once);
  assert.deepEqual([first.status, first.body.status], [202, "queued"]);
  const run = await at.finished(messageId);
  assert.deepEqual([run.org_id, run.user_id], [ORG, MEMBER]);
  const again = await sendSigned(at.stack.status.webhooks.email, body, once);
  assert.deepEqual({ ...again.body, status: "queued" }, first.body);
  assert.deepEqual([again.status, again.body.status], [200, "duplicate"]);
  const [{ body_text }] = await at.stack
    .sql`select body_text from public.emails where message_id = ${messageId}`;
  assert.equal(body_text, "Can it be exported ?");
});

Deno.test("an automatic answer is stored and starts nothing (T24)", async () => {
  const messageId = `<${crypto.randomUUID()}@customer.example>`;
  const answer = await sendSigned(
    at.stack.status.webhooks.email,
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
  const [row] = await at.stack
    .sql`select ignored_reason from public.emails where message_id = ${messageId}`;
  assert.equal(row.ignored_reason, "auto_reply");
  assert.deepEqual(await at.runsOf(messageId), []);
});

Deno.test("Gmail: a push leads to the mail, the mail to a finished run; the position stays text", async () => {
  const mail = boxMail();
  const historyId = at.gmail.arrive("north", mail);
  const answer = await at.push(MAYA, historyId, { messageId: "push-1" });
  assert.deepEqual([answer.status, answer.body.status], [202, "queued"]);
  const run = await at.finished(mail.messageId);
  assert.deepEqual([run.org_id, run.user_id, run.event_source], [ORG, MEMBER, "mailbox:google"]);
  const [{ payload }] = await at.stack
    .sql`select payload from public.fleet_events where id = ${answer.body.event_id}`;
  assert.equal(payload.history_id, historyId);
  assert.ok(!Number.isSafeInteger(Number(historyId)), "a number would have lost its last digit");
  const again = await at.push(MAYA, historyId, { messageId: "push-1" });
  assert.deepEqual([again.status, again.body.status, again.body.event_id], [
    200,
    "duplicate",
    answer.body.event_id,
  ]);
});

Deno.test("Gmail: a push for a mailbox of another organisation, or of nobody, is nobody's here", async () => {
  const answer = await at.push(BLUE, "9007199254740999", { org: ORG });
  assert.deepEqual([answer.status, answer.body], [200, {
    status: "ignored",
    reason: "no_mailbox",
  }]);
});

Deno.test("Gmail: what is not signed for us is refused, and asks the vendor nothing", async () => {
  const asked = at.gmail.seen.length;
  for (
    const token of [
      "x.y.z",
      await at.google.sign({ aud: "other" }),
      await at.google.sign({ email: "pubsub@other.iam.gserviceaccount.com" }),
    ]
  ) {
    const answer = await at.push(MAYA, "1", { token });
    assert.deepEqual([answer.status, answer.body.error.code], [401, "bad_token"]);
  }
  assert.equal(at.gmail.seen.length, asked);
});

Deno.test("Outlook: a batch leads to its mails; a bad item beside good ones is dropped", async () => {
  const [subscription] = at.graph.subscriptionsOf("north");
  const mails = [boxMail(), boxMail()];
  for (const mail of mails) at.graph.arrive("north", mail);
  const batch = graphBatch(subscription, mails.map(({ id }) => id));
  const [forged] = graphBatch({ ...subscription, clientState: "guess" }, ["x"]).value;
  const answer = await at.notify(subscription, { value: [forged, ...batch.value] });
  assert.deepEqual([answer.status, answer.body.status, answer.body.event_ids.length], [
    202,
    "queued",
    1,
  ]);
  for (const mail of mails) {
    const run = await at.finished(mail.messageId);
    assert.deepEqual([run.org_id, run.user_id, run.event_source], [
      ORG,
      MEMBER,
      "mailbox:microsoft",
    ]);
  }
  const again = await at.notify(subscription, batch);
  assert.deepEqual([again.status, again.body.status, again.body.event_id], [
    200,
    "duplicate",
    answer.body.event_id,
  ]);
});

Deno.test("Outlook: a batch without a good item is refused, at another organisation's door too", async () => {
  const [ours] = at.graph.subscriptionsOf("north"), [theirs] = at.graph.subscriptionsOf("blue");
  for (
    const [door, batch] of [
      [ours, graphBatch({ ...ours, clientState: "guess" }, ["a"])],
      [ours, { value: [] }],
      [ours, graphBatch(theirs, ["a"])],
      [theirs, graphBatch(ours, ["a"])],
    ] as const
  ) {
    const answer = await at.notify(door, batch);
    assert.deepEqual([answer.status, answer.body.error.code], [401, "bad_client_state"]);
  }
});

Deno.test("Outlook: the handshake comes back as plain text, and only at a door of Graph's", async () => {
  const [{ notificationUrl }] = at.graph.subscriptionsOf("north");
  const token = "<script>alert(1)</script>";
  const query = `?validationToken=${encodeURIComponent(token)}`;
  const answer = await at.post(`${notificationUrl}${query}`, "", { "content-type": "text/plain" });
  assert.deepEqual([answer.status, answer.text], [200, token]);
  assert.match(answer.headers.get("content-type")!, /^text\/plain/);
  assert.equal(answer.headers.get("x-content-type-options"), "nosniff");
  const stranger = `${at.stack.status.FUNCTIONS_URL}/webhook-email/${crypto.randomUUID()}${query}`;
  assert.equal((await at.post(stranger, "")).status, 401);
});

Deno.test("Outlook: a subscription that is lost is made anew, and what came meanwhile is caught up", async () => {
  const [before] = at.graph.subscriptionsOf("north");
  at.graph.drop("north");
  const mail = boxMail();
  at.graph.arrive("north", mail);
  const answer = await at.notify(before, {
    value: graphBatch(before, ["x"], {
      lifecycleEvent: "subscriptionRemoved",
      changeType: undefined,
      resourceData: undefined,
    }).value,
  });
  assert.equal(answer.status, 202);
  await at.finished(mail.messageId);
  await at.settled();
  const [after] = at.graph.subscriptionsOf("north");
  assert.notEqual(after.id, before.id);
  // The secret of before opens nothing any more.
  assert.equal((await at.notify(before, graphBatch(before, ["y"]))).status, 401);
});

Deno.test("Outlook: a missed notice makes a reading; a wanted reauthorisation renews", async () => {
  const [subscription] = at.graph.subscriptionsOf("north");
  const lifecycle = (lifecycleEvent: string) =>
    at.notify(subscription, graphBatch(subscription, ["x"], { lifecycleEvent }));
  const mail = boxMail();
  at.graph.arrive("north", mail);
  assert.equal((await lifecycle("missed")).status, 202);
  await at.finished(mail.messageId);
  const before = subscription.expirationDateTime;
  assert.equal((await lifecycle("reauthorizationRequired")).status, 202);
  await eventually(
    "the subscription lives longer",
    () => Promise.resolve(at.graph.subscriptionsOf("north")[0].expirationDateTime > before),
  );
});

for (const provider of ["google", "microsoft"] as const) {
  Deno.test(`${provider}: a gap without any notice is caught up by the hourly reading, also past what the vendor remembers`, async () => {
    await at.settled();
    const boxes = provider === "google" ? at.gmail : at.graph;
    const mails = Array.from({ length: 3 }, () => boxMail());
    for (const mail of mails) boxes.arrive("north", mail);
    boxes.forget("north");
    const id = at.ids.get(`${provider} ${ORG}`)!;
    await at.stack
      .sql`update fleet.mailbox_watches set sync_at = fleet.now() where connection_id = ${id}`;
    for (const mail of mails) await at.finished(mail.messageId);
    for (const mail of mails) assert.equal((await at.runsOf(mail.messageId)).length, 1);
  });

  Deno.test(`${provider}: a watch whose time has come is renewed well before its end`, async () => {
    await at.settled();
    const id = at.ids.get(`${provider} ${ORG}`)!;
    await at.stack
      .sql`update public.fleet_connections set watch_expires_at = fleet.now() + interval '47 hours'
      where id = ${id}`;
    await at.stack
      .sql`update fleet.mailbox_watches set renew_at = fleet.now() where connection_id = ${id}`;
    await eventually("the watch lives longer", async () => {
      const [{ hours }] = await at.stack.sql`
        select extract(epoch from watch_expires_at - fleet.now())::float8 / 3600 as hours
        from public.fleet_connections where id = ${id}`;
      return hours > 60;
    }, 20_000);
  });
}

Deno.test("ten pushes at once read the mailbox ten times and start each mail's run once", async () => {
  await at.settled();
  const mails = Array.from({ length: 8 }, () => boxMail());
  const positions = mails.map((mail) => at.gmail.arrive("north", mail));
  await Promise.all(Array.from({ length: 10 }, () => at.push(MAYA, positions.at(-1)!)));
  for (const mail of mails) await at.finished(mail.messageId);
  await at.settled();
  for (const mail of mails) assert.equal((await at.runsOf(mail.messageId)).length, 1);
});

Deno.test("one mail to two organisations is each one's own, read with its own account", async () => {
  const shared = boxMail();
  const [north, blue] = [at.gmail.arrive("north", shared), at.gmail.arrive("blue", shared)];
  await at.push(MAYA, north);
  await at.push(BLUE, blue);
  await eventually(
    "both runs",
    async () =>
      (await at.runsOf(shared.messageId)).filter(({ status }) => status === "completed").length ===
        2,
  );
  const owners = (await at.runsOf(shared.messageId)).map((
    { org_id, user_id },
  ) => [org_id, user_id]);
  assert.deepEqual(owners.sort(), PEOPLE.map(({ org, user }) => [org, user]).sort());
  const foreign = await at.stack.sql`
    select count(*)::int as count from public.emails e
    where e.org_id = ${OTHER_ORG} and e.user_id <> ${OTHER_OWNER}`;
  assert.equal(foreign[0].count, 0);
});

Deno.test("who disconnects ends the vendor's watch, and later pushes are nobody's", async () => {
  await at.settled();
  for (
    const [provider, isWatched] of [
      ["google", () => at.gmail.watchOf("north") !== null],
      ["microsoft", () => at.graph.subscriptionsOf("north").length > 0],
    ] as const
  ) {
    assert.ok(isWatched());
    const answer = await at.post(
      `${at.stack.status.FUNCTIONS_URL}/fleet-connect/${provider}/disconnect`,
      JSON.stringify({ org_id: ORG }),
      {
        "content-type": "application/json",
        authorization: `Bearer ${await signToken(at.stack.status, MEMBER)}`,
      },
    );
    assert.deepEqual([answer.status, answer.body], [200, { status: "revoked" }]);
    assert.ok(!isWatched());
  }
  const late = await at.push(MAYA, "9007199254741999");
  assert.deepEqual(late.body, { status: "ignored", reason: "no_mailbox" });
  const [{ left }] = await at.stack.sql`
    select count(*)::int as left from fleet.mailbox_watches where org_id = ${ORG}`;
  assert.equal(left, 0);
});
