-- Purpose: calendar events that a recorder's webhook brings, for the member whose calendar it is.
-- Objects: fleet.store_calendar_delivery.
-- Risk:    none; writes through the seam only.

-- The member who connected the calendar under this name at the endpoint's provider, else the endpoint's default user.
-- Null where that is nobody: then nothing is kept.
create function fleet.store_calendar_delivery(p_endpoint_id uuid, p_account_id text, p_events jsonb) returns jsonb
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_endpoint public.fleet_webhook_endpoints;
  v_user uuid;
begin
  select w.* into v_endpoint from public.fleet_webhook_endpoints w where w.id = p_endpoint_id and w.is_active;
  select c.user_id into v_user from public.fleet_connections c
  where c.org_id = v_endpoint.org_id and c.provider = v_endpoint.provider and c.account_id = p_account_id
    and c.status <> 'revoked' and c.user_id is not null and fleet.member_role(c.user_id, c.org_id) is not null
  order by c.created_at limit 1;
  v_user := coalesce(v_user, v_endpoint.default_user_id);
  if v_user is null then
    return null;
  end if;
  return fleet_crm.store_calendar_events(v_endpoint.org_id, v_user, v_endpoint.provider, p_events);
end
$$;
revoke all on function fleet.store_calendar_delivery(uuid, text, jsonb) from public, anon, authenticated;
grant execute on function fleet.store_calendar_delivery(uuid, text, jsonb) to fleet_worker;
