-- Purpose: which mailboxes are watched, where their reading stands, and when a watch is renewed.
-- Objects: fleet.mailbox_watches; fleet.track_mailbox (trigger of fleet_connections), read_mailbox, list_mailboxes,
--          read_graph_watches, prepare_mailbox_watch, save_mailbox_watch, advance_mailbox, raise_due_watches.
-- Locks:   one watch's row at a time; events by key behind it.

create table fleet.mailbox_watches (
  connection_id uuid primary key references public.fleet_connections (id) on delete cascade,
  org_id uuid not null,
  endpoint_id uuid references public.fleet_webhook_endpoints (id) on delete set null,
  subscription_id text unique,
  client_state_sha256 text constraint client_state_is_hashed check (client_state_sha256 ~ '^[0-9a-f]{64}$'),
  cursor text,
  synced_at timestamptz,
  renew_at timestamptz,
  sync_at timestamptz,
  created_at timestamptz not null default fleet.now(),
  updated_at timestamptz not null default fleet.now()
);
comment on table fleet.mailbox_watches is
  'One row per connected mailbox. No vendor is trusted to tell of every mail: the cursor says what was read.';
comment on column fleet.mailbox_watches.cursor is
  'Gmail: a history id, as text. Graph: the parameters of a delta or next link. Null: nothing was read yet.';
comment on column fleet.mailbox_watches.subscription_id is 'Graph only; null while a subscription is being made.';
comment on column fleet.mailbox_watches.client_state_sha256 is 'Of the secret that Graph repeats in each notice.';
comment on column fleet.mailbox_watches.renew_at is 'When the watch is renewed next; null while the account is not active.';
comment on column fleet.mailbox_watches.sync_at is 'When the mailbox is read next though nobody told of a change.';
create index mailbox_watches_renewal on fleet.mailbox_watches (renew_at) where renew_at is not null;
create index mailbox_watches_sync on fleet.mailbox_watches (sync_at) where sync_at is not null;
create index mailbox_watches_endpoint on fleet.mailbox_watches (endpoint_id);
alter table fleet.mailbox_watches enable row level security;
revoke all on fleet.mailbox_watches from public;

-- How often a mailbox is read though nobody told of a change.
create function fleet.mailbox_sync_interval() returns interval
language sql immutable set search_path = ''
as $$ select interval '1 hour' $$;

-- A mailbox is followed from the statement that connects it to the one that disconnects it.
create function fleet.track_mailbox() returns trigger
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_now timestamptz := fleet.now();
  v_is_other boolean := tg_op = 'INSERT' or old.account_id is distinct from new.account_id;
begin
  if new.user_id is null or new.provider not in ('google', 'microsoft') then
    return null;
  end if;
  if new.status = 'active' and new.scopes && array['https://www.googleapis.com/auth/gmail.readonly',
    'https://www.googleapis.com/auth/gmail.modify', 'https://mail.google.com/', 'Mail.Read', 'Mail.ReadWrite'] then
    insert into fleet.mailbox_watches as w (connection_id, org_id, renew_at, sync_at)
    values (new.id, new.org_id, v_now + interval '1 hour', v_now + fleet.mailbox_sync_interval())
    on conflict (connection_id) do update set
      renew_at = excluded.renew_at, sync_at = excluded.sync_at, updated_at = v_now,
      -- What was read of one account says nothing about another.
      cursor = case when v_is_other then null else w.cursor end,
      subscription_id = case when v_is_other then null else w.subscription_id end;
    perform fleet.emit('watch_due', new.org_id, new.user_id,
      jsonb_build_object('connection_id', new.id, 'reason', 'connected'),
      'watch_due:' || new.id || ':connected:' || new.version);
  elsif new.status = 'expired' then
    -- Nobody lets us in: what is due waits for the owner to connect the account anew.
    update fleet.mailbox_watches w set renew_at = null, sync_at = null, updated_at = v_now where w.connection_id = new.id;
  else
    delete from fleet.mailbox_watches w where w.connection_id = new.id;
    -- Google ends the watch of a mailbox for everybody who connected it: the others make it anew.
    update fleet.mailbox_watches w set renew_at = v_now, updated_at = v_now
    from public.fleet_connections c
    where c.id = w.connection_id and c.provider = new.provider and lower(c.account_id) = lower(new.account_id)
      and w.renew_at is not null;
    update public.fleet_connections c set watch_expires_at = null where c.id = new.id and c.watch_expires_at is not null;
  end if;
  return null;
end
$$;
revoke all on function fleet.track_mailbox() from public;
create trigger connections_track_mailbox
  after insert or update of status, account_id, scopes on public.fleet_connections
  for each row execute function fleet.track_mailbox();

create function fleet.read_mailbox(p_org_id uuid, p_connection_id uuid) returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
begin
  return (
    select jsonb_build_object('connection_id', c.id, 'org_id', c.org_id, 'user_id', c.user_id, 'provider', c.provider,
      'account', c.account_id, 'cursor', w.cursor, 'subscription_id', w.subscription_id, 'connected_at',
      to_char(w.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))
    from fleet.mailbox_watches w join public.fleet_connections c on c.id = w.connection_id
    where c.id = p_connection_id and c.org_id = p_org_id and c.status = 'active');
end
$$;

-- Whose mailbox a notice speaks of: of this organisation only, whatever the notice says.
create function fleet.list_mailboxes(p_org_id uuid, p_provider text, p_account text) returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
begin
  return (
    select coalesce(jsonb_agg(jsonb_build_object('connection_id', c.id, 'user_id', c.user_id) order by c.id), '[]')
    from public.fleet_connections c join fleet.mailbox_watches w on w.connection_id = c.id
    where c.org_id = p_org_id and c.provider = p_provider and c.status = 'active'
      and lower(c.account_id) = lower(p_account));
end
$$;

-- What notices of one door are judged by. A subscription under way has no id yet and may notify already.
create function fleet.read_graph_watches(p_endpoint_id uuid, p_subscription_ids text[]) returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
begin
  return (
    select coalesce(jsonb_agg(jsonb_build_object('connection_id', c.id, 'user_id', c.user_id,
      'subscription_id', w.subscription_id, 'client_state_sha256', w.client_state_sha256) order by c.id), '[]')
    from fleet.mailbox_watches w join public.fleet_connections c on c.id = w.connection_id
    where w.endpoint_id = p_endpoint_id and w.client_state_sha256 is not null and c.status = 'active'
      and (w.subscription_id = any (p_subscription_ids) or w.subscription_id is null));
end
$$;

-- Before Graph is asked for a subscription: the hash of its secret, and the door it will notify (made here where the
-- organisation has none). Null when the mailbox is gone.
create function fleet.prepare_mailbox_watch(p_org_id uuid, p_connection_id uuid, p_client_state_sha256 text) returns uuid
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_endpoint uuid;
begin
  perform pg_advisory_xact_lock(hashtextextended(p_org_id || '/microsoft door', 11));
  select e.id into v_endpoint from public.fleet_webhook_endpoints e
  where e.org_id = p_org_id and e.provider = 'microsoft' and e.is_active order by e.created_at, e.id limit 1;
  if v_endpoint is null then
    insert into public.fleet_webhook_endpoints (org_id, provider) values (p_org_id, 'microsoft') returning id into v_endpoint;
  end if;
  update fleet.mailbox_watches w set
    endpoint_id = v_endpoint, subscription_id = null, client_state_sha256 = p_client_state_sha256, updated_at = fleet.now()
  where w.connection_id = p_connection_id and w.org_id = p_org_id;
  return case when found then v_endpoint end;
end
$$;

-- The vendor watches until p_expires_at (null: it does not, and only the hourly reading goes on). Renewed after a
-- quarter of its life, so that `health` warns (48 hours) only where renewing fails. What came before is caught up.
-- False: the mailbox is gone, or a new subscription (its secret's hash is given) came second.
create function fleet.save_mailbox_watch(
  p_org_id uuid, p_connection_id uuid, p_subscription_id text, p_client_state_sha256 text, p_cursor text,
  p_expires_at timestamptz, p_catch_up boolean
) returns boolean
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_now timestamptz;
  v_user uuid;
  v_watch fleet.mailbox_watches;
begin
  select w.* into v_watch from fleet.mailbox_watches w
  where w.connection_id = p_connection_id and w.org_id = p_org_id for update;
  -- Another run prepared a subscription of its own meanwhile: ours would be stored beside the other's secret.
  if v_watch.connection_id is null
    or (p_client_state_sha256 is not null and v_watch.client_state_sha256 is distinct from p_client_state_sha256)
    or (p_client_state_sha256 is null and p_subscription_id is distinct from v_watch.subscription_id) then
    return false;
  end if;
  v_now := fleet.now();
  update fleet.mailbox_watches w set
    subscription_id = coalesce(p_subscription_id, w.subscription_id), cursor = coalesce(w.cursor, p_cursor),
    renew_at = v_now + case when p_expires_at is null then interval '1 day'
      else greatest((p_expires_at - v_now) / 4, interval '1 minute') end,
    updated_at = v_now
  where w.connection_id = p_connection_id;
  update public.fleet_connections c set watch_expires_at = p_expires_at
  where c.id = p_connection_id and c.status = 'active' returning c.user_id into v_user;
  if p_catch_up then
    perform fleet.emit('mailbox_changed', p_org_id, v_user,
      jsonb_build_object('connection_id', p_connection_id, 'reason', 'catch_up'),
      'mailbox_changed:' || p_connection_id || ':watched:' || coalesce(p_subscription_id, '') || ':'
        || extract(epoch from coalesce(p_expires_at, v_now))::bigint);
  end if;
  return true;
end
$$;

-- The end of one reading, in one statement: an event per new mail under its business key, the next reading where
-- there is more, and the cursor. Another run may have moved the cursor meanwhile: then only the events are made,
-- which have the keys that the other run's have.
create function fleet.advance_mailbox(
  p_org_id uuid, p_connection_id uuid, p_from text, p_to text, p_events jsonb, p_has_more boolean
) returns boolean
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_now timestamptz;
  v_is_ours boolean;
  v_watch fleet.mailbox_watches;
  v_connection public.fleet_connections;
begin
  select w.* into v_watch from fleet.mailbox_watches w
  where w.connection_id = p_connection_id and w.org_id = p_org_id for update;
  if v_watch.connection_id is null then
    return false;
  end if;
  select c.* into v_connection from public.fleet_connections c where c.id = p_connection_id;
  v_now := fleet.now();
  -- Each is the root of its own chain: a full mailbox must not use up the descendants of one event.
  insert into public.fleet_events (
    id, org_id, user_id, user_source, type, source, payload, idempotency_key, root_event_id, depth, run_after, status)
  select e.id, p_org_id, e.user_id, 'mailbox', e.type, 'mailbox:' || v_connection.provider, e.payload, e.idempotency_key,
    e.id, 0, v_now, 'pending'
  from (
    select fleet.new_id() as id, i.user_id, i.type, i.payload, i.idempotency_key
    from jsonb_to_recordset(p_events) as i (user_id uuid, type text, payload jsonb, idempotency_key text)) e
  order by e.idempotency_key
  on conflict do nothing;
  v_is_ours := v_watch.cursor is not distinct from p_from;
  if v_is_ours then
    update fleet.mailbox_watches w set cursor = p_to, synced_at = v_now,
      sync_at = case when w.sync_at is not null then v_now + fleet.mailbox_sync_interval() end, updated_at = v_now
    where w.connection_id = p_connection_id;
    if p_has_more then
      perform fleet.emit('mailbox_changed', p_org_id, v_connection.user_id,
        jsonb_build_object('connection_id', p_connection_id, 'reason', 'rest'),
        'mailbox_changed:' || p_connection_id || ':rest:' || md5(p_to));
    end if;
  end if;
  return v_is_ours;
end
$$;

-- Called by each sweep. Two index probes when nothing is due; a row is pushed on in the statement that raises it, so
-- that doubled sweeps make one event.
create function fleet.raise_due_watches(p_now timestamptz) returns integer
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_watch record;
  v_raised integer := 0;
begin
  for v_watch in
    select w.connection_id, w.org_id, w.renew_at, c.user_id
    from fleet.mailbox_watches w join public.fleet_connections c on c.id = w.connection_id
    where w.renew_at <= p_now order by w.renew_at limit 100 for update of w skip locked
  loop
    perform fleet.emit('watch_due', v_watch.org_id, v_watch.user_id,
      jsonb_build_object('connection_id', v_watch.connection_id, 'reason', 'due'),
      'watch_due:' || v_watch.connection_id || ':' || extract(epoch from v_watch.renew_at)::bigint);
    -- Renewing sets the right time; where it fails, it is tried again.
    update fleet.mailbox_watches w set renew_at = p_now + interval '1 hour' where w.connection_id = v_watch.connection_id;
    v_raised := v_raised + 1;
  end loop;
  for v_watch in
    select w.connection_id, w.org_id, w.sync_at, c.user_id
    from fleet.mailbox_watches w join public.fleet_connections c on c.id = w.connection_id
    where w.sync_at <= p_now order by w.sync_at limit 100 for update of w skip locked
  loop
    perform fleet.emit('mailbox_changed', v_watch.org_id, v_watch.user_id,
      jsonb_build_object('connection_id', v_watch.connection_id, 'reason', 'hourly'),
      'mailbox_changed:' || v_watch.connection_id || ':hourly:' || extract(epoch from v_watch.sync_at)::bigint);
    update fleet.mailbox_watches w set sync_at = p_now + fleet.mailbox_sync_interval()
    where w.connection_id = v_watch.connection_id;
    v_raised := v_raised + 1;
  end loop;
  return v_raised;
end
$$;

revoke all on function fleet.mailbox_sync_interval(), fleet.read_mailbox(uuid, uuid), fleet.list_mailboxes(uuid, text, text),
  fleet.read_graph_watches(uuid, text[]), fleet.prepare_mailbox_watch(uuid, uuid, text),
  fleet.save_mailbox_watch(uuid, uuid, text, text, text, timestamptz, boolean),
  fleet.advance_mailbox(uuid, uuid, text, text, jsonb, boolean), fleet.raise_due_watches(timestamptz)
  from public, anon, authenticated;
grant execute on function fleet.read_mailbox(uuid, uuid), fleet.list_mailboxes(uuid, text, text),
  fleet.read_graph_watches(uuid, text[]), fleet.prepare_mailbox_watch(uuid, uuid, text),
  fleet.save_mailbox_watch(uuid, uuid, text, text, text, timestamptz, boolean),
  fleet.advance_mailbox(uuid, uuid, text, text, jsonb, boolean) to fleet_worker;
