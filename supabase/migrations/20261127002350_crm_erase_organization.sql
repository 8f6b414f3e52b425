-- Purpose: an organisation that left leaves nothing in the reference CRM. Accounts of its people are the auth server's.
-- Objects: body of fleet_crm.erase_organization.
-- Locks:   the rows of one batch, at last all that is left of the organisation.

create or replace function fleet_crm.erase_organization(p_org_id uuid, p_limit integer) returns boolean
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_table text;
  v_count integer;
begin
  -- The tables that grow; whatever else there is goes with the organisation's own row.
  foreach v_table in array array['meeting_transcripts', 'emails', 'activities', 'notifications', 'meetings', 'tasks',
    'calendar_events'] loop
    execute format('delete from public.%1$I where ctid = any (array(select ctid from public.%1$I where org_id = $1 limit $2))',
      v_table)
      using p_org_id, p_limit;
    get diagnostics v_count = row_count;
    if v_count = p_limit then
      return false;
    end if;
  end loop;
  delete from fleet_crm.applied_changes a where a.org_id = p_org_id;
  delete from public.organizations o where o.id = p_org_id;
  return true;
end
$$;
