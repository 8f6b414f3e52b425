import type { Sql } from "../../db/client.ts";
import type {
  CrmActionItem,
  CrmCampaign,
  CrmCampaignReply,
  CrmCoachingAnalysis,
  CrmIdealCustomer,
  CrmLostDeal,
  CrmMail,
  CrmMeetingSummary,
  CrmPipelineDeal,
  CrmPlaybook,
  CrmProduct,
  CrmProposalTemplate,
  CrmRiskScore,
} from "../../ports/crm.ts";
import { iso, type Rows } from "./queries.ts";

/** Queries of the skills that look at many rows: pipeline, coaching, campaigns, proposals. */

export const email = (
  sql: Sql,
  orgId: string,
  of: { readonly id?: string; readonly messageId?: string },
): Rows<CrmMail> =>
  sql`select e.id, e.user_id, e.contact_id, e.message_id, e.thread_id, e.in_reply_to, e.direction,
      e.from_email, e.to_emails, e.subject, e.body_text, ${iso(sql, "sent_at")} as sent_at
    from fleet_crm.emails e
    where e.org_id = ${orgId}::uuid
      and (e.id = ${of.id ?? null}::uuid or e.message_id = ${of.messageId ?? null}) limit 1`;

export const pipeline = (
  sql: Sql,
  orgId: string,
  of: { readonly dealId?: string; readonly ownerId?: string; readonly limit: number },
): Rows<CrmPipelineDeal> =>
  sql`with chosen as (
      select d.* from fleet_crm.deals d
      where d.org_id = ${orgId}::uuid and d.status = 'open'
        and (${of.dealId ?? null}::uuid is null or d.id = ${of.dealId ?? null}::uuid)
        and (${of.ownerId ?? null}::uuid is null or d.owner_id = ${of.ownerId ?? null}::uuid)
      order by d.value desc nulls last, d.id limit ${of.limit}::integer),
    people as (
      select c.id as deal_id, c.contact_id, true as is_main from chosen c where c.contact_id is not null
      union
      select x.deal_id, x.contact_id, x.contact_id = c.contact_id
      from fleet_crm.deal_contacts x join chosen c on c.id = x.deal_id where x.org_id = ${orgId}::uuid),
    mails as (
      select p.deal_id, count(distinct e.id) filter (where e.sent_at > fleet.now() - interval '30 days') as recent,
        count(distinct e.id) filter (where p.is_main and e.sent_at > fleet.now() - interval '30 days') as of_main,
        max(e.sent_at) as last_at
      from people p join fleet_crm.emails e on e.contact_id = p.contact_id and e.org_id = ${orgId}::uuid
      group by p.deal_id),
    talks as (
      select c.id as deal_id, count(distinct m.id) filter (
          where m.started_at between fleet.now() - interval '30 days' and fleet.now()) as recent,
        max(m.started_at) filter (where m.started_at <= fleet.now()) as last_at
      from chosen c join fleet_crm.meetings m on m.org_id = ${orgId}::uuid
        and (m.deal_id = c.id or m.contact_id in (select p.contact_id from people p where p.deal_id = c.id))
      group by c.id),
    acts as (
      select a.deal_id, max(a.created_at) as last_at from fleet_crm.activities a
      where a.org_id = ${orgId}::uuid and a.deal_id in (select c.id from chosen c) group by a.deal_id)
    select d.id, d.name, d.stage, d.value::float8 as value, d.currency, d.close_date::text as close_date,
      d.owner_id, o.name as owner_name, co.name as company_name, k.name as contact_name,
      k.email as contact_email, (select count(distinct p.contact_id) from people p where p.deal_id = d.id)::integer
        as contact_count,
      coalesce(talks.recent, 0)::integer as meetings_last_30d, coalesce(mails.recent, 0)::integer as emails_last_30d,
      case when d.contact_id is not null then coalesce(mails.of_main, 0)::integer end as contact_emails_last_30d,
      to_char(greatest(mails.last_at, talks.last_at, acts.last_at) at time zone 'UTC',
        'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as last_activity_at
    from chosen d
    left join mails on mails.deal_id = d.id
    left join talks on talks.deal_id = d.id
    left join acts on acts.deal_id = d.id
    left join fleet_crm.members o on o.org_id = d.org_id and o.id = d.owner_id
    left join fleet_crm.companies co on co.org_id = d.org_id and co.id = d.company_id
    left join fleet_crm.contacts k on k.org_id = d.org_id and k.id = d.contact_id
    order by d.value desc nulls last, d.id`;

export const lostDeals = (
  sql: Sql,
  orgId: string,
  of: { readonly dealId?: string; readonly beforeIso: string; readonly limit: number },
): Rows<CrmLostDeal> =>
  sql`select d.id, d.name, d.value::float8 as value, d.currency, d.lost_reason,
      ${iso(sql, "closed_at")} as closed_at, d.owner_id, d.company_id, co.name as company_name,
      co.domain as company_domain, k.id as contact_id, k.name as contact_name, k.email as contact_email,
      (select count(*) from (
        select x.contact_id from fleet_crm.deal_contacts x where x.org_id = d.org_id and x.deal_id = d.id
        union select d.contact_id where d.contact_id is not null) people)::integer as contact_count
    from fleet_crm.deals d
    left join fleet_crm.companies co on co.org_id = d.org_id and co.id = d.company_id
    left join fleet_crm.contacts k on k.org_id = d.org_id and k.id = d.contact_id
    where d.org_id = ${orgId}::uuid and d.status = 'lost' and d.closed_at < ${of.beforeIso}::timestamptz
      and (${of.dealId ?? null}::uuid is null or d.id = ${of.dealId ?? null}::uuid)
    order by d.value desc nulls last, d.id limit ${of.limit}::integer`;

export const riskScores = (
  sql: Sql,
  orgId: string,
  of: { readonly dealIds: readonly string[]; readonly exceptScan: string | null },
): Rows<CrmRiskScore> =>
  sql`select distinct on (r.deal_id) r.id, r.deal_id, r.score, ${
    iso(sql, "created_at")
  } as scored_at,
      (select a.score from fleet_crm.deal_risk_scores a
        where a.org_id = r.org_id and a.deal_id = r.deal_id and a.alerted_at is not null
          and a.scan_id is distinct from coalesce(${of.exceptScan}, '')
        order by a.created_at desc limit 1) as alerted_score
    from fleet_crm.deal_risk_scores r
    where r.org_id = ${orgId}::uuid and r.deal_id = any (${of.dealIds as string[]}::uuid[])
      and r.scan_id is distinct from coalesce(${of.exceptScan}, '')
    order by r.deal_id, r.created_at desc, r.id desc`;

export const actionItems = (
  sql: Sql,
  orgId: string,
  contactId: string,
  limit: number,
): Rows<CrmActionItem> =>
  sql`select i.id, i.title, i.owner_name, i.due_on::text as due_on, i.status, i.meeting_id,
      m.title as meeting_title
    from fleet_crm.action_items i
    join fleet_crm.meetings m on m.org_id = i.org_id and m.id = i.meeting_id
    where i.org_id = ${orgId}::uuid and i.status = 'open' and (m.contact_id = ${contactId}::uuid or exists (
      select 1 from fleet_crm.attendees a
      where a.org_id = m.org_id and a.meeting_id = m.id and a.contact_id = ${contactId}::uuid))
    order by i.due_on nulls last, i.created_at desc limit ${limit}::integer`;

export const meetingSummaries = (
  sql: Sql,
  orgId: string,
  contactId: string,
  limit: number,
): Rows<CrmMeetingSummary> =>
  sql`select m.id as meeting_id, m.title, ${
    iso(sql, "started_at")
  } as started_at, s.summary, s.objections
    from fleet_crm.meetings m
    join lateral (
      select x.summary, x.objections from fleet_crm.meeting_summaries x
      where x.org_id = m.org_id and x.meeting_id = m.id order by x.created_at desc limit 1) s on true
    where m.org_id = ${orgId}::uuid and (m.contact_id = ${contactId}::uuid or exists (
      select 1 from fleet_crm.attendees a
      where a.org_id = m.org_id and a.meeting_id = m.id and a.contact_id = ${contactId}::uuid))
    order by m.started_at desc nulls last, m.id limit ${limit}::integer`;

export const coachingAnalyses = (
  sql: Sql,
  orgId: string,
  of: { readonly userId?: string; readonly fromIso: string; readonly toIso: string },
): Rows<CrmCoachingAnalysis> =>
  sql`select a.meeting_id, m.title as meeting_title, a.user_id, a.talk_ratio::float8 as talk_ratio,
      a.question_quality_score::float8 as question_quality_score,
      a.objection_handling_score::float8 as objection_handling_score,
      a.discovery_depth_score::float8 as discovery_depth_score, a.overall_score::float8 as overall_score,
      a.insights, a.recommendations, d.status as deal_status,
      to_char(a.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as created_at
    from fleet_crm.coaching_analyses a
    left join fleet_crm.meetings m on m.org_id = a.org_id and m.id = a.meeting_id
    left join fleet_crm.deals d on d.org_id = a.org_id and d.id = m.deal_id
    where a.org_id = ${orgId}::uuid and a.kind = 'meeting'
      and (${of.userId ?? null}::uuid is null or a.user_id = ${of.userId ?? null}::uuid)
      and a.created_at >= ${of.fromIso}::timestamptz and a.created_at < ${of.toIso}::timestamptz
    order by a.created_at desc, a.id limit 1000`;

export const proposalTemplates = (sql: Sql, orgId: string): Rows<CrmProposalTemplate> =>
  sql`select t.id, t.name, t.description, t.body from fleet_crm.proposal_templates t
    where t.org_id = ${orgId}::uuid order by t.name, t.id limit 100`;

export const playbooks = (sql: Sql, orgId: string): Rows<CrmPlaybook> =>
  sql`select p.id, p.kind, p.name, p.keywords, p.body from fleet_crm.playbooks p
    where p.org_id = ${orgId}::uuid order by p.kind, p.name limit 200`;

export const products = (sql: Sql, orgId: string): Rows<CrmProduct> =>
  sql`select p.id, p.name, p.description, p.price::float8 as price, p.currency, p.unit
    from fleet_crm.products p where p.org_id = ${orgId}::uuid order by p.name limit 100`;

export const idealCustomer = (sql: Sql, orgId: string): Rows<CrmIdealCustomer> =>
  sql`select i.description, i.industries, i.sizes, i.titles from fleet_crm.icp_profiles i
    where i.org_id = ${orgId}::uuid`;

export const campaigns = (sql: Sql, orgId: string): Rows<CrmCampaign> =>
  sql`select c.id, c.name, c.provider, c.external_id, c.metrics from fleet_crm.campaigns c
    where c.org_id = ${orgId}::uuid and c.status = 'active' order by c.name, c.id limit 100`;

export const campaignReplies = (
  sql: Sql,
  orgId: string,
  sinceIso: string,
  limit: number,
): Rows<CrmCampaignReply> =>
  sql`select r.id, r.campaign_id, r.contact_name, r.contact_email, r.subject, r.body_text,
      ${iso(sql, "received_at")} as received_at
    from fleet_crm.campaign_replies r
    where r.org_id = ${orgId}::uuid and r.received_at >= ${sinceIso}::timestamptz
    order by r.received_at desc, r.id limit ${limit}::integer`;
