-- Purpose: forgets an organisation that left: everything the engine keeps of it but what its model calls cost.
-- Objects: fleet.erase_organization; seam fleet_crm.erase_organization.
-- Locks:   the rows of one batch; a run under way finds its row gone at its next transition and stops.

-- Seam: forgets an organisation's business data, at most p_limit rows of a table; true once nothing is left.
create function fleet_crm.erase_organization(p_org_id uuid, p_limit integer) returns boolean
language plpgsql volatile security definer set search_path = ''
as $$ begin perform fleet.refuse(501, 'not_mapped', 'fleet_crm.erase_organization is not mapped to business data'); return null; end $$;

create function fleet.erase_organization(p_org_id uuid, p_limit integer default 10000) returns jsonb
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_schema name;
  v_table name;
  v_count integer;
  v_counts jsonb := '{}';
begin
  -- Read from the catalogue, so that a table that is new tomorrow is erased as well. The doors close first, runs go
  -- before the events they were made of, the settings last.
  for v_schema, v_table in
    select n.nspname, c.relname
    from pg_catalog.pg_class c
    join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    join pg_catalog.pg_attribute a on a.attrelid = c.oid and a.attname = 'org_id' and not a.attisdropped
    where c.relkind = 'r' and c.relname <> 'fleet_costs'
      and (n.nspname = 'fleet' or (n.nspname = 'public' and c.relname like 'fleet\_%'))
    order by array_position(
      array['fleet_webhook_endpoints', 'fleet_connections', 'fleet_triggers', 'fleet_schedules', 'other', 'fleet_jobs',
        'fleet_events', 'fleet_org_settings'],
      case when c.relname in ('fleet_webhook_endpoints', 'fleet_connections', 'fleet_triggers', 'fleet_schedules',
        'fleet_jobs', 'fleet_events', 'fleet_org_settings') then c.relname::text else 'other' end), c.relname
  loop
    -- The history is append-only for everybody else.
    perform set_config('fleet.retention', 'on', true);
    execute format('delete from %1$I.%2$I where ctid = any (array(select ctid from %1$I.%2$I where org_id = $1 limit $2))',
      v_schema, v_table)
      using p_org_id, p_limit;
    get diagnostics v_count = row_count;
    perform set_config('fleet.retention', 'off', true);
    v_counts := v_counts || case when v_count > 0 then jsonb_build_object(v_table::text, v_count) else '{}' end;
    if v_count = p_limit then
      return jsonb_build_object('done', false, 'erased', v_counts);
    end if;
  end loop;
  -- What was spent stays for the books, of nobody.
  update public.fleet_costs c set user_id = null where c.org_id = p_org_id and c.user_id is not null;
  begin
    return jsonb_build_object('done', fleet_crm.erase_organization(p_org_id, p_limit), 'erased', v_counts);
  exception when sqlstate 'ZF501' then
    return jsonb_build_object('done', true, 'erased', v_counts, 'crm', 'not_mapped');
  end;
end
$$;
comment on function fleet.erase_organization(uuid, integer) is
  'Forgets an organisation for good, at most p_limit rows of a table: to be called again until `done`. Costs stay, without names.';

revoke all on function fleet_crm.erase_organization(uuid, integer), fleet.erase_organization(uuid, integer)
  from public, anon, authenticated;
grant execute on function fleet.erase_organization(uuid, integer) to service_role;
