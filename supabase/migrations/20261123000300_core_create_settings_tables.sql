-- Purpose: what an organisation sets and what it is charged: settings, preferences, budgets, costs,
--          prices, feed, webhook endpoints; the stamp that tells when configuration changed.
-- Objects: public.fleet_org_settings, fleet_user_preferences, fleet_budgets, fleet_costs,
--          fleet_model_prices, fleet_activity, fleet_webhook_endpoints; fleet.webhook_secrets,
--          fleet.config_stamps, fleet.sweep_state.
-- Risk:    new objects only.

create table public.fleet_org_settings (
  org_id uuid primary key,
  is_enabled boolean not null default true,
  enabled_sequences jsonb not null default '{}',
  send_mode text constraint send_mode_is_known check (send_mode in ('off', 'allowlist', 'live')),
  llm_policy text not null default 'allow' constraint llm_policy_is_known check (llm_policy in ('allow', 'none')),
  retention jsonb not null default '{}',
  quiet_hours jsonb constraint quiet_hours_are_two_times check (quiet_hours is null or (
    coalesce(quiet_hours ->> 'start', '') ~ '^([01][0-9]|2[0-3]):[0-5][0-9]$'
    and coalesce(quiet_hours ->> 'end', '') ~ '^([01][0-9]|2[0-3]):[0-5][0-9]$')),
  max_messages_per_hour integer constraint cap_is_positive check (max_messages_per_hour > 0),
  timezone text not null default 'UTC',
  route_internal_meetings boolean not null default false,
  undo_seconds integer constraint undo_is_short check (undo_seconds between 0 and 600),
  no_self_approval boolean not null default false,
  approval_escalation jsonb constraint escalation_is_whole check (approval_escalation is null or (
    coalesce(approval_escalation ->> 'after_minutes', '') ~ '^[1-9][0-9]{0,5}$'
    and coalesce(approval_escalation ->> 'to', '') ~ '^(admins|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})$')),
  slack_channels jsonb not null default '{}' constraint slack_channels_is_object check (jsonb_typeof(slack_channels) = 'object'),
  created_at timestamptz not null default fleet.now(),
  updated_at timestamptz not null default fleet.now(),
  constraint enabled_sequences_is_object check (jsonb_typeof(enabled_sequences) = 'object')
);
comment on column public.fleet_org_settings.quiet_hours is
  '{start, end} as HH:MM, past midnight too: messages wait for the end, in the zone of the member, else of the organisation.';
comment on column public.fleet_org_settings.max_messages_per_hour is
  'For one member or channel; further messages wait until the hour has room. Null means no cap.';
comment on column public.fleet_org_settings.route_internal_meetings is
  'A meeting whose attendees are all the organisation''s own is stored; whether it starts a run as well.';
comment on column public.fleet_org_settings.undo_seconds is
  'How long a yes to an external effect can be taken back; null follows FLEET_UNDO_MS.';
comment on column public.fleet_org_settings.no_self_approval is 'Nobody answers what their own run asks, unless the step says otherwise.';
comment on column public.fleet_org_settings.approval_escalation is
  '{after_minutes, to: user id or admins} for steps that name none.';
comment on table public.fleet_org_settings is 'No row means the platform defaults.';
comment on column public.fleet_org_settings.slack_channels is
  '{category: channel} for questions to the team: engineering, legal, security, finance, pricing, product, competitive, deal_risk, default.';
comment on column public.fleet_org_settings.enabled_sequences is '{event type: {enabled, delivery_channel}}';
comment on column public.fleet_org_settings.send_mode is 'May lower FLEET_SEND, never raise it; null follows it.';

create table public.fleet_user_preferences (
  id uuid primary key default fleet.new_id(),
  user_id uuid not null,
  org_id uuid not null,
  event_type text not null,
  is_enabled boolean not null default true,
  delivery_channel text,
  created_at timestamptz not null default fleet.now(),
  updated_at timestamptz not null default fleet.now(),
  unique (user_id, org_id, event_type)
);
comment on table public.fleet_user_preferences is 'No row means on.';

create table public.fleet_budgets (
  id uuid primary key default fleet.new_id(),
  org_id uuid not null,
  period text not null default 'month' constraint period_is_known check (period in ('day', 'month')),
  cap_usd numeric not null constraint cap_is_not_negative check (cap_usd >= 0),
  created_at timestamptz not null default fleet.now(),
  updated_at timestamptz not null default fleet.now(),
  unique (org_id, period)
);
comment on table public.fleet_budgets is 'Spend at or over cap_usd in the period (UTC) keeps new events pending until the next one.';

create table public.fleet_costs (
  id uuid primary key default fleet.new_id(),
  org_id uuid not null,
  user_id uuid,
  job_id uuid not null,
  step_id text not null,
  attempt integer not null,
  provider text not null,
  model text not null,
  input_tokens integer not null default 0,
  output_tokens integer not null default 0,
  cost_usd numeric,
  created_at timestamptz not null default fleet.now()
);
comment on column public.fleet_costs.cost_usd is 'Null when the price is unknown, never 0 for that.';
create index fleet_costs_job on public.fleet_costs (job_id);
-- Covers the sum of a budget's period.
create index fleet_costs_org on public.fleet_costs (org_id, created_at) include (cost_usd);

create table public.fleet_model_prices (
  provider text not null,
  model text not null,
  valid_from date not null,
  input_usd_per_mtok numeric not null,
  output_usd_per_mtok numeric not null,
  source text not null,
  created_at timestamptz not null default fleet.now(),
  primary key (provider, model, valid_from)
);
comment on table public.fleet_model_prices is 'Dated list prices in dollars per million tokens, with their source.';

create table public.fleet_activity (
  id uuid primary key default fleet.new_id(),
  org_id uuid not null,
  user_id uuid,
  job_id uuid,
  event_type text not null,
  title text not null,
  summary text not null,
  metadata jsonb not null default '{}',
  is_read boolean not null default false,
  effect_key text unique,
  created_at timestamptz not null default fleet.now()
);
comment on table public.fleet_activity is 'The feed of an organisation.';
create index fleet_activity_org on public.fleet_activity (org_id, created_at desc);

create table public.fleet_webhook_endpoints (
  id uuid primary key default fleet.new_id(),
  org_id uuid not null,
  provider text not null constraint provider_is_known check (
    provider in ('generic', 'generic-email', 'fathom', 'fireflies', 'meetingbaas', 'gmail', 'microsoft')),
  default_user_id uuid,
  is_active boolean not null default true,
  created_at timestamptz not null default fleet.now(),
  updated_at timestamptz not null default fleet.now()
);
comment on table public.fleet_webhook_endpoints is
  'Binds a door to an organisation: nothing in a body chooses the tenant. Secrets are in fleet.webhook_secrets.';
create index fleet_webhook_endpoints_org on public.fleet_webhook_endpoints (org_id);

create table fleet.webhook_secrets (
  endpoint_id uuid not null references public.fleet_webhook_endpoints (id) on delete cascade,
  secret text not null,
  created_at timestamptz not null default fleet.now(),
  primary key (endpoint_id, secret)
);
comment on table fleet.webhook_secrets is 'Up to two active secrets of an endpoint, so that it can be rotated.';

create table fleet.config_stamps (
  scope uuid primary key,
  stamp bigint not null,
  watched text[] not null default '{}'
);
comment on table fleet.config_stamps is
  'Grows with each change of configuration; accept refuses a decision made on an older one. Scope: the zero uuid.';
comment on column fleet.config_stamps.watched is
  'Tables and functions whose absence is a change too: a dropped table fires no trigger.';
insert into fleet.config_stamps (scope, stamp) values ('00000000-0000-0000-0000-000000000000', 1)
on conflict do nothing;

create table fleet.sweep_state (
  is_the_one boolean primary key default true constraint there_is_one check (is_the_one),
  swept_at timestamptz not null,
  found_at timestamptz
);
comment on column fleet.sweep_state.found_at is 'When meetings and tasks were last looked through.';
comment on table fleet.sweep_state is 'When the last sweep ran, by the database clock.';
insert into fleet.sweep_state (swept_at) values (fleet.now()) on conflict do nothing;

-- Statement trigger of every configuration table (routes, definitions, hand-offs, skills, settings …).
create function fleet.touch_config() returns trigger
language plpgsql security definer set search_path = ''
as $$
begin
  update fleet.config_stamps set stamp = stamp + 1 where scope = '00000000-0000-0000-0000-000000000000';
  return null;
end
$$;
revoke all on function fleet.touch_config() from public;

-- What routing was decided on. A decision stays good while this stays the same, so isolates keep what they
-- read and accept judges it.
create function fleet.read_stamp() returns bigint
language plpgsql stable set search_path = ''
as $$
begin
  return (
    select s.stamp * 100 + (
      select count(*) from unnest(s.watched) w
      where case when w like '%(%' then to_regprocedure(w)::oid else to_regclass(w)::oid end is null)
    from fleet.config_stamps s where s.scope = '00000000-0000-0000-0000-000000000000');
end
$$;
revoke all on function fleet.read_stamp() from public;

create trigger settings_touch_config
  after insert or update or delete or truncate on public.fleet_org_settings
  for each statement execute function fleet.touch_config();
create trigger budgets_touch_config
  after insert or update or delete or truncate on public.fleet_budgets
  for each statement execute function fleet.touch_config();
create trigger preferences_touch_config
  after insert or update or delete or truncate on public.fleet_user_preferences
  for each statement execute function fleet.touch_config();
