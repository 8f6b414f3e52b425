import type postgres from "postgres";
import type { GraphWatch, Mailbox, MailboxOwner, MailboxStore } from "../../ports/mailboxes.ts";
import { callOne, type SqlDeps } from "./call.ts";
import { createEmailStore } from "./emails.ts";

export interface MailboxLookup {
  /** Active mailboxes of this account in this organisation. */
  listMailboxes(
    orgId: string,
    provider: "google" | "microsoft",
    account: string,
  ): Promise<readonly MailboxOwner[]>;
  /** Subscriptions of this door by their ids, and those under way. */
  readGraphWatches(
    endpointId: string,
    subscriptionIds: readonly string[],
  ): Promise<readonly GraphWatch[]>;
}

/** Rows of `fleet.mailbox_watches`; each call is one statement. */
export function createMailboxStore(deps: SqlDeps): MailboxStore & MailboxLookup {
  const emails = createEmailStore(deps);
  return {
    find: (orgId, connectionId) =>
      callOne<Mailbox | null>(
        deps,
        "find the mailbox",
        (sql) => sql`select fleet.read_mailbox(${orgId}::uuid, ${connectionId}::uuid) as value`,
      ),
    store: (mailbox, email) =>
      emails.storeEmail({
        orgId: mailbox.org_id,
        endpointId: null,
        deliveryId: null,
        email: { ...email, mailbox_user_id: mailbox.user_id },
      }),
    advance: (mailbox, to) =>
      callOne<boolean>(
        deps,
        "move the mailbox's cursor",
        (sql) =>
          sql`select fleet.advance_mailbox(${mailbox.org_id}::uuid, ${mailbox.connection_id}::uuid,
            ${mailbox.cursor}::text, ${to.cursor}, ${
            sql.json(to.events as unknown as postgres.JSONValue)
          }::jsonb, ${to.has_more}) as value`,
      ),
    prepareWatch: (mailbox, clientStateSha256) =>
      callOne<string | null>(
        deps,
        "prepare the mailbox's watch",
        (sql) =>
          sql`select fleet.prepare_mailbox_watch(${mailbox.org_id}::uuid, ${mailbox.connection_id}::uuid,
            ${clientStateSha256}) as value`,
      ),
    saveWatch: (mailbox, watch) =>
      callOne<boolean>(
        deps,
        "store the mailbox's watch",
        (sql) =>
          sql`select fleet.save_mailbox_watch(${mailbox.org_id}::uuid, ${mailbox.connection_id}::uuid,
            ${watch.subscriptionId}::text, ${watch.clientStateSha256}::text, ${watch.cursor}::text, ${watch.expiresAt}::timestamptz,
            ${watch.catchesUp}) as value`,
      ),
    listMailboxes: (orgId, provider, account) =>
      callOne<readonly MailboxOwner[]>(
        deps,
        "find the mailbox",
        (sql) => sql`select fleet.list_mailboxes(${orgId}::uuid, ${provider}, ${account}) as value`,
      ),
    readGraphWatches: (endpointId, subscriptionIds) =>
      callOne<readonly GraphWatch[]>(
        deps,
        "read the subscriptions",
        (sql) =>
          sql`select fleet.read_graph_watches(${endpointId}::uuid, ${subscriptionIds as string[]}::text[]) as value`,
      ),
  };
}
