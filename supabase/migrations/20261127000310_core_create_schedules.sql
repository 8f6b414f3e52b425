-- Purpose: specialist agents by the clock: expressions in a zone, each due time at most once, what was missed by policy.
-- Objects: public.fleet_schedules; fleet.is_cron_field, is_cron_expression, check_schedule, schedule_event_type,
--          schedule_payload, list_due_schedules, advance_schedule, read_schedule.
-- Locks:   one schedule's row at a time. When it is due is computed by the functions (croner), never here.

-- Internal: one field of an expression: lists of `*`, `*/n`, `a`, `a-b`, `a-b/n`, with names where the field has any.
create function fleet.is_cron_field(p_field text, p_from integer, p_to integer, p_names text[] default '{}') returns boolean
language plpgsql immutable set search_path = ''
as $$
declare
  v_part text;
  v_match text[];
  v_low integer;
  v_high integer;
begin
  foreach v_part in array string_to_array(lower(p_field), ',') loop
    v_match := regexp_match(v_part, '^(?:(\*)|([0-9]{1,2}|[a-z]{3})(?:-([0-9]{1,2}|[a-z]{3}))?)(?:/([0-9]{1,2}))?$');
    if v_match is null or v_match[4]::integer = 0 or (v_match[4] is not null and v_match[1] is null and v_match[3] is null) then
      return false;
    end if;
    continue when v_match[1] is not null;
    -- Names stand for the numbers from the field's first on.
    v_low := coalesce(array_position(p_names, v_match[2]) + p_from - 1, case when v_match[2] ~ '^\d' then v_match[2]::integer end);
    v_high := coalesce(array_position(p_names, v_match[3]) + p_from - 1,
      case when v_match[3] ~ '^\d' then v_match[3]::integer when v_match[3] is null then v_low end);
    if v_low is null or v_high is null or v_low < p_from or v_high > p_to or v_low > v_high then
      return false;
    end if;
  end loop;
  return p_field <> '';
end
$$;

create function fleet.is_cron_expression(p_expression text) returns boolean
language plpgsql immutable set search_path = ''
as $$
declare
  v_fields text[] := regexp_split_to_array(btrim(p_expression), '\s+');
begin
  return cardinality(v_fields) = 5
    and fleet.is_cron_field(v_fields[1], 0, 59) and fleet.is_cron_field(v_fields[2], 0, 23)
    and fleet.is_cron_field(v_fields[3], 1, 31)
    and fleet.is_cron_field(v_fields[4], 1, 12, '{jan,feb,mar,apr,may,jun,jul,aug,sep,oct,nov,dec}')
    and fleet.is_cron_field(v_fields[5], 0, 7, '{sun,mon,tue,wed,thu,fri,sat}');
end
$$;

create table public.fleet_schedules (
  id uuid primary key default fleet.new_id(),
  key text constraint key_is_short check (length(key) between 1 and 100),
  org_id uuid,
  user_id uuid,
  agent_name text not null constraint agent_is_known check (
    agent_name in ('pipeline', 'outreach', 'research', 'crm_ops', 'meetings', 'prospecting')),
  prompt_template text not null default '' constraint prompt_is_short check (length(prompt_template) <= 10000),
  cron_expression text not null,
  timezone text not null default 'UTC',
  missed_run_policy text not null default 'run_once' constraint missed_run_policy_is_known
    check (missed_run_policy ~ '^(skip|run_once|catch_up\(([1-9]|[1-9][0-9]|100)\))$'),
  permission_mode text not null default 'auto' constraint permission_mode_is_known
    check (permission_mode in ('suggest', 'approve', 'auto')),
  delivery_channel text not null default 'in_app' constraint delivery_channel_is_known
    check (delivery_channel in ('in_app', 'slack')),
  is_active boolean not null default true,
  next_run_at timestamptz,
  last_run_at timestamptz,
  last_error text,
  created_at timestamptz not null default fleet.now(),
  updated_at timestamptz not null default fleet.now(),
  constraint a_template_has_a_key check (org_id is not null or key is not null)
);
comment on table public.fleet_schedules is
  'Agents by the clock. org_id null is a template to copy: it is never due. A due time is the key of its event: schedule:<id>:<time>.';
comment on column public.fleet_schedules.user_id is 'Whose its runs are; null: an owner or admin of the organisation.';
comment on column public.fleet_schedules.next_run_at is
  'Null: the next sweep computes it, which is what a change of expression or zone asks for. infinity: no day of it ever comes.';
comment on column public.fleet_schedules.missed_run_policy is
  'Of due times that passed unseen: skip runs none, run_once the latest, catch_up(n) the last n.';
comment on column public.fleet_schedules.permission_mode is
  'suggest: the result is kept in the feed; approve: delivered once somebody approved it; auto: delivered.';
create unique index fleet_schedules_key on public.fleet_schedules
  (coalesce(org_id, '00000000-0000-0000-0000-000000000000'), key) where key is not null;
create index fleet_schedules_org on public.fleet_schedules (org_id);
create index fleet_schedules_due on public.fleet_schedules (next_run_at nulls first) where is_active and org_id is not null;
alter table public.fleet_schedules enable row level security;
revoke all on public.fleet_schedules from public, anon, authenticated, fleet_worker;
grant all on public.fleet_schedules to service_role;

-- Refuses what croner could not read, in the words of whoever saves it; a new expression is due anew.
create function fleet.check_schedule() returns trigger
language plpgsql set search_path = ''
as $$
declare
  v_is_new boolean := tg_op = 'INSERT' or new.cron_expression <> old.cron_expression or new.timezone <> old.timezone;
begin
  if v_is_new and not fleet.is_cron_expression(new.cron_expression) then
    perform fleet.refuse(422, 'invalid_schedule', format(
      '"%s" is no cron expression: five fields (minute hour day month weekday) of *, numbers, names, a-b, lists and /step',
      new.cron_expression));
  end if;
  if v_is_new and not exists (select 1 from pg_catalog.pg_timezone_names z where z.name = new.timezone) then
    perform fleet.refuse(422, 'invalid_schedule', format('"%s" is no IANA time zone', new.timezone));
  end if;
  if tg_op = 'UPDATE' and new.next_run_at is not distinct from old.next_run_at
    and (v_is_new or (new.is_active and not old.is_active)) then
    new.next_run_at := null;
  end if;
  new.last_error := case when new.is_active then null else new.last_error end;
  new.updated_at := fleet.now();
  return new;
end
$$;
create trigger schedule_is_valid before insert or update on public.fleet_schedules
  for each row execute function fleet.check_schedule();

insert into public.fleet_schedules (key, agent_name, prompt_template, cron_expression, is_active) values
  ('pipeline.brief', 'pipeline', 'Which open deals need attention today, and why?', '0 14 * * 1-5', false),
  ('outreach.followups', 'outreach', 'Who waits for an answer of ours, and what should it say?', '0 19 * * 1-5', false),
  ('pipeline.weekly_review', 'pipeline', 'How did the pipeline move over the last week, and what is at risk?',
    '0 14 * * 1', false)
on conflict do nothing;

-- Internal: the type of its events: a result that somebody must approve first is a sequence of its own.
create function fleet.schedule_event_type(p_schedule public.fleet_schedules) returns text
language sql stable set search_path = ''
as $$
  select case p_schedule.permission_mode when 'approve' then 'agent_run_approval' else 'agent_run' end
$$;

-- Internal: the payload of its events.
create function fleet.schedule_payload(p_schedule public.fleet_schedules) returns jsonb
language sql stable set search_path = ''
as $$
  select jsonb_build_object('agent', p_schedule.agent_name, 'prompt', nullif(p_schedule.prompt_template, ''),
    'schedule_id', p_schedule.id, 'delivery_channel', p_schedule.delivery_channel,
    'permission_mode', p_schedule.permission_mode)
$$;

create function fleet.list_due_schedules(p_limit integer) returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
declare
  v_now timestamptz := fleet.now();
begin
  return jsonb_build_object('now_ms', floor(extract(epoch from v_now) * 1000)::bigint, 'schedules', (
    select coalesce(jsonb_agg(jsonb_build_object('id', d.id, 'cron_expression', d.cron_expression,
      'timezone', d.timezone, 'next_run_at', d.next_run_at, 'missed_run_policy', d.missed_run_policy)), '[]')
    from (
      select s.* from public.fleet_schedules s
      where s.is_active and s.org_id is not null and (s.next_run_at is null or s.next_run_at <= v_now)
      order by s.next_run_at nulls first, s.id limit p_limit) d));
end
$$;

-- Moves a schedule on from the times that were read and inserts the events of its due times: whoever comes second, or
-- reckoned with an expression that was changed meanwhile, changes nothing and is answered none.
create function fleet.advance_schedule(
  p_id uuid, p_expected timestamptz, p_cron_expression text, p_timezone text, p_due timestamptz[], p_next timestamptz,
  p_problem text
) returns uuid[]
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_schedule public.fleet_schedules;
  v_made uuid[];
begin
  select s.* into v_schedule from public.fleet_schedules s where s.id = p_id for update;
  if not coalesce(v_schedule.is_active, false) or v_schedule.next_run_at is distinct from p_expected
    or (v_schedule.cron_expression, v_schedule.timezone) <> (p_cron_expression, p_timezone) then
    return '{}';
  end if;
  update public.fleet_schedules s set
    next_run_at = coalesce(p_next, 'infinity'), last_run_at = coalesce(p_due[cardinality(p_due)], s.last_run_at),
    is_active = p_problem is null, last_error = p_problem
  where s.id = p_id;
  with due as (
    select fleet.new_id() as id, d.at from unnest(p_due) as d (at)
  ), made as (
    insert into public.fleet_events (
      id, org_id, user_id, user_source, type, source, payload, idempotency_key, root_event_id, depth, run_after, status)
    select d.id, v_schedule.org_id, fleet.run_user(v_schedule.user_id, v_schedule.org_id), 'schedule',
      fleet.schedule_event_type(v_schedule), 'schedule', fleet.schedule_payload(v_schedule) || jsonb_build_object('due_at', d.at),
      'schedule:' || p_id || ':' || to_char(d.at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'), d.id, 0,
      fleet.now(), 'pending'
    from due d
    on conflict do nothing
    returning id
  )
  select coalesce(array_agg(m.id), '{}') into v_made from made m;
  return v_made;
end
$$;

create function fleet.read_schedule(p_id uuid) returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
begin
  return (
    select jsonb_build_object('id', s.id, 'org_id', s.org_id, 'user_id', fleet.run_user(s.user_id, s.org_id),
      'event_type', fleet.schedule_event_type(s), 'payload', fleet.schedule_payload(s))
    from public.fleet_schedules s where s.id = p_id and s.org_id is not null);
end
$$;

revoke all on function fleet.is_cron_field(text, integer, integer, text[]), fleet.is_cron_expression(text),
  fleet.check_schedule(), fleet.schedule_event_type(public.fleet_schedules),
  fleet.schedule_payload(public.fleet_schedules), fleet.list_due_schedules(integer),
  fleet.advance_schedule(uuid, timestamptz, text, text, timestamptz[], timestamptz, text), fleet.read_schedule(uuid)
  from public, anon, authenticated;
grant execute on function fleet.list_due_schedules(integer),
  fleet.advance_schedule(uuid, timestamptz, text, text, timestamptz[], timestamptz, text), fleet.read_schedule(uuid) to fleet_worker;
-- Its caller is the trigger, which runs with the rights of whoever saves a schedule.
grant execute on function fleet.is_cron_field(text, integer, integer, text[]), fleet.is_cron_expression(text)
  to service_role;
