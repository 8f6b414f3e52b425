import postgres from "postgres";
import { freshDatabase, type TestDatabase } from "../../support/database.ts";
import { insertRowOfEach, type Values } from "../../support/rowOfEach.ts";

/** An organisation and its people by role. */
export interface Org {
  readonly id: string;
  readonly owner: string;
  readonly admin: string;
  readonly member: string;
  readonly readonly: string;
}

const newOrg = (): Org => {
  const id = () => crypto.randomUUID() as string;
  return { id: id(), owner: id(), admin: id(), member: id(), readonly: id() };
};
export const OWN = newOrg(), FOREIGN = newOrg();
export const ORGS = [OWN, FOREIGN];
export const EVENT_TYPE = "rights_test";

export const SCHEMAS = ["public", "fleet", "fleet_crm"];

let database: TestDatabase | null = null;
/** One connection for all sessions: a new one each would be most of a test's time. */
let shared: postgres.Sql | null = null;

/** One database with both organisations serves every test of a file: each rolls back what it does. */
export async function openWorld(): Promise<TestDatabase> {
  database = await freshDatabase({ seed: false });
  const sql = connect();
  for (const org of ORGS) await insertOrg(sql, org);
  await sql.end();
  return database;
}

export async function closeWorld(): Promise<void> {
  await shared?.end();
  await database!.drop();
}

export const connect = (url = database!.ownerUrl) => postgres(url, { max: 1, onnotice: () => {} });

export interface Session {
  readonly role?: "anon" | "authenticated" | "service_role";
  readonly user?: string;
}

/** Works as a signed-in user would through the API: claims set, role switched, all rolled back. */
export async function as<T>(
  session: Session,
  work: (tx: postgres.TransactionSql) => Promise<T>,
): Promise<T> {
  shared ??= connect();
  const undo = Symbol();
  let result: T;
  try {
    await shared.begin(async (tx) => {
      const claims = { sub: session.user, role: session.role ?? "authenticated" };
      await tx`select set_config('request.jwt.claims', ${JSON.stringify(claims)}, true)`;
      await tx.unsafe(`set local role ${session.role ?? "authenticated"}`);
      result = await work(tx);
      throw undo;
    });
  } catch (error) {
    if (error !== undo) throw error;
  }
  return result!;
}

/** People by role, configuration under known keys, and a row in every other table. */
async function insertOrg(sql: postgres.Sql, org: Org): Promise<void> {
  await sql`insert into public.organizations (id, name) values (${org.id}, 'o')`;
  for (const role of ["owner", "admin", "member", "readonly"] as const) {
    const user = org[role];
    await sql`insert into public.profiles (id, email) values (${user}, ${`${user}@example.com`})`;
    await sql`insert into public.organization_memberships (org_id, user_id, role)
      values (${org.id}, ${user}, ${role})`;
  }
  await sql`insert into public.fleet_skills (skill) values ('rights-test') on conflict do nothing`;
  for (const [owner, key] of [[org.id, "own"], [null, "shared"]] as const) {
    await sql`insert into public.fleet_event_routes (org_id, event_type, sequence_key, priority)
      values (${owner}, ${EVENT_TYPE}, ${key}, ${owner === null ? 0 : 1}) on conflict do nothing`;
    await sql`insert into public.fleet_sequence_definitions (org_id, sequence_key, steps)
      values (${owner}, ${key}, ${sql.json([{ skill: "rights-test" }])}) on conflict do nothing`;
    await sql`insert into public.fleet_handoff_routes
      (org_id, key, source_sequence_key, source_step_skill, target_event_type)
      values (${owner}, ${key}, ${key}, 'rights-test', ${EVENT_TYPE}) on conflict do nothing`;
  }
  await insertRowOfEach(sql, org.id, valuesOf(org));
}

/** What the rules of some tables want beyond the types of their columns. */
function valuesOf(org: Org): Readonly<Record<string, Values>> {
  const job = crypto.randomUUID(), event = crypto.randomUUID(), hash = "0".repeat(64);
  return {
    "public.fleet_events": { id: event, type: EVENT_TYPE, root_event_id: event, status: "routed" },
    "public.fleet_definition_snapshots": {
      hash,
      sequence_key: "own",
      steps: [{ id: "a", skill: "rights-test" }],
    },
    "public.fleet_jobs": {
      id: job,
      event_type: EVENT_TYPE,
      definition_hash: hash,
      event_id: event,
      root_job_id: job,
    },
    "public.fleet_job_step_results": { job_id: job, step_id: "a" },
    "public.fleet_job_history": { job_id: job },
    "public.fleet_approvals": { step_id: "a", content_sha256: hash },
    "public.fleet_schedules": { cron_expression: "0 9 * * 1-5" },
    "public.fleet_triggers": { trigger_event: "deal_created" },
    "public.notifications": { user_id: org.member },
    "public.meeting_transcripts": { turns: [] },
  };
}
