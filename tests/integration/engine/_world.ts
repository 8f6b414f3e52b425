import type { StartAnswer } from "../../../supabase/functions/_shared/orchestrator/api.ts";
import type {
  JsonObject,
  StepDefinition,
} from "../../../supabase/functions/_shared/orchestrator/types.ts";
import { freshDatabase } from "../../support/database.ts";
import { createTestEngine, type TestEngine, type TestEngineOptions } from "../../support/engine.ts";

export const ORG = "0a000000-0000-4000-8000-000000000001";
export const USER = "0a000000-0000-4000-8000-00000000000a";

export interface World extends AsyncDisposable {
  readonly db: Awaited<ReturnType<typeof freshDatabase>>;
  /** A new isolate on the same database. */
  isolate(options?: Partial<TestEngineOptions>): TestEngine;
  start(
    engine: TestEngine,
    payload?: JsonObject,
    more?: { key?: string; type?: string },
  ): Promise<StartAnswer>;
  /** Lets every lease run out: as if the isolates had died. */
  expireLeases(): Promise<void>;
}

/** One fresh core database; `USER` decides as an admin everywhere. */
export async function createWorld(
  steps: readonly StepDefinition[],
  base: Omit<TestEngineOptions, "workerUrl">,
): Promise<World> {
  const db = await freshDatabase({ packs: "core", seed: false });
  await db
    .sql`create or replace function fleet.member_role(p_user_id uuid, p_org_id uuid) returns text
    language plpgsql stable security definer set search_path = ''
    as ${
    db.sql.unsafe(`$f$ begin return case when p_user_id = '${USER}' then 'admin' end; end $f$`)
  }`;
  const engines: TestEngine[] = [];
  return {
    db,
    isolate(options = {}) {
      const engine = createTestEngine({
        workerUrl: db.workerUrl,
        sequences: { test: steps },
        ...base,
        ...options,
      });
      engines.push(engine);
      return engine;
    },
    start: (engine, payload = {}, more = {}) =>
      engine.orchestrator.start({
        type: more.type ?? "test",
        org_id: ORG,
        user_id: USER,
        source: "test",
        payload,
        mode: "live",
        idempotency_key: more.key,
      }, { drive: true }),
    expireLeases: async () => {
      await db
        .sql`update public.fleet_jobs set lease_until = fleet.now() - interval '1 second' where status = 'running'`;
    },
    [Symbol.asyncDispose]: async () => {
      for (const engine of engines) await engine[Symbol.asyncDispose]();
      await db[Symbol.asyncDispose]();
    },
  };
}

/** Step statuses of a run, by id. */
export async function statuses(engine: TestEngine, jobId: string): Promise<Record<string, string>> {
  const job = await engine.deps.store.readJob(jobId, null);
  return Object.fromEntries(
    job!.steps.map((s) => [s.step_id, s.skip_reason ?? s.error_code ?? s.status]),
  );
}
