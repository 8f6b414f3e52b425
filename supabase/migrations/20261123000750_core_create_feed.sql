-- Adds: fleet.post_activity, how a skill writes to the organisation's feed (fleet_activity).
-- Rewrites no existing rows.

create function fleet.post_activity(p_item jsonb) returns boolean
language plpgsql security definer set search_path = ''
as $$
begin
  insert into public.fleet_activity (org_id, user_id, job_id, event_type, title, summary, effect_key)
  select r.org_id, r.user_id, r.job_id, r.event_type, r.title, r.summary, r.effect_key
  from jsonb_populate_record(null::public.fleet_activity, p_item) r
  on conflict (effect_key) do nothing;
  return found;
end
$$;
comment on function fleet.post_activity(jsonb) is 'Adds one line to the feed, once per effect_key; false for a repeat.';
revoke all on function fleet.post_activity(jsonb) from public;
grant execute on function fleet.post_activity(jsonb) to fleet_worker;
