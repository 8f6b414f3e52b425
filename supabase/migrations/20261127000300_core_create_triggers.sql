-- Purpose: CRM events start specialist agents: which trigger hears which event, and how many may start an hour.
-- Objects: public.fleet_triggers; fleet.trigger_runs, is_trigger_event, crm_event_key, effective_triggers,
--          is_routed, is_heard, run_user, start_trigger_run, fire_triggers, test_trigger, read_trigger_handoff,
--          read_event_runs; seam fleet.acting_user.
-- Locks:   one advisory lock per organisation while its runs are counted, so that the count is exact.

create function fleet.is_trigger_event(p_event text) returns boolean
language plpgsql immutable set search_path = ''
as $$
begin
  return p_event in ('deal_created', 'deal_stage_changed', 'deal_stalled', 'meeting_completed', 'contact_created',
    'task_overdue', 'email_received');
end
$$;

create table public.fleet_triggers (
  id uuid primary key default fleet.new_id(),
  key text constraint key_is_short check (length(key) between 1 and 100),
  org_id uuid,
  trigger_event text not null constraint trigger_event_is_known check (fleet.is_trigger_event(trigger_event)),
  agent_name text not null constraint agent_is_known check (
    agent_name in ('pipeline', 'outreach', 'research', 'crm_ops', 'meetings', 'prospecting')),
  prompt_template text not null default '' constraint prompt_is_short check (length(prompt_template) <= 10000),
  delivery_channel text not null default 'in_app' constraint delivery_channel_is_known
    check (delivery_channel in ('in_app', 'slack')),
  is_active boolean not null default true,
  handoff_target_event text constraint handoff_target_is_short check (length(handoff_target_event) between 1 and 100),
  handoff_context_mapping jsonb not null default '{}'
    constraint mapping_is_an_object check (jsonb_typeof(handoff_context_mapping) = 'object'),
  handoff_conditions jsonb not null default '{}'
    constraint conditions_are_an_object check (jsonb_typeof(handoff_conditions) = 'object'),
  created_at timestamptz not null default fleet.now(),
  updated_at timestamptz not null default fleet.now(),
  constraint a_template_has_a_key check (org_id is not null or key is not null)
);
comment on table public.fleet_triggers is
  'CRM event → agent_run. org_id null is a template of the platform: an organisation''s row of the same key stands in its place.';
comment on column public.fleet_triggers.handoff_target_event is
  'Raised as a follow-up of a run that succeeded, where handoff_conditions hold, with handoff_context_mapping as its payload.';
create unique index fleet_triggers_key on public.fleet_triggers
  (coalesce(org_id, '00000000-0000-0000-0000-000000000000'), key) where key is not null;
create index fleet_triggers_event on public.fleet_triggers (trigger_event) where is_active;
create index fleet_triggers_org on public.fleet_triggers (org_id);
alter table public.fleet_triggers enable row level security;
revoke all on public.fleet_triggers from public, anon, authenticated, fleet_worker;
grant all on public.fleet_triggers to service_role;

create function fleet.touch_updated_at() returns trigger
language plpgsql set search_path = ''
as $$
begin
  new.updated_at := fleet.now();
  return new;
end
$$;
create trigger trigger_was_touched before update on public.fleet_triggers
  for each row execute function fleet.touch_updated_at();

-- Templates: switched off until an organisation (a row of the same key) or the operator (is_active) wants them.
insert into public.fleet_triggers (key, trigger_event, agent_name, prompt_template, is_active) values
  ('deal_created.research', 'deal_created', 'research',
    'A deal was created. What is known of its company, and what should the first conversation find out?', false),
  ('meeting_completed.outreach', 'meeting_completed', 'outreach',
    'A meeting has ended. To whom should we write next, and what should the message say?', false)
on conflict do nothing;

create table fleet.trigger_runs (
  event_id uuid primary key references public.fleet_events (id) on delete cascade,
  org_id uuid not null,
  trigger_id uuid not null,
  starts_at timestamptz not null
);
comment on table fleet.trigger_runs is 'When each run of a trigger starts or started: at most ten in any hour of an organisation.';
create index trigger_runs_of_org on fleet.trigger_runs (org_id, starts_at desc);
alter table fleet.trigger_runs enable row level security;
revoke all on fleet.trigger_runs from public;

-- Seam: who acts for an organisation where an event names nobody: one of its owners or admins, always the same.
create function fleet.acting_user(p_org_id uuid) returns uuid
language plpgsql stable security definer set search_path = ''
as $$ begin perform fleet.refuse(501, 'not_mapped', 'fleet.acting_user is not mapped to a membership table'); return null; end $$;
comment on function fleet.acting_user(uuid) is 'An owner or admin of the organisation, null when it has none.';

-- Internal: whose run it is. Null where nobody is named and no memberships are mapped.
create function fleet.run_user(p_user_id uuid, p_org_id uuid) returns uuid
language plpgsql stable set search_path = ''
as $$
begin
  return coalesce(p_user_id, fleet.acting_user(p_org_id));
exception when sqlstate 'ZF501' then
  return null;
end
$$;

-- What makes two announcements one change, whoever announces it; null where the payload names no row. Times count to
-- the millisecond: JavaScript keeps no more.
create function fleet.crm_event_key(p_event text, p_payload jsonb) returns text
language plpgsql stable set search_path = ''
as $$
declare
  v_parts text[];
begin
  v_parts := case p_event
    when 'deal_created' then array[p_payload ->> 'deal_id']
    when 'deal_stage_changed' then array[p_payload ->> 'deal_id', p_payload ->> 'stage_id',
      floor(extract(epoch from (p_payload ->> 'stage_changed_at')::timestamptz) * 1000)::text]
    when 'deal_stalled' then array[p_payload ->> 'deal_id', (p_payload ->> 'stalled_on')::date::text]
    when 'meeting_completed' then array[p_payload ->> 'meeting_id']
    when 'contact_created' then array[p_payload ->> 'contact_id']
    when 'task_overdue' then array[p_payload ->> 'task_id', (p_payload ->> 'due_on')::date::text]
    when 'email_received' then array[p_payload ->> 'email_id']
  end;
  if array_position(v_parts, null::text) is not null or v_parts[1] !~* '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' then
    return null;
  end if;
  return lower(p_event || ':' || array_to_string(v_parts, ':'));
exception when data_exception then
  return null; -- A date that is none names nothing.
end
$$;
comment on function fleet.crm_event_key(text, jsonb) is
  'Identity of a CRM change by the ids (and moment) its payload names: fleet.emit and agent-trigger use the same.';

create function fleet.effective_triggers(p_org_id uuid, p_event text) returns setof public.fleet_triggers
language plpgsql stable set search_path = ''
as $$
begin
  return query
    select t.* from public.fleet_triggers t
    where t.trigger_event = p_event and t.is_active
      and (t.org_id = p_org_id or (t.org_id is null and not exists (
        select 1 from public.fleet_triggers o where o.org_id = p_org_id and o.key = t.key)))
    order by t.created_at, t.id;
end
$$;

-- Whether an active route waits for the type. Asked at run time and by name only: its table may be gone.
create function fleet.is_routed(p_org_id uuid, p_event text) returns boolean
language plpgsql stable set search_path = ''
as $$
declare
  v_is_routed boolean;
begin
  execute 'select exists (select 1 from public.resolve_event_route($1, $2) r where r.is_active)'
    into v_is_routed using p_org_id, p_event;
  return v_is_routed;
exception when undefined_function or undefined_table then
  return false;
end
$$;

-- Whether a change is worth an event: an active trigger or an active route waits for it.
create function fleet.is_heard(p_org_id uuid, p_event text) returns boolean
language plpgsql stable security definer set search_path = ''
as $$
begin
  return exists (select 1 from fleet.effective_triggers(p_org_id, p_event)) or fleet.is_routed(p_org_id, p_event);
end
$$;

-- Internal: one run of one trigger, now or when the hour has room; the caller holds the organisation's lock.
-- Of any ten runs in a row the last starts an hour after the first at the earliest.
create function fleet.start_trigger_run(
  p_trigger public.fleet_triggers, p_org_id uuid, p_event jsonb, p_mode text, p_key text
) returns jsonb
language plpgsql volatile set search_path = ''
as $$
declare
  v_now timestamptz := fleet.now();
  v_id uuid := fleet.new_id();
  v_starts_at timestamptz;
  v_payload jsonb := p_event -> 'payload';
  v_known public.fleet_events;
begin
  select e.* into v_known from public.fleet_events e where e.org_id = p_org_id and e.idempotency_key = p_key;
  if v_known.id is not null then
    return jsonb_build_object('trigger_id', p_trigger.id, 'agent_name', p_trigger.agent_name, 'event_id', v_known.id,
      'status', 'duplicate');
  end if;
  select greatest(v_now, coalesce((
    select r.starts_at + interval '1 hour' from fleet.trigger_runs r where r.org_id = p_org_id
    order by r.starts_at desc offset 9 limit 1), v_now)) into v_starts_at;
  if p_mode = 'shadow' and v_starts_at > v_now then
    return jsonb_build_object('trigger_id', p_trigger.id, 'status', 'limited',
      'retry_after_ms', ceil(extract(epoch from v_starts_at - v_now) * 1000));
  end if;
  insert into public.fleet_events (
    id, org_id, user_id, user_source, type, source, payload, mode, idempotency_key, root_event_id, depth, run_after,
    status)
  values (v_id, p_org_id, fleet.run_user((p_event ->> 'user_id')::uuid, p_org_id), 'trigger', 'agent_run',
    'trigger:' || p_trigger.trigger_event,
    -- Ids at the top are what context is loaded by; the rest of what was announced lies below.
    jsonb_strip_nulls(jsonb_build_object('contact_id', v_payload -> 'contact_id', 'deal_id', v_payload -> 'deal_id',
      'meeting_id', v_payload -> 'meeting_id', 'company_id', v_payload -> 'company_id'))
    || jsonb_build_object('agent', p_trigger.agent_name, 'prompt', nullif(p_trigger.prompt_template, ''),
      'event', p_event ->> 'event', 'delivery_channel', p_trigger.delivery_channel, 'trigger_id', p_trigger.id,
      'trigger_payload', v_payload),
    p_mode, p_key, v_id, 0, v_starts_at, 'pending');
  insert into fleet.trigger_runs (event_id, org_id, trigger_id, starts_at)
  values (v_id, p_org_id, p_trigger.id, v_starts_at);
  return jsonb_build_object('trigger_id', p_trigger.id, 'agent_name', p_trigger.agent_name, 'event_id', v_id,
    'status', case when v_starts_at > v_now then 'deferred' else 'queued' end, 'run_after', v_starts_at);
end
$$;

-- One `agent_run` event for each active trigger of the change, once: the change is known by what it names, else by
-- the caller's key. p_event: {event, user_id, payload}.
create function fleet.fire_triggers(p_org_id uuid, p_event jsonb, p_key text) returns jsonb
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_name text := p_event ->> 'event';
  v_change text := coalesce(
    fleet.crm_event_key(v_name, p_event -> 'payload'), v_name || ':' || coalesce('key:' || p_key, fleet.new_id()::text));
  v_trigger public.fleet_triggers;
  v_results jsonb := '[]';
begin
  perform pg_advisory_xact_lock(hashtextextended('fleet.triggers:' || p_org_id, 0))
  where exists (select 1 from fleet.effective_triggers(p_org_id, v_name));
  for v_trigger in select t.* from fleet.effective_triggers(p_org_id, v_name) t loop
    v_results := v_results || fleet.start_trigger_run(
      v_trigger, p_org_id, p_event, 'live', 'agent_trigger:' || v_trigger.id || ':' || v_change);
  end loop;
  return v_results;
end
$$;

-- One trigger tried out, active or not: a shadow run, which delivers and hands on nothing. It is counted.
create function fleet.test_trigger(p_org_id uuid, p_trigger_id uuid, p_event jsonb) returns jsonb
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_trigger public.fleet_triggers;
begin
  select t.* into v_trigger from public.fleet_triggers t
  where t.id = p_trigger_id and (t.org_id = p_org_id or t.org_id is null);
  if v_trigger.id is null then
    perform fleet.refuse(404, 'trigger_not_found', 'No such trigger');
  end if;
  perform pg_advisory_xact_lock(hashtextextended('fleet.triggers:' || p_org_id, 0));
  return fleet.start_trigger_run(v_trigger, p_org_id, p_event, 'shadow', null);
end
$$;

-- Read when the run completes, like hand-off rows; null where there is none to make.
create function fleet.read_trigger_handoff(p_org_id uuid, p_trigger_id uuid) returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
begin
  return (
    select jsonb_build_object('target_event', t.handoff_target_event, 'context_mapping', t.handoff_context_mapping,
      'conditions', t.handoff_conditions, 'trigger_event', t.trigger_event)
    from public.fleet_triggers t
    where t.id = p_trigger_id and (t.org_id = p_org_id or t.org_id is null) and t.handoff_target_event is not null);
end
$$;

-- What became of an event: its runs, or why there are none.
create function fleet.read_event_runs(p_event_id uuid) returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
begin
  return (
    select jsonb_build_object('status', e.status, 'status_reason', e.status_reason, 'job_ids', (
      select coalesce(jsonb_agg(j.id order by j.id), '[]') from public.fleet_jobs j where j.event_id = e.id))
    from public.fleet_events e where e.id = p_event_id);
end
$$;

revoke all on function fleet.touch_updated_at(), fleet.acting_user(uuid), fleet.run_user(uuid, uuid),
  fleet.crm_event_key(text, jsonb), fleet.effective_triggers(uuid, text), fleet.is_routed(uuid, text),
  fleet.is_trigger_event(text), fleet.is_heard(uuid, text),
  fleet.start_trigger_run(public.fleet_triggers, uuid, jsonb, text, text), fleet.fire_triggers(uuid, jsonb, text),
  fleet.test_trigger(uuid, uuid, jsonb), fleet.read_trigger_handoff(uuid, uuid), fleet.read_event_runs(uuid)
  from public, anon, authenticated;
grant execute on function fleet.fire_triggers(uuid, jsonb, text), fleet.test_trigger(uuid, uuid, jsonb),
  fleet.read_trigger_handoff(uuid, uuid), fleet.read_event_runs(uuid) to fleet_worker;
grant execute on function fleet.touch_updated_at(), fleet.is_trigger_event(text) to service_role;
