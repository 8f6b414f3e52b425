-- Purpose: who may read which table. Hosted projects grant everything on new public tables to the API
--          roles by default, so each right is taken back first and given by name.
-- Objects: row security, policies and grants of the core tables.
-- Risk:    none; new tables only.

do $$
declare
  v_table text;
begin
  foreach v_table in array array[
    'fleet_events', 'fleet_definition_snapshots', 'fleet_jobs', 'fleet_job_step_results', 'fleet_job_history',
    'fleet_approvals', 'fleet_dead_letter_queue', 'fleet_deliveries', 'fleet_org_settings',
    'fleet_user_preferences', 'fleet_budgets', 'fleet_costs', 'fleet_model_prices', 'fleet_activity',
    'fleet_webhook_endpoints'
  ] loop
    execute format('alter table public.%I enable row level security', v_table);
    execute format('revoke all on public.%I from public, anon, authenticated, fleet_worker', v_table);
    execute format('grant all on public.%I to service_role', v_table);
  end loop;
end
$$;
revoke all on public.fleet_job_steps from public, anon, authenticated, fleet_worker;
grant select on public.fleet_job_steps to authenticated, service_role;
alter table fleet.webhook_secrets enable row level security;
alter table fleet.config_stamps enable row level security;
alter table fleet.sweep_state enable row level security;

grant select on public.fleet_definition_snapshots, public.fleet_jobs, public.fleet_job_step_results,
  public.fleet_job_history, public.fleet_approvals, public.fleet_deliveries, public.fleet_costs,
  public.fleet_activity, public.fleet_dead_letter_queue, public.fleet_webhook_endpoints to authenticated;

create policy "Org members can read their pinned definitions" on public.fleet_definition_snapshots
  for select to authenticated using (org_id = any (array(select fleet.member_orgs())));
create policy "Org members can read their runs" on public.fleet_jobs
  for select to authenticated using (org_id = any (array(select fleet.member_orgs())));
create policy "Org members can read their step results" on public.fleet_job_step_results
  for select to authenticated using (org_id = any (array(select fleet.member_orgs())));
create policy "Org members can read their run history" on public.fleet_job_history
  for select to authenticated using (org_id = any (array(select fleet.member_orgs())));
create policy "Org members can read their approvals" on public.fleet_approvals
  for select to authenticated using (org_id = any (array(select fleet.member_orgs())));
create policy "Org members can read their deliveries" on public.fleet_deliveries
  for select to authenticated using (org_id = any (array(select fleet.member_orgs())));
create policy "Org members can read their costs" on public.fleet_costs
  for select to authenticated using (org_id = any (array(select fleet.member_orgs())));
create policy "Org members can read their activity" on public.fleet_activity
  for select to authenticated using (org_id = any (array(select fleet.member_orgs())));
create policy "Org admins can read their dead letters" on public.fleet_dead_letter_queue
  for select to authenticated using (
    org_id = any (array(
      select o.org_id from fleet.member_orgs() as o (org_id)
      where fleet.member_role((select auth.uid()), o.org_id) in ('owner', 'admin'))));
create policy "Org admins can read their webhook endpoints" on public.fleet_webhook_endpoints
  for select to authenticated using (
    org_id = any (array(
      select o.org_id from fleet.member_orgs() as o (org_id)
      where fleet.member_role((select auth.uid()), o.org_id) in ('owner', 'admin'))));
