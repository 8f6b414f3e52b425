-- Adds: public.fleet_intent_actions, what each intent makes of a commitment; its resolver.
-- Risk:  new objects only.

create table public.fleet_intent_actions (
  id uuid primary key default fleet.new_id(),
  org_id uuid,
  intent text not null constraint intent_is_a_word check (intent ~ '^[a-z][a-z0-9_]{1,63}$'),
  task_type text not null default 'follow_up' constraint task_type_is_known
    check (task_type in ('follow_up', 'internal_action', 'meeting_prep', 'email')),
  deliverable_type text not null default 'none' constraint deliverable_is_known check (deliverable_type in
    ('email_draft', 'proposal', 'content_draft', 'research_brief', 'meeting_prep', 'slack_message', 'none')),
  slack_action text not null default 'none' constraint slack_action_is_known
    check (slack_action in ('dm_owner', 'ping_channel', 'alert_manager', 'none')),
  auto_generate boolean not null default false,
  fallback_expiry_hours integer not null default 48 constraint expiry_is_within_a_year
    check (fallback_expiry_hours between 1 and 8760),
  confidence_threshold numeric not null constraint threshold_is_a_share check (confidence_threshold between 0 and 1),
  signal_type text not null constraint signal_is_a_word check (signal_type ~ '^[a-z][a-z0-9_]{1,63}$'),
  orchestrator_event text,
  linked_skill text,
  crm_updates jsonb not null default '[]' constraint crm_updates_is_list check (jsonb_typeof(crm_updates) = 'array'),
  is_active boolean not null default true,
  created_at timestamptz not null default fleet.now()
);
comment on table public.fleet_intent_actions is
  'Bar, task and CRM updates per intent. An organisation''s row hides the platform''s of the same intent, also when inactive.';
create unique index fleet_intent_actions_key on public.fleet_intent_actions
  (coalesce(org_id, '00000000-0000-0000-0000-000000000000'), intent);

-- Not among the tables that members read: operators change it with the secret key, the engine asks this.
create function fleet.list_intent_actions(p_org_id uuid) returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
begin
  return coalesce((
    select jsonb_agg(jsonb_build_object(
      'intent', a.intent, 'task_type', a.task_type, 'deliverable_type', a.deliverable_type,
      'slack_action', a.slack_action, 'auto_generate', a.auto_generate,
      'fallback_expiry_hours', a.fallback_expiry_hours, 'confidence_threshold', a.confidence_threshold,
      'signal_type', a.signal_type, 'orchestrator_event', a.orchestrator_event, 'linked_skill', a.linked_skill,
      'crm_updates', a.crm_updates, 'is_active', a.is_active) order by a.intent)
    from public.fleet_intent_actions a
    where a.org_id = p_org_id or (a.org_id is null and not exists (
      select 1 from public.fleet_intent_actions o where o.org_id = p_org_id and o.intent = a.intent))), '[]');
end
$$;

alter table public.fleet_intent_actions enable row level security;
revoke all on public.fleet_intent_actions from public, anon, authenticated;
grant all on public.fleet_intent_actions to service_role;
revoke all on function fleet.list_intent_actions(uuid) from public;
grant execute on function fleet.list_intent_actions(uuid) to fleet_worker;
