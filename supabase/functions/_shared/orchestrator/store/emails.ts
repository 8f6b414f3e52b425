import type postgres from "postgres";
import type { IncomingEmail, StoredEmail } from "../../ports/mailboxes.ts";
import { callOne, type SqlDeps } from "./call.ts";

export interface EmailStore {
  /** Idempotent: by delivery id at the endpoint, then by Message-ID in the organisation. */
  storeEmail(call: {
    readonly orgId: string;
    /** Null for a mail that was fetched from a mailbox. */
    readonly endpointId: string | null;
    readonly deliveryId: string | null;
    readonly email: IncomingEmail & { readonly mailbox_user_id?: string | null };
  }): Promise<StoredEmail>;
}

/** The mail seam (docs/crm-seam.md); one statement. */
export function createEmailStore(deps: SqlDeps): EmailStore {
  return {
    storeEmail: (c) =>
      callOne<StoredEmail>(
        deps,
        "store the mail",
        (sql) =>
          sql`select fleet_crm.store_email(${c.orgId}::uuid, ${c.endpointId}::uuid, ${c.deliveryId}::text,
            ${sql.json(c.email as unknown as postgres.JSONValue)}::jsonb) as value`,
      ),
  };
}
