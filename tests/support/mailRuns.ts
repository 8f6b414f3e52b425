import { connect } from "../../supabase/functions/_shared/db/client.ts";
import { createConnectionStore } from "../../supabase/functions/_shared/orchestrator/store/connections.ts";
import { createSystemClock } from "../../supabase/functions/_shared/providers/clock.ts";
import { createKeyRing } from "../../supabase/functions/_shared/providers/connections/keyRing.ts";
import { MEMBER, openRuns, ORG } from "./runs.ts";
import { eventually } from "./stack.ts";
import {
  gmailPush,
  serveGmailBoxes,
  serveGoogleCerts,
  serveGraphBoxes,
  type Subscription,
} from "./vendors/mailboxes.ts";

const TOKEN_KEYS = JSON.stringify({ k1: btoa("0123456789abcdef0123456789abcdef") });
const TOPIC = "projects/fleet-test/topics/gmail";
export const OTHER_ORG = "d0000000-0000-4000-8000-000000000002";
export const OTHER_OWNER = "d0000000-0000-4000-8000-0000000000b1";
const GMAIL = "https://www.googleapis.com/auth/gmail.";

/** Whose mailboxes there are; each vendor's token is the owner's own. */
export const PEOPLE = [
  { org: ORG, user: MEMBER, address: "maya.chen@northwind.example", token: "north" },
  { org: OTHER_ORG, user: OTHER_OWNER, address: "owner@bluepeak.example", token: "blue" },
] as const;
export const [MAYA, BLUE] = PEOPLE;

export type MailRuns = Awaited<ReturnType<typeof openMailRuns>>;

/** A whole stack between mail vendors on this machine, with two organisations' mailboxes connected and watched. */
export async function openMailRuns() {
  const doors: Record<string, string> = {};
  const ids = new Map<string, string>();

  const google = await serveGoogleCerts("fleet-mail");
  const gmail = serveGmailBoxes(["north", "blue"], { topic: TOPIC });
  const graph = serveGraphBoxes(["north", "blue"], { shakesHands: true });
  const stack = await openRuns({
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
    post(subscription.notificationUrl, JSON.stringify(batch), {
      "content-type": "application/json",
    });

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

  return {
    stack,
    google,
    gmail,
    graph,
    /** Connections by `<provider> <organisation>`. */
    ids,
    settled,
    post,
    push,
    notify,
    runsOf,
    finished,
    [Symbol.asyncDispose]: async () => {
      await stack[Symbol.asyncDispose]();
      for (const server of [google, gmail, graph]) await server[Symbol.asyncDispose]();
    },
  };
}
