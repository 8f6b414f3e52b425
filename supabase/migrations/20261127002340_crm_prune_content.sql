-- Purpose: the words of meetings and mails are forgotten when their time is over; that they were, stays.
-- Objects: body of fleet_crm.prune_content; indexes that find what still has words.
-- Locks:   the rows of one batch.

create index meeting_transcripts_created on public.meeting_transcripts (created_at);
create index emails_with_body on public.emails (created_at) where body_text is not null;

create or replace function fleet_crm.prune_content(p_now timestamptz, p_default_days integer, p_days jsonb, p_limit integer) returns integer
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_shortest interval := make_interval(days => least(p_default_days, (
    select min(d.value::integer) from jsonb_each_text(p_days) d)));
  v_count integer;
  v_total integer := 0;
begin
  delete from public.meeting_transcripts t where t.meeting_id in (
    select x.meeting_id from public.meeting_transcripts x
    where x.created_at < p_now - v_shortest
      and x.created_at < p_now - make_interval(days => coalesce((p_days ->> x.org_id::text)::integer, p_default_days))
    order by x.created_at limit p_limit for update skip locked);
  get diagnostics v_count = row_count;
  v_total := v_total + v_count;
  update public.emails e set body_text = null where e.id in (
    select x.id from public.emails x
    where x.body_text is not null and x.created_at < p_now - v_shortest
      and x.created_at < p_now - make_interval(days => coalesce((p_days ->> x.org_id::text)::integer, p_default_days))
    order by x.created_at limit p_limit for update skip locked);
  get diagnostics v_count = row_count;
  return v_total + v_count;
end
$$;
