-- Purpose: what organisations override without a deploy: routes, definitions, hand-offs, skills.
-- Objects: public.fleet_event_routes, fleet_sequence_definitions, fleet_handoff_routes, fleet_skills; the
--          three resolvers; the definition validator.
-- Risk:    new objects only. No engine function, foreign key, view or row type names the first three: they
--          may be emptied or dropped without stopping a run. Resolvers are plpgsql with their own row
--          types, so that a missing table is an error the caller can catch.

create table public.fleet_skills (
  skill text primary key constraint skill_is_a_name check (skill ~ '^[a-z][a-z0-9-]{0,62}$'),
  kind text not null default 'adapter' constraint kind_is_known check (kind in ('adapter', 'function')),
  function_name text constraint function_name_is_a_name check (function_name ~ '^[a-z][a-z0-9-]{0,62}$'),
  effect_mode text not null default 'keyed' constraint effect_mode_is_known
    check (effect_mode in ('pure', 'db', 'keyed', 'reconcile', 'at_most_once')),
  approval_floor text not null default 'none' constraint approval_floor_is_known
    check (approval_floor in ('none', 'required')),
  has_external_effect boolean not null default false,
  input_schema jsonb,
  output_schema jsonb,
  timeout_ms integer not null default 30000 constraint timeout_fits check (timeout_ms between 1 and 360000),
  is_active boolean not null default true,
  created_at timestamptz not null default fleet.now(),
  updated_at timestamptz not null default fleet.now(),
  constraint function_has_a_name check ((kind = 'function') = (function_name is not null))
);
comment on table public.fleet_skills is 'What a step may name. A function skill is an edge function of that name, never a path.';

create table public.fleet_event_routes (
  id uuid primary key default fleet.new_id(),
  org_id uuid,
  event_type text not null,
  sequence_key text not null,
  is_active boolean not null default true,
  priority integer not null default 0,
  conditions jsonb,
  fan_out boolean not null default false,
  scope text not null default 'user' constraint scope_is_known check (scope in ('user', 'org')),
  created_at timestamptz not null default fleet.now(),
  updated_at timestamptz not null default fleet.now()
);
comment on table public.fleet_event_routes is
  'Which sequence an event type starts. org_id null is the platform; an organisation''s row hides the platform''s of the same sequence.';
create unique index fleet_event_routes_key on public.fleet_event_routes
  (coalesce(org_id, '00000000-0000-0000-0000-000000000000'), event_type, sequence_key);
create index fleet_event_routes_type on public.fleet_event_routes (event_type);

create table public.fleet_sequence_definitions (
  id uuid primary key default fleet.new_id(),
  sequence_key text not null,
  org_id uuid,
  version integer not null default 1 constraint version_is_positive check (version > 0),
  steps jsonb not null,
  overlay jsonb,
  base_version integer,
  context_requirements jsonb,
  is_active boolean not null default true,
  created_at timestamptz not null default fleet.now(),
  updated_at timestamptz not null default fleet.now(),
  constraint overlay_names_its_base check ((overlay is null) = (base_version is null))
);
comment on table public.fleet_sequence_definitions is
  'Versions of sequences. An overlay is resolved into full steps when published; steps of a version never change.';
create unique index fleet_sequence_definitions_key on public.fleet_sequence_definitions
  (sequence_key, coalesce(org_id, '00000000-0000-0000-0000-000000000000'), version);

create table public.fleet_handoff_routes (
  id uuid primary key default fleet.new_id(),
  key text not null,
  org_id uuid,
  source_sequence_key text not null,
  source_step_skill text not null,
  target_event_type text not null,
  for_each text,
  context_mapping jsonb not null default '{}',
  conditions jsonb not null default '{}',
  dedupe text,
  delay_minutes integer not null default 0 constraint delay_is_within_a_year check (delay_minutes between 0 and 525600),
  is_active boolean not null default true,
  created_at timestamptz not null default fleet.now()
);
comment on table public.fleet_handoff_routes is
  'Which outputs raise which events. An organisation''s row hides the platform''s of the same key, also when inactive.';
create unique index fleet_handoff_routes_key on public.fleet_handoff_routes
  (coalesce(org_id, '00000000-0000-0000-0000-000000000000'), key);
create index fleet_handoff_routes_source on public.fleet_handoff_routes (source_sequence_key);

-- Validation on save ----------------------------------------------------------------------------------

-- Internal: null (left out) or a whole number within bounds.
create function fleet.is_whole_between(p_value jsonb, p_from numeric, p_to numeric) returns boolean
language plpgsql immutable set search_path = ''
as $$
begin
  return case
    when p_value is null then true
    when jsonb_typeof(p_value) <> 'number' then false
    else p_value::numeric between p_from and p_to and p_value::numeric = trunc(p_value::numeric) end;
end
$$;

create function fleet.is_user_id(p_value jsonb) returns boolean
language plpgsql immutable set search_path = ''
as $$
begin
  return jsonb_typeof(p_value) = 'string'
    and p_value #>> '{}' ~* '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$';
end
$$;

create function fleet.are_approvers(p_value jsonb) returns boolean
language plpgsql immutable set search_path = ''
as $$
begin
  if jsonb_typeof(p_value) = 'array' then
    return jsonb_array_length(p_value) between 1 and 20
      and not exists (select 1 from jsonb_array_elements(p_value) e where not fleet.is_user_id(e));
  end if;
  return p_value in ('"member"', '"admin"', '"owner"');
end
$$;

create function fleet.is_escalation(p_value jsonb) returns boolean
language plpgsql immutable set search_path = ''
as $$
begin
  return jsonb_typeof(p_value) = 'object' and p_value ?& array['after_minutes', 'to']
    and not exists (select 1 from jsonb_object_keys(p_value) k where k <> all (array['after_minutes', 'to']))
    and fleet.is_whole_between(p_value -> 'after_minutes', 1, 525600)
    and (p_value -> 'to' = '"admins"' or fleet.is_user_id(p_value -> 'to'));
end
$$;

-- Internal: the shape of one step, as parseDefinition() reads it (tests/integration/configuration.test.ts holds both
-- to the same table). What passes here and not there would refuse every event instead of one save.
create function fleet.check_step(p_step jsonb, p_id text) returns void
language plpgsql stable set search_path = ''
as $$
declare
  v_problem text;
  v_retry jsonb := coalesce(p_step -> 'retry', '{}');
  v_approval jsonb := coalesce(p_step -> 'approval', '{}');
begin
  v_problem := case
    when exists (select 1 from jsonb_object_keys(p_step) k where k <> all (array['skill', 'id', 'requires_context',
      'requires_approval', 'criticality', 'available', 'depends_on', 'when', 'timeout_ms', 'retry', 'approval', 'input']))
      then 'unknown key ' || (select min(k) from jsonb_object_keys(p_step) k where k <> all (array['skill', 'id',
        'requires_context', 'requires_approval', 'criticality', 'available', 'depends_on', 'when', 'timeout_ms', 'retry',
        'approval', 'input']))
    when p_step ->> 'skill' !~ '^[a-z][a-z0-9-]{0,62}$' then 'skill must be lower-case words joined by hyphens'
    when p_step ? 'id' and (jsonb_typeof(p_step -> 'id') <> 'string' or p_id !~ '^[A-Za-z][A-Za-z0-9_-]{0,62}$')
      then 'id is letters, digits, hyphens and underscores'
    when jsonb_typeof(coalesce(p_step -> 'requires_context', '[]')) <> 'array' then 'requires_context is a list'
    when jsonb_typeof(coalesce(p_step -> 'requires_approval', 'false')) <> 'boolean' then 'requires_approval is true or false'
    when jsonb_typeof(coalesce(p_step -> 'available', 'true')) <> 'boolean' then 'available is true or false'
    when jsonb_typeof(coalesce(p_step -> 'depends_on', '[]')) not in ('array', 'null') then 'depends_on is a list'
    when jsonb_typeof(p_step -> 'depends_on') = 'array' and exists (
      select 1 from jsonb_array_elements(p_step -> 'depends_on') d where jsonb_typeof(d) <> 'string')
      then 'depends_on lists step ids'
    when jsonb_typeof(coalesce(p_step -> 'when', 'null')) not in ('string', 'null') then 'when is an expression'
    when length(coalesce(p_step ->> 'when', '')) > 2000 then 'when has at most 2000 characters'
    when not fleet.is_whole_between(p_step -> 'timeout_ms', 1, 360000) then 'timeout_ms must be between 1 and 360000'
    when jsonb_typeof(coalesce(p_step -> 'criticality', '"critical"')) <> 'string'
      or coalesce(p_step ->> 'criticality', 'critical') not in ('critical', 'best-effort')
      then 'criticality is critical or best-effort'
    when jsonb_typeof(coalesce(p_step -> 'input', 'null')) not in ('object', 'null') then 'input is a mapping'
    when jsonb_typeof(v_retry) <> 'object' or exists (select 1 from jsonb_object_keys(v_retry) k
      where k <> all (array['max_retries', 'base_ms', 'factor', 'max_ms', 'jitter']))
      then 'retry holds max_retries, base_ms, factor, max_ms and jitter'
    when not fleet.is_whole_between(v_retry -> 'max_retries', 0, 10) then 'max_retries must be between 0 and 10'
    when not fleet.is_whole_between(v_retry -> 'base_ms', 0, 3600000) then 'base_ms must be between 0 and 3600000'
    when not fleet.is_whole_between(v_retry -> 'max_ms', 0, 3600000) then 'max_ms must be between 0 and 3600000'
    when jsonb_typeof(coalesce(v_retry -> 'factor', '2')) <> 'number' then 'factor is a number'
    when coalesce((v_retry ->> 'factor')::numeric, 2) not between 1 and 10 then 'factor must be between 1 and 10'
    when v_retry ? 'jitter' and v_retry ->> 'jitter' is distinct from 'none' and v_retry ->> 'jitter' is distinct from 'full'
      then 'jitter is none or full'
    when jsonb_typeof(v_approval) <> 'object' or exists (select 1 from jsonb_object_keys(v_approval) k
      where k <> all (array['expires_minutes', 'on_expire', 'assignee', 'approvers', 'forbids_self', 'escalate']))
      then 'approval holds expires_minutes, on_expire, assignee, approvers, forbids_self and escalate'
    when not fleet.is_whole_between(v_approval -> 'expires_minutes', 1, 525600)
      then 'expires_minutes must be between 1 and 525600'
    when v_approval ? 'on_expire' and coalesce(v_approval ->> 'on_expire', '') not in ('reject', 'approve', 'fail')
      then 'on_expire is reject, approve or fail'
    when v_approval ->> 'assignee' is not null
      and v_approval ->> 'assignee' !~* '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$'
      then 'assignee is a user id'
    when v_approval ? 'approvers' and not coalesce(fleet.are_approvers(v_approval -> 'approvers'), false)
      then 'approvers is a list of 1 to 20 user ids, or member, admin or owner'
    when v_approval ? 'forbids_self' and jsonb_typeof(v_approval -> 'forbids_self') <> 'boolean'
      then 'forbids_self is true or false'
    when v_approval ? 'escalate' and not coalesce(fleet.is_escalation(v_approval -> 'escalate'), false)
      then 'escalate holds after_minutes and to, a user id or admins'
  end;
  if v_problem is not null then
    perform fleet.refuse(422, 'invalid_definition', format('Step "%s": %s', p_id, v_problem));
  end if;
end
$$;

-- Refuses with ZF422 `invalid_definition`; the message names the step, a cycle is printed `a → b → a`.
create function fleet.validate_definition(p_steps jsonb) returns void
language plpgsql stable set search_path = ''
as $$
declare
  v_step jsonb;
  v_ids text[] := '{}';
  v_id text;
  v_dep text;
  v_declares boolean;
  v_open jsonb := '{}';
  v_ready text[];
  v_skill public.fleet_skills;
  v_path text[];
begin
  if jsonb_typeof(p_steps) is distinct from 'array' or jsonb_array_length(p_steps) = 0 then
    perform fleet.refuse(422, 'invalid_definition', 'Steps must be a list with at least one step');
  elsif jsonb_array_length(p_steps) > 200 then
    perform fleet.refuse(422, 'invalid_definition', 'A sequence has at most 200 steps');
  elsif length(p_steps::text) > 262144 then
    perform fleet.refuse(422, 'invalid_definition', 'A definition has at most 256 KiB');
  end if;

  select bool_or(jsonb_typeof(s -> 'depends_on') = 'array') into v_declares from jsonb_array_elements(p_steps) s;
  for v_step in select s from jsonb_array_elements(p_steps) s loop
    if jsonb_typeof(v_step) is distinct from 'object' or jsonb_typeof(v_step -> 'skill') is distinct from 'string' then
      perform fleet.refuse(422, 'invalid_definition', 'Each step is an object with a skill');
    end if;
    v_id := coalesce(v_step ->> 'id', v_step ->> 'skill');
    if v_id = any (v_ids) then
      perform fleet.refuse(422, 'invalid_definition', format('Step id "%s" is used twice', v_id));
    end if;
    v_ids := v_ids || v_id;
    select k.* into v_skill from public.fleet_skills k where k.skill = v_step ->> 'skill';
    if v_skill.skill is null then
      perform fleet.refuse(422, 'invalid_definition', format('Step "%s" names skill "%s", which does not exist', v_id, v_step ->> 'skill'));
    end if;
    perform fleet.check_step(v_step, v_id);
    if v_step #>> '{approval,on_expire}' = 'approve' and v_skill.has_external_effect then
      perform fleet.refuse(422, 'invalid_definition', format('Step "%s" acts outside: an unanswered approval cannot approve it', v_id));
    end if;
  end loop;
  if not coalesce(v_declares, false) then
    return;
  end if;

  for v_step in select s from jsonb_array_elements(p_steps) s loop
    v_id := coalesce(v_step ->> 'id', v_step ->> 'skill');
    for v_dep in select d from jsonb_array_elements_text(
      case when jsonb_typeof(v_step -> 'depends_on') = 'array' then v_step -> 'depends_on' else '[]' end) d
    loop
      if v_dep = v_id then
        perform fleet.refuse(422, 'invalid_definition', format('Step "%s" depends on itself', v_id));
      elsif not v_dep = any (v_ids) then
        perform fleet.refuse(422, 'invalid_definition', format('Step "%s" depends on "%s", which is no step', v_id, v_dep));
      end if;
    end loop;
    v_open := v_open || jsonb_build_object(v_id,
      case when jsonb_typeof(v_step -> 'depends_on') = 'array' then v_step -> 'depends_on' else '[]' end);
  end loop;

  -- Take away what has no open dependency until nothing is left; what stays holds a cycle.
  loop
    select array_agg(o.key) into v_ready from jsonb_each(v_open) o
    where not exists (select 1 from jsonb_array_elements_text(o.value) d where v_open ? d);
    exit when v_ready is null;
    v_open := v_open - v_ready;
  end loop;
  if v_open <> '{}' then
    v_path := array[(select min(k) from jsonb_object_keys(v_open) k)];
    loop
      select d into v_id from jsonb_array_elements_text(v_open -> v_path[cardinality(v_path)]) d
      where v_open ? d order by d limit 1;
      exit when v_id = any (v_path);
      v_path := v_path || v_id;
    end loop;
    v_path := v_path[array_position(v_path, v_id):] || v_id;
    perform fleet.refuse(422, 'invalid_definition', 'The steps depend on each other: ' || array_to_string(v_path, ' → '));
  end if;
end
$$;

create function fleet.check_definition() returns trigger
language plpgsql set search_path = ''
as $$
begin
  if tg_op = 'UPDATE' and (new.steps is distinct from old.steps or new.version <> old.version
      or new.sequence_key <> old.sequence_key) then
    perform fleet.refuse(409, 'version_is_final', 'A version never changes: insert the next one');
  end if;
  perform fleet.validate_definition(new.steps);
  new.updated_at := fleet.now();
  return new;
end
$$;
create trigger definition_is_valid before insert or update on public.fleet_sequence_definitions
  for each row execute function fleet.check_definition();

-- Two active exclusive routes of one event, scope of ownership and priority would leave the winner to chance.
create function fleet.check_route() returns trigger
language plpgsql set search_path = ''
as $$
declare
  v_other text;
begin
  if new.is_active and not new.fan_out then
    select r.sequence_key into v_other from public.fleet_event_routes r
    -- The same key is the same route: an upsert fires this before it finds its row.
    where r.event_type = new.event_type and r.org_id is not distinct from new.org_id
      and r.sequence_key <> new.sequence_key
      and r.is_active and not r.fan_out and r.priority = new.priority
    limit 1;
    if v_other is not null then
      perform fleet.refuse(422, 'ambiguous_route', format(
        'Route %s → %s has the same priority as → %s: set another priority, or fan_out',
        new.event_type, new.sequence_key, v_other));
    end if;
  end if;
  if jsonb_typeof(new.conditions) not in ('object', 'null') then
    perform fleet.refuse(422, 'invalid_conditions', 'Conditions are an object');
  end if;
  new.updated_at := fleet.now();
  return new;
end
$$;
create trigger route_is_unambiguous before insert or update on public.fleet_event_routes
  for each row execute function fleet.check_route();

create function fleet.check_handoff() returns trigger
language plpgsql set search_path = ''
as $$
begin
  if jsonb_typeof(new.conditions) <> 'object' or jsonb_typeof(new.context_mapping) <> 'object' then
    perform fleet.refuse(422, 'invalid_handoff', 'Conditions and context_mapping are objects');
  end if;
  return new;
end
$$;
create trigger handoff_is_valid before insert or update on public.fleet_handoff_routes
  for each row execute function fleet.check_handoff();

create trigger routes_touch_config after insert or update or delete or truncate on public.fleet_event_routes
  for each statement execute function fleet.touch_config();
create trigger definitions_touch_config after insert or update or delete or truncate on public.fleet_sequence_definitions
  for each statement execute function fleet.touch_config();
create trigger handoffs_touch_config after insert or update or delete or truncate on public.fleet_handoff_routes
  for each statement execute function fleet.touch_config();
create trigger skills_touch_config after insert or update or delete or truncate on public.fleet_skills
  for each statement execute function fleet.touch_config();

update fleet.config_stamps set watched = array[
  'public.fleet_event_routes', 'public.fleet_sequence_definitions', 'public.fleet_handoff_routes',
  'public.resolve_event_route(uuid, text)', 'public.get_sequence_definition(uuid, text)',
  'public.get_handoff_routes(uuid, text, text)'];

-- Resolvers: invoker rights, so row security decides what a member sees. They answer inactive rows too:
-- a row that is switched off is a decision, no row is absence. --------------------------------------

create function public.resolve_event_route(p_org_id uuid, p_event_type text)
returns table (
  id uuid, org_id uuid, event_type text, sequence_key text, is_active boolean, priority integer,
  conditions jsonb, fan_out boolean, scope text)
language plpgsql stable set search_path = ''
as $$
begin
  return query
    select r.id, r.org_id, r.event_type, r.sequence_key, r.is_active, r.priority, r.conditions, r.fan_out, r.scope
    from public.fleet_event_routes r
    where r.event_type = p_event_type and (r.org_id = p_org_id or (r.org_id is null and not exists (
      select 1 from public.fleet_event_routes o
      where o.org_id = p_org_id and o.event_type = p_event_type and o.sequence_key = r.sequence_key)))
    order by r.priority desc, r.org_id nulls last, r.sequence_key;
end
$$;

create function public.get_sequence_definition(p_org_id uuid, p_sequence_key text)
returns table (
  id uuid, sequence_key text, org_id uuid, version integer, steps jsonb, context_requirements jsonb, is_active boolean)
language plpgsql stable set search_path = ''
as $$
begin
  return query
    select d.id, d.sequence_key, d.org_id, d.version, d.steps, d.context_requirements, d.is_active
    from public.fleet_sequence_definitions d
    where d.sequence_key = p_sequence_key and (d.org_id = p_org_id or d.org_id is null)
    order by d.is_active desc, d.org_id nulls last, d.version desc
    limit 1;
end
$$;

create function public.get_handoff_routes(p_org_id uuid, p_source_sequence_key text, p_source_step_skill text)
returns table (
  id uuid, key text, org_id uuid, source_sequence_key text, source_step_skill text, target_event_type text,
  for_each text, context_mapping jsonb, conditions jsonb, dedupe text, delay_minutes integer, is_active boolean)
language plpgsql stable set search_path = ''
as $$
begin
  return query
    select h.id, h.key, h.org_id, h.source_sequence_key, h.source_step_skill, h.target_event_type, h.for_each,
      h.context_mapping, h.conditions, h.dedupe, h.delay_minutes, h.is_active
    from public.fleet_handoff_routes h
    where h.source_sequence_key = p_source_sequence_key
      and (p_source_step_skill is null or h.source_step_skill = p_source_step_skill)
      and (h.org_id = p_org_id or (h.org_id is null and not exists (
        select 1 from public.fleet_handoff_routes o where o.org_id = p_org_id and o.key = h.key)))
    order by h.key;
end
$$;

-- Rights ------------------------------------------------------------------------------------------------

do $$
declare
  v_table text;
begin
  foreach v_table in array array['fleet_event_routes', 'fleet_sequence_definitions', 'fleet_handoff_routes', 'fleet_skills'] loop
    execute format('alter table public.%I enable row level security', v_table);
    execute format('revoke all on public.%I from public, anon, authenticated', v_table);
    execute format('grant all on public.%I to service_role', v_table);
    execute format('grant select on public.%I to fleet_worker', v_table);
    execute format('create policy "The engine can read all configuration" on public.%I for select to fleet_worker using (true)', v_table);
  end loop;
end
$$;
grant select on public.fleet_event_routes, public.fleet_sequence_definitions, public.fleet_handoff_routes to authenticated;
create policy "Members can read their own and the platform's routes" on public.fleet_event_routes
  for select to authenticated using (org_id is null or org_id = any (array(select fleet.member_orgs())));
create policy "Members can read their own and the platform's definitions" on public.fleet_sequence_definitions
  for select to authenticated using (org_id is null or org_id = any (array(select fleet.member_orgs())));
create policy "Members can read their own and the platform's hand-offs" on public.fleet_handoff_routes
  for select to authenticated using (org_id is null or org_id = any (array(select fleet.member_orgs())));

revoke all on function fleet.is_whole_between(jsonb, numeric, numeric), fleet.is_user_id(jsonb), fleet.are_approvers(jsonb), fleet.is_escalation(jsonb), fleet.check_step(jsonb, text),
  fleet.validate_definition(jsonb), fleet.check_definition(), fleet.check_route(), fleet.check_handoff()
  from public;
-- Its caller is the trigger, which runs with the rights of whoever saves a definition.
grant execute on function fleet.is_whole_between(jsonb, numeric, numeric), fleet.is_user_id(jsonb), fleet.are_approvers(jsonb), fleet.is_escalation(jsonb), fleet.check_step(jsonb, text),
  fleet.validate_definition(jsonb) to service_role;
revoke all on function public.resolve_event_route(uuid, text), public.get_sequence_definition(uuid, text),
  public.get_handoff_routes(uuid, text, text) from public, anon, authenticated;
grant execute on function public.resolve_event_route(uuid, text), public.get_sequence_definition(uuid, text),
  public.get_handoff_routes(uuid, text, text) to authenticated, service_role, fleet_worker;
