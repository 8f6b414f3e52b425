import type { JsonObject } from "../types.ts";
import { eventKey } from "./eventLimits.ts";

/**
 * The event of a stored mail. Its key names the mail within the organisation, so that a door, a mailbox and their
 * repeats make one event of it. Ids only: the words lie in the mail's row.
 */
export function emailEvent(
  orgId: string,
  stored: {
    readonly email_id: string;
    readonly message_id: string;
    readonly contact_id: string | null;
  },
): { readonly type: string; readonly payload: JsonObject; readonly idempotency_key: string } {
  const { email_id, message_id, contact_id } = stored;
  return {
    type: "email_received",
    payload: { email_id, message_id, ...(contact_id === null ? {} : { contact_id }) },
    idempotency_key: eventKey(`email_received:${orgId}`, message_id),
  };
}
