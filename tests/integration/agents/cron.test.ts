import assert from "node:assert/strict";
import postgres from "postgres";
import { freshDatabase, type TestDatabase } from "../../support/database.ts";

/** The installer against the shim of the embedded database, whose calls have the extensions' own shapes. */
let db: TestDatabase;
let admin: postgres.Sql;
Deno.test.beforeAll(async () => {
  db = await freshDatabase({ packs: "core", seed: false });
  admin = postgres(db.adminUrl, { max: 1, onnotice: () => {} });
});
Deno.test.afterAll(async () => {
  await admin.end();
  await db.drop();
});

const SECRETS = {
  fleet_functions_url: "https://ref.supabase.co/functions/v1",
  fleet_secret_key: "sb_secret_x",
};

async function withSecrets(names: readonly string[], work: () => Promise<void>): Promise<void> {
  for (const name of names) {
    await db.sql`select vault.create_secret(${SECRETS[name as keyof typeof SECRETS]}, ${name})`;
  }
  try {
    await work();
  } finally {
    await db.sql`delete from vault.secrets`;
    await db.sql`select fleet.uninstall_cron()`;
  }
}

const jobs = async () =>
  (await admin`select jobname, schedule, command, username, active from cron.job order by jobname`)
    .map((row) => ({ ...row }));

for (
  const [missing, there] of [
    ["fleet_functions_url and fleet_secret_key", []],
    ["fleet_secret_key", ["fleet_functions_url"]],
    ["fleet_functions_url", ["fleet_secret_key"]],
  ] as const
) {
  Deno.test(`install_cron() refuses without ${missing}, names what is missing and schedules nothing`, async () => {
    await withSecrets(there, async () => {
      await assert.rejects(db.sql`select fleet.install_cron()`, {
        code: "ZF409",
        message: new RegExp(`^secret_missing: Vault holds no ${missing}: .*vault.create_secret`),
      });
      assert.deepEqual(await jobs(), []);
    });
  });
}

for (
  const [extension, hide, show] of [
    ["pg_cron", "alter schema cron rename to hidden", "alter schema hidden rename to cron"],
    ["pg_net", "alter schema net rename to hidden", "alter schema hidden rename to net"],
    [
      "supabase_vault",
      "alter schema vault rename to hidden",
      "alter schema hidden rename to vault",
    ],
  ] as const
) {
  Deno.test(`install_cron() refuses without ${extension} and says how to enable it`, async () => {
    await admin.unsafe(hide);
    try {
      await assert.rejects(db.sql`select fleet.install_cron()`, {
        code: "ZF409",
        message: new RegExp(`^extension_missing: .*create extension ${extension}`),
      });
    } finally {
      await admin.unsafe(show);
    }
  });
}

Deno.test("install_cron() schedules the sweep every ten seconds and the retention an hour a night, twice the same", async () => {
  await withSecrets(Object.keys(SECRETS), async () => {
    await db.sql`select fleet.install_cron()`;
    const first = await jobs();
    await db.sql`select fleet.install_cron()`;
    assert.deepEqual(await jobs(), first);
    assert.deepEqual(first.map(({ jobname, schedule, command }) => [jobname, schedule, command]), [
      ["fleet-retention", "* 3 * * *", "select fleet.prune()"],
      ["fleet-sweep", "10 seconds", "select fleet.sweep()"],
    ]);
  });
});

Deno.test("uninstall_cron() takes back both jobs and no other's", async () => {
  await withSecrets(Object.keys(SECRETS), async () => {
    await db.sql`select cron.schedule('theirs', '0 0 * * *', 'select 1')`;
    await db.sql`select fleet.install_cron()`;
    const [{ was }] = await db.sql`select fleet.uninstall_cron() as was`;
    const [{ was: again }] = await db.sql`select fleet.uninstall_cron() as was`;
    assert.deepEqual([was, again], [true, false]);
    assert.deepEqual((await jobs()).map(({ jobname }) => jobname), ["theirs"]);
    await db.sql`select cron.unschedule('theirs')`;
  });
});

for (const role of ["anon", "authenticated", "service_role", "fleet_worker"]) {
  Deno.test(`${role} may neither install nor uninstall the clock`, async () => {
    for (const call of ["fleet.install_cron(text)", "fleet.uninstall_cron()"]) {
      const [{ may }] =
        await admin`select has_function_privilege(${role}, ${call}, 'execute') as may`;
      assert.equal(may, false);
    }
  });
}
