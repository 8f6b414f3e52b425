-- Purpose: what the functions read, in one round trip each. The worker role has no table rights.
-- Objects: fleet.read_start, read_event, read_snapshot, read_job, list_jobs, read_webhook_endpoint,
--          read_approvals, read_job_of_approval.

-- Everything a gate asks, plus the stamp that accept compares. Budget periods are UTC.
create function fleet.read_start(p_org_id uuid, p_user_id uuid, p_type text, p_parent_job_id uuid) returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
declare
  v_now timestamptz := fleet.now();
  v_settings public.fleet_org_settings;
begin
  select s.* into v_settings from public.fleet_org_settings s where s.org_id = p_org_id;
  return jsonb_build_object(
    'stamp', fleet.read_stamp(),
    'org_enabled', v_settings.is_enabled,
    'sequence_enabled', case lower(v_settings.enabled_sequences -> p_type ->> 'enabled')
      when 'true' then true when 'false' then false end,
    'route_internal_meetings', coalesce(v_settings.route_internal_meetings, false),
    'preference', (select p.is_enabled from public.fleet_user_preferences p
      where p.user_id = p_user_id and p.org_id = p_org_id and p.event_type = p_type),
    'has_budget', exists (select 1 from public.fleet_budgets x where x.org_id = p_org_id),
    'budget', (
      select jsonb_build_object('period', b.period, 'cap_usd', b.cap_usd, 'spent_usd', b.spent,
        'resume_ms', extract(epoch from b.starts_at + ('1 ' || b.period)::interval - v_now)::bigint * 1000)
      from (
        select x.period, x.cap_usd, date_trunc(x.period, v_now, 'UTC') as starts_at, (
          select coalesce(sum(c.cost_usd), 0) from public.fleet_costs c
          where c.org_id = p_org_id and c.created_at >= date_trunc(x.period, v_now, 'UTC')) as spent
        from public.fleet_budgets x where x.org_id = p_org_id) b
      where b.spent >= b.cap_usd
      order by b.starts_at desc limit 1),
    'parent', (
      select jsonb_build_object('org_id', j.org_id, 'depth', j.depth, 'root_event_id', j.root_event_id)
      from public.fleet_jobs j where j.id = p_parent_job_id),
    'sweep_age_ms', (select extract(epoch from v_now - w.swept_at)::bigint * 1000 from fleet.sweep_state w));
end
$$;

create function fleet.read_event(p_event_id uuid) returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
begin
  return (
    select jsonb_build_object('id', e.id, 'org_id', e.org_id, 'user_id', e.user_id, 'type', e.type,
      'source', e.source, 'payload', e.payload, 'mode', e.mode, 'depth', e.depth, 'root_event_id', e.root_event_id,
      'parent_job_id', e.parent_job_id, 'status', e.status, 'is_due', e.run_after <= fleet.now())
    from public.fleet_events e where e.id = p_event_id);
end
$$;

create function fleet.read_snapshot(p_org_id uuid, p_hash text) returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
begin
  return (select s.steps from public.fleet_definition_snapshots s where s.org_id = p_org_id and s.hash = p_hash);
end
$$;

create function fleet.list_opt_outs(p_org_id uuid, p_event_type text) returns uuid[]
language plpgsql stable security definer set search_path = ''
as $$
begin
  return coalesce((select array_agg(p.user_id) from public.fleet_user_preferences p
    where p.org_id = p_org_id and p.event_type = p_event_type and not p.is_enabled), '{}');
end
$$;

create function fleet.list_slack_channels(p_org_id uuid) returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
begin
  return coalesce((select s.slack_channels from public.fleet_org_settings s where s.org_id = p_org_id), '{}');
end
$$;

-- What counts for a member (null: for the organisation): hours without messages, cap an hour, event types that
-- somebody switched, and the budget with the least left.
create function fleet.read_member_settings(p_org_id uuid, p_user_id uuid) returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
declare
  v_now timestamptz := fleet.now();
  v_settings public.fleet_org_settings;
begin
  select s.* into v_settings from public.fleet_org_settings s where s.org_id = p_org_id;
  return jsonb_build_object(
    'quiet_hours', v_settings.quiet_hours,
    'max_messages_per_hour', v_settings.max_messages_per_hour,
    'features', coalesce((
        select jsonb_object_agg(e.key, lower(e.value ->> 'enabled') = 'true')
        from jsonb_each(v_settings.enabled_sequences) e where lower(e.value ->> 'enabled') in ('true', 'false')), '{}')
      || coalesce((
        select jsonb_object_agg(p.event_type, p.is_enabled) from public.fleet_user_preferences p
        where p.user_id = p_user_id and p.org_id = p_org_id), '{}'),
    'cost_budget', (
      select jsonb_build_object('allowed', b.spent < b.cap_usd, 'period', b.period, 'cap_usd', b.cap_usd,
        'spent_usd', b.spent)
      from (
        select x.period, x.cap_usd, (
          select coalesce(sum(c.cost_usd), 0) from public.fleet_costs c
          where c.org_id = p_org_id and c.created_at >= date_trunc(x.period, v_now, 'UTC')) as spent
        from public.fleet_budgets x where x.org_id = p_org_id) b
      order by b.cap_usd - b.spent limit 1));
end
$$;

-- `p_viewer` null sees every organisation (secret key); else only where that user is a member.
create function fleet.read_job(p_job_id uuid, p_viewer uuid) returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
declare
  v_job public.fleet_jobs;
begin
  select j.* into v_job from public.fleet_jobs j where j.id = p_job_id;
  if v_job.id is null or (p_viewer is not null and fleet.member_role(p_viewer, v_job.org_id) is null) then
    return null;
  end if;
  return fleet.job_summary(v_job) || jsonb_build_object(
    'definition_version', v_job.definition_version, 'definition_hash', v_job.definition_hash,
    'fence', v_job.fence, 'run_after', v_job.run_after, 'warnings', v_job.warnings,
    'error_code', v_job.error_code, 'error_message', v_job.error_message, 'error_step', v_job.error_step,
    'started_at', v_job.started_at, 'updated_at', v_job.updated_at,
    'steps', (
      select coalesce(jsonb_agg(to_jsonb(s) - 'job_id' - 'org_id' - 'position' order by s.position), '[]')
      from public.fleet_job_steps s where s.job_id = p_job_id),
    'approvals', (
      select coalesce(jsonb_agg(to_jsonb(a) - 'org_id' - 'decision' - 'links_until' order by a.created_at, a.ordinal), '[]')
      from public.fleet_approvals a where a.job_id = p_job_id),
    'costs', (
      select coalesce(jsonb_agg(to_jsonb(c) - 'org_id' order by c.created_at), '[]')
      from public.fleet_costs c where c.job_id = p_job_id),
    'children', (
      select coalesce(jsonb_agg(jsonb_build_object('id', k.id, 'event_type', k.event_type,
        'sequence_key', k.sequence_key, 'status', k.status) order by k.created_at), '[]')
      from public.fleet_jobs k where k.parent_job_id = p_job_id),
    'child_events', (
      select coalesce(jsonb_agg(jsonb_build_object('id', e.id, 'type', e.type, 'status', e.status,
        'status_reason', e.status_reason) order by e.created_at, e.id), '[]')
      from public.fleet_events e where e.parent_job_id = p_job_id));
end
$$;

create function fleet.job_summary(p_job public.fleet_jobs) returns jsonb
language sql stable set search_path = ''
as $$
  select jsonb_build_object('id', p_job.id, 'org_id', p_job.org_id, 'user_id', p_job.user_id,
    'event_id', p_job.event_id, 'event_type', p_job.event_type, 'event_source', p_job.event_source,
    'sequence_key', p_job.sequence_key, 'status', p_job.status, 'status_reason', p_job.status_reason,
    'definition_source', p_job.definition_source, 'mode', p_job.mode, 'depth', p_job.depth,
    'parent_job_id', p_job.parent_job_id, 'root_job_id', p_job.root_job_id, 'cost_usd', p_job.cost_usd,
    'contact_id', p_job.contact_id, 'deal_id', p_job.deal_id, 'meeting_id', p_job.meeting_id,
    'created_at', p_job.created_at, 'completed_at', p_job.completed_at)
$$;

-- Internal: sequences that keep accounts in step and carry questions, every few minutes: of interest when they fail.
create function fleet.is_upkeep(p_sequence_key text) returns boolean
language sql immutable set search_path = ''
as $$
  select p_sequence_key in ('approval_asked', 'approval_changed', 'calendar_sync', 'mailbox_changed', 'watch_due')
$$;

create function fleet.list_jobs(p_org_id uuid, p_viewer uuid, p_status text, p_limit integer) returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
begin
  if p_viewer is not null and (p_org_id is null or fleet.member_role(p_viewer, p_org_id) is null) then
    return '[]';
  end if;
  return (
    select coalesce(jsonb_agg(l.summary order by l.created_at desc, l.id), '[]')
    from (
      select fleet.job_summary(j) as summary, j.created_at, j.id from public.fleet_jobs j
      where (p_org_id is null or j.org_id = p_org_id) and (p_status is null or j.status = p_status)
        -- Rehearsals and upkeep (fleet.raise_upkeep) are asked for by id.
        and j.mode = 'live' and (p_status = 'failed' or not fleet.is_upkeep(j.sequence_key))
      order by j.created_at desc, j.id limit p_limit) l);
end
$$;

create function fleet.read_approvals(p_job_id uuid) returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
begin
  return (
    select jsonb_build_object('org_id', j.org_id, 'status', j.status, 'definition_hash', j.definition_hash,
      'approvals', (
        select coalesce(jsonb_agg(jsonb_build_object('id', a.id, 'step_id', a.step_id, 'status', a.status,
          'action_type', a.action_type, 'proposed', a.proposed) order by a.created_at, a.ordinal), '[]')
        from public.fleet_approvals a where a.job_id = j.id))
    from public.fleet_jobs j where j.id = p_job_id);
end
$$;

-- Who answers an approval by its id alone (the command line) finds its run here.
create function fleet.read_job_of_approval(p_approval_id uuid, p_viewer uuid) returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
begin
  return (select fleet.read_job(a.job_id, p_viewer) from public.fleet_approvals a where a.id = p_approval_id);
end
$$;

create function fleet.read_webhook_endpoint(p_endpoint_id uuid) returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
begin
  return (
    select jsonb_build_object('id', w.id, 'org_id', w.org_id, 'provider', w.provider,
      'default_user_id', w.default_user_id,
      'secrets', (select coalesce(jsonb_agg(s.secret order by s.created_at desc), '[]')
        from fleet.webhook_secrets s where s.endpoint_id = w.id))
    from public.fleet_webhook_endpoints w where w.id = p_endpoint_id and w.is_active);
end
$$;

revoke all on all functions in schema fleet from public, anon;
revoke all on function fleet.job_summary(public.fleet_jobs), fleet.is_upkeep(text) from authenticated;
grant execute on function fleet.read_start(uuid, uuid, text, uuid), fleet.read_event(uuid),
  fleet.read_snapshot(uuid, text), fleet.list_opt_outs(uuid, text), fleet.list_slack_channels(uuid),
  fleet.read_member_settings(uuid, uuid), fleet.read_job(uuid, uuid), fleet.list_jobs(uuid, uuid, text, integer),
  fleet.read_approvals(uuid), fleet.read_job_of_approval(uuid, uuid), fleet.read_webhook_endpoint(uuid) to fleet_worker;
