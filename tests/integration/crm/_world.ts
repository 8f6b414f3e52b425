import postgres from "postgres";
import { connect, type Sql } from "../../../supabase/functions/_shared/db/client.ts";
import { createPostgresCrm } from "../../../supabase/functions/_shared/providers/crm/postgres.ts";
import type { CrmPort } from "../../../supabase/functions/_shared/ports/crm.ts";
import type { ContextPorts } from "../../../supabase/functions/_shared/orchestrator/context.ts";
import { createPreferenceStore } from "../../../supabase/functions/_shared/orchestrator/store/preferences.ts";
import { createSystemClock } from "../../../supabase/functions/_shared/providers/clock.ts";
import { freshDatabase, type TestDatabase } from "../../support/database.ts";

/** Ids of one organisation's rows: one of each kind, all about one contact. */
export interface OrgRows {
  readonly name: string;
  readonly org: string;
  /** A member of this organisation only. */
  readonly user: string;
  readonly company: string;
  readonly contact: string;
  readonly stage: string;
  readonly deal: string;
  readonly meeting: string;
  readonly task: string;
  readonly endpoint: string;
  readonly email: string;
  readonly lostDeal: string;
}

export interface CrmWorld extends AsyncDisposable {
  /** As `postgres`. */
  readonly sql: postgres.Sql;
  readonly a: OrgRows;
  readonly b: OrgRows;
  /** A member of both organisations. */
  readonly both: string;
  /** The port as the functions use it: over a connection of `fleet_worker`. */
  crm(): CrmPort;
  /** What the context loader reads from. */
  context(): ContextPorts;
  worker(): Sql;
}

/** The same address in every organisation: only the organisation tells the rows apart. */
export const CONTACT_EMAIL = "carol@customer.example";

/** One database for a file: every row of a world belongs to its own two organisations. */
let database: TestDatabase;
Deno.test.beforeAll(async () => {
  database = await freshDatabase({ seed: false });
});
Deno.test.afterAll(() => database.drop());

/** Two new organisations with the same rows under other ids. */
export async function createCrmWorld(): Promise<CrmWorld> {
  const sql = postgres(database.ownerUrl, { max: 4, onnotice: () => {} });
  const connections: postgres.Sql[] = [sql];
  const worker = () => {
    const connection = connect(database.workerUrl, { max: 1 });
    connections.push(connection);
    return connection;
  };
  const a = newRows("a"), b = newRows("b"), both = crypto.randomUUID();
  await sql.begin(async (tx) => {
    await Promise.all([insertRows(tx, a), insertRows(tx, b)]);
    await tx`insert into public.profiles (id, email) values (${both}, ${emailOf(both)})`;
    for (const { org } of [a, b]) {
      await tx`insert into public.organization_memberships (org_id, user_id) values (${org}, ${both})`;
      await tx`
        insert into public.calendar_events (org_id, user_id, title, starts_at, ends_at)
        values (${org}, ${both}, ${org}, '2027-01-04T10:00Z', '2027-01-04T11:00Z')`;
    }
  });
  return {
    sql,
    a,
    b,
    both,
    worker,
    crm: () => createPostgresCrm(worker()),
    context: () => {
      const connection = worker();
      return {
        crm: createPostgresCrm(connection),
        preferences: createPreferenceStore({ sql: connection, clock: createSystemClock() }),
      };
    },
    [Symbol.asyncDispose]: async () => {
      for (const connection of connections) await connection.end({ timeout: 1 });
    },
  };
}

/** Addresses of people are unique in a project. */
export const emailOf = (userId: string) => `${userId}@example.com`;

function newRows(name: string): OrgRows {
  const id = () => crypto.randomUUID() as string;
  return {
    name,
    org: id(),
    user: id(),
    company: id(),
    contact: id(),
    stage: id(),
    deal: id(),
    meeting: id(),
    task: id(),
    endpoint: id(),
    email: id(),
    lostDeal: id(),
  };
}

async function insertRows(sql: postgres.TransactionSql, rows: OrgRows): Promise<void> {
  const {
    name,
    org,
    user,
    company,
    contact,
    stage,
    deal,
    meeting,
    task,
    endpoint,
    email,
    lostDeal,
  } = rows;
  await sql`insert into public.organizations (id, name) values (${org}, ${name})`;
  await sql`insert into public.profiles (id, email) values (${user}, ${emailOf(user)})`;
  await sql`insert into public.organization_memberships (org_id, user_id) values (${org}, ${user})`;
  await sql`
    insert into public.fleet_webhook_endpoints (id, org_id, provider, default_user_id)
    values (${endpoint}, ${org}, 'generic', ${user})`;
  await sql`
    insert into public.companies (id, org_id, name, domain) values (${company}, ${org}, ${name}, 'customer.example')`;
  await sql`
    insert into public.contacts (id, org_id, full_name, email, company_id)
    values (${contact}, ${org}, 'Carol', ${CONTACT_EMAIL}, ${company})`;
  await sql`insert into public.deal_stages (id, org_id, name) values (${stage}, ${org}, 'New')`;
  await sql`
    insert into public.deals (id, org_id, name, stage_id, contact_id, company_id, value, close_date)
    values (${deal}, ${org}, ${name}, ${stage}, ${contact}, ${company}, 1200.5, '2027-02-28')`;
  await sql`
    insert into public.deal_contacts (org_id, deal_id, contact_id)
    values (${org}, ${deal}, ${contact})`;
  await sql`
    insert into public.meetings (id, org_id, user_id, title, started_at, contact_id, deal_id)
    values (${meeting}, ${org}, ${user}, ${name}, '2027-01-04T10:00Z', ${contact}, ${deal})`;
  await sql`
    insert into public.meeting_attendees (org_id, meeting_id, position, name, email, is_external)
    values (${org}, ${meeting}, 1, 'Carol', ${CONTACT_EMAIL}, true)`;
  await sql`
    insert into public.meeting_transcripts (org_id, meeting_id, turns)
    values (${org}, ${meeting}, ${sql.json([{ speaker: "Carol", t_seconds: 0, text: name }])})`;
  await sql`
    insert into public.activities (org_id, type, subject, contact_id, deal_id)
    values (${org}, 'call', ${name}, ${contact}, ${deal})`;
  await sql`
    insert into public.emails (id, org_id, contact_id, subject, direction, message_id, sent_at)
    values (${email}, ${org}, ${contact}, ${name}, 'inbound', '<same@customer.example>', fleet.now() - interval '2 days')`;
  await sql`
    insert into public.tasks (id, org_id, user_id, meeting_id, title)
    values (${task}, ${org}, ${user}, ${meeting}, ${name})`;
  await sql`insert into public.call_types (org_id, name) values (${org}, ${name})`;
  await sql`
    insert into public.deals (id, org_id, name, status, contact_id, company_id, value, lost_reason, closed_at)
    values (${lostDeal}, ${org}, ${name}, 'lost', ${contact}, ${company}, 900, 'budget', '2026-01-10T00:00Z')`;
  await sql`
    insert into public.deal_risk_scores (org_id, deal_id, score, alerted_at, created_at)
    values (${org}, ${deal}, 60, fleet.now(), fleet.now() - interval '2 days'),
      (${org}, ${deal}, 40, null, fleet.now())`;
  await sql`
    insert into public.meeting_action_items (org_id, meeting_id, title)
    values (${org}, ${meeting}, ${name})`;
  await sql`
    insert into public.meeting_summaries (org_id, meeting_id, summary, objections)
    values (${org}, ${meeting}, ${name}, ${sql.json([{ objection: "price", resolved: false }])})`;
  await sql`
    insert into public.coaching_analyses (org_id, meeting_id, user_id, overall_score, created_at)
    values (${org}, ${meeting}, ${user}, 70, '2027-01-04T12:00Z')`;
  await sql`insert into public.proposal_templates (org_id, name, body) values (${org}, ${name}, 'x')`;
  await sql`
    insert into public.playbooks (org_id, kind, name, body)
    values (${org}, 'objection', ${name}, 'x')`;
  await sql`insert into public.products (org_id, name, price) values (${org}, ${name}, 12.5)`;
  await sql`insert into public.icp_profiles (org_id, description) values (${org}, ${name})`;
  const [campaign] = await sql`
    insert into public.campaigns (org_id, name, metrics)
    values (${org}, ${name}, ${sql.json({ sent: 10 })}) returning id`;
  await sql`
    insert into public.campaign_replies (org_id, campaign_id, contact_email, body_text, received_at)
    values (${org}, ${campaign.id}, ${CONTACT_EMAIL}, ${name}, '2027-01-04T12:00Z')`;
}
