import assert from "node:assert/strict";
import postgres from "postgres";
import { freshDatabase, type TestDatabase } from "../support/database.ts";

/** Read-only over the catalogue and two organisations of this file: one database serves every test. */
let db: TestDatabase;
Deno.test.beforeAll(async () => {
  db = await freshDatabase({ seed: false });
  const sql = connect();
  for (const org of ORGS) await insertOrg(sql, org);
  await sql.end();
});
Deno.test.afterAll(() => db.drop());

const connect = (url = db.ownerUrl) => postgres(url, { max: 1, onnotice: () => {} });

/** An organisation and its people by role. */
interface Org {
  readonly id: string;
  readonly admin: string;
  readonly member: string;
  readonly readonly: string;
  readonly owner: string;
}

const newOrg = (): Org => {
  const id = () => crypto.randomUUID() as string;
  return { id: id(), owner: id(), admin: id(), member: id(), readonly: id() };
};
const OWN = newOrg(), FOREIGN = newOrg();
const ORGS = [OWN, FOREIGN];
const EVENT_TYPE = "rights_test";

const SCHEMAS = ["public", "fleet", "fleet_crm"];

// The contract's list (§5, "Rights") ----------------------------------------------------------

const CONFIGURATION = [
  "public.fleet_event_routes",
  "public.fleet_handoff_routes",
  "public.fleet_sequence_definitions",
];
/** Of the member's own organisation. The view of steps reads snapshots and results as its caller. */
const MEMBERS_READ = [
  "public.fleet_activity",
  "public.fleet_approvals",
  "public.fleet_costs",
  "public.fleet_definition_snapshots",
  "public.fleet_deliveries",
  "public.fleet_job_history",
  "public.fleet_job_step_results",
  "public.fleet_job_steps",
  "public.fleet_jobs",
];
const ADMINS_READ = ["public.fleet_dead_letter_queue", "public.fleet_webhook_endpoints"];

const RESOLVERS = [
  "public.get_handoff_routes(uuid,text,text)",
  "public.get_sequence_definition(uuid,text)",
  "public.resolve_event_route(uuid,text)",
];
const MEMBERSHIP = [
  "fleet.member_orgs()",
  "fleet.member_role(uuid,uuid)",
  "fleet.user_profile(uuid)",
];
const SEAMS = [
  "fleet_crm.apply_change(uuid,text,uuid,jsonb,text)",
  "fleet_crm.store_calendar_events(uuid,uuid,text,jsonb)",
  "fleet_crm.store_meeting(uuid,uuid,text,jsonb)",
  "fleet_crm.store_email(uuid,uuid,text,jsonb)",
];

// The catalogue ----------------------------------------------------------------------------------

/** What a role may do with relations: `schema.name: PRIVILEGE, …`, by name. */
async function relationRights(role: string): Promise<Record<string, string>> {
  const sql = connect();
  const rows = await sql`
    select n.nspname || '.' || c.relname as name, string_agg(p.privilege, ', ') as privileges
    from pg_catalog.pg_class c
    join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    cross join unnest(array['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'REFERENCES', 'TRIGGER',
      'MAINTAIN']) as p (privilege)
    where n.nspname = any (${SCHEMAS}) and c.relkind in ('r', 'p', 'v', 'm', 'f')
      and has_table_privilege(${role}, c.oid, p.privilege)
    group by 1 order by 1`;
  await sql.end();
  return Object.fromEntries(rows.map((row) => [row.name, row.privileges]));
}

/** Functions a role may execute, schema-qualified with their types. */
async function functionRights(role: string): Promise<string[]> {
  const sql = connect();
  const rows = await sql`
    select n.nspname || '.' || p.proname || '(' || coalesce((
      select string_agg(format_type(t.type, null), ',' order by t.position)
      from unnest(p.proargtypes) with ordinality as t (type, position)), '') || ')' as name
    from pg_catalog.pg_proc p join pg_catalog.pg_namespace n on n.oid = p.pronamespace
    where n.nspname = any (${SCHEMAS}) and has_function_privilege(${role}, p.oid, 'EXECUTE')
    order by 1`;
  await sql.end();
  return rows.map((row) => row.name);
}

async function names(query: (sql: postgres.Sql) => PromiseLike<readonly postgres.Row[]>) {
  const sql = connect();
  const rows = await query(sql);
  await sql.end();
  return rows.map((row) => row.name as string);
}

const select = (tables: readonly string[]) =>
  Object.fromEntries(tables.toSorted().map((table) => [table, "SELECT"]));

Deno.test("anon has no right on any table, view or function of ours", async () => {
  assert.deepEqual(await relationRights("anon"), {});
  assert.deepEqual(await functionRights("anon"), []);
});

Deno.test("anon may not even look into the schemas fleet and fleet_crm", async () => {
  const allowed = await names((sql) =>
    sql`select n.nspname as name from pg_catalog.pg_namespace n
      where n.nspname in ('fleet', 'fleet_crm') and has_schema_privilege('anon', n.oid, 'USAGE')`
  );
  assert.deepEqual(allowed, []);
});

Deno.test("authenticated may select exactly the listed fleet tables", async () => {
  const rights = await relationRights("authenticated");
  const ours = Object.entries(rights).filter(([name]) => /^(public\.fleet_|fleet)/.test(name));
  assert.deepEqual(
    Object.fromEntries(ours),
    select([...CONFIGURATION, ...MEMBERS_READ, ...ADMINS_READ]),
  );
});

Deno.test("authenticated may only select from the reference tables", async () => {
  const rights = await relationRights("authenticated");
  assert.deepEqual([...new Set(Object.values(rights))], ["SELECT"]);
});

Deno.test("authenticated may execute exactly the resolvers and the three questions of membership", async () => {
  assert.deepEqual(await functionRights("authenticated"), [...MEMBERSHIP, ...RESOLVERS].sort());
});

Deno.test("authenticated may not look into schema fleet_crm", async () => {
  const allowed = await names((sql) =>
    sql`select 'fleet_crm' as name where has_schema_privilege('authenticated', 'fleet_crm', 'USAGE')`
  );
  assert.deepEqual(allowed, []);
});

Deno.test("fleet_worker may select exactly the configuration, the skills and the CRM views", async () => {
  const views = await names((sql) =>
    sql`select 'fleet_crm.' || c.relname as name from pg_catalog.pg_class c
      where c.relnamespace = 'fleet_crm'::regnamespace and c.relkind = 'v'`
  );
  assert.ok(views.length > 0);
  assert.deepEqual(
    await relationRights("fleet_worker"),
    select([...CONFIGURATION, "public.fleet_skills", ...views]),
  );
});

Deno.test("fleet_worker may execute the seams, the resolvers and functions of the engine, nothing else", async () => {
  const allowed = await functionRights("fleet_worker");
  const others = allowed.filter((name) => !name.startsWith("fleet."));
  assert.deepEqual(others.sort(), [...SEAMS, ...RESOLVERS].sort());
  for (const name of MEMBERSHIP) assert.ok(allowed.includes(name), name);
});

/** Helpers and triggers that the worker has no business calling: each would pass a guard by. */
const INSIDE = [
  "fleet.accept_events(jsonb,jsonb)",
  "fleet.record_outcomes(jsonb,json,jsonb,jsonb,jsonb)",
  "fleet.refuse_history_change()",
  "fleet.touch_config()",
  "fleet.emit(text,uuid,uuid,jsonb,text,timestamp with time zone)",
  "fleet_crm.row_exists(text,uuid,uuid)",
  "fleet_crm.find_calendar_events(uuid,uuid,text,jsonb)",
  "fleet_crm.put_calendar_event(uuid,uuid,text,jsonb,uuid)",
  "fleet_crm.mailbox_owner(uuid,text)",
  "fleet_crm.is_own_message(uuid,text)",
];

for (const name of INSIDE) {
  Deno.test(`fleet_worker may not execute ${name.split("(")[0]}()`, async () => {
    const known = await names((sql) => sql`select ${name}::regprocedure::text as name`);
    assert.equal(known.length, 1);
    assert.ok(!(await functionRights("fleet_worker")).includes(name));
  });
}

Deno.test("nothing of ours is granted to everybody", async () => {
  const open = await names((sql) =>
    sql`
    select c.oid::regclass::text as name
    from pg_catalog.pg_class c, aclexplode(c.relacl) a
    where c.relnamespace = any (${SCHEMAS}::regnamespace[]) and a.grantee = 0
    union all
    select p.oid::regprocedure::text
    from pg_catalog.pg_proc p, aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a
    where p.pronamespace = any (${SCHEMAS}::regnamespace[]) and a.grantee = 0
    union all
    select c.oid::regclass::text || '.' || t.attname
    from pg_catalog.pg_attribute t join pg_catalog.pg_class c on c.oid = t.attrelid
    where c.relnamespace = any (${SCHEMAS}::regnamespace[]) and t.attacl is not null`
  );
  assert.deepEqual(open, []);
});

Deno.test("row security is on for every table of public, fleet and fleet_crm", async () => {
  const open = await names((sql) =>
    sql`select c.oid::regclass::text as name from pg_catalog.pg_class c
      where c.relnamespace = any (${SCHEMAS}::regnamespace[]) and c.relkind in ('r', 'p')
        and not c.relrowsecurity`
  );
  assert.deepEqual(open, []);
});

Deno.test("every view in public reads as its caller", async () => {
  const open = await names((sql) =>
    sql`select c.oid::regclass::text as name from pg_catalog.pg_class c
      where c.relnamespace = 'public'::regnamespace and c.relkind in ('v', 'm')
        and not coalesce('security_invoker=true' = any (c.reloptions), false)`
  );
  assert.deepEqual(open, []);
});

Deno.test("every policy is for select and names whom it lets in", async () => {
  const others = await names((sql) =>
    sql`select p.polrelid::regclass::text || ': ' || p.polname as name from pg_catalog.pg_policy p
      join pg_catalog.pg_class c on c.oid = p.polrelid
      where c.relnamespace = any (${SCHEMAS}::regnamespace[])
        and (p.polcmd <> 'r' or p.polroles <> array[(case
          when p.polname = 'The engine can read all configuration' then 'fleet_worker'
          else 'authenticated' end)::regrole]::oid[])`
  );
  assert.deepEqual(others, []);
});

Deno.test("every definer looks names up nowhere but where they say", async () => {
  const open = await names((sql) =>
    sql`select p.oid::regprocedure::text as name from pg_catalog.pg_proc p
      where p.pronamespace = any (${SCHEMAS}::regnamespace[]) and p.prosecdef
        and not coalesce('search_path=""' = any (p.proconfig), false)`
  );
  assert.deepEqual(open, []);
});

Deno.test("the resolvers run with their caller's rights", async () => {
  const definers = await names((sql) =>
    sql`select p.oid::regprocedure::text as name from pg_catalog.pg_proc p
      where p.pronamespace = 'public'::regnamespace and p.prosecdef`
  );
  assert.deepEqual(definers, []);
});

// What people see --------------------------------------------------------------------------------

interface Session {
  readonly role?: "anon" | "authenticated" | "service_role";
  readonly user?: string;
}

/** Works as a signed-in user would through the API: claims set, role switched, all rolled back. */
async function as<T>(
  session: Session,
  work: (tx: postgres.TransactionSql) => Promise<T>,
): Promise<T> {
  const sql = connect();
  const undo = Symbol();
  let result: T;
  try {
    await sql.begin(async (tx) => {
      const claims = { sub: session.user, role: session.role ?? "authenticated" };
      await tx`select set_config('request.jwt.claims', ${JSON.stringify(claims)}, true)`;
      await tx.unsafe(`set local role ${session.role ?? "authenticated"}`);
      result = await work(tx);
      throw undo;
    });
  } catch (error) {
    if (error !== undo) throw error;
  } finally {
    await sql.end();
  }
  return result!;
}

/** The organisations whose rows somebody sees in a table; null stands for the platform's. */
async function orgsSeen(session: Session, table: string): Promise<(string | null)[]> {
  // The view of steps carries no organisation: its run tells.
  const query = table === "public.fleet_job_steps"
    ? `select distinct j.org_id from ${table} s join public.fleet_jobs j on j.id = s.job_id`
    : `select distinct org_id from ${table} order by 1`;
  return (await as(session, (tx) => tx.unsafe(query))).map((row) => row.org_id);
}

for (const table of MEMBERS_READ) {
  Deno.test(`a member sees the organisation's own rows of ${table} and no other's`, async () => {
    for (const user of [OWN.owner, OWN.admin, OWN.member, OWN.readonly]) {
      assert.deepEqual(await orgsSeen({ user }, table), [OWN.id]);
    }
  });
}

for (const table of CONFIGURATION) {
  Deno.test(`a member sees the organisation's own and the platform's rows of ${table}`, async () => {
    assert.deepEqual(await orgsSeen({ user: OWN.member }, table), [OWN.id, null]);
  });
}

for (const table of ADMINS_READ) {
  for (
    const [role, seen] of [["owner", 1], ["admin", 1], ["member", 0], ["readonly", 0]] as const
  ) {
    Deno.test(`${role} sees ${seen === 1 ? "the own rows" : "nothing"} of ${table}`, async () => {
      assert.deepEqual(await orgsSeen({ user: OWN[role] }, table), seen === 1 ? [OWN.id] : []);
    });
  }
}

Deno.test("an admin of one organisation who is a member of another sees the letters of the first", async () => {
  const seen = await as({ user: OWN.admin }, async (tx) => {
    await tx.unsafe("reset role");
    await tx`insert into public.organization_memberships (org_id, user_id, role)
      values (${FOREIGN.id}, ${OWN.admin}, 'member')`;
    await tx.unsafe("set local role authenticated");
    return await tx`select distinct org_id from public.fleet_dead_letter_queue`;
  });
  assert.deepEqual(seen.map((row) => row.org_id), [OWN.id]);
});

for (const [name, user] of [["a stranger", crypto.randomUUID()], ["nobody", undefined]] as const) {
  Deno.test(`${name} with the role authenticated sees nothing of any organisation`, async () => {
    for (const table of [...MEMBERS_READ, ...ADMINS_READ]) {
      assert.deepEqual(await orgsSeen({ user }, table), [], table);
    }
    for (const table of CONFIGURATION) {
      assert.deepEqual(await orgsSeen({ user }, table), [null], table);
    }
  });
}

/** What a view of joined tables answers before anybody asks for rights: 55000 or, to truncate, 42809. */
const NOT_A_TABLE = ["55000", "42809"];

const HIDDEN = [
  "public.fleet_events",
  "public.fleet_org_settings",
  "public.fleet_user_preferences",
  "public.fleet_budgets",
  "public.fleet_model_prices",
  "public.fleet_skills",
  "fleet.webhook_secrets",
  "fleet_crm.contacts",
  "fleet_crm.applied_changes",
  "public.calendar_event_sources",
];

for (const table of HIDDEN) {
  Deno.test(`an owner may not read ${table}`, async () => {
    await assert.rejects(
      as({ user: OWN.owner }, (tx) => tx.unsafe(`select 1 from ${table}`)),
      { code: "42501" },
    );
  });
}

for (const table of [...CONFIGURATION, ...MEMBERS_READ, ...ADMINS_READ]) {
  Deno.test(`an owner may write nothing into ${table}`, async () => {
    const column = table === "public.fleet_job_steps" ? "job_id" : "org_id";
    for (
      const statement of [
        `insert into ${table} (${column}) values ('${OWN.id}')`,
        `update ${table} set ${column} = ${column}`,
        `delete from ${table}`,
        `truncate ${table}`,
      ]
    ) {
      await assert.rejects(
        as({ user: OWN.owner }, (tx) => tx.unsafe(statement)),
        (error: { code: string }) => ["42501", ...NOT_A_TABLE].includes(error.code),
        statement,
      );
    }
  });

  Deno.test(`anon may not read ${table}`, async () => {
    await assert.rejects(
      as({ role: "anon" }, (tx) => tx.unsafe(`select 1 from ${table}`)),
      { code: "42501" },
    );
  });
}

Deno.test("resolve_event_route() answers a member the own and the platform's routes", async () => {
  const rows = await as(
    { user: OWN.member },
    (tx) =>
      tx`select org_id, sequence_key from public.resolve_event_route(${OWN.id}, ${EVENT_TYPE})`,
  );
  assert.deepEqual(rows.map((r) => [r.org_id, r.sequence_key]), [[OWN.id, "own"], [
    null,
    "shared",
  ]]);
});

Deno.test("resolve_event_route() lets an inactive row hide the platform's of its sequence", async () => {
  const rows = await as({ role: "service_role" }, async (tx) => {
    await tx`insert into public.fleet_event_routes (org_id, event_type, sequence_key, is_active)
      values (${OWN.id}, ${EVENT_TYPE}, 'shared', false)`;
    return await tx`select org_id, is_active from public.resolve_event_route(${OWN.id}, ${EVENT_TYPE})
      where sequence_key = 'shared'`;
  });
  assert.deepEqual(rows.map((r) => [r.org_id, r.is_active]), [[OWN.id, false]]);
});

for (
  const call of [
    `public.resolve_event_route('${FOREIGN.id}', '${EVENT_TYPE}')`,
    `public.get_sequence_definition('${FOREIGN.id}', 'own')`,
    `public.get_handoff_routes('${FOREIGN.id}', 'own', null)`,
  ]
) {
  Deno.test(`${call.split("(")[0].slice(7)}() answers a member nothing of another organisation`, async () => {
    const foreign = await as(
      { user: OWN.member },
      (tx) => tx.unsafe(`select 1 from ${call} where org_id is not null`),
    );
    assert.equal(foreign.length, 0);
    const seenByItsOwn = await as(
      { user: FOREIGN.member },
      (tx) => tx.unsafe(`select 1 from ${call} where org_id is not null`),
    );
    assert.equal(seenByItsOwn.length, 1);
  });
}

Deno.test("user_profile() shows people of common organisations and no other", async () => {
  const shown = await as({ user: OWN.member }, (tx) =>
    tx`
    select fleet.user_profile(${OWN.admin}) is not null as own,
      fleet.user_profile(${FOREIGN.admin}) is not null as other`);
  assert.deepEqual({ ...shown[0] }, { own: true, other: false });
});

Deno.test("member_orgs() answers the caller's organisations, whatever the claims say of others", async () => {
  const rows = await as({ user: OWN.member }, (tx) => tx`select fleet.member_orgs() as id`);
  assert.deepEqual(rows.map((row) => row.id), [OWN.id]);
});

// The worker and the service role ----------------------------------------------------------------

Deno.test("fleet_worker reads the configuration of every organisation and no run", async () => {
  const sql = connect(db.workerUrl);
  try {
    const rows = await sql`select org_id from public.fleet_event_routes
      where event_type = ${EVENT_TYPE} and org_id is not null`;
    assert.deepEqual(rows.map((r) => r.org_id).sort(), ORGS.map((o) => o.id).sort());
    await assert.rejects(sql`select 1 from public.fleet_jobs`, { code: "42501" });
  } finally {
    await sql.end();
  }
});

Deno.test("fleet_worker may become nobody else", async () => {
  const sql = connect(db.workerUrl);
  try {
    for (const role of ["postgres", "service_role", "authenticated"]) {
      await assert.rejects(sql.unsafe(`set role ${role}`), { code: "42501" });
    }
  } finally {
    await sql.end();
  }
});

/** What a team's own script writes with the service key; ids and times are left to the defaults. */
const SERVICE_WRITES: readonly string[] = [
  `insert into public.fleet_event_routes (org_id, event_type, sequence_key) values ('${OWN.id}', 'x', 'y')`,
  `insert into public.fleet_sequence_definitions (org_id, sequence_key, steps)
    values ('${OWN.id}', 'y', '[{"skill": "rights-test"}]')`,
  `insert into public.fleet_handoff_routes (org_id, key, source_sequence_key, source_step_skill, target_event_type)
    values ('${OWN.id}', 'k', 'y', 'rights-test', 'x')`,
  `insert into public.fleet_org_settings (org_id) values ('${OWN.id}')`,
  `insert into public.fleet_webhook_endpoints (org_id, provider) values ('${OWN.id}', 'generic')`,
];

for (const statement of SERVICE_WRITES) {
  Deno.test(`service_role may ${statement.split(" (")[0]}`, async () => {
    const rows = await as(
      { role: "service_role" },
      (tx) => tx.unsafe(`${statement} returning org_id`),
    );
    assert.equal(rows.length, 1);
  });
}

Deno.test("service_role is told why a definition is refused", async () => {
  const steps = '[{"skill": "rights-test", "depends_on": ["nowhere"]}]';
  await assert.rejects(
    as(
      { role: "service_role" },
      (tx) =>
        tx`insert into public.fleet_sequence_definitions (org_id, sequence_key, steps)
        values (${OWN.id}, 'y', ${steps}::text::jsonb)`,
    ),
    { code: "ZF422", message: /^invalid_definition: .*"nowhere", which is no step/ },
  );
});

/** One row of every table that somebody may read, and four people. */
async function insertOrg(sql: postgres.Sql, org: Org): Promise<void> {
  const job = crypto.randomUUID(), event = crypto.randomUUID();
  const hash = "0".repeat(64);
  await sql`insert into public.organizations (id, name) values (${org.id}, 'o')`;
  for (const role of ["owner", "admin", "member", "readonly"] as const) {
    const user = org[role];
    await sql`insert into public.profiles (id, email) values (${user}, ${`${user}@example.com`})`;
    await sql`insert into public.organization_memberships (org_id, user_id, role)
      values (${org.id}, ${user}, ${role})`;
  }
  await sql`insert into public.fleet_skills (skill) values ('rights-test') on conflict do nothing`;
  for (const [owner, key] of [[org.id, "own"], [null, "shared"]] as const) {
    await sql`insert into public.fleet_event_routes (org_id, event_type, sequence_key, priority)
      values (${owner}, ${EVENT_TYPE}, ${key}, ${owner === null ? 0 : 1}) on conflict do nothing`;
    await sql`insert into public.fleet_sequence_definitions (org_id, sequence_key, steps)
      values (${owner}, ${key}, ${sql.json([{ skill: "rights-test" }])}) on conflict do nothing`;
    await sql`insert into public.fleet_handoff_routes
      (org_id, key, source_sequence_key, source_step_skill, target_event_type)
      values (${owner}, ${key}, ${key}, 'rights-test', ${EVENT_TYPE}) on conflict do nothing`;
  }
  await sql`insert into public.fleet_events (id, org_id, type, source, payload, root_event_id, status)
    values (${event}, ${org.id}, ${EVENT_TYPE}, 'test', '{}', ${event}, 'routed')`;
  await sql`insert into public.fleet_definition_snapshots (org_id, hash, sequence_key, steps)
    values (${org.id}, ${hash}, 'own', ${sql.json([{ id: "a", skill: "rights-test" }])})`;
  await sql`insert into public.fleet_jobs (id, org_id, event_id, event_type, event_source, sequence_key,
      definition_source, definition_hash, status, depth, root_job_id, root_event_id, trigger_payload)
    values (${job}, ${org.id}, ${event}, ${EVENT_TYPE}, 'test', 'own', 'org', ${hash}, 'queued', 0, ${job},
      ${event}, '{}')`;
  await sql`insert into public.fleet_job_step_results (job_id, step_id, org_id, skill, status, attempts)
    values (${job}, 'a', ${org.id}, 'rights-test', 'completed', 1)`;
  await sql`insert into public.fleet_job_history (job_id, seq, org_id, fence, op, at)
    values (${job}, 1, ${org.id}, 0, 'accept', fleet.now())`;
  await sql`insert into public.fleet_approvals (id, org_id, job_id, step_id, action_type, preview, proposed,
      content_sha256, expires_at)
    values (${crypto.randomUUID()}, ${org.id}, ${job}, 'a', 'send', 'p', '{}', ${hash}, fleet.now())`;
  await sql`insert into public.fleet_deliveries (id, org_id, job_id, step_id, channel, recipient, content, effect_key)
    values (${crypto.randomUUID()}, ${org.id}, ${job}, 'a', 'mail', 'r', '{}', ${job})`;
  await sql`insert into public.fleet_costs (org_id, job_id, step_id, attempt, provider, model)
    values (${org.id}, ${job}, 'a', 1, 'p', 'm')`;
  await sql`insert into public.fleet_activity (org_id, event_type, title, summary)
    values (${org.id}, ${EVENT_TYPE}, 't', 's')`;
  await sql`insert into public.fleet_dead_letter_queue
      (org_id, event_type, event_payload, source_job_id, error_code, error_message)
    values (${org.id}, ${EVENT_TYPE}, '{}', ${job}, 'c', 'm')`;
  await sql`insert into public.fleet_webhook_endpoints (org_id, provider)
    values (${org.id}, 'generic')`;
}
