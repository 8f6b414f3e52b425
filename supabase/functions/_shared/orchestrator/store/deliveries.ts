import type postgres from "postgres";
import type { DeliveryStore, OpenedDelivery } from "../../ports/deliveries.ts";
import { callOne, type SqlDeps } from "./call.ts";

/** Rows of `fleet_deliveries`: opened before the attempt, once per effect key. */
export function createDeliveryStore(deps: SqlDeps): DeliveryStore {
  return {
    open: (d) =>
      callOne<OpenedDelivery>(
        deps,
        "open the delivery",
        (sql) =>
          sql`select fleet.open_delivery(${d.id}::uuid, ${d.orgId}::uuid, ${d.jobId}::uuid, ${d.stepId},
            ${d.channel}, ${d.recipient}, ${
            sql.json(d.content as unknown as postgres.JSONValue)
          }::jsonb,
            ${d.effectKey}) as value`,
      ),
    settle: async (id, status, providerRef) => {
      await callOne(
        deps,
        "settle the delivery",
        (sql) =>
          sql`select fleet.settle_delivery(${id}::uuid, ${status}, ${providerRef})::text as value`,
      );
    },
  };
}
