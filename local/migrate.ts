import { basename } from "node:path";
import postgres from "postgres";
import { OWNER_PASSWORD, ownerUrl, WORKER_PASSWORD } from "./env.ts";

export type Packs = "all" | "core";

const ROOT = new URL("../", import.meta.url);
const MIGRATIONS = new URL("supabase/migrations/", ROOT);

/** Migration files in the order they apply; `core` leaves the reference CRM out. */
export async function listMigrations(packs: Packs): Promise<readonly string[]> {
  const names: string[] = [];
  for await (const entry of Deno.readDir(MIGRATIONS)) {
    if (entry.isFile && /^\d{14}_.+\.sql$/.test(entry.name)) names.push(entry.name);
  }
  return names.filter((name) => packs === "all" || name.includes("_core_")).sort();
}

/** Gives an empty database what Supabase has: roles, auth, vault, net, cron (local/shim.sql). */
export async function applyShim(adminUrl: string): Promise<void> {
  const sql = postgres(adminUrl, { max: 1, onnotice: () => {} });
  try {
    await sql.unsafe(await Deno.readTextFile(new URL("local/shim.sql", ROOT)));
  } finally {
    await sql.end();
  }
}

/**
 * Applies what is missing, as `postgres`, and books it as the Supabase CLI does, so that a later
 * `supabase db push` finds nothing to do. Each file is one transaction.
 *
 * @returns the file names applied now
 */
export async function migrate(
  database: { readonly port: number; readonly name: string; readonly adminUrl: string },
  packs: Packs,
): Promise<readonly string[]> {
  const sql = postgres(ownerUrl(database.port, database.name), { max: 1, onnotice: () => {} });
  const applied: string[] = [];
  try {
    await sql.unsafe(`create schema if not exists supabase_migrations;
      create table if not exists supabase_migrations.schema_migrations (
        version text primary key, statements text[], name text)`);
    const done = new Set(
      (await sql`select version from supabase_migrations.schema_migrations`).map((row) =>
        row.version
      ),
    );
    for (const file of await listMigrations(packs)) {
      const version = file.slice(0, 14);
      if (done.has(version)) continue;
      const text = await Deno.readTextFile(new URL(file, MIGRATIONS));
      const name = basename(file, ".sql").slice(15);
      try {
        await sql.begin(async (tx) => {
          await tx.unsafe(text);
          await tx`insert into supabase_migrations.schema_migrations (version, statements, name)
            values (${version}, ${[text]}, ${name})`;
        });
      } catch (error) {
        throw new Error(`Migration ${file} failed: ${(error as Error).message}`, { cause: error });
      }
      applied.push(file);
    }
  } finally {
    await sql.end();
  }
  await setWorkerPassword(database.adminUrl);
  return applied;
}

/**
 * Runs supabase/seed.sql once per database and books it as the Supabase CLI does: what a developer
 * changed since stays.
 */
export async function seed(
  database: { readonly port: number; readonly name: string },
): Promise<void> {
  const path = "supabase/seed.sql";
  const text = await Deno.readTextFile(new URL(path, ROOT));
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  const hash = Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0"));
  const sql = postgres(ownerUrl(database.port, database.name), { max: 1, onnotice: () => {} });
  try {
    await sql.unsafe(`create table if not exists supabase_migrations.seed_files (
      path text primary key, hash text not null)`);
    await sql.begin(async (tx) => {
      const booked = await tx`
        insert into supabase_migrations.seed_files (path, hash) values (${path}, ${hash.join("")})
        on conflict do nothing returning path`;
      if (booked.length > 0) await tx.unsafe(text);
    });
  } finally {
    await sql.end();
  }
}

/** Migrations create `fleet_worker` without a password; hosted, the installer sets one. */
async function setWorkerPassword(adminUrl: string): Promise<void> {
  const sql = postgres(adminUrl, { max: 1, onnotice: () => {} });
  try {
    await sql.unsafe(`do $$ begin
      if exists (select 1 from pg_roles where rolname = 'fleet_worker') then
        alter role fleet_worker password '${WORKER_PASSWORD}';
      end if; end $$; alter role postgres password '${OWNER_PASSWORD}'`);
  } finally {
    await sql.end();
  }
}
