import postgres from "postgres";
import { connect } from "../../../supabase/functions/_shared/db/client.ts";
import {
  type AgentStore,
  createAgentStore,
} from "../../../supabase/functions/_shared/orchestrator/store/agents.ts";
import { createSystemClock } from "../../../supabase/functions/_shared/providers/clock.ts";
import { freshDatabase, type TestDatabase } from "../../support/database.ts";

/** Organisations of one database whose clock the test sets. */
export interface AgentWorld {
  readonly sql: postgres.Sql;
  readonly worker: postgres.Sql;
  readonly store: AgentStore;
  readonly db: TestDatabase;
  /** A new organisation with an owner and a member. */
  newOrg(): Promise<{ readonly org: string; readonly owner: string; readonly member: string }>;
  /** From now on the database's clock stands there; null lets it run. */
  setClock(at: string | null): Promise<void>;
}

/** One database for a file; every test has organisations of its own. */
export function shareAgentWorld(): () => AgentWorld {
  let world: AgentWorld | null = null;
  Deno.test.beforeAll(async () => {
    const db = await freshDatabase({ seed: false });
    // A row, not a new body each time: tests that walk a day set it every minute.
    await db.sql.unsafe(`create table public.test_clock (at timestamptz);
      insert into public.test_clock values (null);
      grant select on public.test_clock to public;
      create or replace function fleet.now() returns timestamptz language plpgsql stable set search_path = ''
      as $$ begin return coalesce((select c.at from public.test_clock c), pg_catalog.clock_timestamp()); end $$`);
    const worker = connect(db.workerUrl, { max: 12 });
    world = {
      db,
      worker,
      sql: db.sql,
      store: createAgentStore({ sql: worker, clock: createSystemClock() }),
      newOrg: () => insertOrg(db.sql),
      setClock: async (at) => {
        await db.sql`update public.test_clock set at = ${at}`;
      },
    };
  });
  Deno.test.afterAll(async () => {
    await world?.worker.end({ timeout: 1 });
    await world?.db.drop();
  });
  return () => world!;
}

async function insertOrg(sql: postgres.Sql) {
  const org = crypto.randomUUID(), owner = crypto.randomUUID(), member = crypto.randomUUID();
  await sql`insert into public.organizations (id, name) values (${org}, 'o')`;
  for (const [user, role] of [[owner, "owner"], [member, "member"]] as const) {
    await sql`insert into public.profiles (id, email) values (${user}, ${`${user}@example.com`})`;
    await sql`insert into public.organization_memberships (org_id, user_id, role) values (${org}, ${user}, ${role})`;
  }
  return { org, owner, member };
}
