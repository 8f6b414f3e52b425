import assert from "node:assert/strict";
import { runDueSchedules } from "../../../supabase/functions/_shared/orchestrator/agentDoors.ts";
import type { EngineDeps } from "../../../supabase/functions/_shared/orchestrator/engine/deps.ts";
import { shareAgentWorld } from "./_world.ts";

const world = shareAgentWorld();
const MINUTE_MS = 60_000;
const DAY = Date.parse("2027-03-01T00:00:00Z");
/** A round needs the log alone of the engine. */
const engine = { ports: { log: { info() {}, warn() {}, error() {} } } } as unknown as EngineDeps;

async function addSchedule(org: string, row: Readonly<Record<string, unknown>> = {}) {
  const { sql } = world();
  const values = { org_id: org, agent_name: "pipeline", cron_expression: "0 * * * *", ...row };
  const [{ id }] = await sql`insert into public.fleet_schedules ${sql(values)} returning id`;
  return id as string;
}

/** One look at the schedules, as the sweep's isolate or agent-scheduler takes it. */
const round = () => runDueSchedules({ agents: world().store, engine });

const eventsOf = (id: string) =>
  world().sql`select * from public.fleet_events where payload ->> 'schedule_id' = ${id}
    order by payload ->> 'due_at'`;
const dueTimesOf = async (id: string) =>
  (await eventsOf(id)).map((row) => new Date(row.payload.due_at).toISOString());
const rowOf = async (id: string) =>
  (await world().sql`select * from public.fleet_schedules where id = ${id}`)[0];

const minutes = (from: number, to: number, step = 1) =>
  Array.from(
    { length: Math.ceil((to - from) / step) },
    (_, i) => DAY + (from + i * step) * MINUTE_MS,
  );
const isoOf = (times: readonly number[]) => times.map((at) => new Date(at).toISOString());

Deno.test("a caller each minute of a day runs each due time of many schedules exactly once", async () => {
  const { org } = await world().newOrg();
  const monday = 1; // 2027-03-01
  const wanted: readonly (readonly [expression: string, zone: string, due: readonly number[]])[] = [
    ["0 * * * *", "UTC", minutes(0, 1440, 60)],
    ["*/7 * * * *", "UTC", minutes(0, 1440).filter((at) => new Date(at).getUTCMinutes() % 7 === 0)],
    ["30 9 * * 1-5", "UTC", [DAY + 570 * MINUTE_MS]],
    ["30 9 * * 0,6", "UTC", []],
    ["0 9 * * mon", "America/New_York", [DAY + 14 * 60 * MINUTE_MS]],
    ["0 0 1 * *", "Asia/Kolkata", []],
    ["30 23 * * *", "Asia/Kolkata", [DAY + 18 * 60 * MINUTE_MS]],
    ["15,45 8-10 * mar *", "UTC", [495, 525, 555, 585, 615, 645].map((m) => DAY + m * MINUTE_MS)],
    [`59 23 * * ${monday}`, "UTC", [DAY + 1439 * MINUTE_MS]],
    ["0 0 31 2 *", "UTC", []],
  ];
  await world().setClock(new Date(DAY - MINUTE_MS).toISOString());
  try {
    const ids = await Promise.all(
      wanted.map(([cron_expression, timezone]) => addSchedule(org, { cron_expression, timezone })),
    );
    await round();
    for (const at of minutes(0, 1440)) {
      await world().setClock(new Date(at + 3000).toISOString());
      await round();
    }
    for (const [i, [expression, zone, due]] of wanted.entries()) {
      assert.deepEqual(await dueTimesOf(ids[i]), isoOf(due), `${expression} ${zone}`);
    }
  } finally {
    await world().setClock(null);
  }
});

Deno.test("schedulers at once and twice over run each due time once", async () => {
  const { org } = await world().newOrg();
  await world().setClock("2027-04-01T10:30:00Z");
  try {
    const ids = await Promise.all(Array.from({ length: 10 }, () => addSchedule(org)));
    await round();
    await world().setClock("2027-04-01T11:00:01Z");
    const rounds = await Promise.all(Array.from({ length: 8 }, round));
    const fired = rounds.flatMap((one) => one.fired).map(({ schedule_id }) => schedule_id);
    assert.deepEqual(fired.filter((id) => ids.includes(id)).sort(), ids.toSorted());
    for (const id of ids) assert.deepEqual(await dueTimesOf(id), ["2027-04-01T11:00:00.000Z"]);
  } finally {
    await world().setClock(null);
  }
});

for (
  const [policy, expected] of [
    ["skip", []],
    ["run_once", ["13:00"]],
    ["catch_up(2)", ["12:00", "13:00"]],
  ] as const
) {
  Deno.test(`after three hours without a clock ${policy} runs ${expected.join(", ") || "nothing"}, then goes on`, async () => {
    const { org } = await world().newOrg();
    await world().setClock("2027-05-03T10:30:00Z");
    try {
      const id = await addSchedule(org, { missed_run_policy: policy });
      await round();
      await world().setClock("2027-05-03T13:30:00Z");
      await Promise.all([round(), round()]);
      const times = (list: readonly string[]) => list.map((at) => at.slice(11, 16));
      assert.deepEqual(times(await dueTimesOf(id)), expected);
      await world().setClock("2027-05-03T14:00:02Z");
      await round();
      assert.deepEqual(times(await dueTimesOf(id)), [...expected, "14:00"]);
    } finally {
      await world().setClock(null);
    }
  });
}

/** A schedule as a round read it. */
const fromOf = (next_run_at: string | null) => ({
  cron_expression: "0 * * * *",
  timezone: "UTC",
  missed_run_policy: "run_once",
  next_run_at,
});

Deno.test("a schedule that cannot be moved on is logged and holds up no other", async () => {
  const { org } = await world().newOrg();
  const next_run_at = "2026-01-01T00:00:00Z";
  const bad = await addSchedule(org, { next_run_at });
  const good = await addSchedule(org, { next_run_at: "2026-01-01T01:00:00Z" });
  const { store } = world();
  const logged: unknown[] = [];
  const log = { info() {}, warn() {}, error: (...line: unknown[]) => void logged.push(line) };
  const { fired } = await runDueSchedules({
    agents: {
      ...store,
      advanceSchedule: (advance) =>
        advance.id === bad ? Promise.reject(new Error("refused")) : store.advanceSchedule(advance),
    },
    engine: { ports: { log } } as unknown as EngineDeps,
  });
  assert.ok(fired.some(({ schedule_id }) => schedule_id === good));
  assert.equal(logged.length, 1);
  await world().sql`delete from public.fleet_schedules where id = ${bad}`;
});

Deno.test("a schedule edited while its first time was reckoned is due by what it says now", async () => {
  const { org } = await world().newOrg();
  const id = await addSchedule(org);
  const late = { id, from: fromOf(null), due: [], next: "2026-01-01T01:00:00Z", problem: null };
  await world()
    .sql`update public.fleet_schedules set cron_expression = '30 9 * * *' where id = ${id}`;
  await world().store.advanceSchedule(late);
  assert.equal((await rowOf(id)).next_run_at, null);
  await round();
  assert.match((await rowOf(id)).next_run_at.toISOString(), /T09:30:00/);
});

Deno.test("a round that broke off after its commit is not repeated", async () => {
  const { org } = await world().newOrg();
  const id = await addSchedule(org, { next_run_at: "2026-01-01T00:00:00Z" });
  const due = ["2026-01-01T00:00:00Z"];
  const from = fromOf(due[0]);
  const advance = { id, from, due, next: "2099-01-01T00:00:00Z", problem: null };
  assert.equal((await world().store.advanceSchedule(advance)).length, 1);
  assert.equal((await world().store.advanceSchedule(advance)).length, 0);
  // Somebody set it back by hand: its event is still the only one of that time.
  await world().sql`update public.fleet_schedules set next_run_at = ${due[0]} where id = ${id}`;
  assert.equal((await world().store.advanceSchedule(advance)).length, 0);
  assert.equal((await eventsOf(id)).length, 1);
});

Deno.test("a scheduler that read an older time, or of a schedule switched off since, moves nothing", async () => {
  const { org } = await world().newOrg();
  const id = await addSchedule(org, { next_run_at: "2026-01-02T00:00:00Z" });
  const late = {
    id,
    from: fromOf("2026-01-01T00:00:00Z"),
    due: ["2026-01-01T00:00:00Z"],
    next: "2026-01-01T01:00:00Z",
    problem: null,
  };
  assert.deepEqual(await world().store.advanceSchedule(late), []);
  assert.equal((await rowOf(id)).next_run_at.toISOString(), "2026-01-02T00:00:00.000Z");
  await world().sql`update public.fleet_schedules set is_active = false where id = ${id}`;
  const current = { ...late, from: fromOf("2026-01-02T00:00:00Z") };
  assert.deepEqual(await world().store.advanceSchedule(current), []);
  assert.equal((await eventsOf(id)).length, 0);
});

Deno.test("a schedule that SQL alone inserted gets its first time by the next round and runs nothing yet", async () => {
  const { org } = await world().newOrg();
  const id = await addSchedule(org);
  const [{ swept }] = await world().sql`select fleet.sweep(false) as swept`;
  assert.ok(swept.schedules_due > 0);
  await round();
  assert.ok((await rowOf(id)).next_run_at > new Date());
  assert.equal((await eventsOf(id)).length, 0);
});

Deno.test("a new expression, zone or switch makes a schedule due anew; a new prompt does not", async () => {
  const { org } = await world().newOrg();
  const { sql } = world();
  const id = await addSchedule(org);
  const nextAfter = async (change: Readonly<Record<string, unknown>>) => {
    await sql`update public.fleet_schedules set next_run_at = '2099-01-01' where id = ${id}`;
    await sql`update public.fleet_schedules set ${sql(change)} where id = ${id}`;
    return (await rowOf(id)).next_run_at;
  };
  assert.equal(await nextAfter({ cron_expression: "5 * * * *" }), null);
  assert.equal(await nextAfter({ timezone: "Asia/Tokyo" }), null);
  assert.ok(await nextAfter({ prompt_template: "p" }));
  await nextAfter({ is_active: false });
  assert.equal(await nextAfter({ is_active: true }), null);
});

Deno.test("schedules that are switched off, and templates, are never due", async () => {
  const { org } = await world().newOrg();
  const { sql } = world();
  await addSchedule(org, { is_active: false, next_run_at: "2026-01-01T00:00:00Z" });
  await sql`update public.fleet_schedules set is_active = true, next_run_at = '2026-01-01' where org_id is null`;
  const { schedules } = await world().store.listDueSchedules(1000);
  await sql`update public.fleet_schedules set is_active = false where org_id is null`;
  const rows = await sql`select id from public.fleet_schedules
    where (org_id is null or not is_active) and id = any (${schedules.map(({ id }) => id)})`;
  assert.deepEqual([...rows], []);
});

Deno.test("a scheduled run is its user's, else the organisation's admin's, with what the row says", async () => {
  const { org, owner, member } = await world().newOrg();
  const own = await addSchedule(org, {
    user_id: member,
    permission_mode: "approve",
    next_run_at: "2026-01-01T00:00:00Z",
  });
  const shared = await addSchedule(org, {
    prompt_template: "Look",
    next_run_at: "2026-01-01T00:00:00Z",
  });
  await round();
  const [[first], [second]] = [await eventsOf(own), await eventsOf(shared)];
  assert.deepEqual([first.user_id, first.payload.permission_mode], [member, "approve"]);
  assert.deepEqual([second.user_id, second.type, second.payload.agent, second.payload.prompt], [
    owner,
    "agent_run",
    "pipeline",
    "Look",
  ]);
});

Deno.test("an expression that the functions cannot read switches its schedule off and says why", async () => {
  const { org } = await world().newOrg();
  const { sql } = world();
  const id = await addSchedule(org);
  await sql`alter table public.fleet_schedules disable trigger schedule_is_valid`;
  await sql`update public.fleet_schedules set cron_expression = 'whenever' where id = ${id}`;
  await sql`alter table public.fleet_schedules enable trigger schedule_is_valid`;
  await round();
  const row = await rowOf(id);
  assert.equal(row.is_active, false);
  assert.match(row.last_error, /whenever|CronPattern/);
});

const GOOD = [
  "* * * * *",
  "*/5 0-23/2 1,15 jan-mar,dec mon-fri",
  "0 9 * * 7",
  "59 23 31 12 SUN",
  " 0  0 * * * ",
];
const BAD = [
  "* * * *",
  "* * * * * *",
  "60 * * * *",
  "* 24 * * *",
  "* * 0 * *",
  "* * * 13 *",
  "* * * * 8",
  "5/15 * * * *",
  "*/0 * * * *",
  "5-1 * * * *",
  "* * * foo *",
  "@daily",
  "1,,2 * * * *",
  "",
  "L * * * *",
  "* * ? * *",
];

for (const [expressions, isGood] of [[GOOD, true], [BAD, false]] as const) {
  for (const cron_expression of expressions) {
    Deno.test(`fleet_schedules ${isGood ? "takes" : "refuses"} "${cron_expression}"`, async () => {
      const { org } = await world().newOrg();
      const saving = addSchedule(org, { cron_expression });
      if (isGood) {
        const id = await saving;
        await round();
        assert.equal((await rowOf(id)).last_error, null);
      } else {
        await assert.rejects(saving, { code: "ZF422", message: /^invalid_schedule: / });
      }
    });
  }
}

for (
  const [column, value, code] of [
    ["timezone", "Mars/Olympus", "ZF422"],
    ["timezone", "EST5EDT4", "ZF422"],
    ["missed_run_policy", "catch_up(0)", "23514"],
    ["missed_run_policy", "catch_up(101)", "23514"],
    ["permission_mode", "never", "23514"],
  ] as const
) {
  Deno.test(`fleet_schedules refuses the ${column} ${value}`, async () => {
    const { org } = await world().newOrg();
    await assert.rejects(addSchedule(org, { [column]: value }), { code });
  });
}
