-- Purpose: reference organisations, people and memberships, for the demo and for projects that have none.
-- Objects: public.organizations, profiles, organization_memberships, notifications; helper crm_own_table.
-- Risk:    a table of one of these names that is already there stops the migration: an existing project
--          leaves the crm pack out and maps the seams instead (docs/crm-seam.md).

do $$
declare
  v_taken text;
begin
  select string_agg(c.relname, ', ') into v_taken
  from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
  where n.nspname = 'public' and c.relkind in ('r', 'v', 'p', 'm') and c.relname = any (array[
    'organizations', 'profiles', 'organization_memberships', 'notifications', 'companies', 'contacts', 'deals',
    'deal_stages', 'deal_contacts', 'meetings', 'meeting_attendees', 'meeting_transcripts', 'meeting_action_items',
    'emails', 'activities', 'tasks', 'proposals', 'proposal_templates', 'calendar_events', 'calendar_event_sources', 'campaigns', 'call_types',
    'campaign_replies', 'coaching_analyses', 'next_action_suggestions', 'meeting_summaries', 'deal_risk_scores',
    'playbooks', 'products', 'icp_profiles']);
  if v_taken is not null then
    raise exception 'The crm pack would collide with your tables: %', v_taken
      using hint = 'Leave the *_crm_* migrations out and map the seams to your own tables: docs/crm-seam.md';
  end if;
end
$$;

create table public.organizations (
  id uuid primary key default fleet.new_id(),
  name text not null,
  domain text,
  industry text,
  size text,
  created_at timestamptz not null default fleet.now(),
  updated_at timestamptz not null default fleet.now()
);
comment on table public.organizations is 'Tenants of the reference pack.';

create table public.profiles (
  id uuid primary key,
  email text not null,
  full_name text,
  timezone text not null default 'UTC',
  working_hours jsonb not null default '{"start": "09:00", "end": "17:30", "days": [1, 2, 3, 4, 5]}'
    constraint working_hours_are_times check (working_hours ->> 'start' ~ '^([01]\d|2[0-3]):[0-5]\d$'
      and working_hours ->> 'end' ~ '^([01]\d|2[0-3]):[0-5]\d$' and jsonb_typeof(working_hours -> 'days') = 'array'),
  slack_user_id text,
  created_at timestamptz not null default fleet.now(),
  updated_at timestamptz not null default fleet.now()
);
comment on table public.profiles is 'One row per auth user; id = auth.users.id.';
create unique index profiles_email on public.profiles (lower(email));

create table public.organization_memberships (
  org_id uuid not null references public.organizations (id) on delete cascade,
  user_id uuid not null references public.profiles (id) on delete cascade,
  role text not null default 'member' constraint role_is_known check (role in ('owner', 'admin', 'member', 'readonly')),
  created_at timestamptz not null default fleet.now(),
  primary key (org_id, user_id)
);
create index organization_memberships_user on public.organization_memberships (user_id);

create table public.notifications (
  id uuid primary key default fleet.new_id(),
  org_id uuid not null references public.organizations (id) on delete cascade,
  user_id uuid not null,
  type text not null default 'fleet',
  title text not null,
  message text not null,
  metadata jsonb not null default '{}',
  is_read boolean not null default false,
  created_at timestamptz not null default fleet.now()
);
create index notifications_user on public.notifications (user_id, created_at desc);
create index notifications_org on public.notifications (org_id);
