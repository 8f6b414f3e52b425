import type postgres from "postgres";
import type { Sql } from "../../db/client.ts";
import type {
  CrmActivity,
  CrmCalendarEvent,
  CrmCallType,
  CrmChange,
  CrmCompany,
  CrmContact,
  CrmDeal,
  CrmEmail,
  CrmMeeting,
  CrmOrganization,
  CrmTask,
  CrmUser,
  TranscriptTurn,
} from "../../ports/crm.ts";

/** One exported function per query. Times leave as ISO text in UTC, days as `YYYY-MM-DD`. */
export type Rows<T> = postgres.PendingQuery<(T & postgres.Row)[]>;

export const organization = (sql: Sql, orgId: string): Rows<CrmOrganization> =>
  sql`select o.id, o.name, o.domain, o.industry, o.size
    from fleet_crm.organizations o where o.org_id = ${orgId}::uuid`;

export const members = (sql: Sql, orgId: string, userId: string | null): Rows<CrmUser> =>
  sql`select m.id, m.email, coalesce(m.name, m.email) as name, m.timezone, m.role, m.slack_user_id, m.working_hours
    from fleet_crm.members m
    where m.org_id = ${orgId}::uuid and (${userId}::uuid is null or m.id = ${userId}::uuid)
    order by m.email`;

export const meeting = (sql: Sql, orgId: string, meetingId: string): Rows<CrmMeeting> =>
  sql`select ${meetingColumns(sql)} from fleet_crm.meetings m
    where m.org_id = ${orgId}::uuid and m.id = ${meetingId}::uuid`;

export const meetingsOfContact = (
  sql: Sql,
  orgId: string,
  contactId: string,
  limit: number,
): Rows<CrmMeeting> =>
  sql`select ${meetingColumns(sql)} from fleet_crm.meetings m
    where m.org_id = ${orgId}::uuid and (m.contact_id = ${contactId}::uuid or exists (
      select 1 from fleet_crm.attendees a
      where a.org_id = m.org_id and a.meeting_id = m.id and a.contact_id = ${contactId}::uuid))
    order by m.started_at desc nulls last, m.id limit ${limit}::integer`;

function meetingColumns(sql: Sql) {
  return sql`m.id, m.title, ${iso(sql, "started_at")} as started_at, m.timezone, m.duration_minutes,
    m.organizer_email, m.user_id, m.contact_id, m.deal_id, m.call_type,
    m.call_type_confidence::float8 as call_type_confidence,
    (select coalesce(jsonb_agg(jsonb_build_object('name', a.name, 'email', a.email, 'title', a.title,
        'is_external', a.is_external, 'contact_id', a.contact_id) order by a.position), '[]')
      from fleet_crm.attendees a where a.org_id = m.org_id and a.meeting_id = m.id) as attendees`;
}

/** A timestamp column of a view as ISO text; the name is ours, never a caller's. */
export function iso(
  sql: Sql,
  column:
    | "started_at"
    | "created_at"
    | "sent_at"
    | "starts_at"
    | "ends_at"
    | "enriched_at"
    | "closed_at"
    | "received_at",
) {
  return sql`to_char(${sql(column)} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;
}

export const transcript = (
  sql: Sql,
  orgId: string,
  meetingId: string,
): Rows<{ turns: readonly TranscriptTurn[] }> =>
  sql`select t.turns from fleet_crm.transcripts t
    where t.org_id = ${orgId}::uuid and t.meeting_id = ${meetingId}::uuid`;

export const contact = (sql: Sql, orgId: string, contactId: string): Rows<CrmContact> =>
  sql`select c.id, c.name, c.email, c.title, c.phone, c.timezone, c.company_id, c.owner_id
    from fleet_crm.contacts c where c.org_id = ${orgId}::uuid and c.id = ${contactId}::uuid`;

export const contactsByEmail = (
  sql: Sql,
  orgId: string,
  emails: readonly string[],
): Rows<CrmContact> =>
  sql`select c.id, c.name, c.email, c.title, c.phone, c.timezone, c.company_id, c.owner_id
    from fleet_crm.contacts c
    where c.org_id = ${orgId}::uuid and lower(c.email) = any (${
    emails.map((e) => e.toLowerCase())
  }::text[])
    order by c.email`;

export const company = (sql: Sql, orgId: string, companyId: string): Rows<CrmCompany> =>
  sql`select ${companyColumns(sql)}
    from fleet_crm.companies c where c.org_id = ${orgId}::uuid and c.id = ${companyId}::uuid`;

export const companyByDomain = (sql: Sql, orgId: string, domain: string): Rows<CrmCompany> =>
  sql`select ${companyColumns(sql)}
    from fleet_crm.companies c where c.org_id = ${orgId}::uuid and lower(c.domain) = lower(${domain})
    order by c.created_at, c.id limit 1`;

function companyColumns(sql: Sql) {
  return sql`c.id, c.name, c.domain, c.industry, c.size, c.description, c.enrichment,
    ${iso(sql, "enriched_at")} as enriched_at`;
}

export const deal = (sql: Sql, orgId: string, dealId: string): Rows<CrmDeal> =>
  sql`select ${
    dealColumns(sql)
  } from fleet_crm.deals d where d.org_id = ${orgId}::uuid and d.id = ${dealId}::uuid`;

export const dealsOfContact = (sql: Sql, orgId: string, contactId: string): Rows<CrmDeal> =>
  sql`select ${dealColumns(sql)} from fleet_crm.deals d
    where d.org_id = ${orgId}::uuid and d.status = 'open' and (d.contact_id = ${contactId}::uuid or exists (
      select 1 from fleet_crm.deal_contacts x
      where x.org_id = d.org_id and x.deal_id = d.id and x.contact_id = ${contactId}::uuid))
    order by d.created_at desc, d.id limit 20`;

export const endedDeals = (
  sql: Sql,
  orgId: string,
  of: { readonly contactId?: string; readonly companyId?: string },
): Rows<CrmDeal> =>
  sql`select ${dealColumns(sql)} from fleet_crm.deals d
    where d.org_id = ${orgId}::uuid and d.status in ('won', 'lost')
      and (d.contact_id = ${of.contactId ?? null}::uuid or d.company_id = ${
    of.companyId ?? null
  }::uuid)
    order by d.closed_at desc nulls last, d.id limit 20`;

function dealColumns(sql: Sql) {
  return sql`d.id, d.name, d.stage_id, d.stage, d.value::float8 as value, d.currency, d.close_date::text as close_date,
    d.next_steps, d.notes, d.tags, d.competitor, d.owner_id, d.contact_id, d.company_id, d.status`;
}

export const dealStages = (
  sql: Sql,
  orgId: string,
): Rows<{ id: string; name: string; position: number }> =>
  sql`select s.id, s.name, s.position from fleet_crm.deal_stages s where s.org_id = ${orgId}::uuid order by s.position`;

export const activities = (
  sql: Sql,
  orgId: string,
  of: { readonly contactId?: string; readonly dealId?: string },
  limit: number,
): Rows<CrmActivity> =>
  sql`select a.id, a.type, a.subject, ${
    iso(sql, "created_at")
  } as created_at from fleet_crm.activities a
    where a.org_id = ${orgId}::uuid
      and (a.contact_id = ${of.contactId ?? null}::uuid or a.deal_id = ${of.dealId ?? null}::uuid)
    order by a.created_at desc, a.id limit ${limit}::integer`;

export const emailsOfContact = (
  sql: Sql,
  orgId: string,
  contactId: string,
  limit: number,
): Rows<CrmEmail> =>
  sql`select e.id, e.subject, ${iso(sql, "sent_at")} as sent_at, e.direction from fleet_crm.emails e
    where e.org_id = ${orgId}::uuid and e.contact_id = ${contactId}::uuid
    order by e.sent_at desc nulls last, e.id limit ${limit}::integer`;

export const calendarEvents = (
  sql: Sql,
  orgId: string,
  userId: string,
  range: { readonly fromIso: string; readonly toIso: string },
): Rows<CrmCalendarEvent> =>
  sql`select e.id, e.title, ${iso(sql, "starts_at")} as starts_at, ${
    iso(sql, "ends_at")
  } as ends_at, e.is_all_day,
      e.busy_status, e.organizer_email, e.attendees
    from fleet_crm.calendar_events e
    where e.org_id = ${orgId}::uuid and e.user_id = ${userId}::uuid and not e.is_cancelled
      and e.starts_at < ${range.toIso}::timestamptz and e.ends_at > ${range.fromIso}::timestamptz
    order by e.starts_at, e.id`;

export const openTasks = (
  sql: Sql,
  orgId: string,
  of: { readonly userId?: string; readonly meetingId?: string },
): Rows<CrmTask> =>
  sql`select t.id, t.title, t.due_on::text as due_on, t.status from fleet_crm.tasks t
    where t.org_id = ${orgId}::uuid and t.status not in ('done', 'cancelled')
      and (${of.userId ?? null}::uuid is null or t.user_id = ${of.userId ?? null}::uuid)
      and (${of.meetingId ?? null}::uuid is null or t.meeting_id = ${of.meetingId ?? null}::uuid)
    order by t.due_on nulls last, t.id limit 200`;

export const callTypes = (sql: Sql, orgId: string): Rows<CrmCallType> =>
  sql`select t.id, t.name, t.description, t.keywords, t.is_sales, t.enable_coaching
    from fleet_crm.call_types t where t.org_id = ${orgId}::uuid order by t.name`;

export const applyChange = (
  sql: Sql,
  change: CrmChange,
): Rows<{ result: { id: string; repeated: boolean } }> =>
  sql`select fleet_crm.apply_change(${change.orgId}::uuid, ${change.entity}, ${change.id}::uuid,
    ${sql.json(change.change as postgres.JSONValue)}::jsonb, ${change.effectKey}) as result`;
