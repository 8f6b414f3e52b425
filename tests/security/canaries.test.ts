/**
 * Planted secrets (T22, I11): in the environment, in headers and queries, in bodies, in what vendors answer. A whole
 * stack works with them, vendors refuse and repeat what they were sent; none turns up in a log, an answer or a row.
 */
import assert from "node:assert/strict";
import { dirname, join } from "@std/path";
import { MEMBER, openRuns, ORG, type RunStack, signToken } from "../support/runs.ts";
import { serveVendor, type VendorServer } from "../support/vendors/server.ts";

const canary = (name: string) =>
  `cnry${name}${crypto.randomUUID().replaceAll("-", "").slice(0, 12)}`;

/** Secrets of the project: no output at all may hold one. */
const SECRETS: Record<string, string> = {
  SLACK_BOT_TOKEN: `xoxb-${canary("slack")}`,
  SLACK_SIGNING_SECRET: canary("signing"),
  SLACK_CLIENT_SECRET: canary("slackclient"),
  RESEND_API_KEY: canary("resend"),
  APOLLO_API_KEY: canary("apollo"),
  BRAVE_API_KEY: canary("brave"),
  INSTANTLY_API_KEY: canary("instantly"),
  ANTHROPIC_API_KEY: canary("anthropic"),
  OPENAI_API_KEY: canary("openai"),
  GOOGLE_CLIENT_SECRET: canary("google"),
  MICROSOFT_CLIENT_SECRET: canary("microsoft"),
  OTEL_EXPORTER_OTLP_HEADERS: `authorization=${canary("otel")}`,
  FLEET_TOKEN_KEYS: JSON.stringify({ k1: btoa(canary("ring").padEnd(32, "x").slice(0, 32)) }),
};
/** What callers send in headers, queries and forms; none of it is ours to keep. */
const SENT = Array.from({ length: 14 }, (_, i) => canary(`sent${i}`));
/** What vendors say beside their refusal. */
const SAID = Array.from({ length: 4 }, (_, i) => canary(`said${i}`));
/** What people said and wrote: rows of business may hold it, logs and history may not. */
const SPOKEN = Array.from({ length: 4 }, (_, i) => canary(`spoken${i}`));

let vendor: VendorServer;
let stack: RunStack;
const answers: string[] = [];

Deno.test.beforeAll(async () => {
  // It repeats its credential and the body it was sent, as words and as codes.
  vendor = serveVendor(({ token, body, path }) =>
    Response.json({
      error: { code: token, message: `bad key ${token} ${SAID[0]}`, status: SAID[1] },
      name: SAID[2],
      detail: `${SAID[3]} ${JSON.stringify(body)}`,
    }, { status: path.length % 2 === 0 ? 400 : 422, headers: { "x-echo": token } })
  );
  stack = await openRuns({
    ...SECRETS,
    SLACK_CLIENT_ID: "client",
    GOOGLE_CLIENT_ID: "client",
    MICROSOFT_CLIENT_ID: "client",
    FLEET_SEND: "live",
    ...Object.fromEntries(
      ["SLACK", "GOOGLE", "GRAPH", "RESEND", "APOLLO", "BRAVE", "INSTANTLY"].map((name) => [
        `${name}_API_URL`,
        vendor.url,
      ]),
    ),
    GOOGLE_OAUTH_URL: vendor.url,
    MICROSOFT_OAUTH_URL: vendor.url,
    ANTHROPIC_BASE_URL: vendor.url,
    OPENAI_BASE_URL: vendor.url,
  });
});
Deno.test.afterAll(async () => {
  await stack[Symbol.asyncDispose]();
  await vendor[Symbol.asyncDispose]();
});

async function ask(path: string, init: RequestInit = {}): Promise<void> {
  const response = await fetch(`${stack.status.FUNCTIONS_URL}/${path}`, {
    redirect: "manual",
    ...init,
  });
  answers.push(JSON.stringify([...response.headers]), await response.text());
}

const json = { "content-type": "application/json" };

/** Every door with something secret in every place that a request has. */
async function knock(): Promise<void> {
  const at = (i: number) => SENT[i];
  await ask("agent-orchestrator", {
    method: "POST",
    headers: { ...json, apikey: at(0), authorization: `Bearer ${at(1)}`, cookie: `s=${at(2)}` },
    body: JSON.stringify({ type: "x", secret: at(3) }),
  });
  await ask(`agent-orchestrator?job_id=${at(4)}&apikey=${at(5)}`, {
    headers: { apikey: stack.status.SECRET_KEY, "x-debug": at(6) },
  });
  await ask(`fleet-connect/google/callback?state=${at(7)}${at(7)}&code=${at(8)}`);
  await ask("fleet-connect/resend/key", {
    method: "POST",
    headers: { ...json, apikey: stack.status.SECRET_KEY },
    body: JSON.stringify({ org_id: ORG, key: at(9) }),
  });
  await ask("agent-orchestrator", {
    method: "POST",
    headers: {
      ...json,
      authorization: `Bearer ${await signToken(stack.status, MEMBER, { note: at(10) })}`,
    },
    body: `{"type": "${at(11)}`,
  });
  for (const { url } of Object.values(stack.status.webhooks)) {
    const path = url.split("/functions/v1/")[1];
    await ask(path, {
      method: "POST",
      headers: {
        ...json,
        "webhook-id": at(12),
        "webhook-timestamp": "1",
        "webhook-signature": `v1,${at(13)}`,
        "x-hub-signature": `sha256=${at(13)}`,
        "x-mb-secret": at(13),
      },
      body: JSON.stringify({ title: at(12) }),
    });
  }
}

const once = (id: string, skill: string, more: object = {}) => ({
  id,
  skill,
  criticality: "best-effort",
  retry: { max_retries: 0 },
  ...more,
});

/** Runs whose every vendor refuses. */
async function fail(): Promise<void> {
  const meeting = crypto.randomUUID();
  await stack
    .sql`insert into public.meetings (id, org_id, user_id, title, started_at, timezone, contact_id)
    select ${meeting}, org_id, user_id, ${SPOKEN[0]}, '2026-03-11T10:00:00Z', 'UTC', contact_id
    from public.meetings where org_id = ${ORG} and contact_id is not null limit 1`;
  await stack
    .sql`insert into public.meeting_transcripts (org_id, meeting_id, turns) values (${ORG}, ${meeting},
    ${
    stack.sql.json([{
      speaker: "Pat",
      text: `I'll send the ${SPOKEN[1]} figures by Friday.`,
      t_seconds: 0,
    }])
  })`;
  await stack.sql`update public.profiles set slack_user_id = 'U' || right(id::text, 2)`;
  await stack.define("canaries", [
    once("model", "extract-action-items", {
      input: { engine: { value: "anthropic:claude-haiku-4-5" } },
    }),
    once("other", "detect-intents", { input: { engine: { value: "openai:gpt-5" } } }),
    once("news", "research-company-news"),
    once("people", "enrich-attendees"),
    once("metrics", "pull-campaign-metrics"),
    once("tell", "notify-slack-summary"),
    once("probe", "probe-keyed"),
    once("draft", "draft-followup-email", { input: { engine: { value: "rules" } } }),
    once("send", "send-email-as-rep"),
  ]);
  const { job_id } = await stack.start("canaries", {
    meeting_id: meeting,
    title: SPOKEN[2],
    note: SPOKEN[3],
    to: ["x@example.com"],
    from: "pat@example.com",
    subject: "s",
    body: SPOKEN[3],
  });
  const settled = ["waiting_approval", "completed", "failed"];
  let job = await stack.reach(job_id!, settled);
  for (const approval of job.approvals.filter(({ status }) => status === "pending")) {
    await stack.api.decide(job_id!, {
      approval_id: approval.id,
      decision: "approve",
      decided_by: MEMBER,
    })
      .catch((error) => answers.push(String(error)));
  }
  job = await stack.reach(job_id!, ["completed", "failed", "waiting_approval"]);
  answers.push(JSON.stringify(await stack.api.getJob(job_id!)));
}

/** Every row of a table as one text. */
async function dump(tables: readonly string[]): Promise<string> {
  const texts: string[] = [];
  for (const table of tables) {
    const rows = await stack.sql.unsafe(`select t::text as row from ${table} t`);
    texts.push(...rows.map(({ row }) => `${table}: ${row}`));
  }
  return texts.join("\n");
}

async function fleetTables(): Promise<readonly string[]> {
  const rows = await stack.sql`select 'public.' || relname as name from pg_catalog.pg_class
    where relnamespace = 'public'::regnamespace and relkind = 'r' and relname like 'fleet\\_%'`;
  return [...rows.map(({ name }) => name), "fleet.connection_secrets", "public.notifications"];
}

function assertAbsent(where: string, text: string, secrets: readonly string[]): void {
  for (const secret of secrets) {
    const at = text.indexOf(secret);
    assert.ok(at < 0, `${where}: …${text.slice(Math.max(0, at - 200), at + 60)}…`);
  }
}

Deno.test({
  name:
    "no log, answer, history, letter, delivery or cost holds one of over 30 planted secrets (T22)",
  sanitizeOps: false,
  sanitizeResources: false,
  fn: async () => {
    await knock();
    await fail();
    const { status } = stack;
    const keys = [status.SECRET_KEY, status.SERVICE_ROLE_KEY, status.JWT_SECRET];
    const ofUs = [
      ...keys,
      ...Object.values(SECRETS),
      ...Object.values(SECRETS).flatMap((value) => value.match(/cnry\w+/) ?? []),
    ];
    const planted = [...new Set([...ofUs, ...SENT, ...SAID, ...SPOKEN])];
    assert.ok(planted.length >= 30);
    assert.ok(vendor.seen.length >= 3, "the vendors were hardly asked");

    const dir = dirname(status.gateway_log);
    for (const file of [join(dir, "functions.log"), status.gateway_log]) {
      const text = await Deno.readTextFile(file);
      assert.ok(text.length > 0, `${file} is empty`);
      assertAbsent(file, text, planted);
    }
    assertAbsent("answers", answers.join("\n"), [...ofUs, ...SAID, ...SENT]);
    assertAbsent("rows", await dump(await fleetTables()), [...ofUs, ...SAID, ...SENT]);
    assertAbsent(
      "history and costs",
      await dump(["public.fleet_job_history", "public.fleet_costs"]),
      planted,
    );
  },
});
