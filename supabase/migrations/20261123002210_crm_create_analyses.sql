-- Purpose: what the skills remember: analyses of meetings, deals and campaigns, and what an organisation sells.
-- Objects: public.coaching_analyses, next_action_suggestions, meeting_summaries, deal_risk_scores, playbooks,
--          products, icp_profiles, campaign_replies.
-- Risk:    new objects only.

create table public.coaching_analyses (
  id uuid primary key default fleet.new_id(),
  org_id uuid not null references public.organizations (id) on delete cascade,
  meeting_id uuid references public.meetings (id) on delete cascade,
  user_id uuid,
  kind text not null default 'meeting' constraint kind_is_known check (kind in ('meeting', 'week')),
  period_start date,
  talk_ratio numeric,
  question_quality_score numeric,
  objection_handling_score numeric,
  discovery_depth_score numeric,
  overall_score numeric,
  insights jsonb not null default '[]',
  recommendations jsonb not null default '[]',
  raw_metrics jsonb not null default '{}',
  created_at timestamptz not null default fleet.now()
);
create index coaching_analyses_meeting on public.coaching_analyses (meeting_id);
create index coaching_analyses_org on public.coaching_analyses (org_id, user_id, created_at);
comment on column public.coaching_analyses.period_start is 'First day of the week, for kind week.';

create table public.next_action_suggestions (
  id uuid primary key default fleet.new_id(),
  org_id uuid not null references public.organizations (id) on delete cascade,
  user_id uuid,
  meeting_id uuid references public.meetings (id) on delete cascade,
  contact_id uuid references public.contacts (id) on delete set null,
  deal_id uuid references public.deals (id) on delete set null,
  title text not null,
  reasoning text not null default '',
  action_type text not null default 'follow_up',
  priority text not null default 'medium',
  confidence numeric,
  status text not null default 'pending',
  metadata jsonb not null default '{}',
  created_at timestamptz not null default fleet.now()
);
create index next_action_suggestions_meeting on public.next_action_suggestions (meeting_id);
create index next_action_suggestions_org on public.next_action_suggestions (org_id);
create index next_action_suggestions_contact on public.next_action_suggestions (contact_id);
create index next_action_suggestions_deal on public.next_action_suggestions (deal_id);

create table public.meeting_summaries (
  id uuid primary key default fleet.new_id(),
  org_id uuid not null references public.organizations (id) on delete cascade,
  meeting_id uuid not null references public.meetings (id) on delete cascade,
  summary text not null default '',
  commitments jsonb not null default '[]',
  objections jsonb not null default '[]',
  created_at timestamptz not null default fleet.now()
);
comment on table public.meeting_summaries is 'What was heard in a meeting; the newest row of a meeting counts.';
comment on column public.meeting_summaries.objections is '[{objection, quote, turn, resolved}]';
create index meeting_summaries_meeting on public.meeting_summaries (meeting_id, created_at desc);
create index meeting_summaries_org on public.meeting_summaries (org_id);

create table public.deal_risk_scores (
  id uuid primary key default fleet.new_id(),
  org_id uuid not null references public.organizations (id) on delete cascade,
  deal_id uuid not null references public.deals (id) on delete cascade,
  scan_id text,
  score integer not null constraint score_is_a_percentage check (score between 0 and 100),
  previous_score integer,
  signals jsonb not null default '[]',
  alerted_at timestamptz,
  created_at timestamptz not null default fleet.now()
);
comment on table public.deal_risk_scores is 'One row per deal and scan; alerted_at once somebody was told of this score.';
create index deal_risk_scores_deal on public.deal_risk_scores (deal_id, created_at desc);
create index deal_risk_scores_org on public.deal_risk_scores (org_id);

create table public.playbooks (
  id uuid primary key default fleet.new_id(),
  org_id uuid not null references public.organizations (id) on delete cascade,
  kind text not null constraint kind_is_known check (kind in ('competitor', 'objection')),
  name text not null,
  keywords text[] not null default '{}',
  body text not null,
  created_at timestamptz not null default fleet.now(),
  unique (org_id, kind, name)
);
comment on table public.playbooks is 'What the team answers to a rival or an objection, in its own words.';

create table public.products (
  id uuid primary key default fleet.new_id(),
  org_id uuid not null references public.organizations (id) on delete cascade,
  name text not null,
  description text not null default '',
  price numeric,
  currency text not null default 'USD',
  unit text,
  created_at timestamptz not null default fleet.now(),
  unique (org_id, name)
);

create table public.icp_profiles (
  org_id uuid primary key references public.organizations (id) on delete cascade,
  description text not null default '',
  industries text[] not null default '{}',
  sizes text[] not null default '{}',
  titles text[] not null default '{}',
  created_at timestamptz not null default fleet.now()
);
comment on table public.icp_profiles is 'Whom an organisation sells to.';

create table public.campaign_replies (
  id uuid primary key default fleet.new_id(),
  org_id uuid not null references public.organizations (id) on delete cascade,
  campaign_id uuid not null references public.campaigns (id) on delete cascade,
  external_id text,
  contact_name text,
  contact_email text not null,
  subject text,
  body_text text not null default '',
  received_at timestamptz not null default fleet.now(),
  created_at timestamptz not null default fleet.now()
);
create index campaign_replies_campaign on public.campaign_replies (campaign_id, received_at desc);
create index campaign_replies_org on public.campaign_replies (org_id);
