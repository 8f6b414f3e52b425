-- Purpose: one place where calendars of every source become rows: syncs, recorders and doors call it.
-- Objects: body of fleet_crm.store_calendar_events; fleet_crm.find_calendar_events, calendar_attendees,
--          put_calendar_event.
-- Locks:   one advisory lock per member for the statement: two sources that bring one meeting take turns.

-- Internal: the rows that an event names, most certain identity first. Several only for a cancelled series.
create function fleet_crm.find_calendar_events(
  p_org_id uuid, p_user_id uuid, p_source text, p_event jsonb
) returns uuid[]
language plpgsql stable set search_path = ''
as $$
declare
  v_external text := p_event ->> 'external_id';
  v_uid text := p_event ->> 'calendar_uid';
  v_start timestamptz := (p_event ->> 'starts_at')::timestamptz;
  v_original timestamptz := (p_event ->> 'original_starts_at')::timestamptz;
  v_found uuid[];
begin
  select array_agg(s.event_id) into v_found from public.calendar_event_sources s
  where s.org_id = p_org_id and s.user_id = p_user_id and s.source = p_source and s.external_id = v_external;
  if v_found is not null or v_uid is null then
    return coalesce(v_found, '{}');
  end if;
  if v_external is null and v_start is null and (p_event ->> 'is_cancelled')::boolean then
    return coalesce((select array_agg(e.id) from public.calendar_events e
      where e.org_id = p_org_id and e.user_id = p_user_id and e.calendar_uid = v_uid), '{}');
  end if;
  select array_agg(c.id) into v_found from (
    select e.id from public.calendar_events e
    where e.org_id = p_org_id and e.user_id = p_user_id and e.calendar_uid = v_uid
      and (coalesce(e.original_starts_at, e.starts_at) = v_original
        or (e.starts_at = v_start and (v_original is null or e.original_starts_at is null)))
    order by e.id limit 1) c;
  if v_found is null and v_original is null then
    -- Moved, as told by somebody who did not bring it: only what cannot be an instance of a series.
    select array_agg(e.id) into v_found from public.calendar_events e
    where e.org_id = p_org_id and e.user_id = p_user_id and e.calendar_uid = v_uid
    having count(*) = 1 and bool_and(e.original_starts_at is null and not exists (
      select 1 from public.calendar_event_sources s
      where s.event_id = e.id and s.source = p_source and s.external_id is distinct from v_external));
  end if;
  return coalesce(v_found, '{}');
end
$$;

-- Internal: people as stored, each known as external or not.
create function fleet_crm.calendar_attendees(p_org_id uuid, p_attendees jsonb) returns jsonb
language plpgsql stable set search_path = ''
as $$
begin
  return coalesce((
    select jsonb_agg(jsonb_build_object(
      'email', lower(a.person ->> 'email'), 'name', a.person ->> 'name',
      'is_external', coalesce((a.person ->> 'is_external')::boolean, not exists (
        select 1 from public.profiles p join public.organization_memberships m on m.user_id = p.id
        where m.org_id = p_org_id and lower(p.email) = lower(a.person ->> 'email')))) order by a.position)
    from jsonb_array_elements(case when jsonb_typeof(p_attendees) = 'array' then p_attendees else '[]' end)
      with ordinality as a (person, position)), '[]');
end
$$;

-- Internal: one row as the source tells it; false when it already says so.
create function fleet_crm.put_calendar_event(
  p_org_id uuid, p_user_id uuid, p_source text, p_event jsonb, p_id uuid
) returns boolean
language plpgsql volatile set search_path = ''
as $$
declare
  v_people jsonb := fleet_crm.calendar_attendees(p_org_id, p_event -> 'attendees');
  v_start timestamptz := (p_event ->> 'starts_at')::timestamptz;
  v_contact uuid;
begin
  -- The first outside attendee who is a known contact, and below that contact's newest open deal.
  select c.id into v_contact
  from jsonb_array_elements(v_people) with ordinality as a (person, position)
  join public.contacts c on c.org_id = p_org_id and lower(c.email) = a.person ->> 'email'
  where (a.person ->> 'is_external')::boolean order by a.position limit 1;
  insert into public.calendar_events as t (
    id, org_id, user_id, title, starts_at, ends_at, is_all_day, busy_status, timezone, organizer_email, attendees,
    calendar_uid, original_starts_at, source, contact_id, deal_id)
  values (p_id, p_org_id, p_user_id, coalesce(nullif(p_event ->> 'title', ''), 'Busy'), v_start,
    -- Calendars know events without a length; a row has one.
    greatest((p_event ->> 'ends_at')::timestamptz, v_start + interval '1 minute'),
    coalesce((p_event ->> 'is_all_day')::boolean, false), coalesce(p_event ->> 'busy_status', 'busy'),
    p_event ->> 'timezone', lower(p_event ->> 'organizer_email'), v_people, p_event ->> 'calendar_uid',
    (p_event ->> 'original_starts_at')::timestamptz, p_source, v_contact, (
      select d.id from public.deals d where d.org_id = p_org_id and d.contact_id = v_contact and d.status = 'open'
      order by d.created_at desc limit 1))
  on conflict (id) do update set
    title = excluded.title, starts_at = excluded.starts_at, ends_at = excluded.ends_at,
    is_all_day = excluded.is_all_day, busy_status = excluded.busy_status, is_cancelled = false,
    -- A source that knows less does not take away what another told.
    timezone = coalesce(excluded.timezone, t.timezone),
    organizer_email = coalesce(excluded.organizer_email, t.organizer_email),
    attendees = case when excluded.attendees = '[]' then t.attendees else excluded.attendees end,
    calendar_uid = coalesce(excluded.calendar_uid, t.calendar_uid),
    original_starts_at = coalesce(excluded.original_starts_at, t.original_starts_at),
    contact_id = coalesce(t.contact_id, excluded.contact_id), deal_id = coalesce(t.deal_id, excluded.deal_id),
    updated_at = fleet.now()
  where (t.title, t.starts_at, t.ends_at, t.is_all_day, t.busy_status, t.is_cancelled)
      is distinct from (excluded.title, excluded.starts_at, excluded.ends_at, excluded.is_all_day,
        excluded.busy_status, false)
    or (t.timezone, t.organizer_email, t.calendar_uid, t.original_starts_at, t.attendees)
      is distinct from (coalesce(excluded.timezone, t.timezone), coalesce(excluded.organizer_email, t.organizer_email),
        coalesce(excluded.calendar_uid, t.calendar_uid), coalesce(excluded.original_starts_at, t.original_starts_at),
        case when excluded.attendees = '[]' then t.attendees else excluded.attendees end);
  return found;
end
$$;

create or replace function fleet_crm.store_calendar_events(
  p_org_id uuid, p_user_id uuid, p_source text, p_events jsonb
) returns jsonb
language plpgsql security definer set search_path = ''
as $$
declare
  v_event jsonb;
  v_hash text;
  v_ids uuid[];
  v_id uuid;
  v_word text;
  v_counts jsonb := '{"inserted": 0, "updated": 0, "unchanged": 0, "cancelled": 0, "unknown": 0}';
begin
  if jsonb_typeof(p_events) is distinct from 'array' or exists (
    select 1 from jsonb_array_elements(p_events) e
    where coalesce(e ->> 'external_id', e ->> 'calendar_uid') is null
      or (e ->> 'starts_at' is null and not coalesce((e ->> 'is_cancelled')::boolean, false))) then
    perform fleet.refuse(422, 'invalid_calendar_event',
      'Calendar events are a list; each has an external_id or a calendar_uid, and a start unless it is cancelled');
  end if;
  perform pg_advisory_xact_lock(hashtextextended('calendar:' || p_org_id || '/' || p_user_id, 7));
  for v_event in select e from jsonb_array_elements(p_events) e loop
    v_hash := encode(sha256(convert_to(v_event::text, 'UTF8')), 'hex');
    v_ids := fleet_crm.find_calendar_events(p_org_id, p_user_id, p_source, v_event);
    if (v_event ->> 'is_cancelled')::boolean then
      update public.calendar_events e set is_cancelled = true, updated_at = fleet.now()
      where e.id = any (v_ids) and not e.is_cancelled;
      v_word := case when found then 'cancelled' when v_ids = '{}' then 'unknown' else 'unchanged' end;
      -- The source may take it back in the very words it used before; what other sources repeat does not.
      update public.calendar_event_sources s set content_sha256 = v_hash
      where s.event_id = any (v_ids) and s.source = p_source;
    elsif exists (
      select 1 from public.calendar_event_sources s
      where s.org_id = p_org_id and s.user_id = p_user_id and s.source = p_source
        and s.external_id = v_event ->> 'external_id' and s.content_sha256 = v_hash) then
      v_word := 'unchanged';
    else
      v_id := coalesce(v_ids[1], fleet.new_id());
      v_word := case
        when not fleet_crm.put_calendar_event(p_org_id, p_user_id, p_source, v_event, v_id) then 'unchanged'
        when v_ids = '{}' then 'inserted' else 'updated' end;
      insert into public.calendar_event_sources as s (org_id, user_id, source, external_id, event_id, content_sha256)
      select p_org_id, p_user_id, p_source, v_event ->> 'external_id', v_id, v_hash
      where v_event ->> 'external_id' is not null
      on conflict (org_id, user_id, source, external_id) do update set content_sha256 = excluded.content_sha256;
    end if;
    v_counts := jsonb_set(v_counts, array[v_word], to_jsonb((v_counts ->> v_word)::integer + 1));
  end loop;
  return v_counts;
end
$$;

revoke all on function fleet_crm.find_calendar_events(uuid, uuid, text, jsonb),
  fleet_crm.calendar_attendees(uuid, jsonb), fleet_crm.put_calendar_event(uuid, uuid, text, jsonb, uuid)
  from public, anon, authenticated;
revoke all on function fleet_crm.store_calendar_events(uuid, uuid, text, jsonb) from public, anon, authenticated;
grant execute on function fleet_crm.store_calendar_events(uuid, uuid, text, jsonb) to fleet_worker;
