import assert from "node:assert/strict";
import postgres from "postgres";
import { connect } from "../../../supabase/functions/_shared/db/client.ts";
import { createConnectionStore } from "../../../supabase/functions/_shared/orchestrator/store/connections.ts";
import type { ConnectionProvider } from "../../../supabase/functions/_shared/ports/connections.ts";
import { createSystemClock } from "../../../supabase/functions/_shared/providers/clock.ts";
import { createConnections } from "../../../supabase/functions/_shared/providers/connections/connections.ts";
import {
  createKeyRing,
  type KeyRing,
} from "../../../supabase/functions/_shared/providers/connections/keyRing.ts";
import { createOAuthClient } from "../../../supabase/functions/_shared/providers/connections/oauth.ts";
import { freshDatabase, type TestDatabase } from "../../support/database.ts";
import { type OAuthServer, serveOAuth } from "../../support/vendors/oauth.ts";

let db: TestDatabase;
let worker: postgres.Sql;
Deno.test.beforeAll(async () => {
  db = await freshDatabase();
  worker = connect(db.workerUrl, { max: 4 });
});
Deno.test.afterAll(async () => {
  await worker.end();
  await db.drop();
});

const key = (fill: number) => btoa(String.fromCharCode(...new Uint8Array(32).fill(fill)));
const RING = createKeyRing(JSON.stringify({ k1: key(1) }));
const CLIENT = { id: "client", secret: "shh" };
const clock = createSystemClock();
const signal = new AbortController().signal;

/** A world whose organisation no other test knows. */
function open(options: { readonly oauth?: OAuthServer; readonly ring?: KeyRing } = {}) {
  const orgId = crypto.randomUUID(), member = crypto.randomUUID(), ring = options.ring ?? RING;
  const store = createConnectionStore({ sql: worker, clock });
  const oauth = options.oauth === undefined ? {} : {
    google: createOAuthClient({
      tokenUrl: `${options.oauth.url}/token`,
      clientId: CLIENT.id,
      clientSecret: CLIENT.secret,
      fetch,
    }),
  };
  const connectionsWith = (keyRing: KeyRing) =>
    createConnections({ store, keyRing, clock, oauth, environment: { resend: "env-key" } });
  return {
    orgId,
    member,
    store,
    connectionsWith,
    connections: connectionsWith(ring),
    find: (provider: ConnectionProvider, userId: string | null = member) =>
      connectionsWith(ring).find(provider, { orgId, userId, signal }),
    async save(saved: {
      readonly provider?: ConnectionProvider;
      readonly userId?: string | null;
      readonly token?: string;
      readonly refreshToken?: string;
      readonly expiresInMs?: number;
    }) {
      const id = crypto.randomUUID();
      const secret = JSON.stringify({
        access_token: saved.token ?? "token",
        refresh_token: saved.refreshToken,
      });
      await store.save({
        id,
        orgId,
        userId: saved.userId === undefined ? member : saved.userId,
        provider: saved.provider ?? "google",
        accountId: "ana@example.com",
        scopes: ["a", "b"],
        sealed: await ring.seal(secret, id),
        expiresInMs: saved.expiresInMs ?? null,
      });
      return id;
    },
  };
}

Deno.test("connections: the member's account, else the organisation's, else the environment's key", async () => {
  const world = open();
  assert.equal((await world.find("resend"))?.source, "environment");
  await world.save({ provider: "resend", userId: null, token: "org" });
  assert.equal((await world.find("resend"))?.token, "org");
  await world.save({ provider: "resend", token: "own" });
  const own = await world.find("resend");
  assert.deepEqual([own?.token, own?.source, own?.scopes], ["own", "user", ["a", "b"]]);
  assert.equal((await world.find("resend", crypto.randomUUID()))?.token, "org");
  assert.equal(await world.find("slack"), null);
});

Deno.test("connections: another organisation's account is as good as absent", async () => {
  const [one, other] = [open(), open()];
  await one.save({ userId: null });
  const found = await other.connections.find("google", {
    orgId: other.orgId,
    userId: one.member,
    signal,
  });
  assert.equal(found, null);
});

Deno.test("connections: a ciphertext opens in its own row alone, and no table holds the token", async () => {
  const world = open();
  const mine = await world.save({ token: "very-secret", userId: null });
  const theirs = await world.save({ token: "other", provider: "slack" });
  await db.sql`update fleet.connection_secrets set sealed =
    (select sealed from fleet.connection_secrets where connection_id = ${mine}) where connection_id = ${theirs}`;
  await assert.rejects(world.find("slack"), { code: "secret_unreadable" });
  const [{ text }] = await db.sql`
    select coalesce(string_agg(s.sealed::text, ''), '') || coalesce(string_agg(c::text, ''), '') as text
    from fleet.connection_secrets s join public.fleet_connections c on c.id = s.connection_id`;
  assert.doesNotMatch(text, /very-secret/);
});

Deno.test("connections: a rotated key ring still opens what the old key sealed", async () => {
  const world = open();
  await world.save({ token: "old" });
  const rotated = createKeyRing(JSON.stringify({ k2: key(2), k1: key(1) }));
  const asked = { orgId: world.orgId, userId: world.member, signal };
  assert.equal((await world.connectionsWith(rotated).find("google", asked))?.token, "old");
  assert.equal((await rotated.seal("x", "row")).key_id, "k2");
  const without = createKeyRing(JSON.stringify({ k2: key(2) }));
  await assert.rejects(world.connectionsWith(without).find("google", asked), {
    code: "secret_unreadable",
  });
});

for (const setting of ["", "{", "{}", "null", "[]", "7", '{"k1":"short"}', '{"k1":7}']) {
  Deno.test(`connections: FLEET_TOKEN_KEYS=${setting} is refused at boot, unquoted`, () => {
    assert.throws(
      () => createKeyRing(setting),
      (error: Error) => /FLEET_TOKEN_KEYS/.test(error.message) && !error.message.includes("short"),
    );
  });
}

Deno.test("connections: many at once refresh a token once", async () => {
  await using oauth = serveOAuth(CLIENT);
  oauth.refreshTokens.set("first", 0);
  const world = open({ oauth });
  await world.save({ refreshToken: "first", expiresInMs: -1 });
  const found = await Promise.all(Array.from({ length: 12 }, () => world.find("google")));
  assert.deepEqual(new Set(found.map((one) => one?.token)), new Set(["access-1"]));
  assert.equal(oauth.refreshTokens.get("first"), 1);
  // The rotated refresh token was kept.
  await db
    .sql`update public.fleet_connections set expires_at = fleet.now() where org_id = ${world.orgId}`;
  assert.equal((await world.find("google"))?.token, "access-2");
});

Deno.test("connections: a token that still holds serves while the vendor cannot refresh it", async () => {
  await using oauth = serveOAuth(CLIENT);
  oauth.refreshTokens.set("first", 0);
  const world = open({ oauth });
  await world.save({ token: "holds", refreshToken: "first", expiresInMs: 60_000 });
  oauth.fail("/token", "500");
  assert.equal((await world.find("google"))?.token, "holds");
});

for (const fault of ["500", "html", "huge", "drop", "redirect"] as const) {
  Deno.test(`connections: a token that ended waits for a vendor that answers ${fault}`, async () => {
    await using oauth = serveOAuth(CLIENT);
    const world = open({ oauth });
    await world.save({ refreshToken: "first", expiresInMs: -1 });
    oauth.fail("/token", fault);
    await assert.rejects(world.find("google"), {
      code: "connection_unavailable",
      kind: "retryable",
    });
    const [{ status }] = await db.sql`
      select status from public.fleet_connections where org_id = ${world.orgId}`;
    assert.equal(status, "active");
  });
}

Deno.test("connections: a wrong client secret, or none, is the project's fault and expires nobody", async () => {
  await using oauth = serveOAuth({ ...CLIENT, secret: "rotated" });
  oauth.refreshTokens.set("first", 0);
  for (const world of [open({ oauth }), open()]) {
    await world.save({ refreshToken: "first", expiresInMs: -1 });
    await assert.rejects(world.find("google"), { code: "connection_unavailable" });
    const [{ status }] = await db.sql`
      select status from public.fleet_connections where org_id = ${world.orgId}`;
    assert.equal(status, "active");
  }
});

Deno.test("connections: a token without a refresh token serves to its end, then asks the owner", async () => {
  const world = open();
  await world.save({ token: "short", expiresInMs: 60_000 });
  assert.equal((await world.find("google"))?.token, "short");
});

Deno.test("connections: a refused refresh asks the owner once, and steps wait", async () => {
  await using oauth = serveOAuth(CLIENT);
  const world = open({ oauth });
  await world.save({ refreshToken: "withdrawn", expiresInMs: -1 });
  const waits = { code: "reconnect_required", kind: "retryable", retryAfterMs: 3_600_000 };
  await assert.rejects(world.find("google"), waits);
  await assert.rejects(world.find("google"), waits);
  const asked = await db.sql`
    select user_id, title from public.fleet_activity where org_id = ${world.orgId}`;
  assert.deepEqual([...asked], [{ user_id: world.member, title: "Connect Google again" }]);
});

Deno.test("connections: a vendor's refusal of a token expires that version alone", async () => {
  const world = open();
  const id = await world.save({ token: "old" });
  const old = (await world.find("google"))!;
  const stale = { token: "old", id, found: old };
  const sealed = await RING.seal(JSON.stringify({ access_token: "new" }), id);
  await world.store.refresh(stale.id, 2, sealed, null);
  await world.connections.refuse(stale.found, { provider: "google", reason: "401" });
  assert.equal((await world.find("google"))?.token, "new");
});

Deno.test("connections: a token refused before its time is refreshed, and only a fresh one asks the owner", async () => {
  await using oauth = serveOAuth(CLIENT);
  const world = open({ oauth });
  oauth.refreshTokens.set("refresh-0", 0);
  const id = await world.save({ token: "old", refreshToken: "refresh-0", expiresInMs: 3_600_000 });
  await db.sql`update fleet.connection_secrets set updated_at = updated_at - interval '10 minutes'
    where connection_id = ${id}`;
  const why = { provider: "google", reason: "refused_by_vendor" } as const;
  const refused = await world.connections.refuse(
    (await world.connections.find("google", { ...world, userId: world.member, signal }))!,
    why,
  );
  assert.equal((refused as { code?: string }).code, "connection_unavailable");
  const asked = { orgId: world.orgId, userId: world.member, signal };
  const fresh = (await world.connections.find("google", asked))!;
  assert.match(fresh.token, /^access-/);
  const closed = await world.connections.refuse(fresh, why);
  assert.equal((closed as { code?: string }).code, "reconnect_required");
});

Deno.test("connections: an account connected anew while its token is refreshed wins", async () => {
  await using oauth = serveOAuth(CLIENT);
  const world = open({ oauth });
  oauth.refreshTokens.set("refresh-0", 0);
  const id = await world.save({ token: "old", refreshToken: "refresh-0", expiresInMs: -1 });
  const { refresh } = world.store;
  world.store.refresh = async (...args) => {
    world.store.refresh = refresh;
    // The owner's own consent arrives just before the refreshed token is stored.
    await world.store.save({
      id,
      orgId: world.orgId,
      userId: world.member,
      provider: "google",
      accountId: "new@example.com",
      scopes: [],
      sealed: await RING.seal(JSON.stringify({ access_token: "consented" }), id),
      expiresInMs: 3_600_000,
    });
    return await refresh(...args);
  };
  const found = (await world.connections.find("google", {
    orgId: world.orgId,
    userId: world.member,
    signal,
  }))!;
  assert.deepEqual([found.token, found.accountId], ["consented", "new@example.com"]);
});

Deno.test("connections: what was revoked is gone, its ciphertext too", async () => {
  const world = open();
  const id = await world.save({});
  assert.equal(await world.store.revoke(id, crypto.randomUUID()), false);
  assert.equal(await world.store.revoke(id, world.orgId), true);
  assert.equal(await world.find("google"), null);
  const left = await db.sql`select 1 from fleet.connection_secrets where connection_id = ${id}`;
  assert.equal(left.length, 0);
});
