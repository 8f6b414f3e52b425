-- Purpose: what nobody announces and the clock alone finds: meetings that start soon, tasks that are overdue.
-- Objects: fleet.briefed_meetings; fleet.local_date, meeting_marks, raise_upcoming_meetings, raise_overdue_tasks, raise_found_work.
-- Reads:   the views fleet_crm.calendar_events, meetings, attendees, members and tasks, where they are mapped.
-- Locks:   none of its own: sweeps take turns on fleet.sweep_state.

create table fleet.briefed_meetings (
  event_id uuid primary key references public.fleet_events (id) on delete cascade,
  org_id uuid not null,
  starts_at timestamptz not null,
  marks text[] not null
);
comment on table fleet.briefed_meetings is
  'Meetings that were briefed, by what tells that a row of another source is the same one: its calendar uid and its outside people.';
create index briefed_meetings_start on fleet.briefed_meetings (org_id, starts_at);
alter table fleet.briefed_meetings enable row level security;
revoke all on fleet.briefed_meetings from public;

-- Internal: the day it is somewhere; a zone that nobody knows is UTC.
create function fleet.local_date(p_at timestamptz, p_zone text) returns date
language plpgsql stable set search_path = ''
as $$
begin
  return (p_at at time zone coalesce(p_zone, 'UTC'))::date;
exception when invalid_parameter_value then
  return (p_at at time zone 'UTC')::date;
end
$$;

-- Internal: what tells that two rows are one meeting: its calendar uid and its people from outside.
create function fleet.meeting_marks(p_outside text[], p_calendar_uid text) returns text[]
language sql immutable set search_path = ''
as $$ select array_remove(array_append(p_outside, 'uid:' || p_calendar_uid), null) $$;

-- pre_meeting_90min once per meeting and start, for whatever calendar holds it: from 90 to 15 minutes before, with at
-- least two people of whom one is from outside. Rows of one organisation, start and either uid or outside person are
-- one meeting; a moved one has another start, a cancelled one none. The organiser's row comes first.
create function fleet.raise_upcoming_meetings(p_now timestamptz) returns integer
language plpgsql volatile set search_path = ''
as $$
declare
  v_meeting record;
  v_event uuid;
  v_raised integer := 0;
begin
  if to_regclass('fleet_crm.calendar_events') is null or to_regclass('fleet_crm.members') is null then
    return 0;
  end if;
  for v_meeting in
    with upcoming as (
      select e.org_id, e.user_id, e.id, e.calendar_uid, e.title, e.starts_at, e.ends_at, e.organizer_email,
        case when jsonb_typeof(e.attendees) = 'array' then e.attendees else '[]' end as attendees, e.contact_id,
        e.deal_id, jsonb_build_object('calendar_event_id', e.id) as source
      from fleet_crm.calendar_events e
      where e.starts_at > p_now + interval '15 minutes' and e.starts_at <= p_now + interval '90 minutes'
        and not e.is_cancelled and not e.is_all_day
      union all
      select m.org_id, m.user_id, m.id, null, m.title, m.started_at,
        m.started_at + m.duration_minutes * interval '1 minute', m.organizer_email, (
          select coalesce(jsonb_agg(jsonb_build_object('email', a.email, 'name', a.name, 'is_external', a.is_external)
            order by a.position), '[]')
          from fleet_crm.attendees a where a.meeting_id = m.id and a.org_id = m.org_id),
        m.contact_id, m.deal_id, jsonb_build_object('meeting_id', m.id)
      from fleet_crm.meetings m
      where m.started_at > p_now + interval '15 minutes' and m.started_at <= p_now + interval '90 minutes'
    ), peopled as (
      select u.*, owner.email as owner_email, guests.outside,
        -- Whose calendar it is will be there, named or not.
        jsonb_array_length(u.attendees) + case when guests.has_owner then 0 else 1 end as people
      from upcoming u
      left join fleet_crm.members owner on owner.org_id = u.org_id and owner.id = u.user_id
      cross join lateral (
        select coalesce(bool_or(lower(p ->> 'email') = lower(owner.email)), false) as has_owner,
          array_agg(lower(p ->> 'email')) filter (where p ->> 'email' is not null and coalesce(
            (p ->> 'is_external')::boolean, not exists (
              select 1 from fleet_crm.members k where k.org_id = u.org_id and lower(k.email) = lower(p ->> 'email'))))
            as outside
        from jsonb_array_elements(u.attendees) p) guests
    )
    select p.*, fleet.meeting_marks(p.outside, p.calendar_uid) as marks from peopled p
    where p.people >= 2 and p.outside is not null
      -- Before the limit: what was briefed must not take the place of what was not.
      and not exists (
        select 1 from fleet.briefed_meetings b
        where b.org_id = p.org_id and b.starts_at = p.starts_at
          and b.marks && fleet.meeting_marks(p.outside, p.calendar_uid))
    order by p.org_id, p.starts_at, p.organizer_email is not distinct from lower(p.owner_email) desc,
      p.calendar_uid is null, p.user_id, p.id
    limit 200
  loop
    -- Again: an earlier row of this very turn may be the same meeting.
    continue when exists (
      select 1 from fleet.briefed_meetings b
      where b.org_id = v_meeting.org_id and b.starts_at = v_meeting.starts_at and b.marks && v_meeting.marks);
    v_event := fleet.emit('pre_meeting_90min', v_meeting.org_id, fleet.run_user(v_meeting.user_id, v_meeting.org_id),
      v_meeting.source || jsonb_strip_nulls(jsonb_build_object(
        -- Strangers write invitations: what is too long for an event is cut.
        'title', left(v_meeting.title, 500), 'calendar_uid', left(v_meeting.calendar_uid, 1000),
        'start_time', to_char(v_meeting.starts_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
        'end_time', to_char(v_meeting.ends_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
        'contact_id', v_meeting.contact_id, 'deal_id', v_meeting.deal_id,
        'attendees', (
          select jsonb_agg(jsonb_build_object('email', left(a.person ->> 'email', 320), 'name', left(a.person ->> 'name', 200)))
          from jsonb_array_elements(v_meeting.attendees) with ordinality as a (person, position)
          where a.position <= 50))),
      'pre_meeting_90min:' || case when length(v_meeting.calendar_uid) > 200 then 'md5:' || md5(v_meeting.calendar_uid)
          else coalesce(v_meeting.calendar_uid, v_meeting.id::text) end || ':'
        || to_char(v_meeting.starts_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'));
    insert into fleet.briefed_meetings (event_id, org_id, starts_at, marks)
    values (v_event, v_meeting.org_id, v_meeting.starts_at, v_meeting.marks)
    on conflict (event_id) do update set marks = fleet.briefed_meetings.marks || excluded.marks;
    v_raised := v_raised + 1;
  end loop;
  return v_raised;
end
$$;

-- task_overdue once per task and due day, by the day it is where its owner lives; only where somebody listens, and
-- not for what has been overdue for more than a week: whoever starts to listen wants news.
create function fleet.raise_overdue_tasks(p_now timestamptz) returns integer
language plpgsql volatile set search_path = ''
as $$
declare
  v_task record;
  v_raised integer := 0;
begin
  if to_regclass('fleet_crm.tasks') is null or to_regclass('fleet_crm.members') is null then
    return 0;
  end if;
  for v_task in
    with overdue as materialized (
      select t.* from fleet_crm.tasks t
      where t.status not in ('done', 'cancelled')
        and t.due_on < (p_now + interval '14 hours')::date and t.due_on >= (p_now - interval '7 days')::date
    ), heard as materialized (
      select o.org_id from (select distinct d.org_id from overdue d) o where fleet.is_heard(o.org_id, 'task_overdue')
    )
    select o.*, jsonb_strip_nulls(jsonb_build_object('task_id', o.id, 'due_on', o.due_on, 'contact_id', o.contact_id,
      'deal_id', o.deal_id, 'meeting_id', o.meeting_id)) as payload
    from overdue o join heard h on h.org_id = o.org_id
    left join fleet_crm.members m on m.org_id = o.org_id and m.id = o.user_id
    where o.due_on < fleet.local_date(p_now, m.timezone) and not exists (
      select 1 from public.fleet_events e
      where e.org_id = o.org_id and e.idempotency_key = 'task_overdue:' || o.id || ':' || o.due_on)
    order by o.due_on, o.id limit 200
  loop
    perform fleet.emit('task_overdue', v_task.org_id, fleet.run_user(v_task.user_id, v_task.org_id), v_task.payload,
      fleet.crm_event_key('task_overdue', v_task.payload));
    v_raised := v_raised + 1;
  end loop;
  return v_raised;
end
$$;

-- Each duty of the sweep that reads a team's own rows. What is wrong with those is said and stops nothing else; a
-- project that maps none of them has nothing to find.
create function fleet.raise_found_work(p_now timestamptz) returns integer
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_duty text;
  v_count integer;
  v_raised integer := 0;
begin
  -- A busy project sweeps every second; the world outside does not change that fast.
  update fleet.sweep_state w set found_at = p_now
  where w.found_at is null or w.found_at not between p_now - interval '5 seconds' and p_now;
  if not found then
    return 0;
  end if;
  foreach v_duty in array array['raise_calendar_syncs', 'raise_upcoming_meetings', 'raise_overdue_tasks'] loop
    begin
      execute format('select fleet.%I($1)', v_duty) into v_count using p_now;
      v_raised := v_raised + v_count;
    exception when others then
      raise warning 'fleet.% found nothing: % (%)', v_duty, sqlerrm, sqlstate;
    end;
  end loop;
  return v_raised;
end
$$;

revoke all on function fleet.local_date(timestamptz, text), fleet.meeting_marks(text[], text), fleet.raise_upcoming_meetings(timestamptz),
  fleet.raise_overdue_tasks(timestamptz), fleet.raise_found_work(timestamptz) from public, anon, authenticated;
