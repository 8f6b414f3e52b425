-- Purpose: the other transitions: claim, extend, decide, cancel, retry, emit, sweep, snapshots.
-- Objects: fleet.claim_jobs, extend_leases, cancel_job, retry_job, emit, emit_on_change,
--          sweep, save_snapshot.
-- Locks:   runs before approvals before letters; a claim of many skips locked rows, a claim of one waits for
--          its row (it holds no other), so that a doorbell is not lost to whoever looks at the run just then.

create function fleet.claim_jobs(
  p_worker uuid, p_lease_ms bigint, p_limit integer, p_active integer, p_fit_ms bigint, p_job_id uuid
) returns jsonb
language plpgsql volatile security definer set search_path = ''
  set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off set plan_cache_mode = force_generic_plan
as $$
declare
  v_now timestamptz := fleet.now();
  v_ids uuid[];
  v_is_flooded boolean;
  v_claimed jsonb;
begin
  if p_job_id is not null then
    select array_agg(c.id) into v_ids from (
      select j.id from public.fleet_jobs j
      where j.id = p_job_id
        and ((j.status = 'queued' and j.run_after <= v_now) or (j.status = 'running' and j.lease_until < v_now))
        and (j.crash_count < 2 or p_active = 0)
        and (p_fit_ms is null or coalesce(j.need_ms, 0) <= p_fit_ms)
      for update) c;
  else
    -- Fair over organisations: the n-th due run of one comes after the n-th of every other. The oldest
    -- thousand are enough to choose from, unless one organisation alone has so many.
    v_is_flooded := (select count(*) from (select 1 from public.fleet_jobs j
      where j.status = 'queued' and j.run_after <= v_now limit 1000) q) = 1000;
    with recursive orgs as (
      (select j.org_id from public.fleet_jobs j
       where v_is_flooded and j.status = 'queued' and j.run_after <= v_now order by j.org_id limit 1)
      union all
      select (select j.org_id from public.fleet_jobs j
              where j.status = 'queued' and j.run_after <= v_now and j.org_id > o.org_id order by j.org_id limit 1)
      from orgs o where o.org_id is not null
    ), due as (
      (select j.id, j.org_id, j.run_after as due_at, j.crash_count, j.need_ms from public.fleet_jobs j
       where not v_is_flooded and j.status = 'queued' and j.run_after <= v_now
         and (j.crash_count < 2 or p_active = 0) and (p_fit_ms is null or coalesce(j.need_ms, 0) <= p_fit_ms)
       order by j.run_after limit 1000)
      union all
      select d.* from orgs o cross join lateral (
        select j.id, j.org_id, j.run_after, j.crash_count, j.need_ms from public.fleet_jobs j
        where j.org_id = o.org_id and j.status = 'queued' and j.run_after <= v_now
          and (j.crash_count < 2 or p_active = 0) and (p_fit_ms is null or coalesce(j.need_ms, 0) <= p_fit_ms)
        order by j.run_after limit p_limit) d
      union all
      (select j.id, j.org_id, j.lease_until, j.crash_count, j.need_ms from public.fleet_jobs j
       where j.status = 'running' and j.lease_until < v_now
         and (j.crash_count < 2 or p_active = 0) and (p_fit_ms is null or coalesce(j.need_ms, 0) <= p_fit_ms)
       order by j.created_at limit 1000)
    ), ranked as (
      select d.id, d.crash_count, d.due_at, row_number() over (partition by d.org_id order by d.due_at, d.id) as turn
      from due d
    ), chosen as (
      select coalesce(bool_and(r.crash_count >= 2)
        or min(r.due_at) filter (where r.crash_count >= 2) < v_now - interval '1 minute', false) as takes_crashed
      from ranked r
    ), picked as (
      -- A run that crashed twice is driven alone in its isolate: when nothing else is due, or once it has
      -- waited a minute for that.
      select r.id from ranked r cross join chosen c
      where (r.crash_count >= 2) = c.takes_crashed
      order by case when c.takes_crashed then r.due_at end, r.turn, r.due_at
      limit (select case when c.takes_crashed then 1 else p_limit end from chosen c)
    )
    select array_agg(c.id) into v_ids from (
      select j.id from public.fleet_jobs j join picked p on p.id = j.id
      where (j.status = 'queued' and j.run_after <= v_now) or (j.status = 'running' and j.lease_until < v_now)
      for update of j skip locked) c;
  end if;
  if v_ids is null then
    return '[]';
  end if;
  v_now := fleet.now();

  with before as (
    select j.id, j.status, j.running from public.fleet_jobs j where j.id = any (v_ids)
  ), claimed as (
    update public.fleet_jobs j set
      status = 'running', status_reason = null, run_after = null,
      fence = j.fence + 1, lease_until = v_now + p_lease_ms * interval '1 millisecond', lease_worker = p_worker,
      crash_count = j.crash_count + case when b.status = 'running' and b.running <> '{}' then 1 else 0 end,
      idle_claims = j.idle_claims + 1,
      running = '{}', wake = false, last_op_id = null,
      history_seq = j.history_seq + 1, started_at = coalesce(j.started_at, v_now), updated_at = v_now
    from before b where j.id = b.id
    returning j.*, b.running as interrupted
  ), told as (
    insert into public.fleet_job_history (job_id, seq, org_id, fence, op, at, changes)
    select c.id, c.history_seq, c.org_id, c.fence, 'claim', v_now,
      coalesce((select jsonb_agg(jsonb_build_object('step', k, 'from', 'running', 'to', 'pending', 'reason', 'lease_lost'))
                from jsonb_object_keys(c.interrupted) k), '[]')
    from claimed c
  )
  select jsonb_agg(jsonb_build_object(
    'id', c.id, 'org_id', c.org_id, 'user_id', c.user_id, 'sequence_key', c.sequence_key,
    'definition_hash', c.definition_hash, 'mode', c.mode, 'fence', c.fence, 'depth', c.depth,
    'stamp', fleet.read_stamp(),
    'crash_count', c.crash_count, 'idle_claims', c.idle_claims, 'interrupted', c.interrupted,
    'contact_id', c.contact_id, 'deal_id', c.deal_id, 'meeting_id', c.meeting_id,
    'event', jsonb_build_object(
      'id', c.event_id, 'type', c.event_type, 'source', c.event_source, 'org_id', c.org_id, 'user_id', c.user_id,
      'payload', c.trigger_payload, 'depth', c.depth, 'root_event_id', c.root_event_id,
      'parent_job_id', c.parent_job_id),
    'steps', coalesce((
      select jsonb_agg(jsonb_build_object(
        'step_id', r.step_id, 'status', r.status, 'attempts', r.attempts, 'engine', r.engine, 'output', r.output,
        'skip_reason', r.skip_reason, 'followups', r.followups, 'error_code', r.error_code,
        'next_ms', case when r.next_at is not null
          then greatest(0, extract(epoch from r.next_at - v_now) * 1000)::bigint end))
      from public.fleet_job_step_results r where r.job_id = c.id), '[]'),
    'approvals', coalesce((
      select jsonb_agg(fleet.approval_json(a)) from public.fleet_approvals a where a.job_id = c.id), '[]')))
  into v_claimed from claimed c;
  return v_claimed;
end
$$;

comment on function fleet.claim_jobs(uuid, bigint, integer, integer, bigint, uuid) is
  'Leases due runs to a worker: one by id, or a batch fair over organisations. p_fit_ms null: any step fits.';

-- One statement keeps all leases of the isolate. Answers the runs that are still its own.
create function fleet.extend_leases(p_leases jsonb) returns uuid[]
language plpgsql volatile security definer set search_path = ''
  set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off set plan_cache_mode = force_generic_plan
as $$
declare
  v_now timestamptz := fleet.now();
  v_kept uuid[];
begin
  with kept as (
    update public.fleet_jobs j set lease_until = v_now + l.lease_ms * interval '1 millisecond'
    from (
      select x.job_id, x.fence, x.lease_ms
      from jsonb_to_recordset(p_leases) as x (job_id uuid, fence integer, lease_ms bigint)
      order by x.job_id) l
    where j.id = l.job_id and j.fence = l.fence and j.lease_until is not null
    returning j.id
  )
  select coalesce(array_agg(k.id), '{}') into v_kept from kept k;
  return v_kept;
end
$$;

create function fleet.cancel_job(p_job_id uuid, p_reason text) returns jsonb
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_now timestamptz;
  v_job public.fleet_jobs;
begin
  select j.* into v_job from public.fleet_jobs j where j.id = p_job_id for update;
  if v_job.id is null then
    perform fleet.refuse(404, 'job_not_found', 'No such run');
  elsif v_job.status in ('completed', 'failed', 'cancelled') then
    perform fleet.refuse(409, 'already_ended', 'Cannot cancel the run: it is ' || v_job.status,
      jsonb_build_array(jsonb_build_object('job_id', v_job.id, 'status', v_job.status)));
  end if;
  v_now := fleet.now();
  update public.fleet_jobs j set status = 'cancelled', status_reason = p_reason, lease_until = null,
    lease_worker = null, run_after = null, running = '{}', completed_at = v_now, updated_at = v_now,
    history_seq = j.history_seq + 1
  where j.id = p_job_id;
  insert into public.fleet_job_history (job_id, seq, org_id, fence, op, at, changes)
  values (p_job_id, v_job.history_seq + 1, v_job.org_id, v_job.fence, 'cancel', v_now,
    jsonb_build_array(jsonb_build_object('from', v_job.status, 'to', 'cancelled', 'reason', p_reason)));
  -- Also a yes inside its window: it will never act, and its message must not say that it did.
  update public.fleet_approvals a set status = 'cancelled', decided_at = v_now, acts_at = null
  where a.job_id = p_job_id and (a.status = 'pending' or a.acts_at > v_now);
  return jsonb_build_object('job_id', p_job_id, 'status', 'cancelled');
end
$$;

-- The only exit from `failed`: what the failure ended starts again, what completed stays.
create function fleet.retry_job(p_job_id uuid) returns jsonb
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_now timestamptz;
  v_job public.fleet_jobs;
begin
  select j.* into v_job from public.fleet_jobs j where j.id = p_job_id for update;
  if v_job.id is null then
    perform fleet.refuse(404, 'job_not_found', 'No such run');
  elsif v_job.status <> 'failed' then
    perform fleet.refuse(409, 'not_failed', 'Cannot retry the run: it is ' || v_job.status,
      jsonb_build_array(jsonb_build_object('job_id', v_job.id, 'status', v_job.status)));
  end if;
  v_now := fleet.now();
  delete from public.fleet_job_step_results r
  where r.job_id = p_job_id
    and (r.step_id = v_job.error_step or r.error_code = 'aborted' or r.skip_reason = 'run_ended'
         or r.status in ('retrying', 'waiting_approval'));
  delete from public.fleet_approvals a
  where a.job_id = p_job_id
    and (a.status in ('cancelled', 'expired') or (a.action_type = 'effect_unknown' and a.status <> 'pending'));
  update public.fleet_jobs j set status = 'queued', status_reason = 'retry', run_after = v_now, running = '{}',
    crash_count = 0, idle_claims = 0, error_code = null, error_message = null, error_step = null,
    completed_at = null, history_seq = j.history_seq + 1, updated_at = v_now
  where j.id = p_job_id;
  insert into public.fleet_job_history (job_id, seq, org_id, fence, op, at, changes)
  values (p_job_id, v_job.history_seq + 1, v_job.org_id, v_job.fence, 'retry', v_now,
    jsonb_build_array(jsonb_build_object('from', 'failed', 'to', 'queued', 'step', v_job.error_step)));
  update public.fleet_dead_letter_queue q set status = 'retrying', retry_count = q.retry_count + 1, next_retry_at = null
  where q.source_job_id = p_job_id and q.status in ('pending', 'abandoned');
  return jsonb_build_object('job_id', p_job_id, 'status', 'queued');
end
$$;

-- From SQL: the event commits or vanishes with the caller's own change.
create function fleet.emit(
  p_type text, p_org_id uuid, p_user_id uuid, p_payload jsonb, p_idempotency_key text default null,
  p_run_after timestamptz default null
) returns uuid
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_id uuid := fleet.new_id();
  v_made uuid;
begin
  p_payload := coalesce(p_payload, '{}');
  if jsonb_typeof(p_payload) <> 'object' then
    perform fleet.refuse(422, 'invalid_payload', 'An event''s payload is an object');
  elsif octet_length(p_payload::text) >= 65536 then
    perform fleet.refuse(413, 'payload_too_large', 'Event payloads stay under 64 KiB');
  end if;
  insert into public.fleet_events (
    id, org_id, user_id, user_source, type, source, payload, idempotency_key, root_event_id, depth, run_after, status)
  values (v_id, p_org_id, p_user_id, 'emit', p_type, 'sql:emit', p_payload, p_idempotency_key, v_id, 0,
    coalesce(p_run_after, fleet.now()), 'pending')
  on conflict do nothing
  returning id into v_made;
  if v_made is null then
    select e.id into v_made from public.fleet_events e
    where e.org_id = p_org_id and e.idempotency_key = p_idempotency_key;
  elsif fleet.is_trigger_event(p_type) and jsonb_array_length(fleet.fire_triggers(p_org_id,
      jsonb_build_object('event', p_type, 'user_id', p_user_id, 'payload', p_payload), p_idempotency_key)) > 0
    and not fleet.is_routed(p_org_id, p_type) then
    -- Its triggers have heard it and no route waits: there is nothing left to route.
    update public.fleet_events e set status = 'routed', status_reason = 'agent_triggers', run_after = null
    where e.id = v_made;
  end if;
  return v_made;
end
$$;
comment on function fleet.emit(text, uuid, uuid, jsonb, text, timestamptz) is
  'Inserts one event in the caller''s transaction; a repeated key answers the first event. CRM events fire their triggers.';

-- Ready trigger: `execute function fleet.emit_on_change('deal_created', 'owner_id', 'deal_id')` on a table with org_id
-- and id: the type, the column that names the user, the name the row's id goes by in the payload.
create function fleet.emit_on_change() returns trigger
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_row jsonb := to_jsonb(new);
begin
  perform fleet.emit(
    tg_argv[0], (v_row ->> 'org_id')::uuid, (v_row ->> coalesce(tg_argv[1], 'owner_id'))::uuid,
    jsonb_build_object(coalesce(tg_argv[2], tg_table_name || '_id'), v_row ->> 'id', 'id', v_row ->> 'id',
      'operation', lower(tg_op)),
    tg_argv[0] || ':' || (v_row ->> 'id') || case when tg_op = 'UPDATE' then ':' || pg_current_xact_id()::text else '' end,
    null);
  return null;
end
$$;

create function fleet.save_snapshot(p_org_id uuid, p_hash text, p_sequence_key text, p_steps jsonb) returns void
language plpgsql volatile security definer set search_path = ''
as $$
begin
  insert into public.fleet_definition_snapshots (org_id, hash, sequence_key, steps)
  values (p_org_id, p_hash, p_sequence_key, p_steps) on conflict do nothing;
end
$$;

-- One of pg_cron's two duties. Moves what is over time, then rings once if anything is due; a lost bell
-- costs one interval. An isolate that sweeps for itself does not ring. Without pg_net or Vault it still counts: an external scheduler may drive.
create function fleet.sweep(p_ring boolean default true) returns jsonb
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_now timestamptz := fleet.now();
  v_approval public.fleet_approvals;
  v_letter public.fleet_dead_letter_queue;
  v_expired integer := 0;
  v_letters integer := 0;
  v_jobs integer;
  v_events integer;
  v_schedules integer;
  v_rung boolean := false;
begin
  update fleet.sweep_state set swept_at = v_now;

  for v_approval in
    -- Locked in the order of the runs' ids, as every writer does: the expired ones are chosen first.
    select a.* from public.fleet_approvals a
    where a.id in (select e.id from public.fleet_approvals e
      where e.status = 'pending' and e.expires_at <= v_now order by e.expires_at limit 100)
    order by a.job_id
  loop
    perform 1 from public.fleet_jobs j where j.id = v_approval.job_id for update;
    update public.fleet_approvals a set
      -- Nobody's silence lets an effect out of the house, whatever the skill was when the definition was saved.
      status = case when a.on_expire = 'approve' and not fleet.acts_outside(a.job_id, a.step_id)
        then 'approved' else 'expired' end,
      decided_at = v_now, decision = jsonb_build_object('decision', 'expired', 'on_expire', a.on_expire)
    where a.id = v_approval.id and a.status = 'pending';
    if found then
      perform fleet.wake_decided_job(v_approval.job_id, v_approval, 'expired', v_now);
      v_expired := v_expired + 1;
    end if;
  end loop;

  for v_letter in
    select q.* from public.fleet_dead_letter_queue q
    where q.id in (select d.id from public.fleet_dead_letter_queue d
      where d.status = 'pending' and d.next_retry_at <= v_now order by d.next_retry_at limit 100)
    order by q.source_job_id
  loop
    begin
      perform fleet.retry_job(v_letter.source_job_id);
      v_letters := v_letters + 1;
    exception when sqlstate 'ZF409' then
      -- Somebody retried or cancelled the run by hand: the letter follows that run, not the timer.
      update public.fleet_dead_letter_queue q set next_retry_at = null where q.id = v_letter.id;
    end;
  end loop;

  -- After the letters: these lock approvals, and from then on no run may be waited for.
  perform fleet.remind_of_approvals();
  perform fleet.raise_due_watches(v_now);
  perform fleet.raise_found_work(v_now);

  select
    (select count(*) from (select 1 from public.fleet_jobs j
       where j.status = 'queued' and j.run_after <= v_now limit 1000) q)
    + (select count(*) from (select 1 from public.fleet_jobs j
       where j.status = 'running' and j.lease_until < v_now limit 1000) r)
  into v_jobs;
  select count(*) into v_events from (
    select 1 from public.fleet_events e where e.status = 'pending' and e.run_after <= v_now limit 1000) e;

  select count(*) into v_schedules from public.fleet_schedules s
  where s.is_active and s.org_id is not null and (s.next_run_at is null or s.next_run_at <= v_now);

  if p_ring and v_jobs + v_events + v_schedules > 0 then
    v_rung := fleet.ring_sweep();
  end if;
  return jsonb_build_object('approvals_expired', v_expired, 'letters_due', v_letters, 'jobs_due', v_jobs,
    'events_due', v_events, 'schedules_due', v_schedules, 'rung', v_rung);
end
$$;

create function fleet.ring_sweep() returns boolean
language plpgsql volatile set search_path = ''
as $$
declare
  v_url text;
  v_key text;
  v_region text;
begin
  execute 'select max(s.decrypted_secret) filter (where s.name = ''fleet_functions_url''),
                  max(s.decrypted_secret) filter (where s.name = ''fleet_secret_key''),
                  max(s.decrypted_secret) filter (where s.name = ''fleet_region'')
           from vault.decrypted_secrets s' into v_url, v_key, v_region;
  if v_url is null or v_key is null then
    return false;
  end if;
  execute 'select net.http_post(url := $1, body := $2, headers := $3, timeout_milliseconds := 5000)'
    using v_url || '/agent-orchestrator', '{"action": "sweep"}'::jsonb,
      -- Beside the database, where a region is named.
      jsonb_strip_nulls(jsonb_build_object('content-type', 'application/json', 'apikey', v_key, 'x-region', v_region));
  return true;
exception
  -- Vault or pg_net is not installed here: the bell is optional by design.
  when undefined_table or undefined_function or invalid_schema_name or insufficient_privilege then
    return false;
end
$$;

-- Pending events that are due, oldest first and fair over organisations, also when one has very many.
create function fleet.list_due_events(p_limit integer) returns setof uuid
language plpgsql stable security definer set search_path = ''
as $$
declare
  v_now timestamptz := fleet.now();
begin
  return query
    with recursive orgs as (
      (select e.org_id from public.fleet_events e
       where e.status = 'pending' and e.run_after <= v_now order by e.org_id limit 1)
      union all
      select (select e.org_id from public.fleet_events e
              where e.status = 'pending' and e.run_after <= v_now and e.org_id > o.org_id order by e.org_id limit 1)
      from orgs o where o.org_id is not null
    )
    select r.id from (
      select d.id, d.run_after, row_number() over (partition by o.org_id order by d.run_after, d.id) as turn
      from orgs o cross join lateral (
        select e.id, e.run_after from public.fleet_events e
        where e.org_id = o.org_id and e.status = 'pending' and e.run_after <= v_now
        order by e.run_after, e.id limit p_limit) d) r
    order by r.turn, r.run_after limit p_limit;
end
$$;

-- An event that could not be routed and may be later: it waits, so that it stands in nobody's way.
create function fleet.defer_event(p_id uuid, p_delay_ms bigint, p_reason text) returns void
language plpgsql volatile security definer set search_path = ''
as $$
begin
  update public.fleet_events e set
    run_after = fleet.now() + p_delay_ms * interval '1 millisecond', status_reason = p_reason
  where e.id = p_id and e.status = 'pending';
end
$$;

revoke all on all functions in schema fleet from public, anon;
grant execute on function fleet.claim_jobs(uuid, bigint, integer, integer, bigint, uuid), fleet.extend_leases(jsonb),
  fleet.cancel_job(uuid, text), fleet.retry_job(uuid),
  fleet.save_snapshot(uuid, text, text, jsonb), fleet.sweep(boolean), fleet.list_due_events(integer), fleet.defer_event(uuid, bigint, text) to fleet_worker;
grant execute on function fleet.emit(text, uuid, uuid, jsonb, text, timestamptz) to service_role;
