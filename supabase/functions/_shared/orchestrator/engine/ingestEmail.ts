import type { EmailAnswer, EmailDelivery } from "../api.ts";
import type { EmailStore } from "../store/emails.ts";
import { emailEvent } from "../core/emailEvent.ts";
import type { Starter } from "./startEvent.ts";

/**
 * Stores a mail that a door verified and accepts its event. Two statements, each harmless to repeat: a sender
 * that saw no answer sends again. What may start no run (own mail, automatic answers) is stored and answered so.
 */
export async function ingestEmail(
  { endpoint, delivery_id, email }: EmailDelivery,
  deps: { readonly emails: EmailStore; readonly starter: Starter },
): Promise<EmailAnswer> {
  const stored = await deps.emails.storeEmail({
    orgId: endpoint.org_id,
    endpointId: endpoint.id,
    deliveryId: delivery_id,
    email,
  });
  const { email_id, ignored_reason } = stored;
  if (ignored_reason !== null) {
    return { status: "ignored", reason: ignored_reason, event_id: null, job_id: null, email_id };
  }
  const { idempotency_key, ...event } = emailEvent(endpoint.org_id, stored);
  const answer = await deps.starter.start({
    ...event,
    org_id: endpoint.org_id,
    user_id: stored.user_id,
    user_source: stored.user_source ?? undefined,
    source: `webhook:${endpoint.provider}`,
    mode: "live",
    idempotency_key,
  }, { cpu: null, comparesContent: false });
  return { status: answer.status, event_id: answer.event_id, job_id: answer.job_id, email_id };
}
