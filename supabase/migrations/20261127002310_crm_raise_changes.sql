-- Purpose: the reference CRM announces its changes: deals, contacts, meetings, mails. Nothing is written where nobody
--          listens (an active trigger or route), so that imports and the demo stay silent.
-- Objects: body of fleet.acting_user; fleet_crm.stamp_stage, announce; triggers on deals, contacts, meetings, emails.
-- Locks:   that of fleet.fire_triggers, per organisation, where a trigger listens.

create or replace function fleet.acting_user(p_org_id uuid) returns uuid
language plpgsql stable security definer set search_path = ''
as $$
begin
  return (
    select m.user_id from public.organization_memberships m
    where m.org_id = p_org_id and m.role in ('owner', 'admin')
    order by m.role desc, m.created_at, m.user_id limit 1);
end
$$;

-- The moment of a stage belongs to the change's identity: whoever sets the stage need not think of it.
create function fleet_crm.stamp_stage() returns trigger
language plpgsql set search_path = ''
as $$
begin
  if new.stage_changed_at is not distinct from old.stage_changed_at then
    new.stage_changed_at := fleet.now();
  end if;
  return new;
end
$$;
create trigger stage_is_stamped before update of stage_id on public.deals
  for each row when (new.stage_id is distinct from old.stage_id) execute function fleet_crm.stamp_stage();

-- `announce(event, user column)`. A mail or a meeting that a door brought has an event of its own already: its triggers
-- are fired, no second event is made.
create function fleet_crm.announce() returns trigger
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_event text := tg_argv[0];
  v_row jsonb := to_jsonb(new);
  v_user uuid := (v_row ->> tg_argv[1])::uuid;
  v_payload jsonb;
begin
  if not fleet.is_heard(new.org_id, v_event) then
    return null;
  end if;
  v_payload := jsonb_strip_nulls(case v_event
    when 'deal_created' then jsonb_build_object('deal_id', new.id, 'contact_id', v_row -> 'contact_id',
      'company_id', v_row -> 'company_id', 'stage_id', v_row -> 'stage_id')
    when 'deal_stage_changed' then jsonb_build_object('deal_id', new.id, 'contact_id', v_row -> 'contact_id',
      'company_id', v_row -> 'company_id', 'stage_id', v_row -> 'stage_id',
      'stage_changed_at', v_row -> 'stage_changed_at', 'from_stage_id', to_jsonb(old) -> 'stage_id')
    when 'contact_created' then jsonb_build_object('contact_id', new.id, 'company_id', v_row -> 'company_id')
    when 'meeting_completed' then jsonb_build_object('meeting_id', new.id, 'contact_id', v_row -> 'contact_id',
      'deal_id', v_row -> 'deal_id')
    when 'email_received' then jsonb_build_object('email_id', new.id, 'contact_id', v_row -> 'contact_id')
  end);
  if v_event in ('meeting_completed', 'email_received') then
    perform fleet.fire_triggers(new.org_id,
      jsonb_build_object('event', v_event, 'user_id', v_user, 'payload', v_payload), null);
  else
    perform fleet.emit(v_event, new.org_id, fleet.run_user(v_user, new.org_id), v_payload,
      fleet.crm_event_key(v_event, v_payload));
  end if;
  return null;
end
$$;
create trigger deal_is_announced after insert on public.deals
  for each row execute function fleet_crm.announce('deal_created', 'owner_id');
create trigger stage_is_announced after update of stage_id on public.deals
  for each row when (new.stage_id is not null and new.stage_id is distinct from old.stage_id)
  execute function fleet_crm.announce('deal_stage_changed', 'owner_id');
create trigger contact_is_announced after insert on public.contacts
  for each row execute function fleet_crm.announce('contact_created', 'owner_id');
create trigger meeting_is_announced after insert on public.meetings
  for each row when (new.endpoint_id is not null) execute function fleet_crm.announce('meeting_completed', 'user_id');
create trigger email_is_announced after insert on public.emails
  for each row when (new.direction = 'inbound') execute function fleet_crm.announce('email_received', 'user_id');
revoke all on function fleet_crm.stamp_stage(), fleet_crm.announce() from public, anon, authenticated;
grant execute on function fleet_crm.stamp_stage() to service_role;
