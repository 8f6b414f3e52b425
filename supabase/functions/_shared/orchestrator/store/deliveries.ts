import type postgres from "postgres";
import type { JsonObject } from "../types.ts";
import { callOne, type SqlDeps } from "./call.ts";

export interface DeliveryDraft {
  readonly id: string;
  readonly orgId: string;
  readonly jobId: string;
  readonly stepId: string;
  readonly channel: string;
  readonly recipient: string;
  readonly content: JsonObject;
  readonly effectKey: string;
}

export type DeliveryStatus = "pending" | "sent" | "withheld" | "unknown" | "failed";

/** Rows of `fleet_deliveries`: opened before the attempt, once per effect key. */
export function createDeliveryStore(deps: SqlDeps) {
  return {
    open: (d: DeliveryDraft) =>
      callOne<{ id: string; status: DeliveryStatus; provider_ref: string | null }>(
        deps,
        "open the delivery",
        (sql) =>
          sql`select fleet.open_delivery(${d.id}::uuid, ${d.orgId}::uuid, ${d.jobId}::uuid, ${d.stepId},
            ${d.channel}, ${d.recipient}, ${
            sql.json(d.content as unknown as postgres.JSONValue)
          }::jsonb,
            ${d.effectKey}) as value`,
      ),
    settle: async (
      id: string,
      status: Exclude<DeliveryStatus, "pending">,
      providerRef: string | null,
    ): Promise<void> => {
      await callOne(
        deps,
        "settle the delivery",
        (sql) =>
          sql`select fleet.settle_delivery(${id}::uuid, ${status}, ${providerRef})::text as value`,
      );
    },
  };
}
