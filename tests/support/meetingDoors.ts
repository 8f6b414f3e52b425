import { ADMIN, ORG, type RunStack } from "./runs.ts";
import type { Delivery } from "./webhooks.ts";

/** A door of the demo organisation, or of another, with one secret; answers its address. */
export async function openDoor(
  { sql, status }: RunStack,
  provider: string,
  secret: string | null,
  org = ORG,
): Promise<string> {
  const [{ id }] = await sql`insert into public.fleet_webhook_endpoints
    (org_id, provider, default_user_id) values (${org}, ${provider}, ${ADMIN}) returning id`;
  if (secret !== null) await sql`insert into fleet.webhook_secrets values (${id}, ${secret})`;
  return `${status.FUNCTIONS_URL}/webhook-meeting/${id}`;
}

export interface DoorAnswer {
  readonly status: number;
  readonly body: {
    readonly status?: string;
    readonly event_id?: string | null;
    readonly job_id?: string | null;
    readonly meeting_id?: string | null;
    readonly error?: { readonly code: string };
  };
  readonly text: string;
}

export async function send(url: string, { headers, body }: Delivery): Promise<DoorAnswer> {
  const response = await fetch(url, { method: "POST", headers, body });
  const text = await response.text();
  return { status: response.status, body: JSON.parse(text), text };
}
