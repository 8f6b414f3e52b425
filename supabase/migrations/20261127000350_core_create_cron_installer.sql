-- Purpose: the alarm clock in one call: pg_cron runs the sweep and the retention, pg_net and Vault let it ring.
-- Objects: fleet.install_cron, uninstall_cron; executable by the owner (`postgres`) alone.
-- Risk:    none when applied: nothing is scheduled until somebody calls fleet.install_cron().

-- Schedules both jobs, or refuses with what is missing and what mends it; may be called again at any time.
create function fleet.install_cron(p_sweep text default null) returns jsonb
language plpgsql volatile set search_path = ''
as $$
declare
  v_extension record;
  v_version text;
  v_missing text;
  v_sweep text;
begin
  for v_extension in
    select e.name, e.routine from (values ('pg_cron', 'cron.schedule'), ('pg_net', 'net.http_post')) as e (name, routine)
    where not exists (
      select 1 from pg_catalog.pg_proc p join pg_catalog.pg_namespace n on n.oid = p.pronamespace
      where n.nspname || '.' || p.proname = e.routine)
  loop
    perform fleet.refuse(409, 'extension_missing', format(
      'Extension %s is not enabled: run "create extension %s" (or enable it under Database, Extensions), then call fleet.install_cron() again',
      v_extension.name, v_extension.name));
  end loop;
  if to_regclass('vault.decrypted_secrets') is null then
    perform fleet.refuse(409, 'extension_missing',
      'Vault is not enabled: run "create extension supabase_vault", then call fleet.install_cron() again');
  end if;
  execute 'select string_agg(w.name, '' and '' order by w.name) from unnest($1) as w (name)
    where not exists (select 1 from vault.decrypted_secrets s where s.name = w.name and s.decrypted_secret <> '''')'
    into v_missing using array['fleet_functions_url', 'fleet_secret_key'];
  if v_missing is not null then
    perform fleet.refuse(409, 'secret_missing', format(
      'Vault holds no %s: run "select vault.create_secret(''…'', ''…'')" for each, then call fleet.install_cron() again',
      v_missing));
  end if;

  select x.extversion into v_version from pg_catalog.pg_extension x where x.extname = 'pg_cron';
  -- Before 1.5 pg_cron knows minutes only: runs then wait up to a minute for what no doorbell told.
  v_sweep := coalesce(p_sweep, case
    when (regexp_match(v_version, '^(\d+)'))[1]::integer * 1000 + (regexp_match(v_version, '^\d+\.(\d+)'))[1]::integer < 1005
      then '* * * * *' else '10 seconds' end);
  execute format('select cron.schedule(%L, %L, %L)', 'fleet-sweep', v_sweep, 'select fleet.sweep()');
  -- Small batches for an hour a night (UTC) instead of one long transaction.
  execute format('select cron.schedule(%L, %L, %L)', 'fleet-retention', '* 3 * * *', 'select fleet.prune()');
  return jsonb_build_object('fleet-sweep', v_sweep, 'fleet-retention', '* 3 * * *');
end
$$;
comment on function fleet.install_cron(text) is 'Schedules fleet-sweep and fleet-retention with pg_cron; idempotent; names what is missing.';

-- Takes both jobs back; true when there was one.
create function fleet.uninstall_cron() returns boolean
language plpgsql volatile set search_path = ''
as $$
declare
  v_job record;
  v_was boolean := false;
begin
  if to_regclass('cron.job') is null then
    return false;
  end if;
  for v_job in execute 'select j.jobid from cron.job j where j.jobname in (''fleet-sweep'', ''fleet-retention'')' loop
    execute 'select cron.unschedule($1)' using v_job.jobid;
    v_was := true;
  end loop;
  return v_was;
end
$$;
comment on function fleet.uninstall_cron() is 'Takes back what fleet.install_cron() scheduled.';

revoke all on function fleet.install_cron(text), fleet.uninstall_cron() from public, anon, authenticated, service_role, fleet_worker;
