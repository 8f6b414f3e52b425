/**
 * `deno task bench [--json]`: how fast the engine drives the workload W1, through its production wiring
 * (roles, migrations, gates, history, durable commits), against the fixed floor of `floor.ts` in one
 * session. W3 is one run at a time, W4 is 32 in flight, in rounds that alternate with the floor's; W2 is events that
 * are only accepted, by 16 callers, and as signed webhooks at a steady rate (ingest.ts). A session whose floor is by more than a quarter another at its end is void.
 */
import { parseArgs } from "@std/cli/parse-args";
import {
  createFloorTables,
  floorEvent,
  floorRun,
  latencies,
  percentile,
  throughput,
} from "./floor.ts";
import { measureIngest } from "./ingest.ts";
import { type BenchWorld, openWorld } from "./world.ts";

const WARM_UP = 300;
const W2_EVENTS = 4000;
const W2_CALLERS = 16;
const W2_ROUNDS = 3;
const W3_RUNS = 300;
const W4_RUNS = 1000;
const IN_FLIGHT = 32;
const ROUNDS = 7;
/** How much the floor may differ between the first and the last rounds. */
const VOID_ABOVE = 0.25;

const flags = parseArgs(Deno.args, { boolean: ["json"] });
const say = (line: string) => {
  if (!flags.json) console.log(line);
};

async function main(): Promise<void> {
  await using world = await openWorld();
  const { floorSql } = world;
  await createFloorTables(floorSql);
  let floors = 0;
  const prefix = crypto.randomUUID().slice(0, 24);
  const floor = () => floorRun(floorSql, `${prefix}${(floors++).toString(16).padStart(12, "0")}`);
  const runs = () => world.runOnce();

  for (const one of [floor, runs]) await throughput(WARM_UP, IN_FLIGHT, one);
  const floorBefore = await throughput(W4_RUNS, IN_FLIGHT, floor);
  const floorAlone = await latencies(W3_RUNS, floor);
  const alone = await metered(world, W3_RUNS, () => latencies(W3_RUNS, runs));

  const floorRates: number[] = [floorBefore];
  const rates: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    rates.push(await throughput(W4_RUNS, IN_FLIGHT, runs));
    floorRates.push(await throughput(W4_RUNS, IN_FLIGHT, floor));
    say(`round ${round + 1}: ${rate(rates.at(-1)!)}, floor ${rate(floorRates.at(-1)!)}`);
  }
  const together = await metered(world, W4_RUNS, () => throughput(W4_RUNS, IN_FLIGHT, runs));

  const accepts = await measureAccept(
    world,
    () => `${prefix}${(floors++).toString(16).padStart(12, "0")}`,
  );
  const ingest = await measureIngest();
  say(`ingest: p50 ${ingest.p50_ms} ms, p99 ${ingest.p99_ms} ms at ${ingest.requests_per_s}/s`);

  const floorRate = median(floorRates);
  const [before, after] = [median(floorRates.slice(0, 3)), median(floorRates.slice(-3))];
  const isVoid = Math.max(before, after) / Math.min(before, after) - 1 > VOID_ABOVE;
  const p50 = percentile(alone.result, 0.5);
  const report = {
    W2: { ...accepts, ...ingest },
    W3: {
      p50_ms: round(p50),
      p95_ms: round(percentile(alone.result, 0.95)),
      floor_p50_ms: round(percentile(floorAlone, 0.5)),
      ratio: round(p50 / percentile(floorAlone, 0.5)),
      ...alone.perRun,
    },
    W4: {
      runs_per_s: Math.round(median(rates)),
      floor: Math.round(floorRate),
      ratio: round(median(rates) / floorRate),
      ...together.perRun,
      rss_mb: Math.round(Deno.memoryUsage().rss / 1_048_576),
    },
    void: isVoid,
    n: { W2: W2_EVENTS * W2_ROUNDS, W3: W3_RUNS, W4: W4_RUNS * ROUNDS, in_flight: IN_FLIGHT },
    commit: await commitOf(),
    at: new Date().toISOString(),
    machine: `${Deno.build.os} ${Deno.build.arch}, ${navigator.hardwareConcurrency} cores`,
    deno: Deno.version.deno,
    postgres: world.settings,
  };
  if (flags.json) console.log(JSON.stringify(report));
  else printReport(report);
}

/** W2: events with their runs into the tables, in rounds that alternate with the floor's. */
async function measureAccept(world: BenchWorld, newId: () => string) {
  const floor = () => floorEvent(world.floorSql, newId());
  const accept = () => world.acceptOnce();
  for (const one of [floor, accept]) await throughput(WARM_UP, W2_CALLERS, one);
  const rates: number[] = [], floorRates: number[] = [];
  for (let round = 0; round < W2_ROUNDS; round++) {
    floorRates.push(await throughput(W2_EVENTS, W2_CALLERS, floor));
    rates.push(await throughput(W2_EVENTS, W2_CALLERS, accept));
  }
  return {
    events_per_s: Math.round(median(rates)),
    floor: Math.round(median(floorRates)),
    ratio: round(median(rates) / median(floorRates)),
  };
}

/** What a workload cost the server, per run. */
async function metered<Result>(
  world: BenchWorld,
  count: number,
  work: () => Promise<Result>,
): Promise<{ readonly result: Result; readonly perRun: PerRun }> {
  const before = await world.meter();
  const result = await work();
  const after = await world.meter();
  const writing = after.writingTx - before.writingTx;
  return {
    result,
    perRun: {
      writing_tx_per_run: round(writing / count),
      // The two readings themselves commit a handful of times.
      read_tx_per_run: round(Math.max(0, after.allTx - before.allTx - writing) / count),
      wal_bytes_per_run: Math.round((after.walBytes - before.walBytes) / count),
    },
  };
}

interface PerRun {
  readonly writing_tx_per_run: number;
  readonly read_tx_per_run: number;
  readonly wal_bytes_per_run: number;
}

function printReport(report: Readonly<Record<string, unknown>>): void {
  for (const [name, value] of Object.entries(report)) {
    console.log(`${name.padEnd(9)} ${typeof value === "string" ? value : JSON.stringify(value)}`);
  }
  if (report.void) console.log("The floor moved too much: this session says nothing.");
}

function median(values: readonly number[]): number {
  return percentile([...values].sort((a, b) => a - b), 0.5);
}

function rate(value: number): string {
  return `${Math.round(value)} runs/s`;
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}

/** Empty outside a checkout. */
async function commitOf(): Promise<string> {
  const git = await new Deno.Command("git", {
    args: ["rev-parse", "--short", "HEAD"],
    cwd: new URL(".", import.meta.url),
    stderr: "null",
  }).output().catch(() => null);
  return git?.success ? new TextDecoder().decode(git.stdout).trim() : "";
}

await main();
Deno.exit(0);
