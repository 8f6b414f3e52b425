-- Purpose: what is old goes, in small batches: words after 180 days, the detail of runs after 90, what events carried
--          after 30, unless the organisation says otherwise. Costs stay; keys of events stay, so that a late repeat is one.
-- Objects: fleet.is_retention, retention_default, retention_shortest, prune_events,
--          prune_runs, prune_upkeep, prune; seam fleet_crm.prune_content.
-- Locks:   the rows of one batch; those that somebody else holds are left for the next.

create function fleet.is_retention(p_retention jsonb) returns boolean
language plpgsql immutable set search_path = ''
as $$
begin
  return jsonb_typeof(p_retention) = 'object' and not exists (
    select 1 from jsonb_each(p_retention) r
    where r.key not in ('content_days', 'run_days', 'event_days') or not fleet.is_whole_between(r.value, 1, 3650));
end
$$;
alter table public.fleet_org_settings
  add constraint retention_is_in_days check (fleet.is_retention(retention));
comment on column public.fleet_org_settings.retention is
  '{content_days, run_days, event_days}: transcripts and mail bodies, detail of runs, payloads of events; 180, 90 and 30 where not said.';

-- Internal: how long a class of data is kept by whoever says nothing.
create function fleet.retention_default(p_class text) returns integer
language sql immutable set search_path = ''
as $$ select case p_class when 'content_days' then 180 when 'run_days' then 90 else 30 end $$;

-- Internal: the shortest time any organisation keeps a class, so that an index can leave the rest out.
create function fleet.retention_shortest(p_class text) returns interval
language plpgsql stable set search_path = ''
as $$
begin
  return make_interval(days => least(fleet.retention_default(p_class), (
    select min((s.retention ->> p_class)::integer) from public.fleet_org_settings s)));
end
$$;

-- Seam: forgets the words of meetings and mails, at most p_limit rows: those of an organisation that p_days names
-- after its days, everybody else's after p_default_days.
create function fleet_crm.prune_content(p_now timestamptz, p_default_days integer, p_days jsonb, p_limit integer) returns integer
language plpgsql volatile security definer set search_path = ''
as $$ begin perform fleet.refuse(501, 'not_mapped', 'fleet_crm.prune_content is not mapped to tables of words'); return null; end $$;

-- Internal: what an event carried. Its row stays, with its key; an event that still waits, or whose run does, is left.
create function fleet.prune_events(p_now timestamptz, p_limit integer) returns integer
language plpgsql volatile set search_path = ''
as $$
declare
  v_count integer;
begin
  with old as (
    select e.id from public.fleet_events e
    left join public.fleet_org_settings s on s.org_id = e.org_id
    where e.cleared_at is null and e.status <> 'pending'
      and e.created_at < p_now - fleet.retention_shortest('event_days')
      and e.created_at < p_now - make_interval(days =>
        coalesce((s.retention ->> 'event_days')::integer, fleet.retention_default('event_days')))
      and not exists (
        select 1 from public.fleet_jobs j
        where j.event_id = e.id and j.status in ('queued', 'running', 'waiting_approval'))
    order by e.created_at limit p_limit for update of e skip locked
  )
  update public.fleet_events e set payload = '{}', cleared_at = p_now from old where e.id = old.id;
  get diagnostics v_count = row_count;
  return v_count;
end
$$;

-- Internal: ended runs with all that tells of them. A run whose letter may still be retried is left. Costs stay.
create function fleet.prune_runs(p_now timestamptz, p_limit integer) returns integer
language plpgsql volatile set search_path = ''
as $$
declare
  v_old uuid[];
begin
  select array_agg(o.id) into v_old from (
    select j.id from public.fleet_jobs j
    left join public.fleet_org_settings s on s.org_id = j.org_id
    where j.status in ('completed', 'failed', 'cancelled')
      and j.created_at < p_now - least(fleet.retention_shortest('run_days'), interval '7 days')
      -- Upkeep runs every few minutes and tells nobody anything: a week is enough.
      and j.completed_at < p_now - case when fleet.is_upkeep(j.sequence_key) then interval '7 days' else make_interval(days =>
        coalesce((s.retention ->> 'run_days')::integer, fleet.retention_default('run_days'))) end
      and not exists (
        select 1 from public.fleet_dead_letter_queue q
        where q.source_job_id = j.id and q.status in ('pending', 'retrying'))
      -- The message of a question is brought up to date as long as the question is there: it goes with its own run.
      and not exists (
        select 1 from public.fleet_approvals a
        where j.event_source = 'upkeep' and a.id = case
          when j.trigger_payload ->> 'approval_id' ~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$'
            then (j.trigger_payload ->> 'approval_id')::uuid end)
    order by j.created_at limit p_limit for update of j skip locked) o;
  if v_old is null then
    return 0;
  end if;
  -- The history is append-only for everybody else.
  perform set_config('fleet.retention', 'on', true);
  delete from public.fleet_job_history h where h.job_id = any (v_old);
  perform set_config('fleet.retention', 'off', true);
  delete from public.fleet_job_step_results r where r.job_id = any (v_old);
  delete from public.fleet_deliveries d where d.job_id = any (v_old);
  delete from public.fleet_jobs j where j.id = any (v_old);
  return cardinality(v_old);
end
$$;

-- Internal: rows that only served for hours, and events of upkeep, whose keys never come again.
create function fleet.prune_upkeep(p_now timestamptz, p_limit integer) returns integer
language plpgsql volatile set search_path = ''
as $$
declare
  v_count integer;
  v_total integer := 0;
begin
  delete from fleet.trigger_runs r where r.event_id in (
    select x.event_id from fleet.trigger_runs x where x.starts_at < p_now - interval '2 days' limit p_limit);
  get diagnostics v_count = row_count;
  v_total := v_total + v_count;
  delete from fleet.briefed_meetings b where b.starts_at < p_now - interval '2 days';
  get diagnostics v_count = row_count;
  v_total := v_total + v_count;
  delete from public.fleet_events e where e.id in (
    select x.id from public.fleet_events x
    where x.created_at < p_now - interval '7 days' and fleet.is_upkeep(x.type) and x.status <> 'pending'
      and not exists (select 1 from public.fleet_jobs j where j.event_id = x.id)
    order by x.created_at limit p_limit);
  get diagnostics v_count = row_count;
  v_total := v_total + v_count;
  delete from public.fleet_activity a where a.id in (
    select x.id from public.fleet_activity x
    left join public.fleet_org_settings s on s.org_id = x.org_id
    where x.created_at < p_now - make_interval(days =>
      coalesce((s.retention ->> 'run_days')::integer, fleet.retention_default('run_days')))
    limit p_limit);
  get diagnostics v_count = row_count;
  v_total := v_total + v_count;
  delete from fleet.approval_refusals r where r.id in (
    select x.id from fleet.approval_refusals x
    where x.at < p_now - make_interval(days => fleet.retention_default('run_days')) limit p_limit);
  get diagnostics v_count = row_count;
  v_total := v_total + v_count;
  begin
    -- pg_cron keeps a row of each sweep for ever; nobody reads those of last week.
    execute 'delete from cron.job_run_details d using cron.job j
      where d.jobid = j.jobid and j.jobname like ''fleet-%'' and d.end_time < $1' using p_now - interval '7 days';
  exception when undefined_table or invalid_schema_name or insufficient_privilege then
    null; -- No pg_cron here, or its rows are another's.
  end;
  return v_total;
end
$$;

-- One small batch of each class; the job of fleet.install_cron() calls it each minute of one hour a night. Answers
-- counts: a full one means that there is more.
create function fleet.prune(p_limit integer default 1000) returns jsonb
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_now timestamptz := fleet.now();
  v_content integer := 0;
  v_counts jsonb;
begin
  v_counts := jsonb_build_object('runs', fleet.prune_runs(v_now, p_limit), 'events', fleet.prune_events(v_now, p_limit),
    'upkeep', fleet.prune_upkeep(v_now, p_limit));
  begin
    v_content := fleet_crm.prune_content(v_now, fleet.retention_default('content_days'), (
      select coalesce(jsonb_object_agg(s.org_id, s.retention -> 'content_days'), '{}')
      from public.fleet_org_settings s where s.retention ? 'content_days'), p_limit);
  exception when sqlstate 'ZF501' then
    null; -- A project that keeps its words elsewhere forgets them itself.
  end;
  return v_counts || jsonb_build_object('content', v_content);
end
$$;
comment on function fleet.prune(integer) is 'Forgets what is over its time, at most p_limit rows of a class. Unfinished runs are never touched.';

revoke all on function fleet.is_retention(jsonb), fleet.retention_default(text), fleet.retention_shortest(text),
  fleet_crm.prune_content(timestamptz, integer, jsonb, integer), fleet.prune_events(timestamptz, integer),
  fleet.prune_runs(timestamptz, integer), fleet.prune_upkeep(timestamptz, integer),
  fleet.prune(integer) from public, anon, authenticated;
-- The check of a table that the service role may write runs with its rights.
grant execute on function fleet.is_retention(jsonb) to service_role;
