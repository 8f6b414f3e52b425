-- Purpose: what leaves the house, once per effect key, and when messages to people may.
-- Objects: fleet.message_wait_ms, open_delivery, settle_delivery.
-- Locks:   the delivery's row, then one advisory lock per recipient with an hourly cap, for one short statement.

-- Internal: how long a message must wait, 0 when it may go. A member's own zone counts, else the organisation's.
create function fleet.message_wait_ms(p_org_id uuid, p_recipient text) returns bigint
language plpgsql volatile set search_path = ''
as $$
declare
  v_now timestamptz := fleet.now();
  v_settings public.fleet_org_settings;
  v_zone text;
  v_local timestamp;
  v_ends timestamp;
  v_oldest timestamptz;
begin
  select s.* into v_settings from public.fleet_org_settings s where s.org_id = p_org_id;
  if v_settings.quiet_hours is not null then
    v_zone := v_settings.timezone;
    if p_recipient ~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' then
      begin
        v_zone := coalesce(fleet.user_profile(p_recipient::uuid) ->> 'timezone', v_zone);
      exception when sqlstate 'ZF501' then
        null; -- No profiles are mapped: the organisation's zone counts.
      end;
    end if;
    begin
      v_local := v_now at time zone v_zone;
    exception when invalid_parameter_value then
      v_zone := 'UTC';
      v_local := v_now at time zone v_zone;
    end;
    v_ends := v_local::date + (v_settings.quiet_hours ->> 'end')::time;
    if v_local::time < (v_settings.quiet_hours ->> 'end')::time then
      if (v_settings.quiet_hours ->> 'start')::time >= (v_settings.quiet_hours ->> 'end')::time
        or v_local::time >= (v_settings.quiet_hours ->> 'start')::time then
        return greatest(1, (extract(epoch from v_ends at time zone v_zone - v_now) * 1000)::bigint);
      end if;
    elsif v_local::time >= (v_settings.quiet_hours ->> 'start')::time
      and (v_settings.quiet_hours ->> 'start')::time > (v_settings.quiet_hours ->> 'end')::time then
      return greatest(1, (extract(epoch from (v_ends + interval '1 day') at time zone v_zone - v_now) * 1000)::bigint);
    end if;
  end if;
  if v_settings.max_messages_per_hour is not null then
    -- Steps that ask at once are let through one after the other.
    perform pg_advisory_xact_lock(hashtextextended('fleet.message:' || p_org_id || p_recipient, 0));
    select d.admitted_at into v_oldest from public.fleet_deliveries d
    where d.org_id = p_org_id and d.recipient = p_recipient and d.channel = 'slack'
      and d.admitted_at > v_now - interval '1 hour'
    order by d.admitted_at desc offset v_settings.max_messages_per_hour - 1 limit 1;
    if v_oldest is not null then
      return greatest(1, (extract(epoch from v_oldest + interval '1 hour' - v_now) * 1000)::bigint);
    end if;
  end if;
  return 0;
end
$$;

-- Messages to people wait out quiet hours and the hourly cap here; what a person approved, and invitations, do not.
create function fleet.open_delivery(
  p_id uuid, p_org_id uuid, p_job_id uuid, p_step_id text, p_channel text, p_recipient text, p_content jsonb,
  p_effect_key text
) returns jsonb
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_row public.fleet_deliveries;
  v_wait_ms bigint := 0;
begin
  insert into public.fleet_deliveries (id, org_id, job_id, step_id, channel, recipient, content, effect_key)
  values (p_id, p_org_id, p_job_id, p_step_id, p_channel, p_recipient, p_content, p_effect_key)
  on conflict (effect_key) do nothing;
  -- Locked: of two attempts at once (a lease was lost) only one may believe that it is the first.
  select d.* into v_row from public.fleet_deliveries d where d.effect_key = p_effect_key for update;
  if v_row.admitted_at is null then
    if p_channel = 'slack' then
      v_wait_ms := fleet.message_wait_ms(p_org_id, p_recipient);
    end if;
    if v_wait_ms = 0 then
      update public.fleet_deliveries d set admitted_at = fleet.now() where d.id = v_row.id;
    end if;
  end if;
  return jsonb_build_object(
    'id', v_row.id, 'status', v_row.status, 'provider_ref', v_row.provider_ref, 'wait_ms', v_wait_ms,
    'is_first', v_row.admitted_at is null,
    'age_ms', coalesce((extract(epoch from fleet.now() - v_row.admitted_at) * 1000)::bigint, 0),
    'send_mode', (select s.send_mode from public.fleet_org_settings s where s.org_id = p_org_id));
end
$$;

create function fleet.settle_delivery(p_id uuid, p_status text, p_provider_ref text) returns void
language plpgsql volatile security definer set search_path = ''
as $$
begin
  update public.fleet_deliveries d set
    status = p_status, provider_ref = coalesce(p_provider_ref, d.provider_ref),
    sent_at = case when p_status = 'sent' then coalesce(d.sent_at, fleet.now()) else d.sent_at end
  where d.id = p_id and d.status <> 'sent';
end
$$;

revoke all on function fleet.message_wait_ms(uuid, text) from public;
revoke all on function fleet.open_delivery(uuid, uuid, uuid, text, text, text, jsonb, text),
  fleet.settle_delivery(uuid, text, text) from public, anon, authenticated;
grant execute on function fleet.open_delivery(uuid, uuid, uuid, text, text, text, jsonb, text),
  fleet.settle_delivery(uuid, text, text) to fleet_worker;
