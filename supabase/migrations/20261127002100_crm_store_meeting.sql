-- Purpose: a delivered or fetched meeting is stored once, whoever brings it, and belongs to whoever hosted it.
-- Objects: fleet_crm.store_meeting (body of the seam); whose address is whose: fleet_crm.mailbox_owner.
-- Locks:   transaction locks on every identity of the meeting, in the order of their keys.

-- Identity: delivery id; (endpoint, external_id); calendar_uid; only without both, organiser and start
-- within 15 minutes; without an organiser never. A differing body updates the stored meeting with what it says.
--
-- A notification that only names a recording (`awaits_recording`) makes a bare row. What is fetched for it later may
-- turn out to be a meeting that another provider brought: the bare row then points there (`same_as`), so that one
-- meeting starts one run.
create or replace function fleet_crm.store_meeting(
  p_org_id uuid, p_endpoint_id uuid, p_delivery_id text, p_meeting jsonb
) returns jsonb
language plpgsql security definer set search_path = ''
as $$
declare
  v_meeting public.meetings;
  v_twin public.meetings;
  v_id uuid;
  v_delivered_as uuid;
  v_user uuid;
  v_source text;
  v_external text := p_meeting ->> 'external_id';
  v_uid text := p_meeting ->> 'calendar_uid';
  v_organizer text := lower(p_meeting ->> 'organizer_email');
  v_host text := lower(p_meeting ->> 'host_email');
  v_start timestamptz := (p_meeting ->> 'started_at')::timestamptz;
  v_awaits boolean := coalesce((p_meeting ->> 'awaits_recording')::boolean, false);
  v_people jsonb := coalesce(p_meeting -> 'attendees', '[]');
  v_hash text := encode(sha256(convert_to(p_meeting::text, 'UTF8')), 'hex');
  v_is_new boolean := false;
begin
  -- A run's payload names the endpoint, and members write payloads: another organisation's is as good as absent.
  if exists (select 1 from public.fleet_webhook_endpoints e where e.id = p_endpoint_id and e.org_id <> p_org_id) then
    perform fleet.refuse(404, 'endpoint_not_found', 'No endpoint of this organisation has that id');
  end if;
  -- Deliveries that share any identity take turns: two providers' retries meet here, not in the unique
  -- indexes. Always in the order of the keys, so that no two wait for each other. An organiser's deliveries with ids of
  -- their own are never matched by the organiser: they only keep out one that is.
  perform case when l.is_shared then pg_advisory_xact_lock_shared(l.key) else pg_advisory_xact_lock(l.key) end from (
    select hashtextextended(i.name, 7) as key, bool_and(i.is_shared) as is_shared
    from (values
      (p_endpoint_id || '/delivery/' || p_delivery_id, false),
      (p_endpoint_id || '/external/' || v_external, false),
      (p_org_id || '/uid/' || v_uid, false),
      (p_org_id || '/organizer/' || v_organizer, v_external is not null or v_uid is not null)) as i (name, is_shared)
    where i.name is not null
    group by 1 order by 1) l;
  select m.* into v_meeting from public.meeting_deliveries d join public.meetings m on m.id = d.meeting_id
  where d.endpoint_id = p_endpoint_id and d.delivery_id = p_delivery_id and d.org_id = p_org_id;
  if v_meeting.id is null and v_external is not null then
    select m.* into v_meeting from public.meetings m
    where m.endpoint_id = p_endpoint_id and m.external_id = v_external and m.org_id = p_org_id;
  end if;
  if v_uid is not null and (v_meeting.id is null or (v_meeting.awaits_recording and not v_awaits)) then
    -- A series has one uid: its occurrences are told apart by their day.
    select m.* into v_twin from public.meetings m
    where m.org_id = p_org_id and m.calendar_uid = v_uid and m.same_as is null
      and m.id is distinct from v_meeting.id
      and coalesce(abs(extract(epoch from m.started_at - v_start)) < 12 * 3600, true)
    order by abs(extract(epoch from m.started_at - v_start)) nulls last limit 1;
  end if;
  if v_meeting.id is null and v_uid is null and v_external is null and v_organizer is not null and v_start is not null then
    select m.* into v_meeting from public.meetings m
    where m.org_id = p_org_id and m.organizer_email = v_organizer and m.same_as is null
      and m.started_at between v_start - interval '15 minutes' and v_start + interval '15 minutes'
    order by abs(extract(epoch from m.started_at - v_start)) limit 1;
  end if;
  v_delivered_as := coalesce(v_meeting.id, v_twin.id);
  if v_twin.id is not null then
    update public.meetings m set same_as = v_twin.id, awaits_recording = false, updated_at = fleet.now()
    where m.id = v_meeting.id;
    v_meeting := v_twin;
  elsif v_meeting.same_as is not null then
    select m.* into v_meeting from public.meetings m where m.id = v_meeting.same_as;
  end if;

  if v_meeting.id is null or v_meeting.awaits_recording then
    v_user := fleet_crm.mailbox_owner(p_org_id, coalesce(v_host, v_meeting.host_email));
    v_source := case when v_user is not null then 'host' end;
    if v_user is null then
      v_user := fleet_crm.mailbox_owner(p_org_id, coalesce(v_organizer, v_meeting.organizer_email));
      v_source := case when v_user is not null then 'organizer' end;
    end if;
    if v_user is null then
      select e.default_user_id, 'endpoint_default' into v_user, v_source
      from public.fleet_webhook_endpoints e where e.id = p_endpoint_id and e.org_id = p_org_id;
    end if;
  end if;
  if v_meeting.id is null then
    insert into public.meetings (
      org_id, user_id, user_source, endpoint_id, external_id, calendar_uid, title, started_at, timezone,
      duration_minutes, organizer_email, host_email, recording_url, content_sha256, awaits_recording)
    values (p_org_id, v_user, v_source, p_endpoint_id, v_external, v_uid,
      coalesce(p_meeting ->> 'title', 'Recorded meeting'), v_start, p_meeting ->> 'timezone',
      (p_meeting ->> 'duration_minutes')::integer, v_organizer, v_host, p_meeting ->> 'recording_url', v_hash, v_awaits)
    returning * into v_meeting;
    v_is_new := true;
  end if;
  v_id := v_meeting.id;
  v_delivered_as := coalesce(v_delivered_as, v_id);

  insert into public.meeting_deliveries (endpoint_id, delivery_id, org_id, meeting_id)
  values (p_endpoint_id, p_delivery_id, p_org_id, v_delivered_as) on conflict do nothing;

  if v_is_new or v_meeting.content_sha256 is distinct from v_hash then
    if jsonb_array_length(v_people) > 0 then
      delete from public.meeting_attendees a where a.meeting_id = v_id;
      insert into public.meeting_attendees (org_id, meeting_id, position, name, email, title, is_external)
      select p_org_id, v_id, a.position::integer, a.person ->> 'name', lower(a.person ->> 'email'), a.person ->> 'title',
        coalesce((a.person ->> 'is_external')::boolean, not exists (
          select 1 from public.profiles p join public.organization_memberships m on m.user_id = p.id
          where m.org_id = p_org_id and lower(p.email) = lower(a.person ->> 'email')) and not exists (
          select 1 from public.organizations o
          where o.id = p_org_id and lower(o.domain) = lower(split_part(a.person ->> 'email', '@', 2))))
      from jsonb_array_elements(v_people) with ordinality as a (person, position);
    end if;
    insert into public.meeting_transcripts as t (meeting_id, org_id, turns)
    values (v_id, p_org_id, coalesce(p_meeting -> 'transcript', '[]'))
    on conflict (meeting_id) do update set turns = excluded.turns
      where jsonb_array_length(excluded.turns) > 0;
    -- The first outside attendee who is a known contact, and that contact's newest open deal.
    update public.meetings m set
      title = coalesce(p_meeting ->> 'title', m.title), content_sha256 = v_hash,
      user_id = case when m.awaits_recording then v_user else m.user_id end,
      user_source = case when m.awaits_recording then v_source else m.user_source end,
      awaits_recording = m.awaits_recording and v_awaits,
      -- What an earlier delivery did not say; a calendar uid only where no other meeting has it.
      started_at = coalesce(v_start, m.started_at), timezone = coalesce(p_meeting ->> 'timezone', m.timezone),
      duration_minutes = coalesce((p_meeting ->> 'duration_minutes')::integer, m.duration_minutes),
      organizer_email = coalesce(v_organizer, m.organizer_email), host_email = coalesce(v_host, m.host_email),
      recording_url = coalesce(p_meeting ->> 'recording_url', m.recording_url),
      calendar_uid = coalesce(m.calendar_uid, case when not exists (
        select 1 from public.meetings o where o.org_id = p_org_id and o.calendar_uid = v_uid
          and coalesce(abs(extract(epoch from o.started_at - v_start)) < 12 * 3600, true)) then v_uid end),
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

  return jsonb_build_object('meeting_id', v_id, 'delivered_as', v_delivered_as, 'duplicate', not v_is_new,
    'title', v_meeting.title, 'user_id', v_meeting.user_id, 'user_source', v_meeting.user_source, 'contact_id', v_meeting.contact_id,
    'deal_id', v_meeting.deal_id, 'is_internal', (
      select coalesce(bool_and(not a.is_external), false) from public.meeting_attendees a where a.meeting_id = v_id));
end
$$;

revoke all on function fleet_crm.store_meeting(uuid, uuid, text, jsonb) from public, anon, authenticated;
grant execute on function fleet_crm.store_meeting(uuid, uuid, text, jsonb) to fleet_worker;
