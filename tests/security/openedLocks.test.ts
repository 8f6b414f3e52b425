/**
 * Behind the locks of mail vendors and of Slack's buttons (T31): whoever opens one with its own secret and sends what is
 * wrong in any field is answered without an error of ours, reaches nobody and settles nothing.
 */
import assert from "node:assert/strict";
import { createHash, createHmac } from "node:crypto";
import { goneWrong } from "../fuzz/bodies.ts";
import { type Doors, KEYS, openDoors, signGooglePush } from "../support/doors.ts";
import { SEED } from "../support/skillWorld.ts";
import { gmailPush } from "../support/vendors/googleSigner.ts";

const GMAIL = crypto.randomUUID(), GRAPH = crypto.randomUUID();
const ACCOUNT = "dana@fleet.example", CLIENT_STATE = "what Graph repeats";
const TEAM = "T0DOORS", PERSON = "U0DOORS";
const APPROVAL = crypto.randomUUID();
/** Of another content than the one that is asked about. */
const POINTER = `${APPROVAL}:${"b".repeat(64)}`;

let doors: Doors, googleToken: string;

Deno.test.beforeAll(async () => {
  doors = await openDoors();
  googleToken = await signGooglePush(GMAIL);
  await addMailboxes();
  await addQuestion();
  // Events are stored and start nothing: the doors are tried here.
  await doors.db.sql`update public.fleet_org_settings set is_enabled = false`;
});
Deno.test.afterAll(async () => await doors[Symbol.asyncDispose]());

async function addMailboxes(): Promise<void> {
  const { sql } = doors.db;
  for (
    const [endpoint, door, provider, scope] of [
      [GMAIL, "gmail", "google", "https://www.googleapis.com/auth/gmail.readonly"],
      [GRAPH, "microsoft", "microsoft", "Mail.Read"],
    ]
  ) {
    await sql`insert into public.fleet_webhook_endpoints (id, org_id, provider)
      values (${endpoint}, ${SEED.org}, ${door})`;
    await sql`insert into public.fleet_connections (id, org_id, user_id, provider, account_id, scopes)
      values (${crypto.randomUUID()}, ${SEED.org}, ${SEED.member}, ${provider}, ${ACCOUNT}, ${[
      scope,
    ]})`;
  }
  const sha256 = createHash("sha256").update(CLIENT_STATE).digest("hex");
  await sql`update fleet.mailbox_watches w set endpoint_id = ${GRAPH}, subscription_id = 'sub-1',
    client_state_sha256 = ${sha256}
    from public.fleet_connections c where c.id = w.connection_id and c.provider = 'microsoft'`;
}

async function addQuestion(): Promise<void> {
  const { sql } = doors.db;
  const response = await doors.call("agent-orchestrator", {
    method: "POST",
    headers: { apikey: KEYS.secret, "content-type": "application/json" },
    body: JSON.stringify({ type: "deal_risk_scan", org_id: SEED.org, user_id: null, sync: true }),
  });
  const { job_id } = await response.json();
  await sql`insert into public.fleet_connections (id, org_id, provider, account_id)
    values (${crypto.randomUUID()}, ${SEED.org}, 'slack', ${TEAM})`;
  await sql`update public.profiles set slack_user_id = ${PERSON} where id = ${SEED.admin}`;
  await sql`insert into public.fleet_approvals
      (id, org_id, job_id, step_id, action_type, preview, proposed, content_sha256, expires_at)
    values (${APPROVAL}, ${SEED.org}, ${job_id}, 'a', 'send', 'p', '{}', ${"a".repeat(64)},
      fleet.now() + interval '1 hour')`;
}

interface Lock {
  readonly name: string;
  readonly good: string;
  /** What the good one is answered: that it came through the lock. */
  readonly answer: RegExp;
  readonly path: string;
  open(body: string): { readonly headers: Record<string, string>; readonly body: string };
}

function bySlack(json: string) {
  const body = `payload=${encodeURIComponent(json)}`;
  const at = String(Math.floor(Date.now() / 1000));
  const mac = createHmac("sha256", KEYS.slackSigning).update(`v0:${at}:${body}`).digest("hex");
  return {
    body,
    headers: {
      "content-type": "application/x-www-form-urlencoded",
      "x-slack-request-timestamp": at,
      "x-slack-signature": `v0=${mac}`,
    },
  };
}

const PERSON_FIELDS = { team: { id: TEAM }, user: { id: PERSON, team_id: TEAM } };
const LOCKS: readonly Lock[] = [
  {
    name: "Gmail's push",
    good: gmailPush(ACCOUNT, "18446744073709551615"),
    answer: /event_ids":\["/,
    path: `webhook-email/${GMAIL}`,
    open: (body) => ({ body, headers: { authorization: `Bearer ${googleToken}` } }),
  },
  {
    name: "Graph's notice",
    good: JSON.stringify({
      value: [{
        subscriptionId: "sub-1",
        clientState: CLIENT_STATE,
        changeType: "created",
        resource: "Users/u/Messages/m",
        resourceData: { id: "m", "@odata.etag": "W/1" },
        subscriptionExpirationDateTime: "2027-01-01T00:00:00Z",
      }],
    }),
    answer: /event_ids":\["/,
    path: `webhook-email/${GRAPH}`,
    open: (body) => ({ body, headers: { "content-type": "application/json" } }),
  },
  {
    name: "Graph's lifecycle",
    good: JSON.stringify({
      value: [{
        subscriptionId: "sub-1",
        clientState: CLIENT_STATE,
        lifecycleEvent: "subscriptionRemoved",
      }],
    }),
    answer: /event_ids":\["/,
    path: `webhook-email/${GRAPH}`,
    open: (body) => ({ body, headers: { "content-type": "application/json" } }),
  },
  ...["approval_approve", "approval_reject"].map((action_id) => ({
    name: `Slack's button ${action_id}`,
    good: JSON.stringify({
      type: "block_actions",
      ...PERSON_FIELDS,
      trigger_id: "1.1.x",
      actions: [{ type: "button", action_id, value: POINTER }],
    }),
    answer: /content_changed/,
    path: "slack-interactivity",
    open: bySlack,
  })),
  {
    name: "Slack's form",
    good: JSON.stringify({
      type: "view_submission",
      ...PERSON_FIELDS,
      view: {
        callback_id: "approval_edit_form",
        private_metadata: POINTER,
        state: { values: { body: { value: { type: "plain_text_input", value: "words" } } } },
      },
    }),
    answer: /Nothing was changed/,
    path: "slack-interactivity",
    open: bySlack,
  },
];

async function send(lock: Lock, body: string): Promise<{ status: number; text: string }> {
  const response = await doors.call(lock.path, { method: "POST", ...lock.open(body) });
  return { status: response.status, text: await response.text() };
}

const readQuestion = async () => ({
  ...(await doors.db.sql`select status, version, decided_by from public.fleet_approvals
      where id = ${APPROVAL}`)[0],
});

for (const lock of LOCKS) {
  const bodies = goneWrong(lock.good);
  Deno.test({
    name: `${lock.name}: ${bodies.length} bodies gone wrong bring no error of ours (T31)`,
    sanitizeOps: false,
    sanitizeResources: false,
    fn: async () => {
      const calls = doors.outbound.length;
      const question = await readQuestion();
      const good = await send(lock, lock.good);
      assert.ok(good.status < 300, `${good.status} ${good.text}`);
      assert.match(good.text, lock.answer);
      for (const body of bodies) {
        const { status, text } = await send(lock, body);
        assert.ok(status < 500, `${status} ${text}: ${body.slice(0, 300)}`);
      }
      const others = doors.outbound.slice(calls).filter((url) =>
        !url.startsWith("http://edge.test")
      );
      assert.deepEqual(others, []);
      assert.deepEqual(await readQuestion(), question);
    },
  });
}
