-- Purpose: what `fleet-admin/health` is asked: is anything stuck, given up or about to fall silent.
-- Objects: fleet.read_health; an index on the letters that wait.
-- Risk:    a new index on fleet_dead_letter_queue.

create index fleet_dead_letters_pending on public.fleet_dead_letter_queue (org_id) where status = 'pending';

-- `p_viewer` null sees every organisation (secret key); else only where that user is a member, and nobody else's
-- counts. Facts only, no words: {reasons, warnings}, each {code, org_id, …}.
create function fleet.read_health(p_viewer uuid, p_late_sweep_ms bigint) returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
declare
  v_now timestamptz := fleet.now();
  v_sweep_age_ms bigint;
  v_reasons jsonb;
  v_warnings jsonb;
begin
  select (extract(epoch from v_now - w.swept_at) * 1000)::bigint into v_sweep_age_ms from fleet.sweep_state w;

  with found as (
    -- Due is due: whoever rings, the sweep claims it within seconds.
    select 'run_waiting' as code, d.org_id, jsonb_build_object('count', count(*), 'job_id', min(d.id::text)) as facts
    from (
      select j.org_id, j.id from public.fleet_jobs j
      where j.status = 'queued' and j.run_after < v_now - interval '2 minutes'
      union all
      select j.org_id, j.id from public.fleet_jobs j
      where j.status = 'running' and j.lease_until < v_now - interval '2 minutes') d
    group by d.org_id
    union all
    -- A few letters are a day's work; more are a fault.
    select 'dead_letters', q.org_id, jsonb_build_object('count', count(*), 'threshold', 10)
    from public.fleet_dead_letter_queue q where q.status = 'pending'
    group by q.org_id having count(*) > 10
    union all
    select 'unrouted_events', e.org_id, jsonb_build_object('count', count(*), 'threshold', 50)
    from public.fleet_events e where e.status = 'unrouted' and e.created_at > v_now - interval '1 day'
    group by e.org_id having count(*) > 50
    union all
    select 'connection_expired', c.org_id, jsonb_build_object('connection_id', c.id, 'provider', c.provider)
    from public.fleet_connections c where c.status = 'expired'
    union all
    select 'watch_expired', c.org_id, jsonb_build_object('connection_id', c.id, 'provider', c.provider,
      'expires_at', c.watch_expires_at)
    from public.fleet_connections c where c.status = 'active' and c.watch_expires_at <= v_now
  )
  select coalesce(jsonb_agg(f.facts || jsonb_build_object('code', f.code, 'org_id', f.org_id)
    order by f.code, f.org_id, f.facts), '[]') into v_reasons
  from (select x.* from found x
    where p_viewer is null or fleet.member_role(p_viewer, x.org_id) is not null
    order by x.code, x.org_id, x.facts limit 200) f;

  if v_sweep_age_ms is null or v_sweep_age_ms > p_late_sweep_ms then
    v_reasons := jsonb_build_array(jsonb_build_object('code', 'sweep_late', 'age_ms', v_sweep_age_ms)) || v_reasons;
  end if;

  select coalesce(jsonb_agg(jsonb_build_object('code', 'watch_expiring', 'org_id', c.org_id, 'connection_id', c.id,
    'provider', c.provider, 'expires_at', c.watch_expires_at) order by c.watch_expires_at, c.id), '[]') into v_warnings
  from (select x.* from public.fleet_connections x
    where x.status = 'active' and x.watch_expires_at > v_now and x.watch_expires_at < v_now + interval '48 hours'
      and (p_viewer is null or fleet.member_role(p_viewer, x.org_id) is not null)
    order by x.watch_expires_at, x.id limit 200) c;

  return jsonb_build_object('reasons', v_reasons, 'warnings', v_warnings);
end
$$;
revoke all on function fleet.read_health(uuid, bigint) from public, anon, authenticated;
grant execute on function fleet.read_health(uuid, bigint) to fleet_worker;
