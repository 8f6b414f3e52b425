import type { HealthFacts } from "../core/health.ts";
import { callOne, type SqlDeps } from "./call.ts";

/** What is wrong, as far as the viewer may know; null sees every organisation. */
export type ReadHealth = (viewer: string | null, lateSweepMs: number) => Promise<HealthFacts>;

export function createHealthStore(deps: SqlDeps): ReadHealth {
  return (viewer, lateSweepMs) =>
    callOne<HealthFacts>(
      deps,
      "read the health",
      (sql) => sql`select fleet.read_health(${viewer}::uuid, ${lateSweepMs}::bigint) as value`,
    );
}
