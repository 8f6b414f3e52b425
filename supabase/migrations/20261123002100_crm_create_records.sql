-- Purpose: reference CRM records: companies, contacts, deals, mails, activities, tasks, proposals, campaigns.
-- Risk:    new objects only (20261123002000 refuses taken names).

create table public.companies (
  id uuid primary key default fleet.new_id(),
  org_id uuid not null references public.organizations (id) on delete cascade,
  name text not null,
  domain text,
  industry text,
  size text,
  website text,
  description text,
  enrichment jsonb not null default '{}',
  enriched_at timestamptz,
  created_at timestamptz not null default fleet.now(),
  updated_at timestamptz not null default fleet.now()
);
create index companies_org on public.companies (org_id);

create table public.contacts (
  id uuid primary key default fleet.new_id(),
  org_id uuid not null references public.organizations (id) on delete cascade,
  full_name text not null,
  email text,
  title text,
  phone text,
  timezone text,
  company_id uuid references public.companies (id) on delete set null,
  owner_id uuid,
  created_at timestamptz not null default fleet.now(),
  updated_at timestamptz not null default fleet.now()
);
create unique index contacts_email on public.contacts (org_id, lower(email)) where email is not null;
create index contacts_company on public.contacts (company_id);

create table public.deal_stages (
  id uuid primary key default fleet.new_id(),
  org_id uuid not null references public.organizations (id) on delete cascade,
  name text not null,
  position integer not null default 0,
  created_at timestamptz not null default fleet.now(),
  unique (org_id, name)
);

create table public.deals (
  id uuid primary key default fleet.new_id(),
  org_id uuid not null references public.organizations (id) on delete cascade,
  name text not null,
  stage_id uuid references public.deal_stages (id) on delete set null,
  stage_changed_at timestamptz,
  status text not null default 'open' constraint status_is_known check (status in ('open', 'won', 'lost')),
  value numeric,
  currency text not null default 'USD',
  probability integer,
  close_date date,
  next_steps text,
  notes text,
  tags text[] not null default '{}',
  competitor text,
  lost_reason text,
  closed_at timestamptz,
  owner_id uuid,
  contact_id uuid references public.contacts (id) on delete set null,
  company_id uuid references public.companies (id) on delete set null,
  created_at timestamptz not null default fleet.now(),
  updated_at timestamptz not null default fleet.now()
);
create index deals_org on public.deals (org_id);
create index deals_contact on public.deals (contact_id);
create index deals_company on public.deals (company_id);
create index deals_stage on public.deals (stage_id);

create table public.deal_contacts (
  deal_id uuid not null references public.deals (id) on delete cascade,
  contact_id uuid not null references public.contacts (id) on delete cascade,
  org_id uuid not null references public.organizations (id) on delete cascade,
  created_at timestamptz not null default fleet.now(),
  primary key (deal_id, contact_id)
);
create index deal_contacts_contact on public.deal_contacts (contact_id);
create index deal_contacts_org on public.deal_contacts (org_id);

create table public.emails (
  id uuid primary key default fleet.new_id(),
  org_id uuid not null references public.organizations (id) on delete cascade,
  user_id uuid,
  contact_id uuid references public.contacts (id) on delete set null,
  message_id text,
  thread_id text,
  direction text not null constraint direction_is_known check (direction in ('inbound', 'outbound')),
  from_email text,
  to_emails text[] not null default '{}',
  cc_emails text[] not null default '{}',
  subject text,
  body_text text,
  in_reply_to text,
  ignored_reason text,
  category text,
  category_confidence numeric,
  signals jsonb not null default '{}',
  sent_at timestamptz,
  created_at timestamptz not null default fleet.now(),
  unique (org_id, message_id)
);
comment on column public.emails.ignored_reason is 'Why this mail starts no run (own_mail, auto_reply, …); null: it may.';
create index emails_contact on public.emails (contact_id, sent_at desc);
create index emails_sender on public.emails (org_id, lower(from_email), created_at);

create table public.activities (
  id uuid primary key default fleet.new_id(),
  org_id uuid not null references public.organizations (id) on delete cascade,
  user_id uuid,
  type text not null,
  subject text,
  details text,
  contact_id uuid references public.contacts (id) on delete cascade,
  deal_id uuid references public.deals (id) on delete cascade,
  created_at timestamptz not null default fleet.now()
);
create index activities_contact on public.activities (contact_id, created_at desc);
create index activities_deal on public.activities (deal_id, created_at desc);
create index activities_org on public.activities (org_id);

create table public.proposal_templates (
  id uuid primary key default fleet.new_id(),
  org_id uuid not null references public.organizations (id) on delete cascade,
  name text not null,
  description text not null default '',
  body text not null,
  created_at timestamptz not null default fleet.now()
);
comment on column public.proposal_templates.body is 'Liquid over {organization, company, contact, deal, meeting, sections}.';
create index proposal_templates_org on public.proposal_templates (org_id);

create table public.proposals (
  id uuid primary key default fleet.new_id(),
  org_id uuid not null references public.organizations (id) on delete cascade,
  deal_id uuid references public.deals (id) on delete cascade,
  template_id uuid references public.proposal_templates (id) on delete set null,
  contact_id uuid references public.contacts (id) on delete set null,
  title text not null default '',
  status text not null default 'draft' constraint status_is_known check (status in ('draft', 'sent', 'declined')),
  content jsonb not null default '{}',
  created_at timestamptz not null default fleet.now(),
  updated_at timestamptz not null default fleet.now()
);
create index proposals_contact on public.proposals (contact_id);
create index proposals_deal on public.proposals (deal_id);
create index proposals_org on public.proposals (org_id);
create index proposals_template on public.proposals (template_id);

create table public.campaigns (
  id uuid primary key default fleet.new_id(),
  org_id uuid not null references public.organizations (id) on delete cascade,
  name text not null,
  provider text not null default 'manual',
  external_id text,
  status text not null default 'active',
  metrics jsonb not null default '{}',
  created_at timestamptz not null default fleet.now()
);
create index campaigns_org on public.campaigns (org_id);
