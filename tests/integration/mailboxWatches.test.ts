/** Rows of watched mailboxes: who is followed, what is due, how a cursor moves. */
import assert from "node:assert/strict";
import type postgres from "postgres";
import { connect } from "../../supabase/functions/_shared/db/client.ts";
import { createMailboxStore } from "../../supabase/functions/_shared/orchestrator/store/mailboxes.ts";
import { createSystemClock } from "../../supabase/functions/_shared/providers/clock.ts";
import type { Mailbox } from "../../supabase/functions/_shared/ports/mailboxes.ts";
import { freshDatabase, type TestDatabase } from "../support/database.ts";

/** One database for the file: every test connects accounts of organisations of its own. */
let db: TestDatabase;
Deno.test.beforeAll(async () => {
  db = await freshDatabase({ packs: "core", seed: false });
});
Deno.test.afterAll(() => db.drop());

const READS = {
  google: "https://www.googleapis.com/auth/gmail.readonly",
  microsoft: "Mail.ReadWrite",
} as const;

interface Account {
  readonly id: string;
  readonly org: string;
  readonly user: string;
}

async function connectAccount(
  more: {
    readonly provider?: string;
    readonly scopes?: readonly string[];
    readonly user?: string | null;
    readonly org?: string;
    readonly account?: string;
  } = {},
): Promise<Account> {
  const id = crypto.randomUUID(), org = more.org ?? crypto.randomUUID();
  const user = more.user === undefined ? crypto.randomUUID() : more.user;
  const provider = more.provider ?? "google";
  const scopes = more.scopes ?? [READS[provider as keyof typeof READS] ?? "x"];
  await db
    .sql`insert into public.fleet_connections (id, org_id, user_id, provider, account_id, scopes)
    values (${id}, ${org}, ${user}, ${provider}, ${
    more.account ?? "maya@northwind.example"
  }, ${scopes as string[]})`;
  return { id, org, user: user ?? "" };
}

async function eventsOf(org: string, type: string | null = null): Promise<postgres.Row[]> {
  const rows = await db.sql`
    select type, payload ->> 'reason' as reason, user_id, idempotency_key, depth
    from public.fleet_events where org_id = ${org} and (${type}::text is null or type = ${type})
    order by created_at, id`;
  return [...rows];
}

const watchOf = async ({ id }: Account) =>
  (await db.sql`select w.*, c.watch_expires_at from public.fleet_connections c
    left join fleet.mailbox_watches w on w.connection_id = c.id where c.id = ${id}`)[0];

async function withStore<T>(
  work: (store: ReturnType<typeof createMailboxStore>) => Promise<T>,
): Promise<T> {
  const sql = connect(db.workerUrl, { max: 4 });
  try {
    return await work(createMailboxStore({ sql, clock: createSystemClock() }));
  } finally {
    await sql.end({ timeout: 1 });
  }
}

const find = ({ org, id }: Account) => withStore((store) => store.find(org, id));

for (const provider of ["google", "microsoft"] as const) {
  Deno.test(`a ${provider} account that reads mail is followed from the statement that connects it`, async () => {
    const account = await connectAccount({ provider });
    const watch = await watchOf(account);
    assert.ok(watch.renew_at > new Date() && watch.sync_at > new Date());
    const [event] = await eventsOf(account.org);
    assert.deepEqual([event.type, event.reason, event.user_id], [
      "watch_due",
      "connected",
      account.user,
    ]);
  });
}

for (
  const [name, more] of [
    ["reads no mail", { scopes: ["https://www.googleapis.com/auth/calendar"] }],
    ["is the whole organisation's", { user: null }],
    ["is no mailbox", { provider: "slack", scopes: ["chat:write"] }],
  ] as const
) {
  Deno.test(`an account that ${name} is not followed`, async () => {
    const account = await connectAccount(more);
    assert.equal((await watchOf(account)).connection_id, null);
    assert.deepEqual(await eventsOf(account.org), []);
  });
}

Deno.test("a refreshed credential is no new connection", async () => {
  const account = await connectAccount();
  await db.sql`update public.fleet_connections set version = version + 1, expires_at = fleet.now()
    where id = ${account.id}`;
  assert.equal((await eventsOf(account.org)).length, 1);
});

Deno.test("an account connected anew keeps its cursor; another account in its place does not", async () => {
  const account = await connectAccount();
  await db
    .sql`update fleet.mailbox_watches set cursor = '7', subscription_id = 's7' where connection_id = ${account.id}`;
  const connectAnew = (address: string) =>
    db.sql`update public.fleet_connections set account_id = ${address}, scopes = scopes, status = 'active',
      version = version + 1 where id = ${account.id}`;
  await connectAnew("maya@northwind.example");
  assert.equal((await watchOf(account)).cursor, "7");
  await connectAnew("other@northwind.example");
  const watch = await watchOf(account);
  assert.deepEqual([watch.cursor, watch.subscription_id], [null, null]);
  assert.equal((await eventsOf(account.org, "watch_due")).length, 3);
});

Deno.test("an expired account is due for nothing until it is connected anew", async () => {
  const account = await connectAccount();
  await db.sql`update public.fleet_connections set status = 'expired' where id = ${account.id}`;
  const watch = await watchOf(account);
  assert.deepEqual([watch.renew_at, watch.sync_at], [null, null]);
  assert.equal(await find(account), null);
  await db
    .sql`update public.fleet_connections set status = 'active', version = version + 1 where id = ${account.id}`;
  assert.ok((await watchOf(account)).renew_at !== null);
  assert.notEqual(await find(account), null);
});

Deno.test("a revoked account leaves no watch and no end of one", async () => {
  const account = await connectAccount();
  await db
    .sql`update public.fleet_connections set watch_expires_at = fleet.now() where id = ${account.id}`;
  await db.sql`update public.fleet_connections set status = 'revoked' where id = ${account.id}`;
  const watch = await watchOf(account);
  assert.deepEqual([watch.connection_id, watch.watch_expires_at], [null, null]);
});

Deno.test("who disconnects a mailbox that others connected too makes their watch due", async () => {
  const account = `${crypto.randomUUID()}@mail.example`;
  const [gone, stays] = [await connectAccount({ account }), await connectAccount({ account })];
  const stranger = await connectAccount();
  await db.sql`update public.fleet_connections set status = 'revoked' where id = ${gone.id}`;
  assert.ok((await watchOf(stays)).renew_at <= new Date());
  assert.ok((await watchOf(stranger)).renew_at > new Date());
});

Deno.test("another organisation finds no mailbox of ours, by id or by address", async () => {
  const ours = await connectAccount({ account: "shared@mail.example" });
  const theirs = await connectAccount({ account: "SHARED@mail.example" });
  assert.equal(await find({ ...ours, org: theirs.org }), null);
  const found = await withStore((store) =>
    store.listMailboxes(ours.org, "google", "Shared@Mail.example")
  );
  assert.deepEqual(found, [{ connection_id: ours.id, user_id: ours.user }]);
  const none = await withStore((store) =>
    store.listMailboxes(crypto.randomUUID(), "google", "shared@mail.example")
  );
  assert.deepEqual(none, []);
});

const draft = (account: Account, key: string) => ({
  user_id: account.user,
  type: "email_received",
  payload: { email_id: crypto.randomUUID() },
  idempotency_key: key,
});

Deno.test("advance() makes events, the next reading and the cursor's move in one statement", async () => {
  const account = await connectAccount();
  const mailbox = (await find(account))!;
  const moved = await withStore((store) =>
    store.advance(mailbox, {
      cursor: "10",
      has_more: true,
      events: [draft(account, "a"), draft(account, "b")],
    })
  );
  assert.equal(moved, true);
  assert.equal((await watchOf(account)).cursor, "10");
  const made = await eventsOf(account.org);
  assert.deepEqual(made.map(({ type, reason, depth }) => [type, reason, depth]), [
    ["watch_due", "connected", 0],
    ["email_received", null, 0],
    ["email_received", null, 0],
    ["mailbox_changed", "rest", 0],
  ]);
});

Deno.test("advance() of a run that came second makes its events once and leaves the cursor", async () => {
  const account = await connectAccount();
  const mailbox = (await find(account))!;
  const to = (cursor: string, keys: readonly string[]) => ({
    cursor,
    has_more: false,
    events: keys.map((key) => draft(account, key)),
  });
  await withStore(async (store) => {
    assert.equal(await store.advance(mailbox, to("20", ["a", "b"])), true);
    assert.equal(await store.advance(mailbox, to("15", ["a", "c"])), false);
  });
  assert.equal((await watchOf(account)).cursor, "20");
  const keys = (await eventsOf(account.org, "email_received")).map((e) => e.idempotency_key);
  assert.deepEqual(keys.sort(), ["a", "b", "c"]);
});

Deno.test("advance() by twenty runs at once moves the cursor once and doubles no event", async () => {
  const account = await connectAccount();
  const mailbox = (await find(account))!;
  const moved = await withStore((store) =>
    Promise.all(
      Array.from({ length: 20 }, (_, at) =>
        store.advance(mailbox, {
          cursor: `c${at}`,
          has_more: false,
          events: ["z", "a", "m"].map((key) => draft(account, key)),
        })),
    )
  );
  assert.equal(moved.filter((one) => one).length, 1);
  assert.equal((await eventsOf(account.org, "email_received")).length, 3);
});

Deno.test("advance() does nothing for another organisation's mailbox", async () => {
  const account = await connectAccount();
  const mailbox = (await find(account))!;
  const org = crypto.randomUUID();
  const forged: Mailbox = { ...mailbox, org_id: org };
  const moved = await withStore((store) =>
    store.advance(forged, { cursor: "1", has_more: false, events: [draft(account, "a")] })
  );
  assert.deepEqual([moved, await eventsOf(org)], [false, []]);
});

const saveWatch = (mailbox: Mailbox, hours: number, catchesUp = true) =>
  withStore((store) =>
    store.saveWatch(mailbox, {
      subscriptionId: null,
      clientStateSha256: null,
      cursor: "5",
      expiresAt: new Date(Date.now() + hours * 3_600_000).toISOString(),
      catchesUp,
    })
  );

for (const hours of [70, 168]) {
  Deno.test(`a watch of ${hours} hours is renewed with more than 48 of them left`, async () => {
    const account = await connectAccount();
    await saveWatch((await find(account))!, hours);
    const watch = await watchOf(account);
    assert.ok(watch.watch_expires_at - watch.renew_at > 48 * 3_600_000);
    assert.equal(watch.cursor, "5");
    assert.deepEqual((await eventsOf(account.org, "mailbox_changed")).map((e) => e.reason), [
      "catch_up",
    ]);
  });
}

Deno.test("a watch that is saved keeps the cursor that is there", async () => {
  const account = await connectAccount();
  await db.sql`update fleet.mailbox_watches set cursor = '3' where connection_id = ${account.id}`;
  await saveWatch((await find(account))!, 70, false);
  assert.equal((await watchOf(account)).cursor, "3");
  assert.deepEqual(await eventsOf(account.org, "mailbox_changed"), []);
});

Deno.test("prepareWatch() makes one door of an organisation, however many ask at once", async () => {
  const first = await connectAccount({ provider: "microsoft" });
  const second = await connectAccount({ provider: "microsoft", org: first.org });
  const boxes = [(await find(first))!, (await find(second))!];
  const doors = await withStore((store) =>
    Promise.all(
      Array.from({ length: 10 }, (_, at) => store.prepareWatch(boxes[at % 2], "a".repeat(64))),
    )
  );
  assert.equal(new Set(doors).size, 1);
  const seen = await withStore((store) => store.readGraphWatches(doors[0]!, ["unknown"]));
  assert.deepEqual(
    seen.map(({ connection_id }) => connection_id).sort(),
    [first.id, second.id].sort(),
  );
  const foreign = { ...boxes[0], org_id: crypto.randomUUID() };
  assert.equal(await withStore((store) => store.prepareWatch(foreign, "a".repeat(64))), null);
});

Deno.test("readGraphWatches() answers a subscription at its own door only", async () => {
  const account = await connectAccount({ provider: "microsoft" });
  const other = await connectAccount({ provider: "microsoft" });
  const [box, stranger] = [(await find(account))!, (await find(other))!];
  await withStore(async (store) => {
    const door = (await store.prepareWatch(box, "a".repeat(64)))!;
    await store.saveWatch(box, {
      subscriptionId: `s-${account.id}`,
      clientStateSha256: "a".repeat(64),
      cursor: null,
      expiresAt: new Date().toISOString(),
      catchesUp: false,
    });
    const foreign = (await store.prepareWatch(stranger, "b".repeat(64)))!;
    await store.saveWatch(stranger, {
      subscriptionId: `s-${other.id}`,
      clientStateSha256: "b".repeat(64),
      cursor: null,
      expiresAt: new Date().toISOString(),
      catchesUp: false,
    });
    assert.equal((await store.readGraphWatches(door, [`s-${account.id}`])).length, 1);
    assert.deepEqual(await store.readGraphWatches(foreign, [`s-${account.id}`]), []);
    assert.deepEqual(await store.readGraphWatches(door, [`s-${other.id}`]), []);
  });
});

Deno.test("of two subscriptions made at once the one whose secret is stored stays", async () => {
  const account = await connectAccount({ provider: "microsoft" });
  const box = (await find(account))!;
  const save = (id: string, clientStateSha256: string | null) =>
    withStore((store) =>
      store.saveWatch(box, {
        subscriptionId: `${id}-${account.id}`,
        clientStateSha256,
        cursor: null,
        expiresAt: new Date().toISOString(),
        catchesUp: false,
      })
    );
  await withStore((store) => store.prepareWatch(box, "a".repeat(64)));
  await withStore((store) => store.prepareWatch(box, "b".repeat(64)));
  assert.equal(await save("second", "b".repeat(64)), true);
  assert.equal(await save("first", "a".repeat(64)), false);
  // Renewals bring no secret: only the one that is stored is renewed.
  assert.equal(await save("first", null), false);
  assert.equal(await save("second", null), true);
  const watch = await watchOf(account);
  assert.deepEqual([watch.subscription_id, watch.client_state_sha256], [
    `second-${account.id}`,
    "b".repeat(64),
  ]);
});

async function makeDue(account: Account, column: "renew_at" | "sync_at"): Promise<void> {
  await db.sql`update fleet.mailbox_watches set ${
    db.sql(column)
  } = fleet.now() - interval '1 minute'
    where connection_id = ${account.id}`;
}

for (
  const [column, type, reason] of [
    ["renew_at", "watch_due", "due"],
    ["sync_at", "mailbox_changed", "hourly"],
  ] as const
) {
  Deno.test(`sweeps at once raise one ${type} for a mailbox whose ${column} has come`, async () => {
    const account = await connectAccount();
    await makeDue(account, column);
    const connections = Array.from({ length: 4 }, () => connect(db.workerUrl, { max: 1 }));
    await Promise.all(connections.map((sql) => sql`select fleet.sweep(false)`));
    await Promise.all(connections.map((sql) => sql.end({ timeout: 1 })));
    const raised = (await eventsOf(account.org)).filter((event) => event.reason === reason);
    assert.deepEqual(raised.map((event) => event.type), [type]);
    assert.ok((await watchOf(account))[column] > new Date(), "it is tried again later");
  });
}

Deno.test("a sweep that finds nothing due reads two indexes and no whole table", async () => {
  for (
    const [column, index] of [
      ["renew_at", "mailbox_watches_renewal"],
      ["sync_at", "mailbox_watches_sync"],
    ]
  ) {
    const plan = await db.sql.begin(async (tx) => {
      // A small table would be read whole.
      await tx`set local enable_seqscan = off`;
      return await tx.unsafe(
        `explain select w.connection_id from fleet.mailbox_watches w where w.${column} <= now() order by w.${column} limit 100`,
      );
    });
    const text = plan.map((row) => row["QUERY PLAN"]).join("\n");
    assert.match(text, new RegExp(`Index (?:Only )?Scan (?:using|on) ${index}`));
    assert.doesNotMatch(text, /Seq Scan/);
  }
});
