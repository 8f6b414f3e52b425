import assert from "node:assert/strict";
import postgres from "postgres";
import { listMigrations } from "../../../local/migrate.ts";
import { eventually, openStack, readLines, TEST_FUNCTIONS } from "../../support/stack.ts";

Deno.test("startStack() runs two stacks side by side", async () => {
  const stacks = await Promise.all(
    ["one", "two"].map((mark) =>
      openStack({ functionDirs: [TEST_FUNCTIONS], env: { FLEET_MARK: mark } })
    ),
  );
  try {
    for (const [at, stack] of stacks.entries()) {
      const status = await stack.status();
      const answer = await (await fetch(`${status.FUNCTIONS_URL}/echo`)).json();
      assert.equal(answer.env.FLEET_MARK, ["one", "two"][at]);
      assert.equal(answer.env.SUPABASE_URL, status.API_URL);
      assert.equal(answer.env.SUPABASE_DB_URL, status.DB_URL);
      assert.equal(answer.env.FLEET_DB_URL, stack.workerUrl);
      assert.deepEqual(JSON.parse(answer.env.SUPABASE_SECRET_KEYS), { default: status.SECRET_KEY });
    }
    const [one, two] = await Promise.all(stacks.map((stack) => stack.status()));
    assert.notEqual(one.SECRET_KEY, two.SECRET_KEY);
  } finally {
    await Promise.all(stacks.map((stack) => stack.stop()));
  }
});

Deno.test("startStack() names the demo organisation's doors with their secrets", async () => {
  await using stack = await openStack();
  const { webhooks, FUNCTIONS_URL } = await stack.status();
  for (const door of ["meeting", "email"] as const) {
    const { url, secret } = webhooks[door];
    assert.ok(url.startsWith(`${FUNCTIONS_URL}/webhook-${door}/`));
    assert.match(secret, /^whsec_[A-Za-z0-9+/]+=*$/);
  }
});

Deno.test("startStack() books migrations as the Supabase CLI does", async () => {
  await using stack = await openStack();
  const sql = postgres((await stack.status()).DB_URL, { max: 1 });
  const rows =
    await sql`select version, name from supabase_migrations.schema_migrations order by 1`;
  await sql.end();
  assert.deepEqual(
    rows.map((row) => `${row.version}_${row.name}.sql`),
    await listMigrations("all"),
  );
});

Deno.test("startStack() boots with the engine's migrations alone", async () => {
  await using stack = await openStack({ packs: "core" });
  const sql = postgres((await stack.status()).DB_URL, { max: 1 });
  const [found] = await sql`select
    to_regclass('public.fleet_jobs') is not null as engine,
    to_regclass('public.contacts') is not null as crm`;
  await sql.end();
  assert.deepEqual({ ...found }, { engine: true, crm: false });
});

Deno.test("clock runs jobs of cron.job and sends what they queue through pg_net", async () => {
  await using stack = await openStack({
    functionDirs: [TEST_FUNCTIONS],
    env: { FLEET_SWEEP_INTERVAL_MS: "3600000" },
  });
  const { DB_URL, FUNCTIONS_URL, gateway_log } = await stack.status();
  const sql = postgres(DB_URL, { max: 1 });
  const command = `select net.http_post('${FUNCTIONS_URL}/echo', '{"by": "the clock"}')`;
  await sql`select cron.schedule('ring', '50 ms', ${command})`;
  await eventually("the function is called twice", async () => {
    const lines = await readLines(gateway_log);
    return lines.filter((line) => line.function === "echo" && line.status === 200).length >= 2;
  });
  await sql`select cron.unschedule('ring')`;
  const response = await eventually("the answer is kept", async () => {
    const [row] = await sql`select status_code, content from net._http_response limit 1`;
    return row;
  });
  await sql.end();
  assert.equal(response.status_code, 200);
  assert.equal(JSON.parse(response.content).body, '{"by":"the clock"}');
});

Deno.test("startStack() sweeps on its own, unless FLEET_SWEEP is off", async () => {
  const sweptAt = async (url: string) => {
    const sql = postgres(url, { max: 1 });
    const [row] = await sql`select swept_at::text as at from fleet.sweep_state`;
    await sql.end();
    return row.at as string;
  };
  const env = { FLEET_SWEEP_INTERVAL_MS: "50" };
  await using off = await openStack({ env: { ...env, FLEET_SWEEP: "off" } });
  const offUrl = (await off.status()).DB_URL;
  const before = await sweptAt(offUrl);
  await using on = await openStack({ env });
  const onUrl = (await on.status()).DB_URL;
  const first = await sweptAt(onUrl);
  await eventually("a sweep", async () => await sweptAt(onUrl) !== first);
  // Many intervals have passed for the other one too.
  assert.equal(await sweptAt(offUrl), before);
});

Deno.test("startStack() refuses a margin that is not below the wall clock", async () => {
  await assert.rejects(
    openStack({ env: { FLEET_WALL_CLOCK_MS: "5000", FLEET_SAFETY_MARGIN_MS: "5000" } }),
    /FLEET_SAFETY_MARGIN_MS \(5000\) must be below FLEET_WALL_CLOCK_MS \(5000\)/,
  );
});

for (
  const [name, value] of [
    ["FLEET_LLM", "gpt"],
    ["FLEET_SEND", "yes"],
    ["FLEET_TOKEN_KEYS", "{}"],
  ]
) {
  Deno.test(`startStack() refuses ${name}=${value}, with which no function would boot`, async () => {
    await assert.rejects(
      openStack({ env: { [name]: value } }),
      new RegExp(`Cannot start: ${name}`),
    );
  });
}

Deno.test("startStack() refuses a lease under a second", async () => {
  await assert.rejects(
    openStack({ env: { FLEET_LEASE_MS: "999" } }),
    /FLEET_LEASE_MS \(999\) must be at least 1000/,
  );
});
