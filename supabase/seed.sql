-- Demo organisation, for local use only. Platform defaults are a migration; this file may run again.
-- Northwind Analytics sells; Harbor Foods buys. A second organisation shares one contact address, to prove
-- that it sees nothing of the first.

insert into public.organizations (id, name, domain) values
  ('d0000000-0000-4000-8000-000000000001', 'Northwind Analytics', 'northwind.example'),
  ('d0000000-0000-4000-8000-000000000002', 'Bluepeak Consulting', 'bluepeak.example')
on conflict do nothing;

insert into auth.users (id, email) values
  ('d0000000-0000-4000-8000-0000000000a1', 'olivia.reyes@northwind.example'),
  ('d0000000-0000-4000-8000-0000000000a2', 'adam.berg@northwind.example'),
  ('d0000000-0000-4000-8000-0000000000a3', 'maya.chen@northwind.example'),
  ('d0000000-0000-4000-8000-0000000000a4', 'rita.novak@northwind.example'),
  ('d0000000-0000-4000-8000-0000000000b1', 'sam.okafor@bluepeak.example')
on conflict do nothing;

insert into public.profiles (id, email, full_name, timezone, slack_user_id) values
  ('d0000000-0000-4000-8000-0000000000a1', 'olivia.reyes@northwind.example', 'Olivia Reyes', 'America/New_York', 'U0OLIVIA'),
  ('d0000000-0000-4000-8000-0000000000a2', 'adam.berg@northwind.example', 'Adam Berg', 'America/New_York', 'U0ADAM'),
  ('d0000000-0000-4000-8000-0000000000a3', 'maya.chen@northwind.example', 'Maya Chen', 'America/Chicago', 'U0MAYA'),
  ('d0000000-0000-4000-8000-0000000000a4', 'rita.novak@northwind.example', 'Rita Novak', 'Europe/London', null),
  ('d0000000-0000-4000-8000-0000000000b1', 'sam.okafor@bluepeak.example', 'Sam Okafor', 'Europe/London', null)
on conflict do nothing;

insert into public.organization_memberships (org_id, user_id, role) values
  ('d0000000-0000-4000-8000-000000000001', 'd0000000-0000-4000-8000-0000000000a1', 'owner'),
  ('d0000000-0000-4000-8000-000000000001', 'd0000000-0000-4000-8000-0000000000a2', 'admin'),
  ('d0000000-0000-4000-8000-000000000001', 'd0000000-0000-4000-8000-0000000000a3', 'member'),
  ('d0000000-0000-4000-8000-000000000001', 'd0000000-0000-4000-8000-0000000000a4', 'readonly'),
  ('d0000000-0000-4000-8000-000000000002', 'd0000000-0000-4000-8000-0000000000b1', 'owner')
on conflict do nothing;

insert into public.companies (id, org_id, name, domain, industry, size) values
  ('d0000000-0000-4000-8000-000000000c01', 'd0000000-0000-4000-8000-000000000001', 'Harbor Foods', 'harborfoods.example', 'Food distribution', '200-500'),
  ('d0000000-0000-4000-8000-000000000c02', 'd0000000-0000-4000-8000-000000000001', 'Ridgeline Outdoor', 'ridgeline.example', 'Retail', '50-200'),
  ('d0000000-0000-4000-8000-000000000c03', 'd0000000-0000-4000-8000-000000000002', 'Harbor Foods', 'harborfoods.example', 'Food', null)
on conflict do nothing;

insert into public.contacts (id, org_id, full_name, email, title, timezone, company_id, owner_id) values
  ('d0000000-0000-4000-8000-000000000e01', 'd0000000-0000-4000-8000-000000000001', 'Priya Raman', 'priya.raman@harborfoods.example', 'VP Operations', 'America/Chicago', 'd0000000-0000-4000-8000-000000000c01', 'd0000000-0000-4000-8000-0000000000a3'),
  ('d0000000-0000-4000-8000-000000000e02', 'd0000000-0000-4000-8000-000000000001', 'Tom Keller', 'tom.keller@harborfoods.example', 'IT Manager', 'America/Chicago', 'd0000000-0000-4000-8000-000000000c01', 'd0000000-0000-4000-8000-0000000000a3'),
  ('d0000000-0000-4000-8000-000000000e03', 'd0000000-0000-4000-8000-000000000001', 'Dana Fox', 'dana@ridgeline.example', 'Head of E-commerce', null, 'd0000000-0000-4000-8000-000000000c02', 'd0000000-0000-4000-8000-0000000000a2'),
  ('d0000000-0000-4000-8000-000000000e11', 'd0000000-0000-4000-8000-000000000002', 'P. Raman (do not disclose)', 'priya.raman@harborfoods.example', 'Secret buyer of Bluepeak', null, 'd0000000-0000-4000-8000-000000000c03', 'd0000000-0000-4000-8000-0000000000b1')
on conflict do nothing;

insert into public.deal_stages (id, org_id, name, position) values
  ('d0000000-0000-4000-8000-000000000f01', 'd0000000-0000-4000-8000-000000000001', 'Discovery', 1),
  ('d0000000-0000-4000-8000-000000000f02', 'd0000000-0000-4000-8000-000000000001', 'Evaluation', 2),
  ('d0000000-0000-4000-8000-000000000f03', 'd0000000-0000-4000-8000-000000000001', 'Proposal', 3),
  ('d0000000-0000-4000-8000-000000000f04', 'd0000000-0000-4000-8000-000000000001', 'Closing', 4)
on conflict do nothing;

insert into public.deals (id, org_id, name, stage_id, value, currency, competitor, close_date, owner_id, contact_id, company_id) values
  ('d0000000-0000-4000-8000-000000000d01', 'd0000000-0000-4000-8000-000000000001', 'Harbor Foods: demand forecasting', 'd0000000-0000-4000-8000-000000000f02', 48000, 'USD', 'DemandIQ', (fleet.now() + interval '20 days')::date, 'd0000000-0000-4000-8000-0000000000a3', 'd0000000-0000-4000-8000-000000000e01', 'd0000000-0000-4000-8000-000000000c01'),
  ('d0000000-0000-4000-8000-000000000d02', 'd0000000-0000-4000-8000-000000000001', 'Ridgeline: returns dashboard', 'd0000000-0000-4000-8000-000000000f01', 12500, 'USD', null, null, 'd0000000-0000-4000-8000-0000000000a2', 'd0000000-0000-4000-8000-000000000e03', 'd0000000-0000-4000-8000-000000000c02')
on conflict do nothing;

-- Deals that ended: two lost ones worth another look, one won, each with a meeting that was coached.
insert into public.deals (id, org_id, name, status, value, currency, lost_reason, closed_at, owner_id, contact_id, company_id) values
  ('d0000000-0000-4000-8000-000000000d03', 'd0000000-0000-4000-8000-000000000001', 'Ridgeline: stock forecast 2025', 'lost', 22000, 'USD', 'No budget this year', fleet.now() - interval '150 days', 'd0000000-0000-4000-8000-0000000000a3', 'd0000000-0000-4000-8000-000000000e03', 'd0000000-0000-4000-8000-000000000c02'),
  ('d0000000-0000-4000-8000-000000000d04', 'd0000000-0000-4000-8000-000000000001', 'Harbor Foods: pilot 2024', 'lost', 9000, 'USD', 'Chose a competitor', fleet.now() - interval '400 days', 'd0000000-0000-4000-8000-0000000000a3', 'd0000000-0000-4000-8000-000000000e02', 'd0000000-0000-4000-8000-000000000c01'),
  ('d0000000-0000-4000-8000-000000000d05', 'd0000000-0000-4000-8000-000000000001', 'Ridgeline: starter', 'won', 6000, 'USD', null, fleet.now() - interval '30 days', 'd0000000-0000-4000-8000-0000000000a3', 'd0000000-0000-4000-8000-000000000e03', 'd0000000-0000-4000-8000-000000000c02')
on conflict do nothing;

insert into public.activities (org_id, user_id, type, subject, contact_id, deal_id, created_at)
select 'd0000000-0000-4000-8000-000000000001', 'd0000000-0000-4000-8000-0000000000a3', a.type, a.subject,
  'd0000000-0000-4000-8000-000000000e01', 'd0000000-0000-4000-8000-000000000d01', fleet.now() - a.ago
from (values ('call', 'Intro call', interval '21 days'), ('email', 'Sent overview deck', interval '20 days'),
             ('meeting', 'Discovery meeting', interval '12 days')) as a (type, subject, ago)
where not exists (select 1 from public.activities where org_id = 'd0000000-0000-4000-8000-000000000001');

insert into public.emails (org_id, user_id, contact_id, message_id, direction, subject, sent_at) values
  ('d0000000-0000-4000-8000-000000000001', 'd0000000-0000-4000-8000-0000000000a3', 'd0000000-0000-4000-8000-000000000e01', '<seed-1@northwind.example>', 'outbound', 'Overview deck as promised', fleet.now() - interval '20 days'),
  ('d0000000-0000-4000-8000-000000000001', 'd0000000-0000-4000-8000-0000000000a3', 'd0000000-0000-4000-8000-000000000e01', '<seed-2@harborfoods.example>', 'inbound', 'Re: Overview deck as promised', fleet.now() - interval '19 days')
on conflict do nothing;

insert into public.meetings (id, org_id, user_id, external_id, title, started_at, timezone, duration_minutes, organizer_email, contact_id, deal_id) values
  ('d0000000-0000-4000-8000-000000000101', 'd0000000-0000-4000-8000-000000000001', 'd0000000-0000-4000-8000-0000000000a3', 'seed-discovery', 'Harbor Foods discovery', date_trunc('hour', fleet.now() - interval '12 days'), 'America/Chicago', 45, 'maya.chen@northwind.example', 'd0000000-0000-4000-8000-000000000e01', 'd0000000-0000-4000-8000-000000000d01')
on conflict do nothing;

insert into public.meetings (id, org_id, user_id, title, started_at, timezone, duration_minutes, organizer_email, contact_id, deal_id) values
  ('d0000000-0000-4000-8000-000000000102', 'd0000000-0000-4000-8000-000000000001', 'd0000000-0000-4000-8000-0000000000a3', 'Ridgeline starter close', fleet.now() - interval '31 days', 'America/Chicago', 30, 'maya.chen@northwind.example', 'd0000000-0000-4000-8000-000000000e03', 'd0000000-0000-4000-8000-000000000d05'),
  ('d0000000-0000-4000-8000-000000000103', 'd0000000-0000-4000-8000-000000000001', 'd0000000-0000-4000-8000-0000000000a3', 'Ridgeline forecast review', fleet.now() - interval '151 days', 'America/Chicago', 30, 'maya.chen@northwind.example', 'd0000000-0000-4000-8000-000000000e03', 'd0000000-0000-4000-8000-000000000d03')
on conflict do nothing;
insert into public.coaching_analyses (org_id, meeting_id, user_id, talk_ratio, question_quality_score, objection_handling_score, discovery_depth_score, overall_score, created_at)
select 'd0000000-0000-4000-8000-000000000001', a.meeting::uuid, 'd0000000-0000-4000-8000-0000000000a3', a.talk, a.questions, a.objections, a.discovery, a.overall, fleet.now() - a.ago
from (values
  ('d0000000-0000-4000-8000-000000000101', 0.48, 72, 60, 80, 71, interval '3 days'),
  ('d0000000-0000-4000-8000-000000000102', 0.44, 78, 70, 75, 77, interval '31 days'),
  ('d0000000-0000-4000-8000-000000000103', 0.71, 35, 20, 30, 34, interval '151 days')) as a (meeting, talk, questions, objections, discovery, overall, ago)
where not exists (select 1 from public.coaching_analyses where org_id = 'd0000000-0000-4000-8000-000000000001');
insert into public.meeting_summaries (org_id, meeting_id, summary, objections)
select 'd0000000-0000-4000-8000-000000000001', 'd0000000-0000-4000-8000-000000000101', 'Spoilage is the pain; they forecast in spreadsheets.',
  '[{"objection": "The price per site looks high", "resolved": false}]'
where not exists (select 1 from public.meeting_summaries where org_id = 'd0000000-0000-4000-8000-000000000001');
insert into public.meeting_action_items (org_id, meeting_id, title, owner_name, owner_side, due_on)
select 'd0000000-0000-4000-8000-000000000001', 'd0000000-0000-4000-8000-000000000101', 'Send the security pack', 'Maya Chen', 'ours', (fleet.now() + interval '2 days')::date
where not exists (select 1 from public.meeting_action_items where org_id = 'd0000000-0000-4000-8000-000000000001');

-- A mail that awaits an answer, and a campaign with replies.
insert into public.emails (id, org_id, user_id, contact_id, message_id, thread_id, direction, from_email, to_emails, subject, body_text, sent_at) values
  ('d0000000-0000-4000-8000-000000000401', 'd0000000-0000-4000-8000-000000000001', 'd0000000-0000-4000-8000-0000000000a3', 'd0000000-0000-4000-8000-000000000e01', '<seed-3@harborfoods.example>', 'seed-thread', 'inbound', 'priya.raman@harborfoods.example', '{maya.chen@northwind.example}', 'Half an hour next week?', E'Hi Maya,\n\ncould we find half an hour next week to go through the pilot? Mornings suit me.\n\nPriya', fleet.now() - interval '1 hour')
on conflict do nothing;
insert into public.campaigns (id, org_id, name, metrics) values
  ('d0000000-0000-4000-8000-000000000501', 'd0000000-0000-4000-8000-000000000001', 'Cold chain operators', '{"sent": 240, "opened": 131, "replied": 9, "bounced": 4}')
on conflict do nothing;
insert into public.campaign_replies (org_id, campaign_id, contact_name, contact_email, subject, body_text, received_at)
select 'd0000000-0000-4000-8000-000000000001', 'd0000000-0000-4000-8000-000000000501', r.name, r.email, 'Re: spoilage', r.body, fleet.now() - r.ago
from (values
  ('Ana Duarte', 'ana@coldline.example', 'This is timely. Can you send prices for six sites?', interval '5 hours'),
  ('Lee Park', 'lee@frostway.example', 'Please take me off your list.', interval '9 hours'),
  ('Out of Office', 'sven@nordkyl.example', 'I am out of the office until 4 January and will answer after that.', interval '11 hours')) as r (name, email, body, ago)
where not exists (select 1 from public.campaign_replies where org_id = 'd0000000-0000-4000-8000-000000000001');

-- The rep's next three weeks: busy mornings, a lunch, some afternoons, in her zone; real gaps remain.
insert into public.calendar_events (org_id, user_id, title, starts_at, ends_at, timezone, source)
select 'd0000000-0000-4000-8000-000000000001', 'd0000000-0000-4000-8000-0000000000a3', e.title,
  (d.day + e.from_time) at time zone 'America/Chicago', (d.day + e.to_time) at time zone 'America/Chicago',
  'America/Chicago', 'seed'
from (select (fleet.now() at time zone 'America/Chicago')::date + n as day from generate_series(0, 20) n) d
cross join (values
  ('Team standup', time '09:00', time '09:30', array[1, 2, 3, 4, 5]),
  ('Pipeline review', time '10:00', time '11:30', array[1, 3]),
  ('Lunch', time '12:00', time '13:00', array[1, 2, 3, 4, 5]),
  ('Customer onboarding', time '13:30', time '15:00', array[2, 4]),
  ('Focus time', time '15:30', time '17:30', array[5])) as e (title, from_time, to_time, days)
where extract(isodow from d.day)::integer = any (e.days)
  and not exists (select 1 from public.calendar_events where source = 'seed');

insert into public.proposal_templates (id, org_id, name, description, body) values
  ('d0000000-0000-4000-8000-000000000201', 'd0000000-0000-4000-8000-000000000001', 'Standard proposal',
   'General proposal for a first purchase: forecasting, dashboards, onboarding',
   E'# Proposal for {{ company.name }}\n\nPrepared for {{ contact.name }} by {{ user.name }}, {{ organization.name }}.\n\n## What we heard\n\n{{ sections.executive_summary }}\n\n## What we propose\n\n{% for focus in focus_areas %}- {{ focus }}\n{% endfor %}\n{% if products.size > 0 %}## Prices\n\n{% for product in products %}- {{ product.name }}: {{ product.price }} {{ product.currency }}{% if product.unit %} per {{ product.unit }}{% endif %}\n{% endfor %}\n{% endif %}## Next step\n\n{{ deal.next_steps | default: "A short call to answer open questions." }}\n'),
  ('d0000000-0000-4000-8000-000000000202', 'd0000000-0000-4000-8000-000000000001', 'Price quote',
   'Prices only: a quote for somebody who asked what it costs, budget, discount, seats',
   E'# Quote for {{ company.name }}\n\nFor {{ contact.name }}.\n\n{% for product in products %}- {{ product.name }}: {{ product.price }} {{ product.currency }}{% if product.unit %} per {{ product.unit }}{% endif %}\n{% endfor %}\n{{ sections.value_case }}\n')
on conflict do nothing;

insert into public.products (org_id, name, description, price, currency, unit) values
  ('d0000000-0000-4000-8000-000000000001', 'Forecast', 'Weekly demand forecast per item and site', 2400, 'USD', 'site and month'),
  ('d0000000-0000-4000-8000-000000000001', 'Returns dashboard', 'Why customers send things back, by item', 650, 'USD', 'month')
on conflict do nothing;
insert into public.icp_profiles (org_id, description, industries, sizes, titles) values
  ('d0000000-0000-4000-8000-000000000001', 'Distributors and retailers whose stock spoils or ages', '{Food distribution,Retail}', '{50-200,200-500}', '{VP Operations,Head of E-commerce}')
on conflict do nothing;
insert into public.playbooks (org_id, kind, name, keywords, body) values
  ('d0000000-0000-4000-8000-000000000001', 'competitor', 'Stockwise', '{stockwise}', 'Stockwise forecasts by store; we forecast by item and site and show why. Offer the two-week side-by-side run.'),
  ('d0000000-0000-4000-8000-000000000001', 'objection', 'Price', '{price,expensive,budget,cost}', 'Ask what spoilage costs them now. Offer one site first; the price per site does not change later.'),
  ('d0000000-0000-4000-8000-000000000001', 'objection', 'Security review', '{security,soc,gdpr,review,legal}', 'Send the security pack before the call. The review took similar customers two weeks.')
on conflict do nothing;

-- Doors: the generic providers with fixed local secrets.
insert into public.fleet_webhook_endpoints (id, org_id, provider, default_user_id) values
  ('d0000000-0000-4000-8000-000000000301', 'd0000000-0000-4000-8000-000000000001', 'generic', 'd0000000-0000-4000-8000-0000000000a3'),
  ('d0000000-0000-4000-8000-000000000302', 'd0000000-0000-4000-8000-000000000001', 'generic-email', 'd0000000-0000-4000-8000-0000000000a3')
on conflict do nothing;
insert into fleet.webhook_secrets (endpoint_id, secret) values
  ('d0000000-0000-4000-8000-000000000301', 'whsec_bG9jYWwtZGVtby1tZWV0aW5nLXNlY3JldC0wMQ=='),
  ('d0000000-0000-4000-8000-000000000302', 'whsec_bG9jYWwtZGVtby1lbWFpbC1zZWNyZXQtMDAwMQ==')
on conflict do nothing;

insert into public.fleet_org_settings (org_id, timezone) values
  ('d0000000-0000-4000-8000-000000000001', 'America/New_York')
on conflict do nothing;
