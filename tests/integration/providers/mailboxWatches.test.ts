import assert from "node:assert/strict";
import {
  type GraphBoxes,
  serveGmailBoxes,
  serveGraphBoxes,
} from "../../support/vendors/mailboxes.ts";
import { open, TOPIC } from "./_mailbox.ts";

Deno.test("a reading that found something rings once, one that found nothing does not", async () => {
  const box = open("google", "http://127.0.0.1:9");
  await box.advance(0, false);
  assert.deepEqual(box.bells, []);
  await box.advance(3, false);
  await box.advance(0, true);
  assert.deepEqual(box.bells, ["sweep", "sweep"]);
});

Deno.test("Gmail: a watch is renewed by the call that makes it, and its answer is kept as text", async () => {
  await using server = serveGmailBoxes(["t1"], { topic: TOPIC });
  const box = open("google", server.url);
  for (let at = 0; at < 2; at++) {
    const { status, expires_at } = await box.watch();
    assert.equal(status, "watching");
    assert.equal(Date.parse(expires_at!), server.watchOf("t1")!.expiration);
    assert.deepEqual(box.saved[at], {
      cursor: "9007199254740993",
      expiresAt: expires_at,
      subscriptionId: null,
      clientStateSha256: null,
      catchesUp: true,
    });
  }
  assert.deepEqual(server.seen[0].body, {
    topicName: TOPIC,
    labelIds: ["INBOX"],
    labelFilterBehavior: "INCLUDE",
  });
  await box.stop();
  assert.equal(server.watchOf("t1"), null);
});

Deno.test("Gmail: without a topic nobody watches, and the cursor is kept for the hourly reading", async () => {
  await using server = serveGmailBoxes(["t1"]);
  const box = open("google", server.url, { topic: null });
  assert.deepEqual(await box.watch(), { status: "not_configured", expires_at: null });
  assert.deepEqual(box.saved, [{
    cursor: "9007199254740993",
    expiresAt: null,
    subscriptionId: null,
    clientStateSha256: null,
    catchesUp: true,
  }]);
});

const subscription = (server: GraphBoxes) => server.subscriptionsOf("t1")[0];

Deno.test("Outlook: a subscription names our door twice and carries a secret of which only the hash is kept", async () => {
  await using server = serveGraphBoxes(["t1"]);
  const box = open("microsoft", server.url);
  const { status, expires_at } = await box.watch();
  assert.equal(status, "watching");
  const made = subscription(server);
  const door = "https://ref.supabase.co/functions/v1/webhook-email/endpoint-1";
  assert.deepEqual([made.notificationUrl, made.lifecycleNotificationUrl], [door, door]);
  assert.match(made.clientState, /^[0-9a-f]{64}$/);
  assert.notEqual(box.hashes[0], made.clientState);
  assert.deepEqual(box.saved, [{
    subscriptionId: made.id,
    clientStateSha256: box.hashes[0],
    cursor: null,
    expiresAt: expires_at,
    catchesUp: true,
  }]);
});

Deno.test("Outlook: a known subscription is renewed, with the secret it has", async () => {
  await using server = serveGraphBoxes(["t1"]);
  await open("microsoft", server.url).watch();
  const before = { ...subscription(server) };
  const box = open("microsoft", server.url, { now: Date.now() + 3_600_000 });
  await box.watch({ subscription_id: before.id });
  const after = subscription(server);
  assert.deepEqual([after.id, after.clientState], [before.id, before.clientState]);
  assert.ok(after.expirationDateTime > before.expirationDateTime);
  assert.deepEqual([box.hashes, (box.saved[0] as { catchesUp: boolean }).catchesUp], [[], false]);
});

for (const isLost of [true, false]) {
  Deno.test(`Outlook: a subscription that ${isLost ? "we were told is lost" : "Graph no longer knows"} is made anew and caught up`, async () => {
    await using server = serveGraphBoxes(["t1"]);
    const first = open("microsoft", server.url);
    await first.watch();
    const before = subscription(server);
    server.drop("t1");
    const box = open("microsoft", server.url);
    await box.watch({ subscription_id: before.id }, isLost);
    const after = subscription(server);
    assert.notEqual(after.id, before.id);
    assert.notEqual(after.clientState, before.clientState);
    assert.deepEqual((box.saved[0] as { catchesUp: boolean }).catchesUp, true);
    assert.equal(server.seen.some(({ method }) => method === "PATCH"), !isLost);
  });
}

Deno.test("Outlook: a subscription that came second is deleted again", async () => {
  await using server = serveGraphBoxes(["t1"]);
  const box = open("microsoft", server.url, { isFirst: false });
  await box.watch();
  assert.deepEqual(server.seen.map(({ method }) => method), ["POST", "DELETE"]);
  assert.deepEqual(server.subscriptionsOf("t1"), []);
});

Deno.test("Outlook: a subscription that ends is deleted; one that is gone is none to delete", async () => {
  await using server = serveGraphBoxes(["t1"]);
  const box = open("microsoft", server.url);
  await box.watch();
  const { id } = subscription(server);
  await box.stop({ subscription_id: id });
  assert.deepEqual(server.subscriptionsOf("t1"), []);
  await box.stop({ subscription_id: id });
  await box.stop();
});
