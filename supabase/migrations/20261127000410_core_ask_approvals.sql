-- Purpose: telling people what is asked of them: the events that make it durable, whom was asked, the single-use links.
-- Objects: tables fleet.approval_asks, approval_links; triggers on fleet_approvals; fleet.raise_upkeep, ask_approver,
--          note_asked_in_app,
--          read_asked_approval, open_approval_link, find_approval_link, use_approval_link, note_link_failure,
--          remind_of_approvals, slack_member (seam), find_slack_person.
-- Locks:   an approval's row before its links; reminders skip rows that somebody decides just then.

create table fleet.approval_asks (
  approval_id uuid not null references public.fleet_approvals (id) on delete cascade,
  user_id uuid not null,
  asked_at timestamptz not null default fleet.now(),
  notification_id uuid,
  primary key (approval_id, user_id)
);
comment on column fleet.approval_asks.notification_id is 'The line in the app, where Slack did not carry the question.';
comment on table fleet.approval_asks is 'Who was asked. The message is the delivery with effect key `approval:<approval>:ask:<user>`.';
alter table fleet.approval_asks enable row level security;
revoke all on fleet.approval_asks from public;

create table fleet.approval_links (
  token_sha256 text primary key constraint token_is_hashed check (token_sha256 ~ '^[0-9a-f]{64}$'),
  approval_id uuid not null,
  user_id uuid not null,
  content_sha256 text not null,
  expires_at timestamptz not null,
  used_at timestamptz,
  failures integer not null default 0,
  failed_at timestamptz,
  created_at timestamptz not null default fleet.now(),
  foreign key (approval_id, user_id) references fleet.approval_asks (approval_id, user_id) on delete cascade
);
comment on table fleet.approval_links is
  'Single-use links of one person to one approval and one content; the token itself is stored nowhere.';
create index approval_links_ask on fleet.approval_links (approval_id, user_id);
alter table fleet.approval_links enable row level security;
revoke all on fleet.approval_links from public;

-- Upkeep events belong to nobody's chain: no parent, so no run lists them as its child, and fleet.list_jobs leaves
-- their runs out.
create function fleet.raise_upkeep(
  p_type text, p_org_id uuid, p_payload jsonb, p_key text, p_run_after timestamptz
) returns void
language plpgsql volatile set search_path = ''
as $$
declare
  v_id uuid := fleet.new_id();
begin
  insert into public.fleet_events (
    id, org_id, user_source, type, source, payload, idempotency_key, root_event_id, depth, run_after, status)
  values (v_id, p_org_id, 'upkeep', p_type, 'upkeep', p_payload, p_key, v_id, 0, p_run_after, 'pending')
  on conflict do nothing;
end
$$;

-- A question is an event from the statement that stores it: it cannot be lost. Shadow runs ask nobody; the runs that
-- carry questions ask none about themselves.
create function fleet.raise_asked() returns trigger
language plpgsql volatile security definer set search_path = ''
as $$
begin
  if exists (select 1 from public.fleet_jobs j
    where j.id = new.job_id and j.mode = 'live' and j.event_source <> 'upkeep') then
    perform fleet.raise_upkeep('approval_asked', new.org_id, jsonb_build_object('approval_id', new.id),
      'approval_asked:' || new.id, fleet.now());
  end if;
  return null;
end
$$;
create trigger approvals_are_asked after insert on public.fleet_approvals
  for each row execute function fleet.raise_asked();

-- Whichever door, expiry, cancel or undo changed it: the messages that were sent are brought up to date. A yes that can
-- be taken back changes them once more when it cannot.
create function fleet.raise_changed() returns trigger
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_key text;
begin
  new.version := old.version + 1;
  v_key := 'approval_changed:' || new.id || ':' || new.version;
  if exists (select 1 from fleet.approval_asks k where k.approval_id = new.id) then
    perform fleet.raise_upkeep('approval_changed', new.org_id, jsonb_build_object('approval_id', new.id), v_key, fleet.now());
    if new.acts_at > fleet.now() then
      perform fleet.raise_upkeep('approval_changed', new.org_id, jsonb_build_object('approval_id', new.id),
        v_key || ':final', new.acts_at);
    end if;
  end if;
  if new.escalated_at is not null and old.escalated_at is null then
    perform fleet.raise_upkeep('approval_asked', new.org_id,
      jsonb_build_object('approval_id', new.id, 'is_escalation', true), 'approval_asked:' || new.id || ':escalated', fleet.now());
  end if;
  return new;
end
$$;
create trigger approvals_are_shown before update on public.fleet_approvals
  for each row when (old.status <> new.status
    or (old.escalated_at is null and new.escalated_at is not null)
    or (old.links_until is not null and new.links_until is null))
  execute function fleet.raise_changed();

-- The sweep's part: the one escalation, and fresh links while a question is open longer than they hold.
create function fleet.remind_of_approvals() returns void
language plpgsql volatile set search_path = ''
as $$
declare
  v_now timestamptz := fleet.now();
begin
  update public.fleet_approvals a set escalated_at = v_now
  where a.id in (
    select e.id from public.fleet_approvals e
    where e.status = 'pending' and e.escalated_at is null and e.escalate_at <= v_now and e.expires_at > v_now
    order by e.escalate_at limit 100 for update skip locked);
  update public.fleet_approvals a set links_until = null
  where a.id in (
    select l.id from public.fleet_approvals l
    where l.status = 'pending' and l.links_until < v_now + interval '12 hours' and l.expires_at > l.links_until
    order by l.links_until limit 100 for update skip locked);
end
$$;

-- Notes that this person is asked, with a link where one is given. Answers {refusal} when they may not answer.
create function fleet.ask_approver(
  p_org_id uuid, p_approval_id uuid, p_user_id uuid, p_token_sha256 text, p_valid_ms bigint
) returns jsonb
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_now timestamptz;
  v_approval public.fleet_approvals;
  v_refusal text;
begin
  select a.* into v_approval from public.fleet_approvals a
  where a.id = p_approval_id and a.org_id = p_org_id for update;
  if v_approval.id is null or v_approval.status <> 'pending' then
    return jsonb_build_object('refusal', 'not_waiting');
  end if;
  v_refusal := fleet.why_not_decide(v_approval, p_user_id);
  if v_refusal is not null then
    return jsonb_build_object('refusal', v_refusal);
  end if;
  v_now := fleet.now();
  insert into fleet.approval_asks (approval_id, user_id) values (p_approval_id, p_user_id) on conflict do nothing;
  if p_token_sha256 is not null then
    insert into fleet.approval_links (token_sha256, approval_id, user_id, content_sha256, expires_at)
    values (p_token_sha256, p_approval_id, p_user_id, v_approval.content_sha256,
      v_now + p_valid_ms * interval '1 millisecond');
    update public.fleet_approvals a set links_until = v_now + p_valid_ms * interval '1 millisecond'
    where a.id = p_approval_id;
  end if;
  return jsonb_build_object('refusal', null);
end
$$;

create function fleet.note_asked_in_app(p_org_id uuid, p_approval_id uuid, p_user_id uuid, p_notification_id uuid)
returns void
language plpgsql volatile security definer set search_path = ''
as $$
begin
  update fleet.approval_asks k set notification_id = p_notification_id
  from public.fleet_approvals a
  where a.id = k.approval_id and a.org_id = p_org_id and k.approval_id = p_approval_id and k.user_id = p_user_id;
end
$$;

-- An approval as messages and links show it, with whom was asked and under which reference their message lies.
create function fleet.read_asked_approval(p_approval_id uuid, p_org_id uuid) returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
begin
  return (
    select to_jsonb(a) - 'links_until' || jsonb_build_object(
      'is_undoable', coalesce(a.acts_at > fleet.now(), false),
      'is_over', a.expires_at <= fleet.now(),
      'mode', j.mode, 'event_type', j.event_type, 'sequence_key', j.sequence_key,
      'asked', coalesce((
        select jsonb_agg(jsonb_build_object('user_id', k.user_id,
          'message_ref', case when d.status = 'sent' then d.provider_ref end,
          'notification_id', k.notification_id) order by k.asked_at, k.user_id)
        from fleet.approval_asks k
        left join public.fleet_deliveries d on d.effect_key = 'approval:' || a.id || ':ask:' || k.user_id
        where k.approval_id = a.id), '[]'))
    from public.fleet_approvals a join public.fleet_jobs j on j.id = a.job_id
    where a.id = p_approval_id and (p_org_id is null or a.org_id = p_org_id));
end
$$;

create function fleet.open_approval_link(p_token_sha256 text) returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
begin
  return (
    select jsonb_build_object('approval', fleet.read_asked_approval(l.approval_id, null), 'user_id', l.user_id,
      'expires_at', l.expires_at, 'is_expired', l.expires_at <= fleet.now(), 'used_at', l.used_at,
      'is_blocked', l.failures >= 10 and l.failed_at > fleet.now() - interval '1 hour')
    from fleet.approval_links l where l.token_sha256 = p_token_sha256);
end
$$;

-- Internal: the link must be this person's to this approval.
create function fleet.find_approval_link(
  p_approval public.fleet_approvals, p_user_id uuid, p_token_sha256 text
) returns fleet.approval_links
language plpgsql volatile set search_path = ''
as $$
declare
  v_link fleet.approval_links;
begin
  select l.* into v_link from fleet.approval_links l where l.token_sha256 = p_token_sha256 for update;
  if v_link.approval_id is distinct from p_approval.id or v_link.user_id is distinct from p_user_id then
    perform fleet.refuse(404, 'link_not_found', 'No such link');
  end if;
  return v_link;
end
$$;

create function fleet.use_approval_link(
  p_approval public.fleet_approvals, p_user_id uuid, p_token_sha256 text, p_now timestamptz
) returns void
language plpgsql volatile set search_path = ''
as $$
declare
  v_link fleet.approval_links := fleet.find_approval_link(p_approval, p_user_id, p_token_sha256);
begin
  if v_link.used_at is not null then
    perform fleet.refuse(409, 'link_used', 'The link was used already; the newest message has another one');
  elsif v_link.expires_at <= p_now then
    perform fleet.refuse(409, 'token_expired', 'The link has expired; the newest message has another one');
  elsif v_link.content_sha256 <> p_approval.content_sha256 then
    perform fleet.refuse(409, 'content_changed', 'The content is no longer the one the link was made for');
  end if;
  update fleet.approval_links l set used_at = p_now where l.token_sha256 = p_token_sha256;
end
$$;

create function fleet.note_link_failure(p_token_sha256 text) returns void
language plpgsql volatile security definer set search_path = ''
as $$
begin
  update fleet.approval_links l set
    failures = case when l.failed_at > fleet.now() - interval '1 hour' then l.failures + 1 else 1 end,
    failed_at = fleet.now()
  where l.token_sha256 = p_token_sha256;
end
$$;

-- Seam: the member whom Slack calls by this id; null when nobody, or more than one, is linked to it.
create function fleet.slack_member(p_org_id uuid, p_slack_user_id text) returns uuid
language plpgsql stable security definer set search_path = ''
as $$ begin perform fleet.refuse(501, 'not_mapped', 'fleet.slack_member is not mapped to a profile table'); return null; end $$;
comment on function fleet.slack_member(uuid, text) is 'Seam: user id of the member linked to a Slack user id, else null.';

-- Who pressed a button: the approval's organisation must be the one that connected this workspace. The approval chooses
-- nothing by itself: a foreign team gets the answer an unknown one gets.
create function fleet.find_slack_person(p_approval_id uuid, p_team_id text, p_slack_user_id text) returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
declare
  v_org_id uuid;
  v_user_id uuid;
begin
  select a.org_id into v_org_id from public.fleet_approvals a
  join public.fleet_connections c on c.org_id = a.org_id and c.user_id is null and c.provider = 'slack'
    and c.status <> 'revoked' and c.account_id = p_team_id
  where a.id = p_approval_id;
  if v_org_id is null then
    return jsonb_build_object('org_id', null, 'user_id', null);
  end if;
  v_user_id := fleet.slack_member(v_org_id, p_slack_user_id);
  return jsonb_build_object('org_id', v_org_id, 'user_id', v_user_id);
end
$$;

revoke all on function fleet.raise_upkeep(text, uuid, jsonb, text, timestamptz), fleet.raise_asked(), fleet.raise_changed(),
  fleet.remind_of_approvals(), fleet.ask_approver(uuid, uuid, uuid, text, bigint), fleet.read_asked_approval(uuid, uuid),
  fleet.open_approval_link(text), fleet.find_approval_link(public.fleet_approvals, uuid, text),
  fleet.use_approval_link(public.fleet_approvals, uuid, text, timestamptz), fleet.note_link_failure(text),
  fleet.note_asked_in_app(uuid, uuid, uuid, uuid), fleet.slack_member(uuid, text),
  fleet.find_slack_person(uuid, text, text) from public, anon, authenticated;
grant execute on function fleet.ask_approver(uuid, uuid, uuid, text, bigint), fleet.read_asked_approval(uuid, uuid),
  fleet.open_approval_link(text), fleet.note_link_failure(text), fleet.find_slack_person(uuid, text, text),
  fleet.note_asked_in_app(uuid, uuid, uuid, uuid) to fleet_worker;
