import type { Sql } from "../../../supabase/functions/_shared/db/client.ts";
import type { JsonObject } from "../../../supabase/functions/_shared/orchestrator/types.ts";
import type { CrmWorld, OrgRows } from "./_world.ts";

export const START = "2027-03-01T10:00:00Z";

export interface Stored {
  readonly meeting_id: string;
  readonly delivered_as: string;
  readonly is_internal: boolean;
  readonly duplicate: boolean;
  readonly user_id: string | null;
  readonly user_source: string | null;
  readonly contact_id: string | null;
  readonly deal_id: string | null;
}

let deliveries = 0;

/** Delivers a meeting to an organisation's endpoint, under a delivery id of its own unless told. */
export async function deliver(
  sql: Sql,
  to: Pick<OrgRows, "org" | "endpoint">,
  meeting: JsonObject,
  deliveryId = `d${++deliveries}`,
): Promise<Stored> {
  const body = sql.json({ title: "Call", attendees: [], transcript: [], ...meeting } as never);
  const [row] = await sql`
    select fleet_crm.store_meeting(${to.org}, ${to.endpoint}, ${deliveryId}, ${body}) as stored`;
  return row.stored as Stored;
}

/** Another endpoint of the same organisation: another provider. */
export const otherEndpoint = (world: CrmWorld) => ({
  org: world.a.org,
  endpoint: crypto.randomUUID(),
});

export const at = (minutes: number) => new Date(Date.parse(START) + minutes * 60_000).toISOString();
