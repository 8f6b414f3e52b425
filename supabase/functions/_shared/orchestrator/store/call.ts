import type { Sql } from "../../db/client.ts";
import { toFleetError } from "../../db/sqlstate.ts";
import type { ClockPort } from "../../ports/clock.ts";

/** A statement of ours takes milliseconds; past this its outcome counts as unknown (reliability rule R2). */
export const CALL_TIMEOUT_MS = 10_000;

/** Runs one statement under a time limit; a limit that runs out says nothing about its commit. */
export async function withTimeout<T>(
  query: PromiseLike<T> & { cancel?: () => void },
  clock: ClockPort,
  timeoutMs = CALL_TIMEOUT_MS,
): Promise<T> {
  const limit = Promise.withResolvers<never>();
  const stopTimer = clock.after(timeoutMs, () => {
    query.cancel?.();
    limit.reject(
      Object.assign(new Error("Database call timed out"), { code: "DATABASE_TIMEOUT" }),
    );
  });
  try {
    return await Promise.race([query, limit.promise]);
  } finally {
    stopTimer();
  }
}

export interface SqlDeps {
  readonly sql: Sql;
  readonly clock: ClockPort;
}

/** One row, one column, of one statement; errors arrive as ours. `action` completes "Cannot …". */
export async function callOne<T>(
  deps: SqlDeps,
  action: string,
  query: (sql: Sql) => PromiseLike<readonly unknown[]> & { cancel?: () => void },
): Promise<T> {
  try {
    const rows = await withTimeout(query(deps.sql), deps.clock);
    return (rows[0] as { value: T }).value;
  } catch (error) {
    throw toFleetError(error, action);
  }
}
