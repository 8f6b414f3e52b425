/**
 * Texts that break out where strings are joined (T13): in every free text field of every door they are kept as they
 * came or refused, and no statement of theirs runs.
 */
import assert from "node:assert/strict";
import { type Doors, openDoors } from "../support/doors.ts";
import { pathsOf, withFragment } from "../fuzz/bodies.ts";
import { bytesOf, requestOf, SAMPLES } from "./_doorTable.ts";
import { INJECTIONS } from "./_injections.ts";

let doors: Doors;
Deno.test.beforeAll(async () => {
  doors = await openDoors();
  // The door is the question here: nothing that it lets in runs.
  await doors.db.sql`update public.fleet_org_settings set is_enabled = false`;
});
Deno.test.afterAll(async () => await doors[Symbol.asyncDispose]());

const test = (name: string, fn: () => Promise<void> | void) =>
  Deno.test({ name, fn, sanitizeOps: false, sanitizeResources: false });

type Path = readonly (string | number)[];

function at(value: unknown, path: Path): unknown {
  return path.reduce((item, key) => (item as Record<string | number, unknown>)[key], value);
}

const POSTED = SAMPLES.filter(({ body }) => body !== undefined);

/** Fields that take any text, and the others that hold a text. */
function fieldsOf({ body, schema }: typeof POSTED[number]) {
  const texts = pathsOf(body).filter((path) => typeof at(body, path) === "string");
  const takes = (path: Path) =>
    schema!.safeParse(JSON.parse(withFragment(body, path, JSON.stringify("any ' text")))).success;
  return { free: texts.filter(takes), strict: texts.filter((path) => !takes(path)) };
}

/** What a statement of the corpus would change. */
async function readGuarded(): Promise<unknown> {
  const [row] = await doors.db.sql`select
    (select count(*)::integer from public.organizations) as organizations,
    (select jsonb_agg(distinct m.role) from public.organization_memberships m) as roles,
    (select count(*)::integer from pg_catalog.pg_class where relnamespace = 'public'::regnamespace) as relations,
    (select count(*)::integer from pg_catalog.pg_class c where c.relnamespace = 'public'::regnamespace
      and has_table_privilege('anon', c.oid, 'SELECT')) as open`;
  return { ...row };
}

for (const { door, ...sample } of POSTED) {
  const { free, strict } = fieldsOf({ door, ...sample });
  const isStored = sample.isStored === true;

  if (isStored) {
    test(`${door} ${sample.name}: ${INJECTIONS.length} injections in ${free.length} free fields stay data (T13)`, async () => {
      const guarded = await readGuarded();
      const started = performance.now();
      for (const [turn, injection] of INJECTIONS.entries()) {
        // Another text in each field, so that each field sees each text in the end.
        let body: unknown = structuredClone(sample.body);
        for (const [i, path] of free.entries()) {
          const text = INJECTIONS[(turn + i) % INJECTIONS.length];
          const next = JSON.parse(withFragment(body, path, JSON.stringify(text)));
          if (sample.schema!.safeParse(next).success) body = next;
        }
        const response = await doors.call(sample.path, requestOf(sample, bytesOf(body)));
        assert.ok(response.status < 500, `${injection}: ${response.status}`);
        await response.body?.cancel();
      }
      // A sleep of five seconds would have run.
      assert.ok((performance.now() - started) / INJECTIONS.length < 500);
      assert.deepEqual(await readGuarded(), guarded);
    });
  }

  test(`${door} ${sample.name}: injections in ${strict.length} fields of a form are refused (T13)`, async () => {
    const rows = await doors.countRows();
    for (const [turn, injection] of INJECTIONS.entries()) {
      if (strict.length === 0) return;
      const path = strict[turn % strict.length];
      const spoilt = withFragment(sample.body, path, JSON.stringify(injection));
      if (sample.schema!.safeParse(JSON.parse(spoilt)).success) continue;
      const response = await doors.call(
        sample.path,
        requestOf(sample, new TextEncoder().encode(spoilt)),
      );
      // A link that is nobody's is refused before its answer is looked at.
      const refused = sample.isOpenedByPath ? [400, 404, 422] : [400, 422];
      assert.ok(refused.includes(response.status), `${injection}: ${response.status}`);
      await response.body?.cancel();
    }
    assert.deepEqual(await doors.countRows(), rows);
  });
}

test("what a meeting is called and who spoke is stored letter by letter (T13)", async () => {
  const sample = POSTED.find(({ name }) => name === "generic meeting")!;
  for (const injection of INJECTIONS.filter((text) => text.trim() === text).slice(0, 60)) {
    const id = crypto.randomUUID();
    const body = {
      ...sample.body,
      data: {
        external_id: id,
        title: injection,
        transcript: [{ speaker: injection.slice(0, 200), text: injection }],
      },
    };
    const response = await doors.call(sample.path, requestOf(sample, bytesOf(body)));
    const { meeting_id } = await response.json();
    const [row] = await doors.db.sql`select m.title, t.turns from public.meetings m
      join public.meeting_transcripts t on t.meeting_id = m.id where m.id = ${meeting_id}`;
    assert.equal(row.title, injection);
    assert.ok(JSON.stringify(row.turns).includes(JSON.stringify(injection).slice(1, -1)));
  }
});

test("a query takes no statement (T13)", async () => {
  for (const injection of INJECTIONS) {
    for (const name of ["job_id", "approval_id", "org_id", "status", "limit", "watch"]) {
      const query = new URLSearchParams({ [name]: injection });
      const response = await doors.call(
        `agent-orchestrator?${query}`,
        requestOf({
          name: "query",
          method: "GET",
          path: "",
        }),
      );
      assert.ok(response.status < 500, `${name}=${injection}: ${response.status}`);
      await response.body?.cancel();
    }
  }
});

test("the corpus holds at least 300 texts", () => {
  assert.ok(INJECTIONS.length >= 300, String(INJECTIONS.length));
});
