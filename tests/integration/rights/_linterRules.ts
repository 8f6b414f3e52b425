/**
 * The rules of Supabase's database linter by their public names, in SQL of our own over the catalogue. Where a rule
 * looks at the exposed schema alone, it looks at all three of ours here.
 */
export interface Rule {
  readonly name: string;
  /** Answers a column `object`: what breaks the rule. */
  readonly sql: string;
  /** Makes one violation, as the superuser: a rule that misses it proves nothing. */
  readonly plant: string;
}

const OURS = "('public', 'fleet', 'fleet_crm')";

/** Relations of ours with their schema, aliased c and n. */
const RELATIONS = `pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
  and n.nspname in ${OURS}`;
const NAME = "n.nspname || '.' || c.relname";
/** Policies, also those that Realtime's table got from us. */
const POLICIES = `pg_catalog.pg_policy p join pg_catalog.pg_class c on c.oid = p.polrelid
  join pg_catalog.pg_namespace n on n.oid = c.relnamespace and n.nspname in ('public', 'fleet', 'fleet_crm', 'realtime')`;
const PREDICATE = `lower(coalesce(pg_get_expr(p.polqual, p.polrelid), '') || ' ' ||
  coalesce(pg_get_expr(p.polwithcheck, p.polrelid), ''))`;
const FUNCTIONS = `pg_catalog.pg_proc f join pg_catalog.pg_namespace n on n.oid = f.pronamespace
  and n.nspname in ${OURS}`;

const readableBy = (role: string) =>
  `has_schema_privilege('${role}', n.oid, 'USAGE') and has_table_privilege('${role}', c.oid, 'SELECT')`;
const definersOf = (role: string) =>
  `select n.nspname || '.' || f.proname as object from ${FUNCTIONS}
    where f.prosecdef and has_schema_privilege('${role}', n.oid, 'USAGE')
      and has_function_privilege('${role}', f.oid, 'EXECUTE')`;

export const RULES: readonly Rule[] = [
  {
    name: "unindexed_foreign_keys",
    sql: `select ${NAME} || '.' || k.conname as object from ${RELATIONS}
      join pg_catalog.pg_constraint k on k.conrelid = c.oid and k.contype = 'f'
      where not exists (select 1 from pg_catalog.pg_index i where i.indrelid = c.oid and i.indpred is null
          and (i.indkey::int2[])[0:cardinality(k.conkey) - 1] @> k.conkey)
        and not exists (select 1 from pg_catalog.pg_index i where i.indrelid = c.oid
          and (i.indkey::int2[])[0:cardinality(k.conkey) - 1] @> k.conkey
          and pg_get_expr(i.indpred, i.indrelid) ~ '^\\([a-z_]+ IS NOT NULL\\)$')`,
    plant:
      `create table public.planted (id uuid primary key, org uuid references public.organizations (id))`,
  },
  {
    name: "auth_users_exposed",
    sql: `select distinct ${NAME} as object from ${RELATIONS}
      join pg_catalog.pg_rewrite r on r.ev_class = c.oid
      join pg_catalog.pg_depend d on d.objid = r.oid and d.refobjid = 'auth.users'::regclass
      where c.relkind in ('v', 'm') and (${readableBy("anon")} or ${readableBy("authenticated")})`,
    plant:
      "create view public.planted as select id from auth.users; grant select on public.planted to authenticated",
  },
  {
    name: "auth_rls_initplan",
    sql: `select p.polname as object from ${POLICIES}
      where regexp_replace(${PREDICATE}, '\\( select (auth|realtime)\\.\\w+\\(\\)', '', 'g')
          ~ '((auth\\.(uid|jwt|role|email))|(realtime\\.topic))\\(\\)'
        or ${PREDICATE} ~ 'current_setting\\('`,
    plant:
      `create policy planted on public.fleet_jobs for select to authenticated using (user_id = auth.uid())`,
  },
  {
    name: "no_primary_key",
    sql: `select ${NAME} as object from ${RELATIONS} where c.relkind in ('r', 'p') and not exists (
      select 1 from pg_catalog.pg_index i where i.indrelid = c.oid and i.indisprimary)`,
    plant: "create table public.planted (id uuid)",
  },
  {
    name: "multiple_permissive_policies",
    sql: `select ${NAME} as object from ${POLICIES}
      cross join lateral unnest(p.polroles) as r (role)
      cross join lateral unnest(case p.polcmd when '*' then array['r', 'a', 'w', 'd']
        else array[p.polcmd::text] end) as o (command)
      where p.polpermissive group by n.nspname, c.relname, r.role, o.command having count(*) > 1`,
    plant: `create policy planted on public.fleet_jobs for all to authenticated using (false)`,
  },
  {
    name: "policy_exists_rls_disabled",
    sql: `select ${NAME} as object from ${POLICIES} where not c.relrowsecurity`,
    plant: "alter table public.fleet_jobs disable row level security",
  },
  {
    name: "rls_enabled_no_policy",
    sql:
      `select ${NAME} as object from ${RELATIONS} where c.relkind in ('r', 'p') and c.relrowsecurity
      and not exists (select 1 from pg_catalog.pg_policy p where p.polrelid = c.oid)`,
    plant:
      "create table public.planted (id uuid primary key); alter table public.planted enable row level security",
  },
  {
    name: "duplicate_index",
    sql:
      `select ${NAME} as object from ${RELATIONS} join pg_catalog.pg_index i on i.indrelid = c.oid
      group by n.nspname, c.relname,
        regexp_replace(pg_get_indexdef(i.indexrelid), ' INDEX \\S+ ON ', ' ') having count(*) > 1`,
    plant:
      "create index planted_a on public.fleet_jobs (user_id); create index planted_b on public.fleet_jobs (user_id)",
  },
  {
    name: "security_definer_view",
    sql: `select ${NAME} as object from ${RELATIONS} where c.relkind = 'v'
      and (${readableBy("anon")} or ${readableBy("authenticated")})
      and not coalesce('security_invoker=true' = any (c.reloptions), false)`,
    plant:
      "create view public.planted as select 1 as one; grant select on public.planted to authenticated",
  },
  {
    name: "function_search_path_mutable",
    sql: `select n.nspname || '.' || f.proname as object from ${FUNCTIONS}
      where not exists (select 1 from unnest(f.proconfig) as s (setting) where s.setting like 'search_path=%')`,
    plant: "create function fleet.planted() returns integer language sql as 'select 1'",
  },
  {
    name: "auth_allow_anonymous_sign_ins",
    sql: `select distinct p.polname as object from ${POLICIES}
      where p.polroles && array[0::oid, 'authenticated'::regrole::oid] and ${PREDICATE} !~ 'is_anonymous'`,
    plant: `create policy planted on public.fleet_events for select to authenticated using (false)`,
  },
  {
    name: "rls_disabled_in_public",
    sql:
      `select ${NAME} as object from ${RELATIONS} where c.relkind in ('r', 'p') and not c.relrowsecurity`,
    plant: "create table fleet.planted (id uuid primary key)",
  },
  {
    name: "extension_in_public",
    sql: `select e.extname as object from pg_catalog.pg_extension e
      where e.extnamespace in (select oid from pg_catalog.pg_namespace where nspname in ${OURS})`,
    // No extension is at hand to install: one that is there moves house.
    plant: "update pg_catalog.pg_extension set extnamespace = 'public'::regnamespace",
  },
  {
    name: "rls_references_user_metadata",
    sql:
      `select p.polname as object from ${POLICIES} where ${PREDICATE} ~ '(raw_)?user_meta_?data'`,
    plant: `create policy planted on public.fleet_events for select to authenticated
      using (((select auth.jwt()) -> 'user_metadata' ->> 'role') = 'admin')`,
  },
  {
    name: "materialized_view_in_api",
    sql: `select ${NAME} as object from ${RELATIONS} where c.relkind = 'm'
      and (${readableBy("anon")} or ${readableBy("authenticated")})`,
    plant:
      "create materialized view public.planted as select 1 as one; grant select on public.planted to anon",
  },
  {
    name: "foreign_table_in_api",
    sql: `select ${NAME} as object from ${RELATIONS} where c.relkind = 'f'`,
    plant: `create foreign data wrapper planted; create server planted foreign data wrapper planted;
      create foreign table public.planted (id uuid) server planted`,
  },
  {
    name: "unsupported_reg_types",
    sql: `select ${NAME} || '.' || a.attname as object from ${RELATIONS}
      join pg_catalog.pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
      where format_type(a.atttypid, null) in ('regcollation', 'regconfig', 'regdictionary', 'regnamespace',
        'regoper', 'regoperator', 'regproc', 'regprocedure')`,
    plant: "create table public.planted (id uuid primary key, at regproc)",
  },
  {
    name: "insecure_queue_exposed_in_api",
    sql: `select q.nspname || '.' || c.relname as object from pg_catalog.pg_class c
      join pg_catalog.pg_namespace q on q.oid = c.relnamespace and q.nspname in ('pgmq', 'pgmq_public')
      where c.relkind in ('r', 'p') and not c.relrowsecurity`,
    plant: "create schema pgmq; create table pgmq.q_planted (id bigint primary key)",
  },
  {
    name: "fkey_to_auth_unique",
    sql: `select ${NAME} || '.' || k.conname as object from ${RELATIONS}
      join pg_catalog.pg_constraint k on k.conrelid = c.oid and k.contype = 'f'
      join pg_catalog.pg_class t on t.oid = k.confrelid and t.relnamespace = 'auth'::regnamespace
      join pg_catalog.pg_index i on i.indexrelid = k.conindid and not i.indisprimary`,
    plant: "create table public.planted (email text references auth.users (email))",
  },
  {
    name: "sensitive_columns_exposed",
    sql: `select ${NAME} || '.' || a.attname as object from ${RELATIONS}
      join pg_catalog.pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
      where (${readableBy("anon")} or ${readableBy("authenticated")}) and lower(a.attname) ~
        '(^|_)(password|passwd|pwd|secret|token|api_?key|private_?key|ssn|iban|card_number|cvv|otp|salt|pin)(_|$)'`,
    plant: "alter table public.fleet_jobs add column access_token text",
  },
  {
    name: "rls_policy_always_true",
    sql:
      `select distinct p.polname as object from ${POLICIES} where pg_get_expr(p.polqual, p.polrelid) = 'true'
      or pg_get_expr(p.polwithcheck, p.polrelid) = 'true'`,
    plant:
      "create policy planted on public.fleet_jobs for insert to authenticated with check (true)",
  },
  {
    name: "pg_graphql_anon_table_exposed",
    sql: `select ${NAME} as object from ${RELATIONS} where n.nspname = 'public' and ${
      readableBy("anon")
    }`,
    plant: "grant select on public.fleet_jobs to anon",
  },
  {
    name: "pg_graphql_authenticated_table_exposed",
    sql: `select ${NAME} as object from ${RELATIONS} where n.nspname = 'public' and ${
      readableBy("authenticated")
    }`,
    plant: "grant select on public.fleet_events to authenticated",
  },
  {
    name: "anon_security_definer_function_executable",
    sql: definersOf("anon"),
    plant:
      `create function public.planted() returns integer language sql security definer set search_path = '' as 'select 1'`,
  },
  {
    name: "authenticated_security_definer_function_executable",
    sql: definersOf("authenticated"),
    plant:
      `create function public.planted() returns integer language sql security definer set search_path = '' as 'select 1'`,
  },
];
