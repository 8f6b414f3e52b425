-- Purpose: maps the engine's seams onto the reference pack: who belongs where, the CRM views, the one
--          function that changes business data, the one that stores a meeting.
-- Objects: bodies of fleet.member_role, user_profile, member_orgs, fleet_crm.apply_change;
--          views fleet_crm.*; fleet_crm.applied_changes.
-- Risk:    replaces function bodies that core created to refuse; signatures stay.

create or replace function fleet.member_role(p_user_id uuid, p_org_id uuid) returns text
language plpgsql stable security definer set search_path = ''
as $$
begin
  -- Somebody signed in learns roles in their own organisations only, nobody without a subject; the engine (no claims) all.
  if (auth.uid() is not null or auth.role() = 'authenticated') and auth.uid() is distinct from p_user_id and not exists (
    select 1 from public.organization_memberships m where m.user_id = auth.uid() and m.org_id = p_org_id) then
    return null;
  end if;
  return (select m.role from public.organization_memberships m where m.user_id = p_user_id and m.org_id = p_org_id);
end
$$;

create or replace function fleet.user_profile(p_user_id uuid) returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
begin
  -- Somebody signed in sees people of their own organisations, nobody without a subject; the engine (no claims) all.
  if (auth.uid() is not null or auth.role() = 'authenticated') and auth.uid() is distinct from p_user_id and not exists (
    select 1 from public.organization_memberships m
    join public.organization_memberships mine on mine.org_id = m.org_id and mine.user_id = auth.uid()
    where m.user_id = p_user_id) then
    return null;
  end if;
  return (select jsonb_build_object('id', p.id, 'email', p.email, 'full_name', p.full_name, 'timezone', p.timezone)
          from public.profiles p where p.id = p_user_id);
end
$$;

create or replace function fleet.member_orgs() returns setof uuid
language plpgsql stable security definer set search_path = ''
as $$
begin
  return query select m.org_id from public.organization_memberships m where m.user_id = auth.uid();
end
$$;

-- Views: the columns docs/crm-seam.md lists. Owned by postgres, read by the worker alone; every reader
-- filters by org_id.
create view fleet_crm.organizations as select o.id, o.id as org_id, o.name, o.domain, o.industry, o.size from public.organizations o;
create view fleet_crm.members as
  select m.org_id, p.id, p.email, p.full_name as name, p.timezone, m.role, p.slack_user_id, p.working_hours
  from public.organization_memberships m join public.profiles p on p.id = m.user_id;
create view fleet_crm.contacts as
  select c.id, c.org_id, c.full_name as name, c.email, c.title, c.phone, c.timezone, c.company_id, c.owner_id, c.created_at
  from public.contacts c;
create view fleet_crm.companies as
  select c.id, c.org_id, c.name, c.domain, c.industry, c.size, c.description, c.enrichment, c.enriched_at, c.created_at
  from public.companies c;
create view fleet_crm.deal_stages as select s.id, s.org_id, s.name, s.position from public.deal_stages s;
create view fleet_crm.deals as
  select d.id, d.org_id, d.name, d.stage_id, s.name as stage, d.status, d.value, d.currency, d.close_date, d.next_steps,
    d.notes, d.tags, d.competitor, d.lost_reason, d.closed_at, d.owner_id, d.contact_id, d.company_id, d.created_at,
    d.updated_at
  from public.deals d left join public.deal_stages s on s.id = d.stage_id;
create view fleet_crm.deal_contacts as select x.org_id, x.deal_id, x.contact_id from public.deal_contacts x;
create view fleet_crm.meetings as
  select m.id, m.org_id, m.title, m.started_at, m.timezone, m.duration_minutes, m.organizer_email, m.user_id,
    m.contact_id, m.deal_id, m.call_type, m.call_type_confidence, m.created_at
  from public.meetings m where m.same_as is null;
create view fleet_crm.attendees as
  select a.org_id, a.meeting_id, a.position, a.name, a.email, a.title, a.is_external, c.id as contact_id
  from public.meeting_attendees a
  left join public.contacts c on c.org_id = a.org_id and lower(c.email) = lower(a.email);
create view fleet_crm.transcripts as select t.meeting_id, t.org_id, t.turns from public.meeting_transcripts t;
create view fleet_crm.activities as
  select a.id, a.org_id, a.type, a.subject, a.contact_id, a.deal_id, a.created_at from public.activities a;
create view fleet_crm.emails as
  select e.id, e.org_id, e.user_id, e.contact_id, e.message_id, e.thread_id, e.in_reply_to, e.direction, e.from_email,
    e.to_emails, e.subject, e.body_text, e.category, e.sent_at
  from public.emails e;
create view fleet_crm.calendar_events as
  select e.id, e.org_id, e.user_id, e.title, e.starts_at, e.ends_at, e.is_all_day, e.busy_status, e.calendar_uid,
    e.organizer_email, e.attendees, e.is_cancelled, e.contact_id, e.deal_id, e.source
  from public.calendar_events e;
create view fleet_crm.tasks as
  select t.id, t.org_id, t.user_id, t.meeting_id, t.contact_id, t.deal_id, t.title, t.status, t.due_on from public.tasks t;
create view fleet_crm.call_types as
  select t.id, t.org_id, t.name, t.description, t.keywords, t.is_sales, t.enable_coaching from public.call_types t;
create view fleet_crm.action_items as
  select i.id, i.org_id, i.meeting_id, i.title, i.owner_name, i.owner_side, i.due_on, i.status, i.created_at
  from public.meeting_action_items i;
create view fleet_crm.meeting_summaries as
  select s.id, s.org_id, s.meeting_id, s.summary, s.commitments, s.objections, s.created_at
  from public.meeting_summaries s;
create view fleet_crm.coaching_analyses as
  select a.id, a.org_id, a.meeting_id, a.user_id, a.kind, a.period_start, a.talk_ratio, a.question_quality_score,
    a.objection_handling_score, a.discovery_depth_score, a.overall_score, a.insights, a.recommendations, a.created_at
  from public.coaching_analyses a;
create view fleet_crm.deal_risk_scores as
  select r.id, r.org_id, r.deal_id, r.scan_id, r.score, r.previous_score, r.signals, r.alerted_at, r.created_at
  from public.deal_risk_scores r;
create view fleet_crm.proposal_templates as
  select t.id, t.org_id, t.name, t.description, t.body from public.proposal_templates t;
create view fleet_crm.playbooks as select p.id, p.org_id, p.kind, p.name, p.keywords, p.body from public.playbooks p;
create view fleet_crm.products as
  select p.id, p.org_id, p.name, p.description, p.price, p.currency, p.unit from public.products p;
create view fleet_crm.icp_profiles as
  select i.org_id, i.description, i.industries, i.sizes, i.titles from public.icp_profiles i;
create view fleet_crm.campaigns as
  select c.id, c.org_id, c.name, c.provider, c.external_id, c.status, c.metrics, c.created_at from public.campaigns c;
create view fleet_crm.campaign_replies as
  select r.id, r.org_id, r.campaign_id, r.external_id, r.contact_name, r.contact_email, r.subject, r.body_text,
    r.received_at
  from public.campaign_replies r;
revoke all on all tables in schema fleet_crm from public, anon, authenticated;
grant select on all tables in schema fleet_crm to fleet_worker;

-- Changes ------------------------------------------------------------------------------------------------

create table fleet_crm.applied_changes (
  effect_key text primary key,
  org_id uuid not null,
  entity text not null,
  row_id uuid not null,
  applied_at timestamptz not null default fleet.now()
);
alter table fleet_crm.applied_changes enable row level security;
revoke all on fleet_crm.applied_changes from public, fleet_worker;
comment on table fleet_crm.applied_changes is 'One row per effect key: a repeat answers the first result.';

create or replace function fleet_crm.apply_change(
  p_org_id uuid, p_entity text, p_id uuid, p_change jsonb, p_effect_key text
) returns jsonb
language plpgsql security definer set search_path = ''
as $$
declare
  v_table text;
  v_allowed text[];
  v_columns text[];
  v_unknown text;
  v_id uuid := coalesce(p_id, fleet.new_id());
  v_done fleet_crm.applied_changes;
  v_reference text;
  v_target text;
begin
  -- The table and its columns come from here, never from the caller.
  select e.tbl, e.columns into v_table, v_allowed from (values
    ('activity', 'activities', array['user_id', 'type', 'subject', 'details', 'contact_id', 'deal_id']),
    ('calendar_event', 'calendar_events', array['user_id', 'title', 'starts_at', 'ends_at', 'is_all_day', 'busy_status',
      'timezone', 'description', 'attendees', 'contact_id', 'deal_id', 'source']),
    ('coaching_analysis', 'coaching_analyses', array['meeting_id', 'user_id', 'kind', 'period_start', 'talk_ratio',
      'question_quality_score', 'objection_handling_score', 'discovery_depth_score', 'overall_score', 'insights',
      'recommendations', 'raw_metrics']),
    ('company', 'companies', array['name', 'domain', 'industry', 'size', 'website', 'description', 'enrichment',
      'enriched_at']),
    ('contact', 'contacts', array['full_name', 'email', 'title', 'phone', 'timezone', 'company_id', 'owner_id']),
    ('deal', 'deals', array['name', 'stage_id', 'stage_changed_at', 'status', 'value', 'currency', 'probability',
      'close_date', 'next_steps', 'notes', 'tags', 'competitor', 'lost_reason', 'closed_at', 'owner_id', 'contact_id',
      'company_id']),
    ('deal_risk_score', 'deal_risk_scores', array['deal_id', 'scan_id', 'score', 'previous_score', 'signals', 'alerted_at']),
    ('email', 'emails', array['user_id', 'contact_id', 'message_id', 'thread_id', 'in_reply_to', 'direction', 'from_email',
      'to_emails', 'subject', 'body_text', 'category', 'category_confidence', 'signals', 'sent_at']),
    ('meeting', 'meetings', array['call_type', 'call_type_confidence', 'call_type_reasoning', 'contact_id', 'deal_id']),
    ('meeting_action_item', 'meeting_action_items', array['meeting_id', 'title', 'owner_name', 'owner_side', 'due_on',
      'turn', 'quote', 'status']),
    ('meeting_summary', 'meeting_summaries', array['meeting_id', 'summary', 'commitments', 'objections']),
    ('notification', 'notifications', array['user_id', 'type', 'title', 'message', 'metadata']),
    ('proposal', 'proposals', array['deal_id', 'contact_id', 'template_id', 'title', 'status', 'content']),
    ('suggestion', 'next_action_suggestions', array['user_id', 'meeting_id', 'contact_id', 'deal_id', 'title', 'reasoning',
      'action_type', 'priority', 'confidence', 'status', 'metadata']),
    ('task', 'tasks', array['user_id', 'title', 'description', 'type', 'priority', 'status', 'due_on', 'source',
      'signal_type', 'contact_id', 'deal_id', 'meeting_id', 'metadata'])
  ) as e (name, tbl, columns) where e.name = p_entity;
  if v_table is null then
    perform fleet.refuse(422, 'unknown_entity', format('No CRM entity "%s"', p_entity));
  end if;
  if jsonb_typeof(p_change) is distinct from 'object' or p_change = '{}' then
    perform fleet.refuse(422, 'empty_change', 'A change is an object that names at least one column');
  end if;
  select min(k) into v_unknown from jsonb_object_keys(p_change) k where not k = any (v_allowed);
  if v_unknown is not null then
    perform fleet.refuse(422, 'unknown_column', format('Entity "%s" has no column "%s"', p_entity, v_unknown));
  end if;

  -- The key is taken first: of two calls at once the second waits here and then finds the first's result.
  insert into fleet_crm.applied_changes (effect_key, org_id, entity, row_id)
  values (p_effect_key, p_org_id, p_entity, v_id) on conflict (effect_key) do nothing;
  if not found then
    select a.* into v_done from fleet_crm.applied_changes a where a.effect_key = p_effect_key;
    if v_done.org_id <> p_org_id or v_done.entity <> p_entity then
      perform fleet.refuse(409, 'effect_key_reused', 'The effect key belongs to another change');
    end if;
    return jsonb_build_object('id', v_done.row_id, 'repeated', true);
  end if;

  -- A row may point at rows of its own organisation only.
  for v_reference, v_target in
    select r.name, r.tbl from (values ('company_id', 'companies'), ('contact_id', 'contacts'), ('deal_id', 'deals'),
      ('meeting_id', 'meetings'), ('stage_id', 'deal_stages'), ('template_id', 'proposal_templates')) as r (name, tbl)
    where p_change ->> r.name is not null
  loop
    if not exists (select 1 from fleet_crm.row_exists(v_target, (p_change ->> v_reference)::uuid, p_org_id) x where x) then
      perform fleet.refuse(404, 'row_not_found', format('%s names no row of this organisation', v_reference));
    end if;
  end loop;

  select array_agg(quote_ident(k)) into v_columns from jsonb_object_keys(p_change) k;
  if p_id is null then
    execute format(
      'insert into public.%I (id, org_id, %s) select $1, $2, %s from jsonb_populate_record(null::public.%I, $3) r',
      v_table, array_to_string(v_columns, ', '),
      (select string_agg('r.' || c, ', ') from unnest(v_columns) c), v_table)
    using v_id, p_org_id, p_change;
  else
    execute format(
      'update public.%I t set %s from jsonb_populate_record(null::public.%I, $3) r where t.id = $1 and t.org_id = $2',
      -- Research of several kinds shares one column: each adds its own key.
      v_table, (select string_agg(case c when 'enrichment' then 'enrichment = t.enrichment || r.enrichment'
        else c || ' = r.' || c end, ', ') from unnest(v_columns) c), v_table)
    using v_id, p_org_id, p_change;
    -- Foreign and absent are the same answer; the key is given back with the rollback.
    if not exists (select 1 from fleet_crm.row_exists(v_table, v_id, p_org_id) x where x) then
      perform fleet.refuse(404, 'row_not_found', format('No %s of this organisation has that id', p_entity));
    end if;
  end if;
  return jsonb_build_object('id', v_id, 'repeated', false);
end
$$;

create function fleet_crm.row_exists(p_table text, p_id uuid, p_org_id uuid) returns setof boolean
language plpgsql stable security definer set search_path = ''
as $$
begin
  return query execute format('select true from public.%I t where t.id = $1 and t.org_id = $2', p_table)
    using p_id, p_org_id;
end
$$;
revoke all on function fleet_crm.row_exists(text, uuid, uuid) from public;

revoke all on function fleet_crm.apply_change(uuid, text, uuid, jsonb, text) from public, anon, authenticated;
grant execute on function fleet_crm.apply_change(uuid, text, uuid, jsonb, text) to fleet_worker;
