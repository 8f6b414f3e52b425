-- Purpose: a person's answer to an approval: who may give it, what it changes, how a yes is taken back.
-- Objects: fleet.why_not_decide, acts_outside, lock_for_decider, decide_approval, undo_decision, wake_decided_job,
--          settle_unknown_effect, note_refused_answer, read_approvers; table fleet.approval_refusals.
-- Locks:   the run before its approval before its link, as every writer does.

create table fleet.approval_refusals (
  id uuid primary key default fleet.new_id(),
  org_id uuid,
  approval_id uuid,
  via text not null,
  actor text,
  code text not null,
  at timestamptz not null default fleet.now()
);
comment on table fleet.approval_refusals is 'Answers that changed nothing: who tried, by which door, and why not. No bodies.';
comment on column fleet.approval_refusals.actor is 'A user id, or `team/user` as Slack names somebody nobody here is linked to.';
create index approval_refusals_approval on fleet.approval_refusals (approval_id, at);
alter table fleet.approval_refusals enable row level security;
revoke all on fleet.approval_refusals from public;

create function fleet.note_refused_answer(p_org_id uuid, p_approval_id uuid, p_via text, p_actor text, p_code text)
returns void
language plpgsql volatile security definer set search_path = ''
as $$
begin
  insert into fleet.approval_refusals (org_id, approval_id, via, actor, code)
  values (coalesce(p_org_id, (select a.org_id from public.fleet_approvals a where a.id = p_approval_id)),
    p_approval_id, p_via, left(p_actor, 200), left(p_code, 100));
end
$$;

-- Internal: null when this person may answer, else the code of the refusal. Roles are read now, whatever they were
-- when the question was asked.
create function fleet.why_not_decide(p_approval public.fleet_approvals, p_user_id uuid) returns text
language plpgsql stable set search_path = ''
as $$
declare
  v_role text := fleet.member_role(p_user_id, p_approval.org_id);
  v_ranks text[] := array['member', 'admin', 'owner'];
begin
  if v_role is null or v_role = 'readonly' then
    return 'not_allowed_to_decide';
  elsif not p_approval.allows_self and p_approval.requested_by = p_user_id then
    return 'self_approval';
  elsif p_approval.escalated_at is not null and (
    p_approval.escalate_to = p_user_id::text
    or (p_approval.escalate_to = 'admins' and v_role in ('admin', 'owner'))) then
    return null;
  elsif (case
    when jsonb_typeof(p_approval.approvers) = 'array' then p_approval.approvers ? p_user_id::text
    when jsonb_typeof(p_approval.approvers) = 'string'
      then array_position(v_ranks, v_role) >= array_position(v_ranks, p_approval.approvers #>> '{}')
    else v_role in ('admin', 'owner') or p_approval.assignee_user_id = p_user_id end) then
    return null;
  end if;
  return 'not_allowed_to_decide';
end
$$;

create function fleet.refuse_decider(p_code text) returns void
language plpgsql set search_path = ''
as $$
begin
  perform fleet.refuse(403, p_code, case p_code
    when 'self_approval' then 'Nobody may answer here what their own run asks'
    else 'Only the assignee, an admin, an owner or whom the step names may decide this approval' end);
end
$$;

-- Internal: whether what was approved reaches somebody outside.
create function fleet.acts_outside(p_job_id uuid, p_step_id text) returns boolean
language plpgsql stable set search_path = ''
as $$
begin
  return exists (
    select 1 from public.fleet_job_step_results r join public.fleet_skills k on k.skill = r.skill
    where r.job_id = p_job_id and r.step_id = p_step_id and (k.has_external_effect or k.approval_floor = 'required'));
end
$$;

-- Before a step acts: what its approvals are at this moment. `refusal` is null where whoever decided still may.
create function fleet.read_approvers(p_ids uuid[]) returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
begin
  return (
    select coalesce(jsonb_agg(jsonb_build_object('id', a.id, 'status', a.status,
      'refusal', case when a.decided_by is not null then fleet.why_not_decide(a, a.decided_by) end)), '[]')
    from public.fleet_approvals a where a.id = any (p_ids));
end
$$;

-- Internal: the approval, held together with its run (first, as every writer does) for somebody who may decide it.
create function fleet.lock_for_decider(p_approval_id uuid, p_user_id uuid) returns public.fleet_approvals
language plpgsql volatile set search_path = ''
as $$
declare
  v_approval public.fleet_approvals;
  v_refusal text;
begin
  perform 1 from public.fleet_jobs j
  where j.id = (select a.job_id from public.fleet_approvals a where a.id = p_approval_id) for update;
  select a.* into v_approval from public.fleet_approvals a where a.id = p_approval_id for update;
  if v_approval.id is null then
    perform fleet.refuse(404, 'approval_not_found', 'No such approval');
  end if;
  v_refusal := fleet.why_not_decide(v_approval, p_user_id);
  if v_refusal is not null then
    perform fleet.refuse_decider(v_refusal);
  end if;
  return v_approval;
end
$$;

-- p_options: {expected_sha256?, token_sha256?, undo_ms?}. The content a person saw, the link they came by, and how long
-- a yes to something external can be taken back where the organisation says nothing.
create function fleet.decide_approval(
  p_approval_id uuid, p_decision text, p_decided_by uuid, p_proposed jsonb, p_content_sha256 text, p_note jsonb,
  p_options jsonb default '{}'
) returns jsonb
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_now timestamptz;
  v_job public.fleet_jobs;
  v_approval public.fleet_approvals;
  v_undo_ms bigint;
  v_acts_at timestamptz;
begin
  if p_decision not in ('approve', 'reject', 'revise') then
    perform fleet.refuse(400, 'invalid_decision', 'Decision must be approve, reject or revise');
  end if;
  v_approval := fleet.lock_for_decider(p_approval_id, p_decided_by);
  select j.* into v_job from public.fleet_jobs j where j.id = v_approval.job_id;
  v_now := fleet.now();
  if v_approval.status in ('approved', 'rejected') then
    perform fleet.refuse(409, 'already_decided', 'The approval is already ' || v_approval.status,
      jsonb_build_array(jsonb_build_object('approval_id', v_approval.id, 'status', v_approval.status,
        'decided_by', v_approval.decided_by, 'decided_at', v_approval.decided_at)));
  elsif v_approval.status <> 'pending' or v_approval.expires_at <= v_now then
    v_approval.status := case when v_approval.status = 'pending' then 'expired' else v_approval.status end;
    perform fleet.refuse(409, 'not_waiting', 'The approval is not pending: it is ' || v_approval.status,
      jsonb_build_array(jsonb_build_object('approval_id', v_approval.id, 'status', v_approval.status)));
  end if;
  if coalesce(p_options ->> 'expected_sha256', v_approval.content_sha256) <> v_approval.content_sha256 then
    perform fleet.refuse(409, 'content_changed', 'The content is no longer the one that was shown; look at it again');
  end if;
  if p_options ? 'token_sha256' then
    perform fleet.use_approval_link(v_approval, p_decided_by, p_options ->> 'token_sha256', v_now);
  end if;
  if p_decision = 'revise' and not v_approval.can_revise then
    perform fleet.refuse(409, 'cannot_revise', 'This step cannot propose again; edit or reject what it proposed');
  elsif p_decision = 'revise' and v_approval.round >= 3 then
    perform fleet.refuse(409, 'revision_limit', 'It was revised three times; edit or reject what is proposed');
  elsif p_decision = 'revise' and btrim(coalesce(p_note ->> 'comment', '')) = '' then
    perform fleet.refuse(400, 'feedback_required', 'Say in the comment what is to change');
  end if;

  if p_decision = 'approve' and v_approval.action_type <> 'effect_unknown'
     and fleet.acts_outside(v_job.id, v_approval.step_id) then
    v_undo_ms := coalesce(
      (select s.undo_seconds * 1000 from public.fleet_org_settings s where s.org_id = v_job.org_id),
      (p_options ->> 'undo_ms')::bigint, 0);
    v_acts_at := case when v_undo_ms > 0 then v_now + v_undo_ms * interval '1 millisecond' end;
  end if;
  update public.fleet_approvals a set
    status = case p_decision when 'approve' then 'approved' else 'rejected' end,
    proposed = coalesce(p_proposed, a.proposed),
    content_sha256 = coalesce(p_content_sha256, a.content_sha256),
    decided_by = p_decided_by, decided_at = v_now, acts_at = v_acts_at,
    decision = coalesce(p_note, '{}') || jsonb_build_object('decision', p_decision) || case
      when p_proposed is null then '{}'
      else jsonb_build_object('before', jsonb_build_object('proposed', a.proposed, 'content_sha256', a.content_sha256)) end
  where a.id = p_approval_id;
  if v_approval.action_type = 'effect_unknown' then
    perform fleet.settle_unknown_effect(v_job, v_approval, p_decision, v_now);
  else
    perform fleet.wake_decided_job(v_job.id, v_approval, p_decision, v_now, v_acts_at);
  end if;
  return fleet.decision_answer(v_job.id, p_approval_id);
end
$$;

-- A yes taken back before anything left: nobody answered, the question is open again with the content it had.
create function fleet.undo_decision(p_approval_id uuid, p_user_id uuid, p_token_sha256 text) returns jsonb
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_now timestamptz;
  v_job public.fleet_jobs;
  v_approval public.fleet_approvals;
begin
  v_approval := fleet.lock_for_decider(p_approval_id, p_user_id);
  select j.* into v_job from public.fleet_jobs j where j.id = v_approval.job_id;
  v_now := fleet.now();
  if p_token_sha256 is not null then
    perform fleet.find_approval_link(v_approval, p_user_id, p_token_sha256);
  end if;
  if v_approval.status <> 'approved' or v_approval.acts_at is null or v_approval.acts_at <= v_now
     or v_job.status in ('completed', 'failed', 'cancelled') then
    perform fleet.refuse(409, 'too_late_to_undo', 'The answer cannot be taken back any more',
      jsonb_build_array(jsonb_build_object('approval_id', v_approval.id, 'status', v_approval.status)));
  end if;
  update public.fleet_approvals a set
    status = 'pending', decided_by = null, decided_at = null, acts_at = null, decision = null,
    proposed = coalesce(a.decision #> '{before,proposed}', a.proposed),
    content_sha256 = coalesce(a.decision #>> '{before,content_sha256}', a.content_sha256)
  where a.id = p_approval_id;
  perform fleet.wake_decided_job(v_job.id, v_approval, 'undone', v_now);
  return fleet.decision_answer(v_job.id, p_approval_id);
end
$$;

-- Internal: what the door is told, with the event whose bell brings the messages up to date.
create function fleet.decision_answer(p_job_id uuid, p_approval_id uuid) returns jsonb
language plpgsql stable set search_path = ''
as $$
begin
  return (
    select jsonb_build_object('job_id', j.id, 'org_id', j.org_id, 'status', j.status,
      'acts_at', a.acts_at, 'event_id', (
        select e.id from public.fleet_events e
        where e.org_id = a.org_id and e.idempotency_key = 'approval_changed:' || a.id || ':' || a.version))
    -- A settled question about an effect is gone by now, its run is not.
    from public.fleet_jobs j left join public.fleet_approvals a on a.id = p_approval_id where j.id = p_job_id);
end
$$;

-- Internal: the run's row is locked by the caller. A yes that can be taken back makes the run due later.
create function fleet.wake_decided_job(
  p_job_id uuid, p_approval public.fleet_approvals, p_word text, p_now timestamptz, p_due timestamptz default null
) returns void
language plpgsql volatile set search_path = ''
as $$
begin
  with moved as (
    update public.fleet_jobs j set
      wake = true, idle_claims = 0,
      status = case when j.status = 'waiting_approval' then 'queued' else j.status end,
      status_reason = case when j.status = 'waiting_approval' and p_due is not null then 'undo_window'
        when j.status = 'waiting_approval' then null else j.status_reason end,
      run_after = case j.status when 'waiting_approval' then coalesce(p_due, p_now)
        when 'queued' then least(j.run_after, coalesce(p_due, p_now)) else j.run_after end,
      history_seq = j.history_seq + 1, updated_at = p_now
    where j.id = p_job_id
    returning j.id, j.org_id, j.fence, j.history_seq
  )
  insert into public.fleet_job_history (job_id, seq, org_id, fence, op, at, changes)
  select m.id, m.history_seq, m.org_id, m.fence, 'decide', p_now, jsonb_build_array(jsonb_build_object(
    'step', p_approval.step_id, 'approval', p_approval.id, 'from', p_approval.status, 'to', p_word))
  from moved m;
end
$$;

-- Internal: a person told whether an unanswered effect happened. It did: the step counts as completed.
-- It did not: the step runs again, at once or when the run is retried. A run that failed on it goes on.
create function fleet.settle_unknown_effect(
  p_job public.fleet_jobs, p_approval public.fleet_approvals, p_decision text, p_now timestamptz
) returns void
language plpgsql volatile set search_path = ''
as $$
begin
  if p_decision = 'approve' then
    update public.fleet_job_step_results r set
      status = 'completed', error_code = null, error_message = null, completed_at = p_now
    where r.job_id = p_job.id and r.step_id = p_approval.step_id;
  elsif p_job.status not in ('completed', 'cancelled') then
    delete from public.fleet_job_step_results r where r.job_id = p_job.id and r.step_id = p_approval.step_id;
  end if;
  -- What a person saw arrive is sent; what they did not see may go as if for the first time: nobody is asked twice.
  update public.fleet_deliveries d set
    status = case p_decision when 'approve' then 'sent' else 'pending' end,
    sent_at = case p_decision when 'approve' then p_now end,
    admitted_at = case p_decision when 'approve' then d.admitted_at end
  where d.job_id = p_job.id and d.step_id = p_approval.step_id and d.status = 'unknown';
  perform fleet.wake_decided_job(p_job.id, p_approval, p_decision, p_now);
  if p_job.status = 'failed' and p_job.error_step = p_approval.step_id then
    -- What a person called done is not undone by the retry.
    update public.fleet_jobs j set error_step = null where j.id = p_job.id;
    perform fleet.retry_job(p_job.id);
  end if;
end
$$;

revoke all on function fleet.note_refused_answer(uuid, uuid, text, text, text),
  fleet.why_not_decide(public.fleet_approvals, uuid), fleet.refuse_decider(text), fleet.acts_outside(uuid, text),
  fleet.read_approvers(uuid[]), fleet.decide_approval(uuid, text, uuid, jsonb, text, jsonb, jsonb),
  fleet.undo_decision(uuid, uuid, text), fleet.decision_answer(uuid, uuid), fleet.lock_for_decider(uuid, uuid),
  fleet.wake_decided_job(uuid, public.fleet_approvals, text, timestamptz, timestamptz),
  fleet.settle_unknown_effect(public.fleet_jobs, public.fleet_approvals, text, timestamptz)
  from public, anon, authenticated;
grant execute on function fleet.note_refused_answer(uuid, uuid, text, text, text), fleet.read_approvers(uuid[]),
  fleet.decide_approval(uuid, text, uuid, jsonb, text, jsonb, jsonb), fleet.undo_decision(uuid, uuid, text)
  to fleet_worker;
