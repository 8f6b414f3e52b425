import assert from "node:assert/strict";
import { createSlack } from "../../../supabase/functions/_shared/providers/slack/slack.ts";
import { createSlackCarrier } from "../../../supabase/functions/_shared/providers/slack/web.ts";
import { createDesk, type VendorDesk } from "../../support/vendors/deliveries.ts";
import { serveSlack, type SlackServer } from "../../support/vendors/slack.ts";

const MEMBER = { id: "u1", email: "ana@example.com", slack_user_id: null };
const BLOCKS = [{ type: "section", text: { type: "mrkdwn", text: "hello" } }];

function open(server: SlackServer, tokens: Record<string, string> = { "org-1": "xoxb-1" }) {
  const desk = createDesk(tokens);
  const crm = {
    getUser: () => Promise.resolve(MEMBER as unknown as Awaited<ReturnType<Crm["getUser"]>>),
  };
  const carrier = createSlackCarrier(desk.vendor("slack", server.url), { crm, now: Date.now });
  return { desk, slack: createSlack(desk.deliverer, carrier) };
}
type Crm = Parameters<typeof createSlackCarrier>[1]["crm"];
const serve = () =>
  serveSlack({
    tokens: ["xoxb-1", "xoxb-2"],
    channels: ["a", "b", "c", "deals"],
    users: { "ana@example.com": "U7" },
  });
const toDeals = { to: { channel: "#deals" }, text: "hello", blocks: BLOCKS };
const statusOf = (desk: VendorDesk, key: string) => desk.rows.get(key)?.status;

Deno.test("slack: a message reaches the channel of that name, behind several pages", async () => {
  await using server = serve();
  const { slack, desk } = open(server);
  const sent = await slack.postMessage(toDeals, desk.meta("k1"));
  assert.deepEqual([sent.status, sent.via], ["sent", "Slack"]);
  const [message] = server.messages;
  assert.deepEqual([message.channel, message.text], ["C3", "hello"]);
  assert.equal(sent.provider_ref, message.ts);
});

Deno.test("slack: a member without a known Slack id is found by address", async () => {
  await using server = serve();
  const { slack, desk } = open(server);
  await slack.postMessage({ ...toDeals, to: { userId: "u1" } }, desk.meta("k1"));
  assert.equal(server.messages[0].channel, "DU7");
});

Deno.test("slack: an unanswered post is found in the history and not posted again", async () => {
  await using server = serve();
  const { slack, desk } = open(server);
  server.fail("chat.postMessage", "drop");
  await assert.rejects(slack.postMessage(toDeals, desk.meta("k1")), { code: "slack_unavailable" });
  assert.equal(statusOf(desk, "k1"), "pending");
  // Later messages push it to a page of its own.
  for (const key of ["k2", "k3", "k4"]) await slack.postMessage(toDeals, desk.meta(key));
  const sent = await slack.postMessage(toDeals, desk.meta("k1"));
  assert.equal(sent.provider_ref, server.messages[0].ts);
  assert.equal(server.messages.length, 4);
});

Deno.test("slack: a post that never arrived is sent by the next attempt", async () => {
  await using server = serve();
  const { slack, desk } = open(server);
  server.fail("chat.postMessage", "500");
  await assert.rejects(slack.postMessage(toDeals, desk.meta("k1")), { code: "slack_unavailable" });
  await slack.postMessage(toDeals, desk.meta("k1"));
  assert.equal(server.messages.length, 1);
});

Deno.test("slack: a rate limit names its own wait", async () => {
  await using server = serve();
  const { slack, desk } = open(server);
  server.fail("chat.postMessage", { retryAfter: "37" });
  await assert.rejects(slack.postMessage(toDeals, desk.meta("k1")), {
    code: "slack_rate_limited",
    retryAfterMs: 37_000,
  });
});

Deno.test("slack: a revoked token is marked and nothing is posted", async () => {
  await using server = serve();
  const { slack, desk } = open(server, { "org-1": "xoxb-revoked" });
  await assert.rejects(slack.postMessage(toDeals, desk.meta("k1")), { code: "reconnect_required" });
  assert.deepEqual(desk.refused, ["xoxb-revoked"]);
});

Deno.test("slack: a channel nobody knows is refused for good", async () => {
  await using server = serve();
  const { slack, desk } = open(server);
  const lost = { ...toDeals, to: { channel: "#nowhere" } };
  await assert.rejects(slack.postMessage(lost, desk.meta("k1")), { code: "slack_refused" });
  assert.equal(statusOf(desk, "k1"), "failed");
});

Deno.test("slack: an answer that is no JSON fails without its text in the error", async () => {
  await using server = serve();
  const { slack, desk } = open(server);
  server.fail("chat.postMessage", "html");
  await assert.rejects(
    slack.postMessage(toDeals, desk.meta("k1")),
    (error: Error) => error.message.includes("bad_answer") && !error.message.includes("sign in"),
  );
});

Deno.test("slack: two organisations post each with their own token", async () => {
  await using server = serve();
  const { slack, desk } = open(server, { "org-1": "xoxb-1", "org-2": "xoxb-2" });
  await Promise.all([
    slack.postMessage(toDeals, desk.meta("k1", "org-1")),
    slack.postMessage({ ...toDeals, text: "other" }, desk.meta("k2", "org-2")),
  ]);
  const byText = new Map(server.messages.map(({ text, token }) => [text, token]));
  assert.deepEqual([byText.get("hello"), byText.get("other")], ["xoxb-1", "xoxb-2"]);
});

Deno.test("slack: quiet hours hold a message back before Slack is asked, unless it is withheld anyway", async () => {
  await using server = serve();
  const { slack, desk } = open(server);
  desk.waitMs = 7_200_000;
  await assert.rejects(slack.postMessage(toDeals, desk.meta("k1")), {
    code: "delivery_deferred",
    retryAfterMs: 7_200_000,
  });
  assert.deepEqual([server.seen.length, statusOf(desk, "k1")], [0, "pending"]);
  const off = createDesk({}, { sendMode: "off" });
  off.waitMs = 7_200_000;
  const sent = await createSlack(off.deliverer, () => Promise.resolve(null))
    .postMessage(toDeals, off.meta("k2"));
  assert.equal(sent.via, "withheld: FLEET_SEND is off");
});

Deno.test("slack: without a workspace the message is withheld, and says why", async () => {
  await using server = serve();
  const { slack, desk } = open(server, {});
  const sent = await slack.postMessage(toDeals, desk.meta("k1"));
  assert.deepEqual([sent.status, sent.via], [
    "withheld",
    "withheld: no account is connected for this channel",
  ]);
  assert.equal(server.seen.length, 0);
});
