-- Purpose: the seam by which a mail door stores what it brings.
-- Objects: fleet_crm.store_email, refusing until a pack or a project maps it.
-- Risk:    none; new object only.

create or replace function fleet_crm.store_email(
  p_org_id uuid, p_endpoint_id uuid, p_delivery_id text, p_email jsonb
) returns jsonb
language plpgsql security definer set search_path = ''
as $$ begin perform fleet.refuse(501, 'not_mapped', 'fleet_crm.store_email is not mapped to a mail table'); return null; end $$;
revoke all on function fleet_crm.store_email(uuid, uuid, text, jsonb) from public, anon, authenticated;
grant execute on function fleet_crm.store_email(uuid, uuid, text, jsonb) to fleet_worker;
