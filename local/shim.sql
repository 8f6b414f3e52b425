-- Stand-in for what a Supabase project has and a plain PostgreSQL lacks. Embedded stack only: never a
-- migration, never deployed. Runs as the superuser `supabase_admin`, before the first migration, and may
-- be run again.

do $$
declare
  v_role text;
begin
  foreach v_role in array array['anon', 'authenticated', 'service_role', 'authenticator', 'postgres'] loop
    if not exists (select 1 from pg_roles where rolname = v_role) then
      execute format('create role %I', v_role);
    end if;
  end loop;
end
$$;
alter role anon nologin noinherit;
alter role authenticated nologin noinherit;
alter role service_role nologin noinherit bypassrls;
alter role authenticator login noinherit;
-- Hosted: `postgres` owns the project's tables and is no superuser.
alter role postgres login createdb createrole replication bypassrls nosuperuser password 'postgres';
grant anon, authenticated, service_role to authenticator;
grant anon, authenticated, service_role to postgres with admin option;
grant pg_monitor, pg_read_all_data, pg_signal_backend to postgres;

do $$ begin execute format('alter database %I owner to postgres', current_database()); end $$;
alter schema public owner to postgres;
grant usage on schema public to anon, authenticated, service_role;
-- Hosted default privileges: new objects in public are open to the API roles unless taken back.
alter default privileges for role postgres in schema public grant all on tables to anon, authenticated, service_role;
alter default privileges for role postgres in schema public grant all on functions to anon, authenticated, service_role;
alter default privileges for role postgres in schema public grant all on sequences to anon, authenticated, service_role;

-- auth: users and the three claim readers.
create schema if not exists auth;
grant usage on schema auth to anon, authenticated, service_role, postgres;
create table if not exists auth.users (
  id uuid primary key,
  email text unique,
  raw_user_meta_data jsonb not null default '{}',
  raw_app_meta_data jsonb not null default '{}',
  created_at timestamptz not null default now()
);
grant all on auth.users to postgres, service_role;
create or replace function auth.jwt() returns jsonb language sql stable set search_path = '' as $$
  select coalesce(nullif(pg_catalog.current_setting('request.jwt.claims', true), ''), '{}')::jsonb
$$;
create or replace function auth.uid() returns uuid language sql stable set search_path = '' as $$
  select (auth.jwt() ->> 'sub')::uuid
$$;
create or replace function auth.role() returns text language sql stable set search_path = '' as $$
  select auth.jwt() ->> 'role'
$$;

create schema if not exists extensions authorization postgres;
grant usage on schema extensions to anon, authenticated, service_role;

-- vault: the same calls, kept in clear because the data folder is the developer's own.
create schema if not exists vault;
grant usage on schema vault to postgres, service_role;
create table if not exists vault.secrets (
  id uuid primary key default gen_random_uuid(),
  name text unique,
  description text not null default '',
  secret text not null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
create or replace view vault.decrypted_secrets as
  select id, name, description, secret, secret as decrypted_secret, created_at, updated_at from vault.secrets;
grant select on vault.secrets, vault.decrypted_secrets to postgres, service_role;
grant insert, update, delete on vault.secrets to postgres;
create or replace function vault.create_secret(
  new_secret text, new_name text default null, new_description text default ''
) returns uuid language sql security definer set search_path = '' as $$
  insert into vault.secrets (secret, name, description) values (new_secret, new_name, new_description) returning id
$$;
create or replace function vault.update_secret(
  secret_id uuid, new_secret text default null, new_name text default null, new_description text default null
) returns void language sql security definer set search_path = '' as $$
  update vault.secrets set secret = coalesce(new_secret, secret), name = coalesce(new_name, name),
    description = coalesce(new_description, description), updated_at = now() where id = secret_id
$$;

-- net: the request queue of pg_net. Unlogged like the real one; local/cron.ts empties it.
create schema if not exists net;
grant usage on schema net to postgres, service_role;
create unlogged table if not exists net.http_request_queue (
  id bigserial primary key,
  method text not null,
  url text not null,
  headers jsonb not null default '{}',
  body jsonb,
  timeout_milliseconds integer not null default 5000
);
create unlogged table if not exists net._http_response (
  id bigint,
  status_code integer,
  content_type text,
  headers jsonb,
  content text,
  timed_out boolean,
  error_msg text,
  created timestamptz not null default now()
);
create or replace function net.http_post(
  url text, body jsonb default '{}', params jsonb default '{}', headers jsonb default '{"Content-Type": "application/json"}',
  timeout_milliseconds integer default 5000
) returns bigint language sql security definer set search_path = '' as $$
  insert into net.http_request_queue (method, url, headers, body, timeout_milliseconds)
  values ('POST', $1, $4, $2, $5) returning id
$$;
grant select on net.http_request_queue, net._http_response to postgres;
-- The stand-in's worker and clock (local/cron.ts) are told instead of asking again and again.
create or replace function net.tell_worker() returns trigger language plpgsql set search_path = '' as $$
begin
  perform pg_catalog.pg_notify(tg_argv[0], '');
  return null;
end
$$;
create or replace trigger tell_worker after insert on net.http_request_queue
  for each statement execute function net.tell_worker('fleet_net');

-- cron: job rows as pg_cron keeps them; local/cron.ts is the clock.
create schema if not exists cron;
grant usage on schema cron to postgres;
create table if not exists cron.job (
  jobid bigserial primary key,
  schedule text not null,
  command text not null,
  nodename text not null default 'localhost',
  database text not null default current_database(),
  username text not null default current_user,
  active boolean not null default true,
  jobname text unique
);
create table if not exists cron.job_run_details (
  jobid bigint, runid bigserial primary key, status text, return_message text,
  start_time timestamptz, end_time timestamptz
);
grant select on cron.job, cron.job_run_details to postgres;
create or replace trigger tell_worker after insert or update or delete on cron.job
  for each statement execute function net.tell_worker('fleet_cron');
create or replace function cron.schedule(job_name text, schedule text, command text)
returns bigint language sql security definer set search_path = '' as $$
  insert into cron.job (jobname, schedule, command) values ($1, $2, $3)
  on conflict (jobname) do update set schedule = excluded.schedule, command = excluded.command, active = true
  returning jobid
$$;
create or replace function cron.unschedule(job_name text) returns boolean
language plpgsql security definer set search_path = '' as $$
begin
  delete from cron.job where jobname = job_name;
  return found;
end
$$;

create or replace function cron.unschedule(job_id bigint) returns boolean
language plpgsql security definer set search_path = '' as $$
begin
  delete from cron.job where jobid = job_id;
  return found;
end
$$;

-- realtime: messages are kept, nobody broadcasts them. Table, helper and rights as hosted, so that policies
-- on topics are proved in SQL; the partitions are left out.
create schema if not exists realtime;
grant usage on schema realtime to postgres, anon, authenticated, service_role;
create table if not exists realtime.messages (
  id uuid primary key default gen_random_uuid(),
  topic text not null,
  extension text not null,
  payload jsonb,
  event text,
  private boolean default false,
  updated_at timestamp not null default now(),
  inserted_at timestamp not null default now()
);
alter table realtime.messages owner to postgres;
alter table realtime.messages enable row level security;
grant select, insert, update on realtime.messages to anon, authenticated, service_role;
create or replace function realtime.topic() returns text language sql stable set search_path = '' as $$
  select nullif(pg_catalog.current_setting('realtime.topic', true), '')
$$;
create or replace function realtime.send(payload jsonb, event text, topic text, private boolean default true)
returns void language sql set search_path = '' as $$
  insert into realtime.messages (topic, event, payload, private, extension) values ($3, $2, $1, $4, 'broadcast')
$$;
