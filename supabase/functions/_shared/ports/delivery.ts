/**
 * What leaves the house. Each call is stored in `fleet_deliveries` under its effect key before it is
 * tried, and obeys `FLEET_SEND` in one place (providers/delivery.ts): with sending off the embedded
 * stack delivers to its sink, anywhere else the delivery is stored as `withheld`.
 */
export interface DeliveryResult {
  readonly status: "sent" | "withheld";
  readonly delivery_id: string;
  readonly provider_ref: string | null;
  /** In words, for people: "embedded sink", "Slack", … */
  readonly via: string;
}

export interface SlackPort {
  /**
   * A direct message to a member (`userId`) or a post to a channel (`#name` or id).
   * @throws RetryableError `slack_unavailable`; FatalError `slack_refused`
   */
  postMessage(message: SlackMessage, meta: DeliveryMeta): Promise<DeliveryResult>;
  /**
   * Shows something else in the place of a message that was posted. Nobody is notified, so neither quiet hours nor the
   * hourly cap hold it back; writing the same once more changes nothing.
   * @throws as `postMessage`
   */
  updateMessage(
    message: SlackMessage,
    posted: { readonly ref: string; readonly effectKey: string },
    meta: DeliveryMeta,
  ): Promise<DeliveryResult>;
}

export interface SlackMessage {
  readonly to: { readonly userId: string } | { readonly channel: string };
  readonly text: string;
  /** Block Kit blocks; text in them is already escaped. */
  readonly blocks: readonly unknown[];
  /**
   * Address behind every button whose `url` is `SECRET_URL`: put in at the moment of sending and stored nowhere.
   */
  readonly secretUrl?: string | null;
}

/** Stands for `SlackMessage.secretUrl` in blocks. */
export const SECRET_URL = "fleet:secret-url";

export interface MailPort {
  /** `message_id` is the RFC 5322 one that an answer will name, whatever the vendor calls the mail. */
  send(
    mail: OutgoingMail,
    meta: DeliveryMeta,
  ): Promise<DeliveryResult & { readonly message_id: string }>;
}

export interface OutgoingMail {
  readonly from_user_id: string;
  readonly to: readonly string[];
  readonly cc?: readonly string[];
  readonly subject: string;
  readonly body_text: string;
  /** Message id of the mail this answers; the reply stays in its thread. */
  readonly in_reply_to?: string | null;
  /** The provider's thread, where the answered mail has one. */
  readonly thread_id?: string | null;
}

export interface CalendarPort {
  /**
   * When the member is busy by the connected calendar, beside what the CRM's rows say; nothing when none is.
   * @throws RetryableError `calendar_unavailable`; FatalError `calendar_refused`
   */
  listBusy(query: BusyQuery): Promise<readonly BusyTime[]>;
  /** Creates one event and invites the attendees, once per effect key (`keyed`). */
  createEvent(
    invitation: Invitation,
    meta: DeliveryMeta,
  ): Promise<DeliveryResult & { readonly event_id: string }>;
}

export interface BusyQuery {
  readonly orgId: string;
  readonly userId: string;
  /** ISO moments; the end is not part of it. */
  readonly from: string;
  readonly to: string;
  readonly signal: AbortSignal;
}

export interface BusyTime {
  readonly starts_at: string;
  readonly ends_at: string;
}

export interface Invitation {
  readonly organizer_user_id: string;
  readonly title: string;
  readonly starts_at: string;
  readonly ends_at: string;
  readonly timezone: string;
  readonly attendees: readonly { readonly email: string; readonly name: string }[];
  readonly description: string;
  readonly contact_id: string | null;
  readonly deal_id: string | null;
}

/** Who sends and why: ties the effect to its run. */
export interface DeliveryMeta {
  readonly orgId: string;
  readonly jobId: string;
  readonly stepId: string;
  readonly effectKey: string;
  readonly signal: AbortSignal;
}
