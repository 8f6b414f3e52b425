-- Purpose: maps the engine's seams onto the reference pack: who belongs where, the CRM views, the one
--          function that changes business data, the one that stores a meeting.
-- Objects: bodies of fleet.member_role, user_profile, member_orgs, fleet_crm.apply_change, store_meeting;
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
  from public.meetings m;
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

-- Meetings -----------------------------------------------------------------------------------------------

-- Identity: delivery id; (endpoint, external_id); calendar_uid; only without both, organiser and start
-- within 15 minutes; without an organiser never. A differing body updates the stored meeting.
create or replace function fleet_crm.store_meeting(
  p_org_id uuid, p_endpoint_id uuid, p_delivery_id text, p_meeting jsonb
) returns jsonb
language plpgsql security definer set search_path = ''
as $$
declare
  v_meeting public.meetings;
  v_id uuid;
  v_user uuid;
  v_source text;
  v_external text := p_meeting ->> 'external_id';
  v_uid text := p_meeting ->> 'calendar_uid';
  v_organizer text := lower(p_meeting ->> 'organizer_email');
  v_start timestamptz := (p_meeting ->> 'started_at')::timestamptz;
  v_hash text := encode(sha256(convert_to(p_meeting::text, 'UTF8')), 'hex');
  v_is_new boolean := false;
begin
  -- Deliveries that share any identity take turns: two providers' retries meet here, not in the unique
  -- indexes. Always in the order of the keys, so that no two wait for each other.
  perform pg_advisory_xact_lock(l.key) from (
    select distinct hashtextextended(i.name, 7) as key
    from unnest(array[
      p_endpoint_id || '/delivery/' || p_delivery_id, p_endpoint_id || '/external/' || v_external,
      p_org_id || '/uid/' || v_uid, p_org_id || '/organizer/' || v_organizer]) as i (name)
    where i.name is not null
    order by key) l;
  select m.* into v_meeting from public.meeting_deliveries d join public.meetings m on m.id = d.meeting_id
  where d.endpoint_id = p_endpoint_id and d.delivery_id = p_delivery_id;
  if v_meeting.id is null and v_external is not null then
    select m.* into v_meeting from public.meetings m where m.endpoint_id = p_endpoint_id and m.external_id = v_external;
  end if;
  if v_meeting.id is null and v_uid is not null then
    select m.* into v_meeting from public.meetings m where m.org_id = p_org_id and m.calendar_uid = v_uid;
  end if;
  if v_meeting.id is null and v_uid is null and v_external is null and v_organizer is not null and v_start is not null then
    select m.* into v_meeting from public.meetings m
    where m.org_id = p_org_id and m.organizer_email = v_organizer
      and m.started_at between v_start - interval '15 minutes' and v_start + interval '15 minutes'
    order by abs(extract(epoch from m.started_at - v_start)) limit 1;
  end if;

  if v_meeting.id is null then
    select p.id, 'organizer' into v_user, v_source
    from public.profiles p join public.organization_memberships m on m.user_id = p.id
    where m.org_id = p_org_id and lower(p.email) = v_organizer;
    if v_user is null then
      select e.default_user_id, 'endpoint_default' into v_user, v_source
      from public.fleet_webhook_endpoints e where e.id = p_endpoint_id and e.org_id = p_org_id;
    end if;
    insert into public.meetings (
      org_id, user_id, endpoint_id, external_id, calendar_uid, title, started_at, timezone, duration_minutes,
      organizer_email, recording_url, content_sha256)
    values (p_org_id, v_user, p_endpoint_id, v_external, v_uid, p_meeting ->> 'title', v_start, p_meeting ->> 'timezone',
      (p_meeting ->> 'duration_minutes')::integer, v_organizer, p_meeting ->> 'recording_url', v_hash)
    returning * into v_meeting;
    v_is_new := true;
  end if;
  v_id := v_meeting.id;

  insert into public.meeting_deliveries (endpoint_id, delivery_id, org_id, meeting_id)
  values (p_endpoint_id, p_delivery_id, p_org_id, v_id) on conflict do nothing;

  if v_is_new or v_meeting.content_sha256 is distinct from v_hash then
    delete from public.meeting_attendees a where a.meeting_id = v_id;
    insert into public.meeting_attendees (org_id, meeting_id, position, name, email, title, is_external)
    select p_org_id, v_id, a.position::integer, a.person ->> 'name', lower(a.person ->> 'email'), a.person ->> 'title',
      coalesce((a.person ->> 'is_external')::boolean, not exists (
        select 1 from public.profiles p join public.organization_memberships m on m.user_id = p.id
        where m.org_id = p_org_id and lower(p.email) = lower(a.person ->> 'email')))
    from jsonb_array_elements(coalesce(p_meeting -> 'attendees', '[]')) with ordinality as a (person, position);
    insert into public.meeting_transcripts as t (meeting_id, org_id, turns)
    values (v_id, p_org_id, coalesce(p_meeting -> 'transcript', '[]'))
    on conflict (meeting_id) do update set turns = excluded.turns
      where jsonb_array_length(excluded.turns) > 0;
    -- The first outside attendee who is a known contact, and that contact's newest open deal.
    update public.meetings m set
      title = p_meeting ->> 'title', content_sha256 = v_hash,
      -- What an earlier delivery did not say; a calendar uid only where no other meeting has it.
      started_at = coalesce(v_start, m.started_at), timezone = coalesce(p_meeting ->> 'timezone', m.timezone),
      duration_minutes = coalesce((p_meeting ->> 'duration_minutes')::integer, m.duration_minutes),
      organizer_email = coalesce(v_organizer, m.organizer_email),
      recording_url = coalesce(p_meeting ->> 'recording_url', m.recording_url),
      calendar_uid = coalesce(m.calendar_uid, case when not exists (
        select 1 from public.meetings o where o.org_id = p_org_id and o.calendar_uid = v_uid) then v_uid end),
      contact_id = coalesce(m.contact_id, c.id),
      deal_id = coalesce(m.deal_id, (
        select d.id from public.deals d where d.org_id = p_org_id and d.contact_id = c.id and d.status = 'open'
        order by d.created_at desc limit 1)),
      deliveries = m.deliveries + case when v_is_new then 0 else 1 end,
      updated_at = fleet.now()
    from (select 1) one
    left join lateral (
      select x.contact_id as id from fleet_crm.attendees x
      where x.meeting_id = v_id and x.is_external and x.contact_id is not null order by x.position limit 1) c on true
    where m.id = v_id;
    select m.* into v_meeting from public.meetings m where m.id = v_id;
  end if;

  return jsonb_build_object('meeting_id', v_id, 'duplicate', not v_is_new, 'user_id', v_meeting.user_id,
    'user_source', v_source, 'contact_id', v_meeting.contact_id, 'deal_id', v_meeting.deal_id);
end
$$;

revoke all on function fleet_crm.apply_change(uuid, text, uuid, jsonb, text),
  fleet_crm.store_meeting(uuid, uuid, text, jsonb) from public, anon, authenticated;
grant execute on function fleet_crm.apply_change(uuid, text, uuid, jsonb, text),
  fleet_crm.store_meeting(uuid, uuid, text, jsonb) to fleet_worker;
