import postgres from "postgres";
import { z } from "zod";
import { ownerUrl, workerUrl } from "../local/env.ts";
import { applyShim, migrate } from "../local/migrate.ts";
import { freePort } from "../local/ports.ts";
import { startPostgres } from "../local/postgres.ts";
import { defineAdapter } from "../supabase/functions/_shared/orchestrator/adapters/defineAdapter.ts";
import { composeOrchestrator } from "../supabase/functions/_shared/orchestrator/compose.ts";
import { readSettings } from "../supabase/functions/_shared/orchestrator/settings.ts";
import { createJsonLog } from "../supabase/functions/_shared/providers/log.ts";
import type { Sql } from "../supabase/functions/_shared/db/client.ts";

/** A durable database with every migration on it, and the production wiring over it. */
export interface BenchWorld extends AsyncDisposable {
  /** As the owner, over a pool of 16, for the floor. */
  readonly floorSql: Sql;
  /** Starts one W1 run and resolves with the commit that completes it. */
  runOnce(): Promise<void>;
  /** W2: accepts one event of 1 KB with its run; nothing drives it. */
  acceptOnce(): Promise<void>;
  meter(): Promise<Meter>;
  readonly settings: Readonly<Record<string, string>>;
}

/** Counters of the server since its start. */
export interface Meter {
  readonly writingTx: number;
  readonly allTx: number;
  readonly walBytes: number;
}

const ORG = "00000000-0000-4000-8000-0000000000b1";
const USER = "00000000-0000-4000-8000-0000000000b2";
const TYPE = "bench_w1";

/** W1: which steps each of the 14 waits for. */
const W1: Readonly<Record<string, readonly string[]>> = {
  a: [],
  b: ["a"],
  c: ["a"],
  d: ["a"],
  e: ["c"],
  f: ["c"],
  g: ["c"],
  h: ["b"],
  i: ["b", "c"],
  j: ["b", "c", "g"],
  k: ["b"],
  l: ["b", "h"],
  m: ["b"],
  n: ["i", "j", "l", "m"],
};

const noop = defineAdapter({
  skill: "bench-noop",
  effectMode: "pure",
  cpuMs: 0,
  input: z.object({}),
  output: z.object({ pad: z.string() }),
  run: () => Promise.resolve({ output: { pad: "x".repeat(185) }, engine: "code" }),
});

export async function openWorld(): Promise<BenchWorld> {
  const dataDir = await Deno.makeTempDir({ prefix: "fleet-bench-" });
  await Deno.chmod(dataDir, 0o755);
  const port = freePort();
  const server = await startPostgres({ dataDir, port });
  const adminUrl = server.adminUrl();
  await applyShim(adminUrl);
  await migrate({ port, name: "postgres", adminUrl }, "all");
  const floorSql = postgres(ownerUrl(port), { max: 16, onnotice: () => {} });
  await defineW1(floorSql);

  const ended = new Map<string, () => void>();
  // Every line is made and written as in production; the benchmark reads who is done.
  const log = createJsonLog((line) => {
    const { event, job_id } = JSON.parse(line) as { event: string; job_id?: string };
    if (event !== "run_left") throw new Error(`Unexpected log line: ${line}`);
    ended.get(job_id!)?.();
  });
  const env = {
    SUPABASE_URL: "http://127.0.0.1:1",
    FLEET_DB_URL: workerUrl(port),
    SUPABASE_SECRET_KEYS: '{"default": "unused"}',
    FLEET_WALL_CLOCK_MS: "86400000",
    FLEET_MAX_RUNS: "64",
    FLEET_SWEEP: "off",
  };
  const orchestrator = composeOrchestrator(readSettings(env), {
    adapters: { "bench-noop": noop },
    log,
  });
  let count = 0;
  return {
    floorSql,
    settings: await readServerSettings(floorSql),
    runOnce: async () => {
      const answer = await orchestrator.start({
        type: TYPE,
        org_id: ORG,
        user_id: USER,
        source: "bench",
        payload: { n: count },
        mode: "live",
        idempotency_key: `bench:${count++}`,
      }, { drive: true });
      if (answer.job_id === null) throw new Error(`Not started: ${JSON.stringify(answer)}`);
      const id = answer.job_id;
      await new Promise<void>((resolve) => ended.set(id, resolve));
      ended.delete(id);
    },
    acceptOnce: async () => {
      const { status } = await orchestrator.start({
        type: TYPE,
        org_id: ORG,
        user_id: USER,
        source: "bench",
        payload: { pad: "x".repeat(950) },
        mode: "live",
        idempotency_key: `accept:${count++}`,
        // Due when the session is over: no doorbell rings for it.
        delay_minutes: 24 * 60,
      }, { drive: false });
      if (status !== "queued") throw new Error(`Not accepted: ${status}`);
    },
    meter: () => readMeter(floorSql),
    [Symbol.asyncDispose]: async () => {
      await floorSql.end({ timeout: 1 });
      await server.stop();
      for (const dir of [dataDir, ...server.ownFolders]) {
        await Deno.remove(dir, { recursive: true }).catch(() => {});
      }
    },
  };
}

async function defineW1(sql: Sql): Promise<void> {
  const steps = Object.entries(W1).map(([id, dependsOn]) => ({
    id,
    skill: noop.skill,
    depends_on: dependsOn,
  }));
  await sql`insert into public.fleet_skills (skill, effect_mode) values (${noop.skill}, 'pure')`;
  await sql`insert into public.fleet_sequence_definitions (sequence_key, org_id, version, steps)
    values (${TYPE}, ${ORG}, 1, ${sql.json(steps)})`;
  await sql`insert into public.fleet_event_routes (org_id, event_type, sequence_key)
    values (${ORG}, ${TYPE}, ${TYPE})`;
}

async function readMeter(sql: Sql): Promise<Meter> {
  // Sessions report what they counted at the latest after ten idle seconds.
  await new Promise((resolve) => setTimeout(resolve, 10_500));
  await sql`select pg_stat_clear_snapshot()`;
  const [row] = await sql`select
    pg_snapshot_xmax(pg_current_snapshot())::text::bigint::float8 as writing,
    (select sum(xact_commit) from pg_stat_database)::float8 as commits,
    pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')::float8 as wal`;
  return { writingTx: row.writing, allTx: row.commits, walBytes: row.wal };
}

async function readServerSettings(sql: Sql): Promise<Readonly<Record<string, string>>> {
  const rows = await sql`select name, setting from pg_settings
    where name in ('server_version', 'fsync', 'synchronous_commit', 'full_page_writes', 'shared_buffers')`;
  return Object.fromEntries(rows.map((row) => [row.name, row.setting]));
}
