-- Purpose: accounts of the outside world that members and organisations connected, and their credentials.
-- Objects: public.fleet_connections; fleet.connection_secrets, oauth_states; fleet.find_connection, save_connection,
--          lease_connection_refresh, refresh_connection, outdate_connection, expire_connection, revoke_connection, open_oauth_state,
--          take_oauth_state.
-- Locks:   one connection's row at a time; none is held over HTTP.

create table public.fleet_connections (
  id uuid primary key,
  org_id uuid not null,
  user_id uuid,
  provider text not null,
  account_id text not null,
  scopes text[] not null default '{}',
  status text not null default 'active' constraint status_is_known check (status in ('active', 'expired', 'revoked')),
  status_reason text,
  expires_at timestamptz,
  watch_expires_at timestamptz,
  version integer not null default 1,
  refresh_lease_until timestamptz,
  created_at timestamptz not null default fleet.now(),
  updated_at timestamptz not null default fleet.now()
);
comment on table public.fleet_connections is 'One account per organisation or member and provider. Credentials are in fleet.connection_secrets.';
comment on column public.fleet_connections.user_id is 'Null: the organisation''s own.';
comment on column public.fleet_connections.version is 'Grows with each new credential: a refresh replaces exactly the one it read.';
create unique index fleet_connections_of_owner on public.fleet_connections (
  org_id, provider, coalesce(user_id, '00000000-0000-0000-0000-000000000000'));
alter table public.fleet_connections enable row level security;
revoke all on public.fleet_connections from public, anon, authenticated, fleet_worker;
grant all on public.fleet_connections to service_role;

create table fleet.connection_secrets (
  connection_id uuid primary key references public.fleet_connections (id) on delete cascade,
  sealed jsonb not null constraint sealed_is_an_object check (jsonb_typeof(sealed) = 'object'),
  updated_at timestamptz not null default fleet.now()
);
comment on table fleet.connection_secrets is
  'AES-256-GCM: {key_id, nonce, ciphertext}, base64, with the connection''s id as associated data. Keys are never here.';
alter table fleet.connection_secrets enable row level security;
revoke all on fleet.connection_secrets from public;

-- The member's own account, else the organisation's; null when there is neither. A revoked one is none.
create function fleet.find_connection(p_org_id uuid, p_user_id uuid, p_provider text) returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
begin
  return (
    select jsonb_build_object(
      'id', c.id, 'org_id', c.org_id, 'user_id', c.user_id, 'provider', c.provider, 'account_id', c.account_id,
      'scopes', to_jsonb(c.scopes), 'status', c.status, 'version', c.version, 'sealed', s.sealed,
      'expires_in_ms', (extract(epoch from c.expires_at - fleet.now()) * 1000)::bigint,
      'age_ms', (extract(epoch from fleet.now() - s.updated_at) * 1000)::bigint)
    from public.fleet_connections c join fleet.connection_secrets s on s.connection_id = c.id
    where c.org_id = p_org_id and c.provider = p_provider and c.status <> 'revoked'
      and (c.user_id is null or c.user_id = p_user_id)
    order by c.user_id nulls last limit 1);
end
$$;

-- Connects an account, or connects it anew. The id binds the ciphertext, so a second id for the same owner is
-- refused with the one that is there.
create function fleet.save_connection(
  p_id uuid, p_org_id uuid, p_user_id uuid, p_provider text, p_account_id text, p_scopes text[], p_sealed jsonb,
  p_expires_ms bigint
) returns jsonb
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_now timestamptz;
  v_row public.fleet_connections;
begin
  insert into public.fleet_connections (id, org_id, user_id, provider, account_id)
  values (p_id, p_org_id, p_user_id, p_provider, p_account_id)
  on conflict do nothing;
  select c.* into v_row from public.fleet_connections c
  where c.org_id = p_org_id and c.provider = p_provider and c.user_id is not distinct from p_user_id for update;
  if v_row.id is distinct from p_id then
    return jsonb_build_object('id', v_row.id, 'saved', false);
  end if;
  v_now := fleet.now();
  update public.fleet_connections c set
    account_id = p_account_id, scopes = p_scopes, status = 'active', status_reason = null, version = c.version + 1,
    expires_at = v_now + p_expires_ms * interval '1 millisecond', refresh_lease_until = null, updated_at = v_now
  where c.id = p_id;
  insert into fleet.connection_secrets as s (connection_id, sealed, updated_at) values (p_id, p_sealed, v_now)
  on conflict (connection_id) do update set sealed = excluded.sealed, updated_at = excluded.updated_at;
  return jsonb_build_object('id', p_id, 'saved', true);
end
$$;

-- The right to refresh this version, for a short time; only one isolate has it.
create function fleet.lease_connection_refresh(p_id uuid, p_version integer, p_lease_ms bigint) returns boolean
language plpgsql volatile security definer set search_path = ''
as $$
begin
  update public.fleet_connections c set refresh_lease_until = fleet.now() + p_lease_ms * interval '1 millisecond'
  where c.id = p_id and c.version = p_version and c.status = 'active'
    and (c.refresh_lease_until is null or c.refresh_lease_until < fleet.now());
  return found;
end
$$;

create function fleet.refresh_connection(p_id uuid, p_version integer, p_sealed jsonb, p_expires_ms bigint) returns boolean
language plpgsql volatile security definer set search_path = ''
as $$
begin
  update public.fleet_connections c set
    version = c.version + 1, expires_at = fleet.now() + p_expires_ms * interval '1 millisecond',
    refresh_lease_until = null, updated_at = fleet.now()
  where c.id = p_id and c.version = p_version and c.status = 'active';
  if not found then
    return false;
  end if;
  update fleet.connection_secrets s set sealed = p_sealed, updated_at = fleet.now() where s.connection_id = p_id;
  return true;
end
$$;

-- The provider refused this token before its time: whoever looks it up next refreshes it first.
create function fleet.outdate_connection(p_id uuid, p_version integer) returns boolean
language plpgsql volatile security definer set search_path = ''
as $$
begin
  update public.fleet_connections c set expires_at = least(c.expires_at, fleet.now())
  where c.id = p_id and c.version = p_version and c.status = 'active';
  return found;
end
$$;

-- The provider takes this credential no more: true for the one call that finds out first, which asks its owner
-- (or, for an account of the organisation, everybody) to connect it anew.
create function fleet.expire_connection(p_id uuid, p_version integer, p_reason text) returns boolean
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_row public.fleet_connections;
begin
  update public.fleet_connections c set
    status = 'expired', status_reason = p_reason, refresh_lease_until = null, updated_at = fleet.now()
  where c.id = p_id and c.version = p_version and c.status = 'active'
  returning c.* into v_row;
  if v_row.id is null then
    return false;
  end if;
  insert into public.fleet_activity (org_id, user_id, event_type, title, summary, effect_key)
  values (v_row.org_id, v_row.user_id, 'connection_expired', 'Connect ' || initcap(v_row.provider) || ' again',
    'The account ' || v_row.account_id || ' no longer lets us in: what needs it waits until it is connected again.',
    'connection:' || p_id || ':' || p_version)
  on conflict do nothing;
  return true;
end
$$;

create function fleet.revoke_connection(p_id uuid, p_org_id uuid) returns boolean
language plpgsql volatile security definer set search_path = ''
as $$
begin
  delete from fleet.connection_secrets s using public.fleet_connections c
  where s.connection_id = c.id and c.id = p_id and c.org_id = p_org_id;
  update public.fleet_connections c set status = 'revoked', expires_at = null, updated_at = fleet.now()
  where c.id = p_id and c.org_id = p_org_id and c.status <> 'revoked';
  return found;
end
$$;

-- A consent under way. Only the state's hash is kept; the verifier alone opens nothing.
create table fleet.oauth_states (
  state_sha256 text primary key constraint hash_is_sha256 check (state_sha256 ~ '^[0-9a-f]{64}$'),
  org_id uuid not null,
  user_id uuid,
  provider text not null,
  verifier text not null,
  expires_at timestamptz not null
);
comment on column fleet.oauth_states.user_id is 'Whose account it becomes; null: the organisation''s own.';
create index oauth_states_expiry on fleet.oauth_states (expires_at);
alter table fleet.oauth_states enable row level security;
revoke all on fleet.oauth_states from public;

create function fleet.open_oauth_state(p_state jsonb, p_lives_ms bigint) returns boolean
language plpgsql volatile security definer set search_path = ''
as $$
begin
  delete from fleet.oauth_states o where o.expires_at < fleet.now();
  insert into fleet.oauth_states (state_sha256, org_id, user_id, provider, verifier, expires_at)
  select r.state_sha256, r.org_id, r.user_id, r.provider, r.verifier, fleet.now() + p_lives_ms * interval '1 millisecond'
  from jsonb_populate_record(null::fleet.oauth_states, p_state) r;
  return true;
end
$$;

-- Single use: whoever takes it first has it; null for an unknown, used or late one, and for another provider's.
create function fleet.take_oauth_state(p_state_sha256 text, p_provider text) returns jsonb
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_row fleet.oauth_states;
begin
  delete from fleet.oauth_states o where o.state_sha256 = p_state_sha256 and o.provider = p_provider
  returning o.* into v_row;
  if v_row.state_sha256 is null or v_row.expires_at < fleet.now() then
    return null;
  end if;
  return jsonb_build_object('org_id', v_row.org_id, 'user_id', v_row.user_id, 'verifier', v_row.verifier);
end
$$;

revoke all on function fleet.open_oauth_state(jsonb, bigint), fleet.take_oauth_state(text, text)
  from public, anon, authenticated;
grant execute on function fleet.open_oauth_state(jsonb, bigint), fleet.take_oauth_state(text, text) to fleet_worker;
revoke all on function fleet.find_connection(uuid, uuid, text),
  fleet.save_connection(uuid, uuid, uuid, text, text, text[], jsonb, bigint),
  fleet.lease_connection_refresh(uuid, integer, bigint), fleet.refresh_connection(uuid, integer, jsonb, bigint),
  fleet.outdate_connection(uuid, integer), fleet.expire_connection(uuid, integer, text),
  fleet.revoke_connection(uuid, uuid) from public, anon, authenticated;
grant execute on function fleet.find_connection(uuid, uuid, text),
  fleet.save_connection(uuid, uuid, uuid, text, text, text[], jsonb, bigint),
  fleet.lease_connection_refresh(uuid, integer, bigint), fleet.refresh_connection(uuid, integer, jsonb, bigint),
  fleet.outdate_connection(uuid, integer), fleet.expire_connection(uuid, integer, text),
  fleet.revoke_connection(uuid, uuid) to fleet_worker;
