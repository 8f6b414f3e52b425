-- Purpose: the two schemas of the engine, its login role, its clock and ids, and the seams that a
--          project maps onto its own tables.
-- Objects: schemas fleet, fleet_crm; role fleet_worker; fleet.now, new_id, refuse; seams member_role,
--          user_profile, member_orgs, fleet_crm.apply_change, store_meeting, store_calendar_events.
-- Risk:    none; nothing of an existing project is touched. A schema called `fleet` that is not ours
--          stops here.

do $$
begin
  if exists (select 1 from pg_catalog.pg_namespace where nspname = 'fleet')
     and not exists (
       select 1 from pg_catalog.pg_proc p join pg_catalog.pg_namespace n on n.oid = p.pronamespace
       where n.nspname = 'fleet' and p.proname = 'refuse')
     and exists (
       select 1 from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
       where n.nspname = 'fleet') then
    raise exception 'Schema "fleet" already holds other tables: rename it before installing the orchestrator';
  end if;
end
$$;

create schema if not exists fleet;
create schema if not exists fleet_crm;
comment on schema fleet is 'Engine functions of the fleet orchestrator. Never exposed to the Data API.';
comment on schema fleet_crm is 'Seam to the business data: views and two functions a team may replace.';

-- The role of the functions. It owns nothing; its password is set by the installer, never here.
do $$
begin
  if not exists (select 1 from pg_catalog.pg_roles where rolname = 'fleet_worker') then
    create role fleet_worker login noinherit nocreatedb nocreaterole;
  end if;
end
$$;

revoke all on schema fleet, fleet_crm from public;
grant usage on schema fleet to fleet_worker, authenticated, service_role;
grant usage on schema fleet_crm to fleet_worker;
grant usage on schema public to fleet_worker;
alter default privileges in schema fleet revoke execute on functions from public;
alter default privileges in schema fleet_crm revoke execute on functions from public;

-- Stable over clock_timestamp(): one reading per call site, real time inside a long statement.
-- Tests replace this body in a database of their own; it reads no setting. plpgsql keeps its plan, a
-- SQL function of this volatility is planned anew by every statement.
create or replace function fleet.now() returns timestamptz
language plpgsql stable set search_path = ''
as $$ begin return pg_catalog.clock_timestamp(); end $$;
comment on function fleet.now() is 'The only clock of leases, schedules and expiries.';

-- UUIDv7 for rows that are born in SQL (fleet.emit); TypeScript makes its own.
create or replace function fleet.new_id() returns uuid
language plpgsql volatile set search_path = ''
as $$
declare
  v_ms bigint := (extract(epoch from fleet.now()) * 1000)::bigint;
  v_hex text := replace(gen_random_uuid()::text, '-', '');
begin
  return (lpad(to_hex(v_ms), 12, '0') || '7' || substr(v_hex, 14))::uuid;
end
$$;

-- One way to refuse: SQLSTATE ZF<http status>, message `code: sentence`. db/sqlstate.ts maps it back.
create or replace function fleet.refuse(p_status integer, p_code text, p_message text, p_details jsonb default '[]')
returns void
language plpgsql set search_path = ''
as $$
begin
  raise exception using
    errcode = 'ZF' || p_status::text,
    message = p_code || ': ' || p_message,
    detail = p_details::text;
end
$$;

-- Seams ---------------------------------------------------------------------------------------
-- A team with its own membership or CRM tables replaces the bodies, never the signatures. The crm
-- pack does exactly that for the reference tables.

create or replace function fleet.member_role(p_user_id uuid, p_org_id uuid) returns text
language plpgsql stable security definer set search_path = ''
as $$ begin perform fleet.refuse(501, 'not_mapped', 'fleet.member_role is not mapped to a membership table'); return null; end $$;
comment on function fleet.member_role(uuid, uuid) is
  'Role of a user in an organisation (owner, admin, member, readonly), null when none.';

create or replace function fleet.user_profile(p_user_id uuid) returns jsonb
language plpgsql stable security definer set search_path = ''
as $$ begin perform fleet.refuse(501, 'not_mapped', 'fleet.user_profile is not mapped to a profile table'); return null; end $$;
comment on function fleet.user_profile(uuid) is '{id, email, full_name, timezone} of a user, null when unknown.';

create or replace function fleet.member_orgs() returns setof uuid
language plpgsql stable security definer set search_path = ''
as $$ begin perform fleet.refuse(501, 'not_mapped', 'fleet.member_orgs is not mapped to a membership table'); return; end $$;
comment on function fleet.member_orgs() is 'Organisations of auth.uid(); row policies ask it once per statement.';

create or replace function fleet_crm.apply_change(
  p_org_id uuid, p_entity text, p_id uuid, p_change jsonb, p_effect_key text
) returns jsonb
language plpgsql security definer set search_path = ''
as $$ begin perform fleet.refuse(501, 'not_mapped', 'fleet_crm.apply_change is not mapped to CRM tables'); return null; end $$;

create or replace function fleet_crm.store_meeting(
  p_org_id uuid, p_endpoint_id uuid, p_delivery_id text, p_meeting jsonb
) returns jsonb
language plpgsql security definer set search_path = ''
as $$ begin perform fleet.refuse(501, 'not_mapped', 'fleet_crm.store_meeting is not mapped to a meeting table'); return null; end $$;

create or replace function fleet_crm.store_calendar_events(
  p_org_id uuid, p_user_id uuid, p_source text, p_events jsonb
) returns jsonb
language plpgsql security definer set search_path = ''
as $$ begin perform fleet.refuse(501, 'not_mapped', 'fleet_crm.store_calendar_events is not mapped to a calendar table'); return null; end $$;

revoke all on all functions in schema fleet, fleet_crm from public, anon, authenticated;
grant execute on function fleet.member_role(uuid, uuid), fleet.user_profile(uuid) to fleet_worker, authenticated, service_role;
grant execute on function fleet.member_orgs() to authenticated, service_role, fleet_worker;
grant execute on function fleet_crm.apply_change(uuid, text, uuid, jsonb, text),
  fleet_crm.store_meeting(uuid, uuid, text, jsonb),
  fleet_crm.store_calendar_events(uuid, uuid, text, jsonb) to fleet_worker;
grant execute on function fleet.now() to fleet_worker;
-- Column defaults and triggers of the tables that the service role may write run with its rights.
grant execute on function fleet.now(), fleet.new_id(), fleet.refuse(integer, text, text, jsonb) to service_role;
