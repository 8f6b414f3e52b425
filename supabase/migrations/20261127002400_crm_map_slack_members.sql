-- Purpose: people whom Slack knows, mapped onto the reference profiles.
-- Objects: the body of fleet.slack_member.

create or replace function fleet.slack_member(p_org_id uuid, p_slack_user_id text) returns uuid
language plpgsql stable security definer set search_path = ''
as $$
begin
  return (
    select case when count(*) = 1 then min(m.id::text)::uuid end from fleet_crm.members m
    where m.org_id = p_org_id and m.slack_user_id = p_slack_user_id);
end
$$;
