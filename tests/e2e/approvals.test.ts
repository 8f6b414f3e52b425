/** Questions by Slack and by link, on the embedded stack: Slack is a server of its own on this machine. (T19, T20) */
import assert from "node:assert/strict";
import type { JobDetail } from "../../cli/api.ts";
import { connect } from "../../supabase/functions/_shared/db/client.ts";
import { createConnectionStore } from "../../supabase/functions/_shared/orchestrator/store/connections.ts";
import { createSystemClock } from "../../supabase/functions/_shared/providers/clock.ts";
import { createKeyRing } from "../../supabase/functions/_shared/providers/connections/keyRing.ts";
import { ADMIN, MEMBER, openRuns, ORG, type RunStack } from "../support/runs.ts";
import { eventually } from "../support/stack.ts";
import {
  elementsOf,
  pressPayload,
  serveSlack,
  signedRequest,
  SIGNING_SECRET,
  type SlackMessage,
  type SlackPerson,
  type SlackServer,
  submitPayload,
} from "../support/vendors/slack.ts";

const TOKEN_KEYS = JSON.stringify({ k1: btoa("0123456789abcdef0123456789abcdef") });
const TEAM = "T0NORTH";
const MAYA: SlackPerson = { team: TEAM, user: "U0MAYA" };
const CONSOLE = "https://console.example";
const UNDO_MS = 1500;
const ENDED = ["completed", "failed", "cancelled"];

let slack: SlackServer;
let stack: RunStack;

Deno.test.beforeAll(async () => {
  slack = serveSlack({ tokens: ["xoxb-north"] });
  stack = await openRuns({
    FLEET_SEND: "allowlist",
    // Questions go to Slack; what is approved goes to the sink.
    FLEET_SEND_ALLOW: `${MEMBER},${ADMIN}`,
    FLEET_TOKEN_KEYS: TOKEN_KEYS,
    FLEET_CONSOLE_URL: CONSOLE,
    FLEET_UNDO_MS: String(UNDO_MS),
    FLEET_SWEEP_INTERVAL_MS: "200",
    SLACK_API_URL: slack.url,
    SLACK_SIGNING_SECRET: SIGNING_SECRET,
  });
  const sql = connect(stack.status.DB_URL, { max: 1 });
  const id = crypto.randomUUID();
  await createConnectionStore({ sql, clock: createSystemClock() }).save({
    id,
    orgId: ORG,
    userId: null,
    provider: "slack",
    accountId: TEAM,
    scopes: ["chat:write"],
    sealed: await createKeyRing(TOKEN_KEYS).seal(
      JSON.stringify({ access_token: "xoxb-north" }),
      id,
    ),
    expiresInMs: null,
  });
  await sql.end();
  await stack
    .sql`insert into public.fleet_user_preferences (user_id, org_id, event_type, is_enabled)
    values (${MEMBER}, ${ORG}, 'approval_asked', false)`;
  await stack.define("mail", [
    { skill: "draft-followup-email", requires_context: ["tier1", "tier2"] },
    { skill: "send-email-as-rep", requires_context: ["tier1"], requires_approval: true },
  ]);
});

Deno.test.afterAll(async () => {
  await stack?.[Symbol.asyncDispose]();
  await slack?.[Symbol.asyncDispose]();
});

async function askByMail(): Promise<{ job: JobDetail; id: string; message: SlackMessage }> {
  const { job_id } = await stack.start("mail", {
    meeting_id: "d0000000-0000-4000-8000-000000000101",
    contact_id: "d0000000-0000-4000-8000-000000000e01",
    title: "Harbor Foods discovery",
  });
  const job = await stack.reach(job_id!, ["waiting_approval"], 10_000);
  const [{ id }] = job.approvals;
  return { job, id, message: await messageOf(id) };
}

/** The message about this approval, once it satisfies `until`. */
function messageOf(
  approvalId: string,
  until: (message: SlackMessage) => boolean = (one) => elementsOf(one.blocks).length > 0,
  channel = "DU0MAYA",
): Promise<SlackMessage> {
  return eventually(`the message about ${approvalId}`, () => {
    const found = slack.messages.find((one) =>
      one.channel === channel && JSON.stringify(one.metadata).includes(approvalId) && until(one)
    );
    return Promise.resolve(found ?? null);
  });
}

const says = (words: string) => (message: SlackMessage) =>
  JSON.stringify(message.blocks).includes(words);
const hasButtons = (message: SlackMessage) => elementsOf(message.blocks).length > 0;

async function send(payload: unknown, headers: Record<string, string> = {}) {
  const request = await signedRequest(payload);
  const response = await fetch(`${stack.status.FUNCTIONS_URL}/slack-interactivity`, {
    method: "POST",
    ...request,
    headers: { ...request.headers, ...headers },
  });
  const text = await response.text();
  return { status: response.status, body: text === "" ? null : JSON.parse(text) };
}

const press = (message: SlackMessage, action: string, who: SlackPerson = MAYA) =>
  send(pressPayload(message, action, { ...who, responseUrl: `${slack.url}/hooks/1` }));

async function mailsOf(job: JobDetail) {
  return (await stack.sink()).filter((one) =>
    one.port === "mail" && one.effect_key.startsWith(job.id)
  ) as unknown as readonly {
    readonly content: { readonly subject: string; readonly body_text: string };
  }[];
}

function tokenIn(message: SlackMessage): string {
  const [open] = elementsOf(message.blocks).filter(({ action_id }) =>
    action_id === "approval_open"
  );
  const [, token] = /^https:\/\/console\.example\/a#([A-Za-z0-9_-]{43})$/.exec(open.url) ?? [];
  assert.ok(token, open.url);
  return token;
}

async function byLink(token: string, body?: unknown, headers: Record<string, string> = {}) {
  const response = await fetch(`${stack.status.FUNCTIONS_URL}/fleet-approvals/${token}`, {
    headers: { "content-type": "application/json", ...headers },
    ...(body === undefined ? {} : { method: "POST", body: JSON.stringify(body) }),
  });
  return { status: response.status, headers: response.headers, body: await response.json() };
}

Deno.test("a question shows everything that is sent, and a yes sends it once after the undo window", async () => {
  const { job, id, message } = await askByMail();
  const [approval] = job.approvals;
  const proposed = approval.proposed as {
    readonly to: string;
    readonly subject: string;
    readonly body: string;
  };
  const shown = message.blocks.map((block) =>
    (block as { text?: { text: string } }).text?.text ?? ""
  ).join("\n");
  for (const part of [proposed.to, proposed.subject, proposed.body]) {
    assert.ok(shown.includes(part), part);
  }
  assert.ok(says("Written by: rules")(message));
  assert.ok(says("(America/Chicago)")(message));

  const answer = await press(message, "approval_approve");
  assert.deepEqual(answer, { status: 200, body: { ok: true } });
  const decidedAt = Date.now();
  await messageOf(id, (one) => says("Approved by Maya Chen")(one) && says("Undo")(one));
  assert.equal((await mailsOf(job)).length, 0);
  const ended = await stack.reach(job.id, ENDED);
  assert.ok(Date.now() - decidedAt >= UNDO_MS - 300);
  assert.equal(ended.status, "completed");
  assert.equal((await mailsOf(job)).length, 1);
  await messageOf(id, (one) => says("Approved by Maya Chen")(one) && !hasButtons(one));
  assert.equal(slack.messages.filter((one) => JSON.stringify(one.metadata).includes(id)).length, 1);
  // Upkeep is in nobody's list.
  const listed = await stack.api.listJobs({ org_id: ORG, limit: 200 });
  assert.deepEqual(listed.filter(({ event_type }) => event_type.startsWith("approval_")), []);
});

Deno.test("a yes taken back sends nothing, and the question is open again", async () => {
  const { job, id, message } = await askByMail();
  await press(message, "approval_approve");
  const held = await messageOf(id, says("Undo"));
  assert.deepEqual((await press(held, "approval_undo")).body, { ok: true });
  const open = await messageOf(id, (one) => says("approval_approve")(one));
  await stack.reach(job.id, ["waiting_approval"]);
  assert.equal((await mailsOf(job)).length, 0);
  assert.notEqual(tokenIn(open), tokenIn(message));
  await press(open, "approval_reject");
  const ended = await stack.reach(job.id, ENDED);
  assert.deepEqual([ended.status, ended.status_reason], ["cancelled", "rejected"]);
  await messageOf(id, (one) => says("Rejected by Maya Chen")(one) && !hasButtons(one));
});

Deno.test("an edit in the form changes exactly what is sent; a wrong one is named in it", async () => {
  const { job, message } = await askByMail();
  assert.deepEqual((await press(message, "approval_edit")).body, { ok: true });
  const { view } = slack.modals.at(-1)!;
  const wrong = await send(submitPayload(view, { to: "nobody" }, MAYA));
  assert.equal(wrong.body.response_action, "errors");
  assert.deepEqual(Object.keys(wrong.body.errors), ["to"]);
  const sent = await send(submitPayload(view, { subject: "Our next steps" }, MAYA));
  assert.deepEqual(sent.body, { response_action: "clear" });
  // Slack saw no answer in time and sends the form again.
  const again = await send(submitPayload(view, { subject: "Our next steps" }, MAYA), {
    "x-slack-retry-num": "1",
  });
  assert.deepEqual(again.body, { response_action: "clear" });
  await stack.reach(job.id, ENDED);
  const [mail, ...more] = await mailsOf(job);
  assert.deepEqual(more, []);
  assert.equal(mail.content.subject, "Our next steps");
  assert.equal(mail.content.body_text, (job.approvals[0].proposed as { body: string }).body);
});

Deno.test("a revision is proposed anew by what was said, three times and no more", async () => {
  const { job, id, message } = await askByMail();
  let current = message, asked = id;
  for (let round = 1; round <= 3; round++) {
    await press(current, "approval_revise");
    const { view } = slack.modals.at(-1)!;
    const feedback = round === 1 ? 'subject: "Round one"' : "make it rhyme";
    assert.deepEqual(
      (await send(submitPayload(view, { feedback }, MAYA))).body,
      { response_action: "clear" },
    );
    const job_ = await eventually("the next question", async () => {
      const now = await stack.api.getJob(job.id);
      return now.approvals.some((one) => one.status === "pending") ? now : null;
    });
    const next = job_.approvals.find((one) => one.status === "pending")!;
    await messageOf(asked, (one) => says("Sent back by Maya Chen")(one) && !hasButtons(one));
    asked = next.id;
    current = await messageOf(asked);
    assert.equal((next.proposed as { subject: string }).subject, "Round one");
    assert.equal(next.preview.includes("Not applied"), round > 1);
  }
  assert.ok(!says("approval_revise")(current));
  await press(current, "approval_approve");
  await stack.reach(job.id, ENDED);
  assert.deepEqual((await mailsOf(job)).map(({ content }) => content.subject), ["Round one"]);
});

Deno.test("strangers, foreign workspaces and unlinked people change nothing and leave a note", async () => {
  const { job, id, message } = await askByMail();
  const others: readonly (readonly [SlackPerson, string])[] = [
    [{ team: "T0OTHER", user: "U0MAYA" }, "approval_not_found"],
    [{ team: TEAM, user: "U0NOBODY" }, "unknown_person"],
  ];
  for (const [who, code] of others) {
    const { status, body } = await press(message, "approval_approve", who);
    assert.deepEqual([status, body.ok, body.error.code], [200, false, code]);
  }
  await eventually(
    "the whisper",
    () => Promise.resolve(slack.whispers.some((text) => text.includes("linked to no member"))),
  );
  const unsigned = await fetch(`${stack.status.FUNCTIONS_URL}/slack-interactivity`, {
    method: "POST",
    headers: { "content-type": "application/x-www-form-urlencoded" },
    body: (await signedRequest(pressPayload(message, "approval_approve", MAYA))).body,
  });
  assert.equal(unsigned.status, 401);
  await unsigned.body?.cancel();
  assert.equal((await stack.api.getJob(job.id)).approvals[0].status, "pending");
  const notes = await stack
    .sql`select code from fleet.approval_refusals where approval_id = ${id} order by at`;
  assert.deepEqual(notes.map((row) => row.code), ["unknown_workspace", "unknown_person"]);
});

Deno.test("twenty answers at once are one decision", async () => {
  const { job, message } = await askByMail();
  const token = tokenIn(message);
  const answers = await Promise.all(
    Array.from(
      { length: 20 },
      (_, at) =>
        at % 2 === 0
          ? press(message, at % 4 === 0 ? "approval_approve" : "approval_reject").then(({ body }) =>
            body.ok
          )
          : byLink(token, { decision: "approve" }).then(({ status }) => status === 200),
    ),
  );
  assert.equal(answers.filter((isTaken) => isTaken).length, 1);
  const { approvals, status } = await stack.reach(job.id, ENDED);
  assert.ok(["approved", "rejected"].includes(approvals[0].status));
  assert.equal((await mailsOf(job)).length, status === "completed" ? 1 : 0);
});

Deno.test("a link shows without deciding, decides once, and is stored nowhere", async () => {
  const { job, id, message } = await askByMail();
  const token = tokenIn(message);
  const shown = await byLink(token);
  assert.equal(shown.status, 200);
  assert.equal(shown.headers.get("referrer-policy"), "no-referrer");
  assert.equal(shown.headers.get("cache-control"), "no-store");
  assert.deepEqual(shown.body.proposed, job.approvals[0].proposed);
  assert.deepEqual(shown.body.recipients, [(job.approvals[0].proposed as { to: string }).to]);
  await Promise.all(Array.from({ length: 200 }, () => byLink(token)));
  assert.equal((await stack.api.getJob(job.id)).approvals[0].status, "pending");
  const foreign = await byLink(token, { decision: "approve" }, { origin: "https://evil.example" });
  assert.deepEqual([foreign.status, foreign.body.error.code], [403, "foreign_origin"]);
  const decided = await byLink(token, { decision: "approve" }, { origin: CONSOLE });
  assert.equal(decided.status, 200);
  assert.ok(decided.body.acts_at);
  const again = await byLink(token, { decision: "reject" });
  assert.deepEqual([again.status, again.body.error.code], [409, "already_decided"]);
  assert.equal((await byLink(token, { decision: "undo" })).status, 200);
  const used = await byLink(token, { decision: "approve" });
  assert.deepEqual([used.status, used.body.error.code], [409, "link_used"]);
  const open = await messageOf(id, (one) => says("approval_open")(one) && tokenIn(one) !== token);
  assert.equal((await byLink(tokenIn(open), { decision: "reject", comment: "no" })).status, 200);
  await stack.reach(job.id, ENDED);
  await messageOf(id, says("Rejected by Maya Chen"));
  const places = await stack.sql`
    select d::text as text from public.fleet_deliveries d union all select h::text from public.fleet_job_history h
    union all select s::text from public.fleet_job_step_results s union all select n::text from public.notifications n
    union all select e::text from public.fleet_events e union all select l::text from fleet.approval_links l
    union all select a::text from public.fleet_activity a`;
  const logs = await Promise.all([
    Deno.readTextFile(stack.status.gateway_log),
    Deno.readTextFile(stack.status.gateway_log.replace("gateway.ndjson", "functions.log")),
  ]);
  for (const text of [...places.map((row) => row.text as string), ...logs]) {
    assert.ok(!text.includes(token) && !text.includes(tokenIn(open)));
  }
});

Deno.test("links that are guessed, swapped or old open nothing", async () => {
  const first = await askByMail(), second = await askByMail();
  const token = tokenIn(first.message);
  for (const guess of ["x".repeat(43), "short", `${token}x`, "%2e%2e"]) {
    assert.equal((await byLink(guess)).status, 404);
    assert.equal((await byLink(guess, { decision: "approve" })).status, 404);
  }
  await stack
    .sql`update fleet.approval_links set approval_id = ${second.id} where approval_id = ${first.id}`;
  // Made for the other content: whatever points a link elsewhere, it decides nothing there.
  await stack
    .sql`update fleet.approval_links set content_sha256 = repeat('0', 64) where approval_id = ${second.id}`;
  const swapped = await byLink(token, { decision: "approve" });
  assert.deepEqual([swapped.status, swapped.body.error.code], [409, "content_changed"]);
  await stack
    .sql`update fleet.approval_links set expires_at = fleet.now() where approval_id = ${second.id}`;
  const old = await byLink(tokenIn(second.message));
  assert.deepEqual([old.status, old.body.error.code], [409, "token_expired"]);
  for (const { job } of [first, second]) {
    assert.equal((await stack.api.getJob(job.id)).approvals[0].status, "pending");
  }
});

Deno.test("a link takes ten refused answers and no more; the question stays answerable in Slack", async () => {
  const { job, message } = await askByMail();
  const token = tokenIn(message);
  for (let at = 0; at < 10; at++) {
    assert.equal(
      (await byLink(token, { decision: "approve", edits: { to: "nobody" } })).status,
      400,
    );
  }
  const blocked = await byLink(token, { decision: "approve" });
  assert.deepEqual([blocked.status, blocked.headers.get("retry-after")], [429, "3600"]);
  assert.equal((await byLink(token)).status, 200);
  assert.deepEqual((await press(message, "approval_reject")).body, { ok: true });
  await stack.reach(job.id, ENDED);
});

Deno.test("a question that is open longer than its link is shown with a fresh one", async () => {
  const { id, message } = await askByMail();
  await stack.sql`update public.fleet_approvals
    set links_until = fleet.now(), expires_at = fleet.now() + interval '20 days' where id = ${id}`;
  const fresh = await messageOf(
    id,
    (one) => says("approval_open")(one) && tokenIn(one) !== tokenIn(message),
  );
  assert.equal((await byLink(tokenIn(fresh))).body.status, "pending");
  const [{ days }] = await stack
    .sql`select extract(epoch from max(expires_at) - fleet.now())::float8 / 86400 as days
    from fleet.approval_links where approval_id = ${id}`;
  assert.ok(days > 2.9 && days <= 3);
});

Deno.test("an escalation asks the admins too, once, and a question that expires says so", async () => {
  const { job, id, message } = await askByMail();
  await stack
    .sql`update public.fleet_approvals set escalate_to = 'admins', escalate_at = fleet.now() where id = ${id}`;
  await messageOf(id, says("Escalated"));
  const forAdmin = await messageOf(id, hasButtons, "DU0ADAM");
  assert.notEqual(tokenIn(forAdmin), tokenIn(message));
  await stack.sql`update public.fleet_approvals set expires_at = fleet.now() where id = ${id}`;
  const ended = await stack.reach(job.id, ENDED);
  assert.deepEqual([ended.status, ended.status_reason], ["cancelled", "expired"]);
  for (const channel of ["DU0MAYA", "DU0ADAM"]) {
    await messageOf(id, (one) => says("Expired unanswered")(one) && !hasButtons(one), channel);
  }
  assert.equal(
    slack.messages.filter((one) =>
      JSON.stringify(one.metadata).includes(id) && one.channel === "DU0ADAM"
    ).length,
    1,
  );
});

Deno.test("who is asked in the app finds there how it was settled, whichever door settled it", async () => {
  const NILS = crypto.randomUUID();
  await stack.sql`insert into public.profiles (id, email, full_name)
    values (${NILS}, 'nils@northwind.example', 'Nils Aas')`;
  await stack.sql`insert into public.organization_memberships (org_id, user_id, role)
    values (${ORG}, ${NILS}, 'member')`;
  await stack.define("mail_to_nils", [
    { skill: "draft-followup-email", requires_context: ["tier1", "tier2"] },
    {
      skill: "send-email-as-rep",
      requires_context: ["tier1"],
      requires_approval: true,
      approval: { approvers: [NILS] },
    },
  ]);
  const { job_id } = await stack.start("mail_to_nils", {
    meeting_id: "d0000000-0000-4000-8000-000000000101",
    contact_id: "d0000000-0000-4000-8000-000000000e01",
  });
  const { approvals: [{ id }] } = await stack.reach(job_id!, ["waiting_approval"], 10_000);
  const titleOf = async () => {
    const [line] = await stack.sql`select title from public.notifications
      where user_id = ${NILS} and metadata ->> 'approval_id' = ${id}`;
    return line?.title as string | undefined;
  };
  assert.match(await eventually("the line in the app", titleOf), /^Approve: [a-z ]+$/);
  await stack.api.decide(job_id!, { approval_id: id, decision: "reject", decided_by: NILS });
  await eventually(
    "it says so",
    async () => /: Rejected by Nils Aas /.test(await titleOf() ?? ""),
  );
});
