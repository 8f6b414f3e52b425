-- Purpose: connected calendars are read every ten minutes from where the last reading stopped.
-- Objects: fleet.calendar_feeds; fleet.raise_calendar_syncs, read_calendar_feed, advance_calendar_feed.
-- Locks:   one feed's row at a time.

create table fleet.calendar_feeds (
  connection_id uuid primary key references public.fleet_connections (id) on delete cascade,
  org_id uuid not null,
  account_id text not null,
  cursor text,
  sync_at timestamptz not null,
  synced_at timestamptz
);
comment on table fleet.calendar_feeds is 'Where the reading of a member''s calendar stands. A changed account is read anew.';
comment on column fleet.calendar_feeds.cursor is 'The vendor''s own token with the end of the time it covers; null: nothing was read yet.';
create index calendar_feeds_due on fleet.calendar_feeds (sync_at);
alter table fleet.calendar_feeds enable row level security;
revoke all on fleet.calendar_feeds from public;

-- One event per connection and turn; a project without calendar rows reads none.
create function fleet.raise_calendar_syncs(p_now timestamptz) returns integer
language plpgsql volatile set search_path = ''
as $$
declare
  v_feed record;
  v_raised integer := 0;
begin
  insert into fleet.calendar_feeds as f (connection_id, org_id, account_id, sync_at)
  select c.id, c.org_id, c.account_id, p_now from public.fleet_connections c
  left join fleet.calendar_feeds k on k.connection_id = c.id
  where c.status = 'active' and c.user_id is not null and c.provider in ('google', 'microsoft')
    and c.scopes && array['https://www.googleapis.com/auth/calendar', 'https://www.googleapis.com/auth/calendar.readonly',
      'https://www.googleapis.com/auth/calendar.events', 'https://www.googleapis.com/auth/calendar.events.readonly',
      'Calendars.Read', 'Calendars.ReadWrite']
    and k.account_id is distinct from c.account_id
  on conflict (connection_id) do update set account_id = excluded.account_id, cursor = null, sync_at = excluded.sync_at;

  for v_feed in
    select f.connection_id, f.org_id, f.sync_at, c.user_id
    from fleet.calendar_feeds f join public.fleet_connections c on c.id = f.connection_id
    where f.sync_at <= p_now and c.status = 'active' order by f.sync_at limit 100 for update of f skip locked
  loop
    if v_raised = 0 then
      -- Asks the seam once whether anything could be stored.
      perform fleet_crm.store_calendar_events(v_feed.org_id, v_feed.user_id, 'fleet', '[]');
    end if;
    perform fleet.emit('calendar_sync', v_feed.org_id, v_feed.user_id,
      jsonb_build_object('connection_id', v_feed.connection_id),
      'calendar_sync:' || v_feed.connection_id || ':' || extract(epoch from v_feed.sync_at)::bigint);
    update fleet.calendar_feeds f set sync_at = p_now + interval '10 minutes' where f.connection_id = v_feed.connection_id;
    v_raised := v_raised + 1;
  end loop;
  return v_raised;
exception when sqlstate 'ZF501' then
  return 0;
end
$$;

create function fleet.read_calendar_feed(p_org_id uuid, p_connection_id uuid) returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
begin
  return (
    select jsonb_build_object('connection_id', c.id, 'org_id', c.org_id, 'user_id', c.user_id, 'provider', c.provider,
      'cursor', f.cursor)
    from fleet.calendar_feeds f join public.fleet_connections c on c.id = f.connection_id
    where c.id = p_connection_id and c.org_id = p_org_id and c.status = 'active' and f.account_id = c.account_id);
end
$$;

-- What was stored is stored under ids of its own: of two readings at once the first moves the cursor.
create function fleet.advance_calendar_feed(p_connection_id uuid, p_from text, p_to text) returns boolean
language plpgsql volatile security definer set search_path = ''
as $$
begin
  update fleet.calendar_feeds f set cursor = p_to, synced_at = fleet.now()
  where f.connection_id = p_connection_id and f.cursor is not distinct from p_from;
  return found;
end
$$;

revoke all on function fleet.raise_calendar_syncs(timestamptz), fleet.read_calendar_feed(uuid, uuid),
  fleet.advance_calendar_feed(uuid, text, text) from public, anon, authenticated;
grant execute on function fleet.read_calendar_feed(uuid, uuid), fleet.advance_calendar_feed(uuid, text, text) to fleet_worker;
