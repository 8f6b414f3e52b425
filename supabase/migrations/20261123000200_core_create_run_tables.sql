-- Purpose: the rows that are the truth: events, runs, steps, history, approvals, letters, deliveries.
-- Objects: public.fleet_events, fleet_definition_snapshots, fleet_jobs, fleet_job_step_results,
--          fleet_job_history, fleet_approvals, fleet_dead_letter_queue, fleet_deliveries; the view
--          fleet_job_steps.
-- Risk:    new objects only; a name already taken stops the migration.

create table public.fleet_events (
  id uuid primary key,
  org_id uuid not null,
  user_id uuid,
  user_source text,
  type text not null constraint type_is_short check (length(type) between 1 and 100),
  source text not null,
  payload jsonb not null constraint payload_is_an_object check (jsonb_typeof(payload) = 'object'),
  mode text not null default 'live' constraint mode_is_known check (mode in ('live', 'shadow')),
  idempotency_key text constraint key_is_short check (length(idempotency_key) between 1 and 300),
  request_sha256 text,
  parent_job_id uuid,
  root_event_id uuid not null,
  depth integer not null default 0,
  run_after timestamptz,
  status text not null default 'pending'
    constraint status_is_known check (status in ('pending', 'routed', 'rejected', 'unrouted')),
  status_reason text,
  created_at timestamptz not null default fleet.now(),
  cleared_at timestamptz,
  constraint depth_is_capped check (depth between 0 and 5 or status = 'rejected')
);
comment on table public.fleet_events is
  'One inbox that is also the outbox: every event is a row here before anything happens, follow-ups too.';
comment on column public.fleet_events.request_sha256 is
  'Hash of the canonical {type, user_id, mode, payload}: the same key with other content is refused.';
comment on column public.fleet_events.cleared_at is
  'When retention emptied the payload. Organisation, key and id stay: a late repeat is still a repeat.';
create index fleet_events_uncleared on public.fleet_events (created_at) where cleared_at is null and status <> 'pending';
create unique index fleet_events_idempotency_key on public.fleet_events (org_id, idempotency_key)
  where idempotency_key is not null;
create index fleet_events_due on public.fleet_events (run_after) where status = 'pending';
create index fleet_events_due_of_org on public.fleet_events (org_id, run_after) where status = 'pending';
create index fleet_events_root on public.fleet_events (root_event_id) where depth > 0;
create index fleet_events_parent_job on public.fleet_events (parent_job_id) where parent_job_id is not null;
create index fleet_events_unrouted on public.fleet_events (org_id, created_at)
  where status in ('unrouted', 'rejected');

create table public.fleet_definition_snapshots (
  org_id uuid not null,
  hash text not null constraint hash_is_sha256 check (hash ~ '^[0-9a-f]{64}$'),
  sequence_key text not null,
  steps jsonb not null,
  created_at timestamptz not null default fleet.now(),
  primary key (org_id, hash)
);
comment on table public.fleet_definition_snapshots is
  'The steps a run is pinned to, one row per organisation and content; edits of definitions never reach them.';

-- Half-filled pages keep the five updates of a run on the page (heap-only): see docs/architecture.md.
create table public.fleet_jobs (
  id uuid primary key,
  org_id uuid not null,
  user_id uuid,
  event_id uuid not null references public.fleet_events (id),
  event_type text not null,
  event_source text not null,
  sequence_key text not null,
  definition_source text not null
    constraint definition_source_is_known check (definition_source in ('org', 'platform', 'fallback')),
  definition_version integer,
  definition_hash text not null,
  status text not null constraint status_is_known
    check (status in ('queued', 'running', 'waiting_approval', 'completed', 'failed', 'cancelled')),
  status_reason text,
  mode text not null default 'live',
  depth integer not null,
  parent_job_id uuid,
  root_job_id uuid not null,
  root_event_id uuid not null,
  lease_until timestamptz,
  lease_worker uuid,
  fence integer not null default 0,
  run_after timestamptz,
  running jsonb not null default '{}',
  crash_count integer not null default 0,
  idle_claims integer not null default 0,
  need_ms bigint,
  wake boolean not null default false,
  last_op_id uuid,
  last_result jsonb,
  history_seq integer not null default 0,
  warnings jsonb not null default '[]',
  cost_usd numeric not null default 0,
  error_code text,
  error_message text,
  error_step text,
  trigger_payload jsonb not null,
  idempotency_key text,
  contact_id uuid,
  deal_id uuid,
  meeting_id uuid,
  created_at timestamptz not null default fleet.now(),
  started_at timestamptz,
  completed_at timestamptz,
  updated_at timestamptz not null default fleet.now(),
  constraint completed_at_matches_status
    check ((completed_at is not null) = (status in ('completed', 'failed', 'cancelled'))),
  constraint lease_matches_status check ((lease_until is not null) = (status = 'running'))
) with (fillfactor = 50);
comment on table public.fleet_jobs is 'A run: one execution of one sequence for one event.';
comment on column public.fleet_jobs.fence is 'Grows on each claim; a write with another fence changes nothing.';
comment on column public.fleet_jobs.running is
  'Started and not yet answered steps: {step_id: {attempt, at}}. Written by the record before their code runs.';
comment on column public.fleet_jobs.crash_count is 'Starts lost with their lease since the last recorded outcome.';
comment on column public.fleet_jobs.idle_claims is 'Consecutive claims that started no attempt.';
comment on column public.fleet_jobs.need_ms is
  'Shortest timeout among the steps that come next: an isolate with less time left does not claim.';
comment on column public.fleet_jobs.wake is 'A decision arrived that the driver has not seen.';
comment on column public.fleet_jobs.last_op_id is 'Operation id of the last record: the same id answers last_result.';
comment on column public.fleet_jobs.lease_until is 'Deliberately in no index: it changes with every record.';

create index fleet_jobs_due on public.fleet_jobs (run_after) where status = 'queued';
create index fleet_jobs_due_of_org on public.fleet_jobs (org_id, run_after) where status = 'queued';
create index fleet_jobs_running on public.fleet_jobs (created_at) where status = 'running';
create index fleet_jobs_event on public.fleet_jobs (event_id);
create index fleet_jobs_created on public.fleet_jobs (created_at desc);
create index fleet_jobs_org on public.fleet_jobs (org_id, created_at desc);
create index fleet_jobs_parent on public.fleet_jobs (parent_job_id) where parent_job_id is not null;
create index fleet_jobs_contact on public.fleet_jobs (contact_id) where contact_id is not null;
create index fleet_jobs_deal on public.fleet_jobs (deal_id) where deal_id is not null;
create index fleet_jobs_meeting on public.fleet_jobs (meeting_id) where meeting_id is not null;

create table public.fleet_job_step_results (
  job_id uuid not null,
  step_id text not null,
  org_id uuid not null,
  skill text not null,
  status text not null constraint status_is_known
    check (status in ('retrying', 'waiting_approval', 'completed', 'failed', 'skipped')),
  attempts integer not null,
  engine text,
  output jsonb,
  error_code text,
  error_message text,
  skip_reason text,
  cost_usd numeric not null default 0,
  followups jsonb,
  next_at timestamptz,
  started_at timestamptz,
  completed_at timestamptz,
  duration_ms integer,
  primary key (job_id, step_id)
);
comment on table public.fleet_job_step_results is
  'Answers of steps, one row per step once it has one. The view fleet_job_steps adds pending and running ones.';
comment on column public.fleet_job_step_results.followups is 'Events the step asked for, inserted when the run completes.';

create table public.fleet_job_history (
  job_id uuid not null,
  seq integer not null,
  org_id uuid not null,
  fence integer not null,
  op text not null,
  at timestamptz not null,
  changes jsonb not null default '[]',
  primary key (job_id, seq)
);
comment on table public.fleet_job_history is
  'One row per transition, written inside its statement; gapless per run; no bodies. Append-only.';

create function fleet.refuse_history_change() returns trigger
language plpgsql set search_path = ''
as $$
begin
  perform fleet.refuse(409, 'append_only', 'fleet_job_history is append-only');
  return null;
end
$$;
create trigger history_is_append_only before update or delete on public.fleet_job_history
  for each row when (pg_catalog.current_setting('fleet.retention', true) is distinct from 'on')
  execute function fleet.refuse_history_change();

create table public.fleet_approvals (
  id uuid primary key,
  org_id uuid not null,
  job_id uuid not null references public.fleet_jobs (id) on delete cascade,
  step_id text not null,
  ordinal integer not null default 0,
  action_type text not null,
  preview text not null,
  proposed jsonb not null,
  content_sha256 text not null,
  engine text not null default 'code',
  assignee_user_id uuid,
  status text not null default 'pending' constraint status_is_known
    check (status in ('pending', 'approved', 'rejected', 'expired', 'cancelled')),
  on_expire text not null default 'reject' constraint on_expire_is_known
    check (on_expire in ('reject', 'approve', 'fail')),
  requested_by uuid,
  approvers jsonb,
  allows_self boolean not null default true,
  escalate_at timestamptz,
  escalate_to text,
  escalated_at timestamptz,
  decided_by uuid,
  decided_at timestamptz,
  decision jsonb,
  acts_at timestamptz,
  revises uuid,
  round integer not null default 0 constraint rounds_are_few check (round between 0 and 3),
  can_revise boolean not null default false,
  links_until timestamptz,
  version integer not null default 1,
  expires_at timestamptz not null,
  created_at timestamptz not null default fleet.now(),
  constraint decided_at_matches_status check ((decided_at is null) = (status = 'pending')),
  constraint acts_after_a_yes check (acts_at is null or status = 'approved'),
  unique (job_id, step_id, ordinal)
);
comment on table public.fleet_approvals is 'What a person is asked; content_sha256 is the RFC 8785 hash of proposed.';
comment on column public.fleet_approvals.engine is
  'What wrote the content: the engines of the step and of those before it, most telling first; code = no text was written.';
comment on column public.fleet_approvals.decision is '{decision, comment?, edits?, via, before?}; before holds the content that edits replaced.';
comment on column public.fleet_approvals.requested_by is 'The run''s user: may not answer where allows_self is false.';
comment on column public.fleet_approvals.approvers is
  'Who alone may answer: a list of user ids, or the lowest role that may; null: the assignee, admins and owners.';
comment on column public.fleet_approvals.escalate_to is 'A user id or `admins`: asked too, once, from escalate_at on.';
comment on column public.fleet_approvals.acts_at is 'Until then a yes can be taken back and nothing has left; null: acts at once.';
comment on column public.fleet_approvals.revises is 'The approval whose content this one proposes anew; round counts them.';
comment on column public.fleet_approvals.can_revise is 'The skill can propose again by what the approver says.';
comment on column public.fleet_approvals.links_until is 'When the newest link expires; null: none is out, or new ones are asked for.';
comment on column public.fleet_approvals.version is 'Grows with each change that people see; messages are brought up to it.';
create index fleet_approvals_escalating on public.fleet_approvals (escalate_at)
  where status = 'pending' and escalated_at is null and escalate_at is not null;
create index fleet_approvals_linked on public.fleet_approvals (links_until) where status = 'pending' and links_until is not null;
create index fleet_approvals_pending on public.fleet_approvals (expires_at) where status = 'pending';
create index fleet_approvals_org on public.fleet_approvals (org_id, created_at desc);

create table public.fleet_dead_letter_queue (
  id uuid primary key default fleet.new_id(),
  org_id uuid not null,
  user_id uuid,
  event_type text not null,
  event_payload jsonb not null,
  source_job_id uuid not null references public.fleet_jobs (id) on delete cascade,
  error_code text not null,
  error_message text not null,
  error_step text,
  retry_count integer not null default 0,
  max_retries integer not null default 3,
  status text not null default 'pending' constraint status_is_known
    check (status in ('pending', 'retrying', 'resolved', 'abandoned')),
  next_retry_at timestamptz,
  created_at timestamptz not null default fleet.now(),
  resolved_at timestamptz,
  unique (source_job_id)
);
comment on table public.fleet_dead_letter_queue is
  'One letter per failed run, written by the statement that fails it; a retry resumes the same run.';
create index fleet_dead_letters_due on public.fleet_dead_letter_queue (next_retry_at) where status = 'pending';
create index fleet_dead_letters_org on public.fleet_dead_letter_queue (org_id, created_at desc);

create table public.fleet_deliveries (
  id uuid primary key,
  org_id uuid not null,
  job_id uuid not null,
  step_id text not null,
  channel text not null,
  recipient text not null,
  content jsonb not null,
  effect_key text not null unique,
  status text not null default 'pending' constraint status_is_known
    check (status in ('pending', 'sent', 'withheld', 'unknown', 'failed')),
  provider_ref text,
  created_at timestamptz not null default fleet.now(),
  admitted_at timestamptz,
  sent_at timestamptz
);
comment on column public.fleet_deliveries.admitted_at is 'When quiet hours and the hourly cap let it pass; null while it waits.';
comment on table public.fleet_deliveries is 'What left the house, or would have, once per effect key.';
create index fleet_deliveries_job on public.fleet_deliveries (job_id);
create index fleet_deliveries_recipient on public.fleet_deliveries (org_id, recipient, admitted_at)
  where channel = 'slack' and admitted_at is not null;
create index fleet_deliveries_org on public.fleet_deliveries (org_id, created_at desc);

-- Steps as people see them: the pinned definition joined with what is known so far.
create view public.fleet_job_steps with (security_invoker = true) as
select
  j.id as job_id,
  s.step ->> 'id' as step_id,
  s.step ->> 'skill' as skill,
  case
    when j.running ? (s.step ->> 'id') then 'running'
    when r.status is not null then r.status
    when j.status in ('completed', 'failed', 'cancelled') then 'skipped'
    else 'pending'
  end as status,
  coalesce((j.running -> (s.step ->> 'id') ->> 'attempt')::integer, r.attempts, 0) as attempts,
  r.engine,
  r.output,
  r.error_code,
  r.error_message,
  case
    when r.status is not null then r.skip_reason
    when not j.running ? (s.step ->> 'id') and j.status in ('completed', 'failed', 'cancelled') then 'run_ended'
  end as skip_reason,
  coalesce(r.cost_usd, 0) as cost_usd,
  coalesce((j.running -> (s.step ->> 'id') ->> 'at')::timestamptz, r.started_at) as started_at,
  case when j.running ? (s.step ->> 'id') then null else r.completed_at end as completed_at,
  case when j.running ? (s.step ->> 'id') then null else r.duration_ms end as duration_ms,
  j.org_id,
  s.step ->> 'criticality' as criticality,
  s.step -> 'depends_on' as depends_on,
  s.position::integer as position
from public.fleet_jobs j
join public.fleet_definition_snapshots d on d.org_id = j.org_id and d.hash = j.definition_hash
cross join lateral jsonb_array_elements(d.steps) with ordinality as s (step, position)
left join public.fleet_job_step_results r on r.job_id = j.id and r.step_id = s.step ->> 'id';
comment on view public.fleet_job_steps is 'Every step of a run with its status; rows are visible as fleet_jobs is.';
