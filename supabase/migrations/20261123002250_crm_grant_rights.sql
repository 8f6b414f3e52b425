-- Purpose: rights of the whole pack: members read their organisation's rows, only the service role writes.
-- Objects: grants and policies on the tables of the crm pack.
-- Risk:    none; new tables only.

do $$
declare
  v_table text;
begin
  foreach v_table in array array[
    'companies', 'contacts', 'deals', 'deal_stages', 'deal_contacts', 'meetings', 'meeting_deliveries',
    'meeting_attendees', 'meeting_transcripts', 'meeting_action_items', 'emails', 'activities', 'tasks', 'proposals',
    'proposal_templates', 'calendar_events', 'calendar_event_sources', 'campaigns', 'campaign_replies', 'call_types', 'coaching_analyses',
    'next_action_suggestions', 'meeting_summaries', 'deal_risk_scores', 'playbooks', 'products', 'icp_profiles',
    'notifications', 'organization_memberships', 'organizations', 'profiles'
  ] loop
    execute format('alter table public.%I enable row level security', v_table);
    execute format('revoke all on public.%I from public, anon, authenticated', v_table);
    execute format('grant all on public.%I to service_role', v_table);
    if v_table in ('meeting_deliveries', 'calendar_event_sources') then
      continue;
    end if;
    execute format('grant select on public.%I to authenticated', v_table);
    execute format('create policy %I on public.%I for select to authenticated using (%s)',
      case v_table when 'profiles' then 'Members can read profiles of their organisations'
        else 'Members can read rows of their organisations' end,
      v_table,
      case v_table
        when 'organizations' then 'id = any (array(select fleet.member_orgs()))'
        when 'profiles' then 'exists (select 1 from public.organization_memberships m where m.user_id = profiles.id and m.org_id = any (array(select fleet.member_orgs())))'
        when 'notifications' then 'user_id = (select auth.uid()) and org_id = any (array(select fleet.member_orgs()))'
        else 'org_id = any (array(select fleet.member_orgs()))' end);
  end loop;
end
$$;
