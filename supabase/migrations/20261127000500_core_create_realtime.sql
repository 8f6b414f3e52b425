-- Purpose: live changes for members over Supabase Realtime, switched on and off by the operator. Topics
--          fleet:org:<id> and fleet:run:<id> carry ids and statuses; whoever wants more reads the row.
-- Objects: functions fleet.enable_realtime, disable_realtime, broadcast_runs, broadcast_approvals, broadcast.
-- Risk:    none until fleet.enable_realtime() is called: no trigger, no policy, nothing of schema `realtime`
--          is touched, and a project without that schema migrates as well.

-- A broadcast is a courtesy: no failure of it may undo a transition. lock_timeout bounds a wait that no
-- exception would end.
create function fleet.broadcast(p_event text, p_org_id uuid, p_payload jsonb) returns void
language plpgsql security definer set search_path = '' set lock_timeout = '100ms'
as $$
begin
  perform realtime.send(p_payload, p_event, 'fleet:org:' || p_org_id, true);
  perform realtime.send(p_payload, p_event, 'fleet:run:' || (p_payload ->> 'job_id'), true);
exception when others then
  raise warning 'Cannot broadcast a change of run %: %', p_payload ->> 'job_id', sqlerrm;
end
$$;
comment on function fleet.broadcast(text, uuid, jsonb) is
  'Sends one change to the topics of its organisation and of its run; a failure is a warning.';

-- One trigger function per table and both operations: an insert has no earlier status.
create function fleet.broadcast_runs() returns trigger
language plpgsql security definer set search_path = ''
as $$
begin
  if tg_op = 'INSERT' then
    perform fleet.broadcast('run', n.org_id, jsonb_build_object('job_id', n.id, 'status', n.status))
    from new_rows n where n.mode = 'live';
  else
    perform fleet.broadcast('run', n.org_id, jsonb_build_object('job_id', n.id, 'status', n.status))
    from new_rows n join old_rows o on o.id = n.id
    where n.mode = 'live' and n.status is distinct from o.status;
  end if;
  return null;
end
$$;

create function fleet.broadcast_approvals() returns trigger
language plpgsql security definer set search_path = ''
as $$
begin
  if tg_op = 'INSERT' then
    perform fleet.broadcast('approval', n.org_id,
      jsonb_build_object('job_id', n.job_id, 'approval_id', n.id, 'status', n.status))
    from new_rows n;
  else
    perform fleet.broadcast('approval', n.org_id,
      jsonb_build_object('job_id', n.job_id, 'approval_id', n.id, 'status', n.status))
    from new_rows n join old_rows o on o.id = n.id
    where n.status is distinct from o.status;
  end if;
  return null;
end
$$;

-- Statement triggers with transition tables: one call per statement, however many rows it moves.
create function fleet.enable_realtime() returns void
language plpgsql set search_path = ''
as $$
declare
  v_table text;
  v_function text;
begin
  if to_regprocedure('realtime.send(jsonb,text,text,boolean)') is null
    or to_regprocedure('realtime.topic()') is null then
    perform fleet.refuse(501, 'no_realtime', 'This project has no Realtime: realtime.send() or realtime.topic() is missing');
  end if;
  perform fleet.disable_realtime();

  foreach v_table in array array['fleet_jobs', 'fleet_approvals'] loop
    v_function := case v_table when 'fleet_jobs' then 'broadcast_runs' else 'broadcast_approvals' end;
    execute format('create trigger broadcast_inserts after insert on public.%I
      referencing new table as new_rows for each statement execute function fleet.%I()', v_table, v_function);
    execute format('create trigger broadcast_updates after update on public.%I
      referencing old table as old_rows new table as new_rows for each statement execute function fleet.%I()',
      v_table, v_function);
  end loop;

  -- Receiving only: without a policy for insert no member can broadcast on these topics. One policy, since
  -- each further one is asked for every row. The run is looked up with the member's own rights.
  create policy "Members can follow their organisation and its runs" on realtime.messages
    for select to authenticated using (
      extension = 'broadcast'
      and case
        when (select realtime.topic()) ~ '^fleet:org:[0-9a-f-]{36}$'
          then (select realtime.topic()) = any (array(select 'fleet:org:' || o.org_id from fleet.member_orgs() as o (org_id)))
        when (select realtime.topic()) ~ '^fleet:run:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$'
          then exists (select 1 from public.fleet_jobs j where j.id = substr((select realtime.topic()), 11)::uuid)
        else false
      end);
end
$$;
comment on function fleet.enable_realtime() is
  'Broadcasts status changes of runs and approvals from now on. Idempotent; the operator calls it as postgres.';

-- What is not there to drop is no news to whoever switches it on.
create function fleet.disable_realtime() returns void
language plpgsql set search_path = '' set client_min_messages = 'warning'
as $$
begin
  drop trigger if exists broadcast_inserts on public.fleet_jobs;
  drop trigger if exists broadcast_updates on public.fleet_jobs;
  drop trigger if exists broadcast_inserts on public.fleet_approvals;
  drop trigger if exists broadcast_updates on public.fleet_approvals;
  if to_regclass('realtime.messages') is not null then
    drop policy if exists "Members can follow their organisation and its runs" on realtime.messages;
  end if;
end
$$;
comment on function fleet.disable_realtime() is 'Takes back what fleet.enable_realtime() made. Idempotent.';

revoke all on function fleet.broadcast(text, uuid, jsonb), fleet.broadcast_runs(), fleet.broadcast_approvals(),
  fleet.enable_realtime(), fleet.disable_realtime() from public, anon, authenticated, service_role, fleet_worker;
