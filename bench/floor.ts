import type { Sql } from "../supabase/functions/_shared/db/client.ts";

/** Levels of workload W1: 14 steps. */
export const LEVEL_SIZES = [1, 3, 4, 5, 1] as const;
const OUTPUT = { pad: "x".repeat(185) };

/**
 * The fixed floor: what an idealised writer needs for one W1 run without leases, checks or history.
 * One insert, five statements that each insert a level's step rows and touch the run, one closing
 * update, each its own prepared commit.
 */
export async function createFloorTables(sql: Sql): Promise<void> {
  await sql`create schema if not exists bench_floor`;
  await sql`create table if not exists bench_floor.floor_run (id uuid primary key, status text, updated_at timestamptz)`;
  await sql`create table if not exists bench_floor.floor_step (
    run_id uuid, step_id text, output jsonb, primary key (run_id, step_id))`;
  await sql`create table if not exists bench_floor.floor_event (id uuid primary key, payload jsonb)`;
}

/** The floor of W2: one insert of 1 KB, its own prepared commit. */
export async function floorEvent(sql: Sql, id: string): Promise<void> {
  await sql`insert into bench_floor.floor_event (id, payload) values (${id}, ${
    sql.json({ pad: "x".repeat(950) })
  }::jsonb)`;
}

export async function floorRun(sql: Sql, id: string): Promise<void> {
  await sql`insert into bench_floor.floor_run (id, status, updated_at) values (${id}, 'running', now())`;
  let next = 0;
  for (const size of LEVEL_SIZES) {
    const ids = Array.from({ length: size }, () => String.fromCharCode(65 + next++));
    await sql`with steps as (
        insert into bench_floor.floor_step (run_id, step_id, output)
        select ${id}::uuid, s, ${sql.json(OUTPUT)}::jsonb from unnest(${ids}::text[]) s returning 1)
      update bench_floor.floor_run set updated_at = now() where id = ${id}`;
  }
  await sql`update bench_floor.floor_run set status = 'completed', updated_at = now() where id = ${id}`;
}

/** Runs `one` `count` times with `inFlight` at once; answers runs per second. */
export async function throughput(
  count: number,
  inFlight: number,
  one: () => Promise<void>,
): Promise<number> {
  const startedAt = performance.now();
  let begun = 0;
  await Promise.all(Array.from({ length: inFlight }, async () => {
    while (begun < count) {
      begun++;
      await one();
    }
  }));
  return count / ((performance.now() - startedAt) / 1000);
}

/** Milliseconds of `count` runs one after another, sorted. */
export async function latencies(
  count: number,
  one: () => Promise<void>,
): Promise<readonly number[]> {
  const taken: number[] = [];
  for (let i = 0; i < count; i++) {
    const startedAt = performance.now();
    await one();
    taken.push(performance.now() - startedAt);
  }
  return taken.sort((a, b) => a - b);
}

export function percentile(sorted: readonly number[], p: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * p))];
}
