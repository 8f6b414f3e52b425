/** Live changes: who may follow which topic, what is broadcast, and that nothing of it can hold a run up. */
import assert from "node:assert/strict";
import postgres from "postgres";
import { migrate } from "../../../local/migrate.ts";
import { emptyProject, freshDatabase } from "../../support/database.ts";
import { as, closeWorld, connect, FOREIGN, openWorld, OWN, type Session } from "./_world.ts";

Deno.test.beforeAll(async () => {
  const db = await openWorld();
  await db.sql`select fleet.enable_realtime()`;
});
Deno.test.afterAll(closeWorld);

const jobOf = async (tx: postgres.TransactionSql, org: string) =>
  (await tx`select id from public.fleet_jobs where org_id = ${org} limit 1`)[0].id as string;

const ownJob = () =>
  as({ role: "service_role" }, async (tx) => {
    await tx.unsafe("reset role");
    return await jobOf(tx, OWN.id);
  });

/** Whether Realtime would let somebody join: it writes a message of the topic and reads it as them. */
async function canFollow(session: Session, topic: string, extension = "broadcast") {
  return await as(session, async (tx) => {
    await tx.unsafe("reset role");
    await tx`insert into realtime.messages (topic, extension) values (${topic}, ${extension})`;
    await tx`select set_config('realtime.topic', ${topic}, true)`;
    await tx.unsafe(`set local role ${session.role ?? "authenticated"}`);
    return (await tx`select 1 from realtime.messages`).length > 0;
  });
}

for (const role of ["owner", "admin", "member", "readonly"] as const) {
  Deno.test(`${role} can follow the own organisation and its runs`, async () => {
    const job = await ownJob();
    assert.equal(await canFollow({ user: OWN[role] }, `fleet:org:${OWN.id}`), true);
    assert.equal(await canFollow({ user: OWN[role] }, `fleet:run:${job}`), true);
  });
}

const DENIED: readonly (readonly [name: string, session: Session])[] = [
  ["a member of another organisation", { user: FOREIGN.owner }],
  ["a stranger", { user: crypto.randomUUID() }],
  ["nobody", {}],
  ["anon", { role: "anon" }],
];

for (const [name, session] of DENIED) {
  Deno.test(`${name} can follow neither the organisation nor its runs`, async () => {
    const job = await ownJob();
    assert.equal(await canFollow(session, `fleet:org:${OWN.id}`), false);
    assert.equal(await canFollow(session, `fleet:run:${job}`), false);
  });
}

for (
  const topic of [
    "fleet:org:",
    "fleet:run:",
    "fleet:run:1",
    `fleet:run:${"-".repeat(36)}`,
    `fleet:org:${OWN.id} `,
    `fleet:org:${OWN.id.toUpperCase()}x`,
    `fleet:org:*`,
    `xfleet:org:${OWN.id}`,
    OWN.id,
    "",
  ]
) {
  Deno.test(`no member can follow the topic "${topic.slice(0, 20)}…", and asking raises nothing`, async () => {
    assert.equal(await canFollow({ user: OWN.member }, topic), false);
  });
}

Deno.test("presence is no broadcast: nobody follows who else looks at a run", async () => {
  assert.equal(await canFollow({ user: OWN.member }, `fleet:org:${OWN.id}`, "presence"), false);
});

Deno.test("no member can broadcast on an organisation's topic", async () => {
  await assert.rejects(
    as({ user: OWN.owner }, async (tx) => {
      await tx`select set_config('realtime.topic', ${`fleet:org:${OWN.id}`}, true)`;
      await tx`insert into realtime.messages (topic, extension) values (${`fleet:org:${OWN.id}`}, 'broadcast')`;
    }),
    { code: "42501" },
  );
});

const messagesOf = (tx: postgres.TransactionSql) =>
  tx`select topic, event, payload, private from realtime.messages order by inserted_at, topic`;

Deno.test("a changed status is broadcast to the organisation and the run, with ids and nothing else", async () => {
  const [job, messages] = await as({ role: "service_role" }, async (tx) => {
    await tx.unsafe("reset role");
    const id = await jobOf(tx, OWN.id);
    await tx`delete from realtime.messages`;
    await tx`update public.fleet_jobs set status = 'cancelled', completed_at = fleet.now(), lease_until = null,
      error_message = 'a secret word' where id = ${id}`;
    return [id, await messagesOf(tx)] as const;
  });
  const payload = { job_id: job, status: "cancelled" };
  assert.deepEqual(messages.map((row) => ({ ...row })), [
    { topic: `fleet:org:${OWN.id}`, event: "run", payload, private: true },
    { topic: `fleet:run:${job}`, event: "run", payload, private: true },
  ]);
});

Deno.test("a decided approval is broadcast by its ids and its status", async () => {
  const [approval, messages] = await as({ role: "service_role" }, async (tx) => {
    await tx.unsafe("reset role");
    await tx`delete from realtime.messages`;
    const [row] =
      await tx`update public.fleet_approvals set status = 'approved', decided_at = fleet.now(),
      decision = '{"comment": "a secret word"}' where org_id = ${OWN.id} returning id, job_id`;
    return [row, await messagesOf(tx)] as const;
  });
  const payload = { job_id: approval.job_id, approval_id: approval.id, status: "approved" };
  assert.deepEqual(messages.map((row) => [row.topic, row.event, row.payload]), [
    [`fleet:org:${OWN.id}`, "approval", payload],
    [`fleet:run:${approval.job_id}`, "approval", payload],
  ]);
});

Deno.test("a write that changes no status broadcasts nothing", async () => {
  const messages = await as({ role: "service_role" }, async (tx) => {
    await tx.unsafe("reset role");
    await tx`delete from realtime.messages`;
    await tx`update public.fleet_jobs set fence = fence + 1`;
    await tx`update public.fleet_approvals set preview = 'x'`;
    return await messagesOf(tx);
  });
  assert.deepEqual([...messages], []);
});

Deno.test("a new run is broadcast, a shadow run never", async () => {
  const messages = await as({ role: "service_role" }, async (tx) => {
    await tx.unsafe("reset role");
    await tx`delete from realtime.messages`;
    for (const mode of ["live", "shadow"]) {
      await tx`insert into public.fleet_jobs (id, org_id, event_id, event_type, event_source, sequence_key,
          definition_source, definition_hash, status, depth, root_job_id, root_event_id, trigger_payload, mode)
        select gen_random_uuid(), org_id, event_id, event_type, event_source, sequence_key, definition_source,
          definition_hash, 'queued', depth, root_job_id, root_event_id, trigger_payload, ${mode}
        from public.fleet_jobs where org_id = ${OWN.id} limit 1`;
    }
    return await messagesOf(tx);
  });
  assert.deepEqual(messages.map((row) => row.payload.status), ["queued", "queued"]);
});

/** Cancels a run while realtime.send() cannot work, and answers its status. */
async function cancelWhile(breakIt: (tx: postgres.TransactionSql) => Promise<unknown>) {
  return await as({ role: "service_role" }, async (tx) => {
    await tx.unsafe("reset role");
    await breakIt(tx);
    const [row] = await tx`update public.fleet_jobs set status = 'cancelled',
      completed_at = fleet.now(), lease_until = null
      where id = ${await jobOf(tx, OWN.id)} returning status`;
    return row.status;
  });
}

Deno.test("a realtime.send() that fails changes nothing about a transition", async () => {
  const status = await cancelWhile((tx) =>
    tx.unsafe("alter table realtime.messages add constraint none_passes check (false) not valid")
  );
  assert.equal(status, "cancelled");
});

Deno.test("a realtime.send() that waits for a lock holds a transition up for a moment only", async () => {
  const holder = connect();
  try {
    await holder.begin(async (lock) => {
      await lock.unsafe("lock table realtime.messages in access exclusive mode");
      assert.equal(await cancelWhile(() => Promise.resolve()), "cancelled");
    });
  } finally {
    await holder.end();
  }
});

async function readTraces(sql: postgres.Sql) {
  const [row] = await sql`select
    (select count(*)::int from pg_catalog.pg_trigger where tgname like 'broadcast_%') as triggers,
    (select count(*)::int from pg_catalog.pg_policy where polrelid = 'realtime.messages'::regclass) as policies`;
  return { ...row };
}

Deno.test("until it is enabled nothing listens, twice is once, and disabling takes all of it back", async () => {
  await using db = await freshDatabase({ packs: "core" });
  assert.deepEqual(await readTraces(db.sql), { triggers: 0, policies: 0 });
  for (let i = 0; i < 2; i++) await db.sql`select fleet.enable_realtime()`;
  assert.deepEqual(await readTraces(db.sql), { triggers: 4, policies: 1 });
  for (let i = 0; i < 2; i++) await db.sql`select fleet.disable_realtime()`;
  assert.deepEqual(await readTraces(db.sql), { triggers: 0, policies: 0 });
});

Deno.test("whoever enables it the first time is not told what there was not to drop", async () => {
  await using db = await freshDatabase({ packs: "core" });
  const notices: string[] = [];
  const sql = postgres(db.ownerUrl, {
    max: 1,
    onnotice: ({ message }) => notices.push(message),
  });
  try {
    await sql`select fleet.enable_realtime()`;
  } finally {
    await sql.end();
  }
  assert.deepEqual(notices, []);
});

Deno.test("a project without Realtime migrates, and is told so by enable_realtime() alone", async () => {
  const project = await emptyProject();
  const admin = connect(project.adminUrl);
  try {
    await admin.unsafe("drop schema realtime cascade");
    await migrate(project, "core");
    await project.sql`select fleet.disable_realtime()`;
    await assert.rejects(project.sql`select fleet.enable_realtime()`, { code: "ZF501" });
  } finally {
    await admin.end();
    await project.drop();
  }
});
