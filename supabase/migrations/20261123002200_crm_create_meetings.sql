-- Purpose: reference meetings with attendees and transcripts, calendars and tasks.
-- Risk:    new objects only.

create table public.call_types (
  id uuid primary key default fleet.new_id(),
  org_id uuid not null references public.organizations (id) on delete cascade,
  name text not null,
  description text not null default '',
  keywords text[] not null default '{}',
  is_sales boolean not null default true,
  enable_coaching boolean not null default true,
  created_at timestamptz not null default fleet.now(),
  unique (org_id, name)
);

create table public.meetings (
  id uuid primary key default fleet.new_id(),
  org_id uuid not null references public.organizations (id) on delete cascade,
  user_id uuid,
  user_source text constraint user_source_is_known check (user_source in ('host', 'organizer', 'endpoint_default')),
  endpoint_id uuid,
  external_id text,
  calendar_uid text,
  title text not null,
  started_at timestamptz,
  timezone text,
  duration_minutes integer,
  organizer_email text,
  host_email text,
  contact_id uuid references public.contacts (id) on delete set null,
  deal_id uuid references public.deals (id) on delete set null,
  recording_url text,
  call_type text,
  call_type_confidence numeric,
  call_type_reasoning text,
  content_sha256 text,
  awaits_recording boolean not null default false,
  same_as uuid references public.meetings (id) on delete cascade,
  deliveries integer not null default 1,
  created_at timestamptz not null default fleet.now(),
  updated_at timestamptz not null default fleet.now()
);
comment on column public.meetings.host_email is 'Whose recorder was there; the organiser of the calendar event may be another.';
comment on column public.meetings.user_source is 'Why it is this user''s; null for meetings that no door brought.';
comment on column public.meetings.awaits_recording is 'A notification named it; title, people and words are still to be fetched.';
comment on column public.meetings.same_as is
  'What was fetched turned out to be that meeting, brought by another provider; this row only remembers its ids.';
comment on column public.meetings.deliveries is 'How often a door brought this meeting.';
create unique index meetings_external on public.meetings (endpoint_id, external_id)
  where endpoint_id is not null and external_id is not null;
-- Not unique: the uid of an iCalendar series is that of all its occurrences.
create index meetings_calendar_uid on public.meetings (org_id, calendar_uid) where calendar_uid is not null;
create index meetings_same_as on public.meetings (same_as) where same_as is not null;
create index meetings_org on public.meetings (org_id, started_at desc);
create index meetings_start on public.meetings (started_at);
create index meetings_organizer on public.meetings (org_id, organizer_email, started_at);
create index meetings_contact on public.meetings (contact_id);
create index meetings_deal on public.meetings (deal_id);

create table public.meeting_deliveries (
  endpoint_id uuid not null,
  delivery_id text not null,
  org_id uuid not null references public.organizations (id) on delete cascade,
  meeting_id uuid not null references public.meetings (id) on delete cascade,
  created_at timestamptz not null default fleet.now(),
  primary key (endpoint_id, delivery_id)
);
comment on table public.meeting_deliveries is 'Delivery ids a door has seen: a repeat finds its meeting.';
create index meeting_deliveries_meeting on public.meeting_deliveries (meeting_id);
create index meeting_deliveries_org on public.meeting_deliveries (org_id);

create table public.meeting_attendees (
  id uuid primary key default fleet.new_id(),
  org_id uuid not null references public.organizations (id) on delete cascade,
  meeting_id uuid not null references public.meetings (id) on delete cascade,
  position integer not null,
  name text not null,
  email text,
  title text,
  is_external boolean not null,
  created_at timestamptz not null default fleet.now(),
  unique (meeting_id, position)
);
create index meeting_attendees_org on public.meeting_attendees (org_id, lower(email));

create table public.meeting_transcripts (
  meeting_id uuid primary key references public.meetings (id) on delete cascade,
  org_id uuid not null references public.organizations (id) on delete cascade,
  turns jsonb not null constraint turns_is_a_list check (jsonb_typeof(turns) = 'array'),
  created_at timestamptz not null default fleet.now()
);
comment on table public.meeting_transcripts is 'The words, stored once: [{speaker, t_seconds, text}].';
create index meeting_transcripts_org on public.meeting_transcripts (org_id);

create table public.meeting_action_items (
  id uuid primary key default fleet.new_id(),
  org_id uuid not null references public.organizations (id) on delete cascade,
  meeting_id uuid not null references public.meetings (id) on delete cascade,
  title text not null,
  owner_name text,
  owner_side text,
  due_on date,
  turn integer,
  quote text,
  status text not null default 'open' constraint status_is_known check (status in ('open', 'done', 'cancelled')),
  created_at timestamptz not null default fleet.now()
);
create index meeting_action_items_meeting on public.meeting_action_items (meeting_id);
create index meeting_action_items_org on public.meeting_action_items (org_id);

create table public.calendar_events (
  id uuid primary key default fleet.new_id(),
  org_id uuid not null references public.organizations (id) on delete cascade,
  user_id uuid not null,
  title text not null,
  starts_at timestamptz not null,
  ends_at timestamptz not null constraint ends_after_start check (ends_at > starts_at),
  is_all_day boolean not null default false,
  busy_status text not null default 'busy' constraint busy_status_is_known check (busy_status in ('busy', 'free', 'tentative')),
  timezone text,
  description text,
  attendees jsonb not null default '[]',
  contact_id uuid references public.contacts (id) on delete set null,
  deal_id uuid references public.deals (id) on delete set null,
  source text not null default 'manual',
  calendar_uid text,
  original_starts_at timestamptz,
  organizer_email text,
  is_cancelled boolean not null default false,
  created_at timestamptz not null default fleet.now(),
  updated_at timestamptz not null default fleet.now()
);
comment on column public.calendar_events.calendar_uid is 'iCalUID: the same in every calendar that holds the meeting, and for every instance of a series.';
comment on column public.calendar_events.original_starts_at is 'Of an instance of a series: when the series had it, wherever it was moved.';
create index calendar_events_uid on public.calendar_events (org_id, calendar_uid) where calendar_uid is not null;
create index calendar_events_user on public.calendar_events (user_id, starts_at);
create index calendar_events_org on public.calendar_events (org_id);
create index calendar_events_contact on public.calendar_events (contact_id);
create index calendar_events_deal on public.calendar_events (deal_id);
create index calendar_events_start on public.calendar_events (starts_at) where not is_cancelled;

create table public.calendar_event_sources (
  org_id uuid not null references public.organizations (id) on delete cascade,
  user_id uuid not null,
  source text not null,
  external_id text not null,
  event_id uuid not null references public.calendar_events (id) on delete cascade,
  content_sha256 text not null,
  created_at timestamptz not null default fleet.now(),
  primary key (org_id, user_id, source, external_id)
);
comment on table public.calendar_event_sources is
  'Under which id each source knows an event of a member: two sources may bring one meeting, and each may move it.';
create index calendar_event_sources_event on public.calendar_event_sources (event_id);

create table public.tasks (
  id uuid primary key default fleet.new_id(),
  org_id uuid not null references public.organizations (id) on delete cascade,
  user_id uuid,
  title text not null,
  description text,
  type text not null default 'follow_up',
  priority text not null default 'medium' constraint priority_is_known check (priority in ('low', 'medium', 'high', 'urgent')),
  status text not null default 'open' constraint status_is_known
    check (status in ('open', 'pending_review', 'in_progress', 'done', 'cancelled')),
  due_on date,
  source text not null default 'manual',
  signal_type text,
  contact_id uuid references public.contacts (id) on delete set null,
  deal_id uuid references public.deals (id) on delete set null,
  meeting_id uuid references public.meetings (id) on delete set null,
  metadata jsonb not null default '{}',
  created_at timestamptz not null default fleet.now(),
  updated_at timestamptz not null default fleet.now()
);
create index tasks_due on public.tasks (due_on) where status not in ('done', 'cancelled');
create index tasks_user on public.tasks (user_id, status);
create index tasks_org on public.tasks (org_id);
create index tasks_meeting on public.tasks (meeting_id);
create index tasks_contact on public.tasks (contact_id);
create index tasks_deal on public.tasks (deal_id);
