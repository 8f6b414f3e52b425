import assert from "node:assert/strict";
import { ADMIN, MEMBER, openRuns, ORG, type RunStack, signToken } from "../support/runs.ts";
import { type OAuthServer, serveOAuth } from "../support/vendors/oauth.ts";

const OTHER_ORG = "d0000000-0000-4000-8000-000000000002";

/** One stack for all; every test connects another account. */
let stack: RunStack;
let oauth: OAuthServer;
Deno.test.beforeAll(async () => {
  oauth = serveOAuth({ id: "client", secret: "shh" });
  const client = (prefix: string) => ({
    [`${prefix}_CLIENT_ID`]: "client",
    [`${prefix}_CLIENT_SECRET`]: "shh",
  });
  stack = await openRuns({
    ...client("GOOGLE"),
    ...client("MICROSOFT"),
    ...client("SLACK"),
    GOOGLE_OAUTH_URL: `${oauth.url}/google`,
    MICROSOFT_OAUTH_URL: `${oauth.url}/microsoft`,
    SLACK_API_URL: `${oauth.url}/slack`,
  });
});
Deno.test.afterAll(async () => {
  await stack[Symbol.asyncDispose]();
  await oauth[Symbol.asyncDispose]();
});

async function post(path: string, body: object, who: string | null = MEMBER) {
  const response = await fetch(`${stack.status.FUNCTIONS_URL}/fleet-connect/${path}`, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      ...(who === null
        ? { apikey: stack.status.SECRET_KEY }
        : { authorization: `Bearer ${await signToken(stack.status, who)}` }),
    },
    body: JSON.stringify(body),
  });
  return { status: response.status, body: await response.json() };
}

const get = async (path: string) => {
  const response = await fetch(`${stack.status.FUNCTIONS_URL}/fleet-connect/${path}`, {
    redirect: "manual",
  });
  const text = await response.text();
  return {
    status: response.status,
    location: response.headers.get("location"),
    body: text === "" ? null : JSON.parse(text),
  };
};

/** Sends somebody to the vendor, who consents to all that was asked, or to less. */
async function consent(
  provider: string,
  more: { readonly who?: string; readonly scope?: string } = {},
) {
  const { body } = await post(`${provider}/start`, { org_id: ORG }, more.who ?? MEMBER);
  const url = new URL(body.authorize_url), query = url.searchParams;
  const code = crypto.randomUUID();
  oauth.grant(code, {
    challenge: query.get("code_challenge")!,
    redirectUri: query.get("redirect_uri")!,
    scope: more.scope ?? query.get("scope")!,
    email: "mara@northwind.example",
  });
  return { url, code, state: query.get("state")! };
}

const connections = (provider: string) =>
  stack.sql`select org_id, user_id, account_id, status, scopes from public.fleet_connections
    where provider = ${provider} and org_id = ${ORG}`;

Deno.test("a member connects Google: PKCE, a state of one use, and a sealed token", async () => {
  const { url, code, state } = await consent("google");
  assert.equal(url.searchParams.get("code_challenge_method"), "S256");
  assert.equal(url.searchParams.get("access_type"), "offline");
  const back = await get(`google/callback?code=${code}&state=${state}`);
  assert.equal(back.status, 302);
  assert.equal(new URL(back.location!).searchParams.get("connected"), "google");
  const [row] = await connections("google");
  assert.deepEqual([row.user_id, row.account_id, row.status], [
    MEMBER,
    "mara@northwind.example",
    "active",
  ]);
  const again = await get(`google/callback?code=${code}&state=${state}`);
  assert.deepEqual([again.status, again.body.error.code], [400, "bad_state"]);
  const [{ sealed }] = await stack.sql`select sealed::text from fleet.connection_secrets s
    join public.fleet_connections c on c.id = s.connection_id where c.provider = 'google'`;
  assert.doesNotMatch(sealed, /access-|refresh-/);

  const gone = await post("google/disconnect", { org_id: ORG });
  assert.deepEqual(gone, { status: 200, body: { status: "revoked" } });
  assert.equal(oauth.revoked.length, 1);
  assert.match(oauth.revoked[0], /^refresh-/);
  assert.equal((await post("google/disconnect", { org_id: ORG })).status, 404);
});

Deno.test("Microsoft: rights that were not granted are refused, and nothing is stored", async () => {
  const { code, state } = await consent("microsoft", { scope: "openid email Mail.Send" });
  const back = await get(`microsoft/callback?code=${code}&state=${state}`);
  assert.deepEqual([back.status, back.body.error.code], [400, "scopes_missing"]);
  assert.equal((await connections("microsoft")).length, 0);
});

Deno.test("Microsoft: rights come back with their resource in front", async () => {
  const { code, state } = await consent("microsoft", {
    scope: ["Mail.Send", "Mail.ReadWrite", "Calendars.ReadWrite"]
      .map((scope) => `https://graph.microsoft.com/${scope}`).join(" "),
  });
  const back = await get(`microsoft/callback?code=${code}&state=${state}`);
  assert.equal(back.status, 302);
  const [row] = await connections("microsoft");
  assert.deepEqual(row.scopes, ["Mail.Send", "Mail.ReadWrite", "Calendars.ReadWrite"]);
});

Deno.test("Slack is an admin's to connect, for the organisation", async () => {
  const refused = await post("slack/start", { org_id: ORG }, MEMBER);
  assert.deepEqual([refused.status, refused.body.error.code], [403, "not_yours"]);
  const { url, code, state } = await consent("slack", { who: ADMIN });
  assert.match(url.searchParams.get("scope")!, /^chat:write,/);
  const back = await get(`slack/callback?code=${code}&state=${state}`);
  assert.equal(back.status, 302);
  const [row] = await connections("slack");
  assert.deepEqual([row.user_id, row.account_id], [null, "T1"]);
});

for (
  const [what, change] of [
    ["a state that nobody made", { state: "0".repeat(43) }],
    ["another vendor's state", { provider: "microsoft" }],
    ["a code of another consent", { code: "stolen" }],
  ] as const
) {
  Deno.test(`a callback with ${what} connects nothing`, async () => {
    const { code, state } = await consent("google");
    const asked = { provider: "google", code, state, ...change };
    const before = (await connections("google")).length;
    const back = await get(`${asked.provider}/callback?code=${asked.code}&state=${asked.state}`);
    assert.equal(back.status, 400);
    assert.equal((await connections("google")).length, before);
  });
}

Deno.test("a consent that is refused, or late, connects nothing", async () => {
  const refused = await consent("google");
  const answer = await get(`google/callback?error=access_denied&state=${refused.state}`);
  assert.deepEqual([answer.status, answer.body.error.code], [400, "consent_refused"]);
  const late = await consent("google");
  await stack.sql`update fleet.oauth_states set expires_at = fleet.now() - interval '1 second'`;
  const after = await get(`google/callback?code=${late.code}&state=${late.state}`);
  assert.deepEqual([after.status, after.body.error.code], [400, "bad_state"]);
});

Deno.test("a key is an admin's to set, replaces the one before, and is never shown", async () => {
  const key = "re_secret_value";
  assert.equal((await post("resend/key", { org_id: ORG, key }, MEMBER)).status, 403);
  const first = await post("resend/key", { org_id: ORG, key }, ADMIN);
  assert.equal(first.status, 200);
  const second = await post("resend/key", { org_id: ORG, key: `${key}2` }, ADMIN);
  assert.deepEqual(second.body, { connection_id: first.body.connection_id, status: "active" });
  const response = await fetch(`${stack.status.API_URL}/rest/v1/fleet_connections`);
  await response.body?.cancel();
  const [{ text }] = await stack
    .sql`select coalesce(string_agg(s.sealed::text || c::text, ''), '') as text
    from public.fleet_connections c join fleet.connection_secrets s on s.connection_id = c.id`;
  assert.doesNotMatch(text, /secret_value/);
  assert.equal((await post("resend/disconnect", { org_id: ORG }, ADMIN)).status, 200);
});

for (
  const [path, body, who, status] of [
    ["google/start", { org_id: OTHER_ORG }, MEMBER, 403],
    ["google/start", { org_id: ORG, user_id: ADMIN }, MEMBER, 403],
    ["google/start", { org_id: ORG }, null, 400],
    ["google/start", { org_id: "no" }, MEMBER, 400],
    ["myspace/start", { org_id: ORG }, MEMBER, 404],
    ["google/steal", { org_id: ORG }, MEMBER, 404],
    ["google/key", { org_id: ORG, key: "12345678" }, ADMIN, 404],
    ["resend/key", { org_id: OTHER_ORG, key: "12345678" }, ADMIN, 403],
    ["resend/key", { org_id: ORG, key: "has blank in it" }, ADMIN, 400],
  ] as const
) {
  Deno.test(`POST ${path} ${JSON.stringify(body)} as ${who ?? "the project"} is ${status}`, async () => {
    assert.equal((await post(path, body, who)).status, status);
  });
}
