-- Purpose: the gathered transition: all accepts and records that wait in one isolate, in one commit.
-- Objects: fleet.accept_events, fleet.record_outcomes (its two halves, not callable from outside),
--          fleet.commit_batch.
-- Locks:   events by unique key in (org, key) order, then runs in id order; the order every writer keeps.
-- Shape:   parameters are jsonb arrays read by jsonb_to_recordset, answers are keyed by event or run id,
--          each item answered on its own. plpgsql because `language sql` replans at every call; seqscan
--          off because the planner takes a recordset for 100 rows (reference: hot path).

create function fleet.accept_events(p_events jsonb, p_jobs jsonb) returns jsonb
language plpgsql volatile set search_path = ''
  set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off set plan_cache_mode = force_generic_plan
as $$
declare
  v_now timestamptz;
  v_stamp bigint;
  v_won uuid[] := '{}';
  v_routed uuid[];
  v_answers jsonb;
begin
  v_stamp := fleet.read_stamp();
  v_now := fleet.now();

  -- New events. A conflict on the key or on the id is no error: that item is answered below.
  with incoming as (
    select e.* from jsonb_to_recordset(p_events) as e (
      event_id uuid, is_new boolean, org_id uuid, user_id uuid, user_source text, type text, source text,
      payload jsonb, mode text, idempotency_key text, request_sha256 text, parent_job_id uuid,
      root_event_id uuid, depth integer, delay_ms bigint, status text, status_reason text, stamp bigint)
    where e.is_new and (e.stamp is null or e.stamp = v_stamp)
  ), inserted as (
    insert into public.fleet_events (
      id, org_id, user_id, user_source, type, source, payload, mode, idempotency_key, request_sha256,
      parent_job_id, root_event_id, depth, run_after, status, status_reason, created_at)
    select
      i.event_id, i.org_id, i.user_id, i.user_source, i.type, i.source, i.payload, i.mode, i.idempotency_key,
      i.request_sha256, i.parent_job_id, i.root_event_id, i.depth,
      case when i.status = 'pending' then v_now + coalesce(i.delay_ms, 0) * interval '1 millisecond' end,
      i.status, i.status_reason, v_now
    from incoming i
    order by i.org_id, i.idempotency_key
    on conflict do nothing
    returning id
  )
  select coalesce(array_agg(i.id), '{}') into v_won from inserted i;

  -- Events that were already here (follow-ups, emitted ones, over budget): pending moves once.
  with incoming as (
    select e.* from jsonb_to_recordset(p_events) as e (
      event_id uuid, is_new boolean, delay_ms bigint, status text, status_reason text, stamp bigint)
    where not e.is_new and (e.stamp is null or e.stamp = v_stamp)
  ), moved as (
    update public.fleet_events e set
      status = i.status,
      status_reason = i.status_reason,
      run_after = case when i.status = 'pending' then v_now + coalesce(i.delay_ms, 0) * interval '1 millisecond' end
    from incoming i
    where e.id = i.event_id and e.status = 'pending'
    returning e.id
  )
  select coalesce(array_agg(m.id), '{}') into v_routed from moved m;
  v_won := v_won || v_routed;

  if cardinality(v_won) > 0 then
    with drafts as (
      select d.* from jsonb_to_recordset(p_jobs) as d (
        id uuid, event_id uuid, sequence_key text, definition_source text, definition_version integer,
        definition_hash text, worker uuid, lease_ms bigint, delay_ms bigint, running jsonb, need_ms bigint,
        contact_id uuid, deal_id uuid, meeting_id uuid, warnings jsonb, changes jsonb)
      where d.event_id = any (v_won)
    ), made as (
      insert into public.fleet_jobs (
        id, org_id, user_id, event_id, event_type, event_source, sequence_key, definition_source,
        definition_version, definition_hash, status, mode, depth, parent_job_id, root_job_id, root_event_id,
        lease_until, lease_worker, fence, run_after, running, need_ms, history_seq, warnings, trigger_payload,
        idempotency_key, contact_id, deal_id, meeting_id, created_at, started_at, updated_at)
      select
        d.id, e.org_id, e.user_id, e.id, e.type, e.source, d.sequence_key, d.definition_source,
        d.definition_version, d.definition_hash,
        case when d.worker is null then 'queued' else 'running' end,
        e.mode, e.depth, e.parent_job_id,
        coalesce((select p.root_job_id from public.fleet_jobs p where p.id = e.parent_job_id), d.id),
        e.root_event_id,
        case when d.worker is not null then v_now + d.lease_ms * interval '1 millisecond' end,
        d.worker,
        case when d.worker is null then 0 else 1 end,
        case when d.worker is null then v_now + coalesce(d.delay_ms, 0) * interval '1 millisecond' end,
        coalesce(d.running, '{}'), d.need_ms, 1, coalesce(d.warnings, '[]'), e.payload, e.idempotency_key,
        d.contact_id, d.deal_id, d.meeting_id, v_now,
        case when d.worker is not null then v_now end, v_now
      from drafts d
      join public.fleet_events e on e.id = d.event_id
      returning id, org_id, fence
    )
    insert into public.fleet_job_history (job_id, seq, org_id, fence, op, at, changes)
    select m.id, 1, m.org_id, m.fence, 'accept', v_now, coalesce(d.changes, '[]')
    from made m
    join jsonb_to_recordset(p_jobs) as d (id uuid, changes jsonb) on d.id = m.id;
  end if;

  -- `accepted` with the rows as they now stand. A repeat after an unknown commit finds its own jobs and
  -- is told `accepted` again; everybody else's repeat is told `existing`.
  select jsonb_object_agg(i.event_id, a.answer) into v_answers
  from jsonb_to_recordset(p_events) as i (
    event_id uuid, is_new boolean, org_id uuid, idempotency_key text, stamp bigint)
  cross join lateral (
    select case
      when i.event_id = any (v_won) then jsonb_build_object('outcome', 'accepted')
      when i.stamp is not null and i.stamp <> v_stamp then jsonb_build_object('outcome', 'stale_config')
      else coalesce((
        select jsonb_build_object(
          'outcome', case
            when i.is_new and e.id = i.event_id then 'accepted'
            when not i.is_new and exists (
              select 1 from jsonb_to_recordset(p_jobs) as d (id uuid, event_id uuid)
              join public.fleet_jobs j on j.id = d.id where d.event_id = i.event_id) then 'accepted'
            else 'existing' end,
          'event_id', e.id, 'status', e.status, 'status_reason', e.status_reason,
          'request_sha256', e.request_sha256,
          'jobs', coalesce((
            select jsonb_agg(jsonb_build_object('id', j.id, 'sequence_key', j.sequence_key) order by j.id)
            from public.fleet_jobs j where j.event_id = e.id), '[]'))
        from public.fleet_events e
        where e.id = coalesce(
          (select x.id from public.fleet_events x where x.id = i.event_id),
          (select x.id from public.fleet_events x
           where x.org_id = i.org_id and x.idempotency_key = i.idempotency_key and i.idempotency_key is not null))
      ), jsonb_build_object('outcome', 'absent'))
    end as answer
  ) a;
  return coalesce(v_answers, '{}');
end
$$;

create function fleet.record_outcomes(
  p_records jsonb, p_steps json, p_approvals jsonb, p_costs jsonb, p_followups jsonb
) returns jsonb
language plpgsql volatile set search_path = ''
  set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off set plan_cache_mode = force_generic_plan
as $$
declare
  v_now timestamptz;
  v_ok uuid[];
  v_woken uuid[];
  v_refused jsonb;
  v_answers jsonb;
  v_followups jsonb := '{}';
  v_asked jsonb := '{}';
  v_has_ends boolean;
begin
  -- Guard by id and fence only, under the row lock: a status predicate would lure the planner to the
  -- partial index on running rows. A lease that was given back or moved on refuses the old driver.
  with items as (
    select r.job_id, r.fence, r.op_id
    from jsonb_to_recordset(p_records) as r (job_id uuid, fence integer, op_id uuid)
  ), locked as (
    select j.id, j.fence, j.lease_until, j.last_op_id, j.last_result, j.wake
    from public.fleet_jobs j
    where j.id in (select i.job_id from items i)
    order by j.id
    for update
  ), judged as (
    select i.job_id, l.wake, l.last_result,
      (l.id is not null and l.last_op_id is not distinct from i.op_id) as is_repeat,
      (l.id is not null and l.fence = i.fence and l.lease_until is not null) as is_owner
    from items i left join locked l on l.id = i.job_id
  )
  select
    coalesce(array_agg(g.job_id) filter (where g.is_owner and not g.is_repeat), '{}'),
    coalesce(array_agg(g.job_id) filter (where g.is_owner and not g.is_repeat and g.wake), '{}'),
    coalesce(jsonb_object_agg(g.job_id, case
      when g.is_repeat then g.last_result
      else jsonb_build_object('outcome', 'lease_lost') end) filter (where g.is_repeat or not g.is_owner), '{}')
  into v_ok, v_woken, v_refused
  from judged g;
  v_now := fleet.now();

  if cardinality(v_ok) = 0 then
    return v_refused;
  end if;

  insert into public.fleet_job_step_results as t (
    job_id, step_id, org_id, skill, status, attempts, engine, output, error_code, error_message, skip_reason,
    cost_usd, followups, next_at, started_at, completed_at, duration_ms)
  select
    s.job_id, s.step_id, s.org_id, s.skill, s.status, s.attempts, s.engine, s.output, s.error_code,
    s.error_message, s.skip_reason, coalesce(s.cost_usd, 0), s.followups,
    case when s.status = 'retrying' then v_now + coalesce(s.next_ms, 0) * interval '1 millisecond' end,
    case when s.duration_ms is not null then v_now - s.duration_ms * interval '1 millisecond' end,
    case when s.status in ('completed', 'failed', 'skipped') then v_now end,
    s.duration_ms
  from json_to_recordset(p_steps) as s (
    job_id uuid, step_id text, org_id uuid, skill text, status text, attempts integer, engine text, output jsonb,
    error_code text, error_message text, skip_reason text, cost_usd numeric, followups jsonb, next_ms bigint,
    duration_ms integer)
  where s.job_id = any (v_ok)
  on conflict (job_id, step_id) do update set
    status = excluded.status, attempts = excluded.attempts, engine = excluded.engine, output = excluded.output,
    error_code = excluded.error_code, error_message = excluded.error_message, skip_reason = excluded.skip_reason,
    cost_usd = t.cost_usd + excluded.cost_usd, followups = excluded.followups, next_at = excluded.next_at,
    started_at = coalesce(t.started_at, excluded.started_at), completed_at = excluded.completed_at,
    duration_ms = excluded.duration_ms;

  if jsonb_array_length(p_costs) > 0 then
    insert into public.fleet_costs (
      org_id, user_id, job_id, step_id, attempt, provider, model, input_tokens, output_tokens, cost_usd, created_at)
    select j.org_id, j.user_id, c.job_id, c.step_id, c.attempt, c.provider, c.model, c.input_tokens,
      c.output_tokens, c.cost_usd, v_now
    from jsonb_to_recordset(p_costs) as c (
      job_id uuid, step_id text, attempt integer, provider text, model text, input_tokens integer,
      output_tokens integer, cost_usd numeric)
    join public.fleet_jobs j on j.id = c.job_id
    where c.job_id = any (v_ok);
  end if;

  if jsonb_array_length(p_approvals) > 0 then
    insert into public.fleet_approvals (
      id, org_id, job_id, step_id, ordinal, action_type, preview, proposed, content_sha256, engine,
      assignee_user_id, requested_by, approvers, allows_self, escalate_at, escalate_to, revises, round, can_revise,
      on_expire, expires_at, created_at)
    select a.id, j.org_id, a.job_id, a.step_id, a.ordinal, a.action_type, a.preview, a.proposed, a.content_sha256,
      a.engine, a.assignee_user_id, j.user_id, a.approvers,
      not coalesce(a.forbids_self, o.no_self_approval, false),
      v_now + coalesce(a.escalate_ms, (o.approval_escalation ->> 'after_minutes')::bigint * 60000) * interval '1 millisecond',
      coalesce(a.escalate_to, o.approval_escalation ->> 'to'),
      a.revises, a.round, a.can_revise, a.on_expire, v_now + a.expires_ms * interval '1 millisecond', v_now
    from jsonb_to_recordset(p_approvals) as a (
      id uuid, job_id uuid, step_id text, ordinal integer, action_type text, preview text, proposed jsonb,
      content_sha256 text, engine text, assignee_user_id uuid, approvers jsonb, forbids_self boolean,
      escalate_ms bigint, escalate_to text, revises uuid, round integer, can_revise boolean, on_expire text,
      expires_ms bigint)
    join public.fleet_jobs j on j.id = a.job_id
    left join public.fleet_org_settings o on o.org_id = j.org_id
    where a.job_id = any (v_ok)
    on conflict (job_id, step_id, ordinal) do nothing;
    -- Who is to be told is an event of its own by now (trigger approvals_are_asked): one bell for each.
    select coalesce(jsonb_object_agg(g.job_id, g.list), '{}') into v_asked from (
      select a.job_id, jsonb_agg(e.id) as list
      from jsonb_to_recordset(p_approvals) as a (id uuid, job_id uuid)
      join public.fleet_jobs j on j.id = a.job_id
      join public.fleet_events e on e.org_id = j.org_id and e.idempotency_key = 'approval_asked:' || a.id
      where a.job_id = any (v_ok) group by a.job_id) g;
  end if;

  -- A follow-up is born in the statement that completes its parent: it cannot be lost, and its key
  -- cannot be doubled. Too deep or too many is a rejected row, never an error.
  if jsonb_array_length(p_followups) > 0 then
    with drafts as (
      select f.event_id, f.job_id, f.type, f.payload, f.delay_ms, f.idempotency_key, j.org_id, j.mode, j.root_event_id,
        coalesce(f.user_id, j.user_id) as user_id, coalesce(f.user_source, 'parent') as user_source,
        j.depth + 1 as child_depth, j.sequence_key,
        (select count(*) from public.fleet_events x where x.root_event_id = j.root_event_id and x.depth > 0)
          + row_number() over (partition by j.root_event_id order by f.idempotency_key) as descendant
      from jsonb_to_recordset(p_followups) as f (
        event_id uuid, job_id uuid, type text, payload jsonb, delay_ms bigint, idempotency_key text, user_id uuid,
        user_source text)
      join public.fleet_jobs j on j.id = f.job_id
      where f.job_id = any (v_ok)
    ), born as (
      insert into public.fleet_events (
        id, org_id, user_id, user_source, type, source, payload, mode, idempotency_key, parent_job_id,
        root_event_id, depth, run_after, status, status_reason, created_at)
      select d.event_id, d.org_id, d.user_id, d.user_source, d.type, 'followup:' || d.sequence_key, d.payload, d.mode,
        d.idempotency_key, d.job_id, d.root_event_id, d.child_depth,
        case when d.child_depth <= 5 and d.descendant <= 200
          then v_now + coalesce(d.delay_ms, 0) * interval '1 millisecond' end,
        case when d.child_depth > 5 or d.descendant > 200 then 'rejected' else 'pending' end,
        case when d.child_depth > 5 then 'chain_depth_exceeded'
             when d.descendant > 200 then 'too_many_descendants' end,
        v_now
      from drafts d
      order by d.org_id, d.idempotency_key
      on conflict do nothing
      returning id, parent_job_id, type, status, status_reason, run_after
    )
    select coalesce(jsonb_object_agg(g.parent_job_id, g.list), '{}') into v_followups from (
      select b.parent_job_id, jsonb_agg(jsonb_build_object(
        'event_id', b.id, 'type', b.type, 'status', b.status, 'status_reason', b.status_reason,
        'due', b.run_after <= v_now)) as list
      from born b group by b.parent_job_id) g;
  end if;

  with moved as (
    update public.fleet_jobs j set
      status = e.status,
      status_reason = e.status_reason,
      running = coalesce(r.running, j.running),
      run_after = case when e.status = 'queued'
        then v_now + coalesce(r.delay_ms, 0) * interval '1 millisecond' end,
      lease_until = case when e.status = 'running' then v_now + r.lease_ms * interval '1 millisecond' end,
      lease_worker = case when e.status = 'running' then j.lease_worker end,
      crash_count = case when r.has_outcomes then 0 else j.crash_count end,
      idle_claims = case when r.running <> '{}'::jsonb or r.changes <> '[]'::jsonb then 0 else j.idle_claims end,
      need_ms = coalesce(r.need_ms, j.need_ms),
      wake = false,
      last_op_id = r.op_id,
      last_result = jsonb_build_object('outcome', 'recorded', 'status', e.status),
      history_seq = j.history_seq + 1,
      warnings = case when r.warnings is null then j.warnings else j.warnings || r.warnings || coalesce((
        select jsonb_agg('Follow-up ' || (x ->> 'type') || ' rejected: ' || (x ->> 'status_reason'))
        from jsonb_array_elements(v_followups -> (j.id::text)) x where x ->> 'status' = 'rejected'), '[]') end,
      cost_usd = j.cost_usd + coalesce(r.cost_usd, 0),
      error_code = r.error_code,
      error_message = r.error_message,
      error_step = r.error_step,
      completed_at = case when e.status in ('completed', 'failed', 'cancelled') then v_now end,
      updated_at = v_now
    from jsonb_to_recordset(p_records) as r (
      job_id uuid, op_id uuid, status text, status_reason text, is_park boolean, running jsonb, delay_ms bigint, need_ms bigint,
      lease_ms bigint, has_outcomes boolean, warnings jsonb, cost_usd numeric, error_code text,
      error_message text, error_step text, op text, changes jsonb)
    cross join lateral (
      -- Parking looks once more for a decision under the lock: then the run goes on instead.
      select
        case when r.is_park and r.job_id = any (v_woken) then 'running' else r.status end as status,
        case when r.is_park and r.job_id = any (v_woken) then null else r.status_reason end as status_reason
    ) e
    where j.id = r.job_id and r.job_id = any (v_ok)
    returning j.id, j.org_id, j.fence, j.status, j.history_seq, r.op, r.changes
  ), told as (
    insert into public.fleet_job_history (job_id, seq, org_id, fence, op, at, changes)
    select m.id, m.history_seq, m.org_id, m.fence, m.op, v_now, coalesce(m.changes, '[]')
    from moved m
  )
  select jsonb_object_agg(m.id, jsonb_build_object(
      'outcome', 'recorded', 'status', m.status,
      'asked', coalesce(v_asked -> (m.id::text), '[]'::jsonb),
      'followups', coalesce(v_followups -> (m.id::text), '[]'::jsonb))),
    bool_or(m.status in ('completed', 'failed', 'cancelled'))
  into v_answers, v_has_ends from moved m;

  if cardinality(v_woken) > 0 then
    select v_answers || jsonb_object_agg(w.job_id, v_answers -> (w.job_id::text) || jsonb_build_object('decisions', w.list))
    into v_answers
    from (
      select a.job_id, jsonb_agg(fleet.approval_json(a)) as list
      from public.fleet_approvals a
      where a.job_id = any (v_woken) group by a.job_id) w;
  end if;

  -- The end of a run: one letter for a failure, a resolved letter for a late success, no open questions.
  if v_has_ends then
    perform fleet.close_runs(p_records, v_ok, v_now);
  end if;

  return v_refused || v_answers;
end
$$;

create function fleet.approval_json(p_approval public.fleet_approvals) returns jsonb
language sql stable set search_path = ''
as $$
  select jsonb_build_object(
    'id', p_approval.id, 'step_id', p_approval.step_id, 'ordinal', p_approval.ordinal,
    'action_type', p_approval.action_type, 'proposed', p_approval.proposed,
    'content_sha256', p_approval.content_sha256, 'status', p_approval.status,
    'on_expire', p_approval.on_expire, 'decided_by', p_approval.decided_by,
    'assignee_user_id', p_approval.assignee_user_id, 'revises', p_approval.revises, 'round', p_approval.round,
    'feedback', case when p_approval.decision ->> 'decision' = 'revise' then p_approval.decision ->> 'comment' end,
    -- Counted down from here by whoever drives the run: its clock may differ, its seconds do not.
    'hold_ms', greatest(0, coalesce(extract(epoch from p_approval.acts_at - fleet.now()) * 1000, 0))::bigint)
$$;

create function fleet.close_runs(p_records jsonb, p_ok uuid[], p_now timestamptz) returns void
language plpgsql volatile set search_path = ''
  set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off set plan_cache_mode = force_generic_plan
as $$
declare
  v_ended uuid[];
  v_cancelled uuid[];
begin
  select coalesce(array_agg(r.job_id), '{}'), coalesce(array_agg(r.job_id) filter (where r.status = 'cancelled'), '{}')
  into v_ended, v_cancelled
  from jsonb_to_recordset(p_records) as r (job_id uuid, status text)
  where r.status in ('completed', 'failed', 'cancelled') and r.job_id = any (p_ok);

  -- A yes inside its window falls with a cancelled run; a failed one may be retried, and then acts on it.
  update public.fleet_approvals a set status = 'cancelled', decided_at = p_now, acts_at = null
  where a.job_id = any (v_ended) and (
    (a.status = 'pending' and a.action_type <> 'effect_unknown')
    or (a.acts_at > p_now and a.job_id = any (v_cancelled)));

  -- A new failure of a retried run returns to the same letter.
  insert into public.fleet_dead_letter_queue as q (
    org_id, user_id, event_type, event_payload, source_job_id, error_code, error_message, error_step, next_retry_at)
  select j.org_id, j.user_id, j.event_type, j.trigger_payload, j.id, r.error_code, r.error_message, r.error_step,
    case when r.is_transient then p_now + interval '1 minute' end
  from jsonb_to_recordset(p_records) as r (
    job_id uuid, status text, error_code text, error_message text, error_step text, is_transient boolean)
  join public.fleet_jobs j on j.id = r.job_id
  where r.status = 'failed' and r.job_id = any (p_ok) and j.mode = 'live'
  on conflict (source_job_id) do update set
    error_code = excluded.error_code, error_message = excluded.error_message, error_step = excluded.error_step,
    status = case when q.retry_count >= q.max_retries then 'abandoned' else 'pending' end,
    next_retry_at = case when excluded.next_retry_at is not null and q.retry_count < q.max_retries
      then p_now + least(interval '1 minute' * power(4, q.retry_count), interval '1 hour') end,
    resolved_at = case when q.retry_count >= q.max_retries then p_now end;

  update public.fleet_dead_letter_queue q set status = 'resolved', resolved_at = p_now, next_retry_at = null
  from jsonb_to_recordset(p_records) as r (job_id uuid, status text)
  where q.source_job_id = r.job_id and r.status in ('completed', 'cancelled') and r.job_id = any (p_ok)
    and q.status in ('pending', 'retrying');
end
$$;

create function fleet.commit_batch(p_batch jsonb, p_steps json) returns jsonb
language plpgsql volatile security definer set search_path = ''
as $$
begin
  return jsonb_build_object(
    'events', case when jsonb_array_length(p_batch -> 'events') > 0
      then fleet.accept_events(p_batch -> 'events', p_batch -> 'jobs') else '{}' end,
    'records', case when jsonb_array_length(p_batch -> 'records') > 0
      then fleet.record_outcomes(p_batch -> 'records', p_steps, p_batch -> 'approvals',
        p_batch -> 'costs', p_batch -> 'followups') else '{}' end,
    'stamp', fleet.read_stamp());
end
$$;
comment on function fleet.commit_batch(jsonb, json) is
  'Gathered transition: {events, jobs} to accept and {records, approvals, costs, followups} with their steps to record. Steps are json: read once, never indexed.';

revoke all on function fleet.accept_events(jsonb, jsonb), fleet.record_outcomes(jsonb, json, jsonb, jsonb, jsonb),
  fleet.approval_json(public.fleet_approvals), fleet.close_runs(jsonb, uuid[], timestamptz),
  fleet.commit_batch(jsonb, json) from public;
grant execute on function fleet.commit_batch(jsonb, json) to fleet_worker;
