import { connect } from "../db/client.ts";
import { LATE_SWEEP_INTERVALS } from "../orchestrator/core/health.ts";
import { readSettings } from "../orchestrator/settings.ts";
import { createHealthStore } from "../orchestrator/store/health.ts";
import type { HealthFacts } from "../orchestrator/core/health.ts";
import { createSystemClock } from "../providers/clock.ts";

/** What the administration's routes may ask. */
export interface AdminDeps {
  /** Of every organisation, or of those where the viewer is a member. */
  readHealth(viewer: string | null): Promise<HealthFacts>;
}

/** The administration of an isolate, wired from its environment. @throws InvariantError `invalid_settings` */
export function composeAdmin(env: Readonly<Record<string, string | undefined>>): AdminDeps {
  const settings = readSettings(env);
  const sql = connect(settings.databaseUrl);
  const readHealth = createHealthStore({ sql, clock: createSystemClock() });
  return {
    readHealth: (viewer) => readHealth(viewer, LATE_SWEEP_INTERVALS * settings.sweepIntervalMs),
  };
}
