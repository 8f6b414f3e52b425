import type postgres from "postgres";
import type { LedgerStore, Reservation } from "../../ports/ledger.ts";
import { callOne, type SqlDeps } from "./call.ts";

/** What models cost; each call is one statement. */
export function createLedgerStore(deps: SqlDeps): LedgerStore {
  return {
    readSettings: (orgId) =>
      callOne(
        deps,
        "read the organisation's engine",
        (sql) => sql`select fleet.read_llm_settings(${orgId}::uuid) as value`,
      ),
    reserve: (call) =>
      callOne<Reservation>(
        deps,
        "reserve the cost of a model call",
        (sql) =>
          sql`select fleet.reserve_model_call(${
            sql.json(call as unknown as postgres.JSONValue)
          }::jsonb) as value`,
      ),
    settle: (id, outcome, usage) =>
      callOne(
        deps,
        "settle the cost of a model call",
        (sql) =>
          sql`select fleet.settle_model_call(${id}::uuid, ${outcome}, ${
            usage?.inputTokens ?? null
          }::integer, ${usage?.outputTokens ?? null}::integer) as value`,
      ),
  };
}
