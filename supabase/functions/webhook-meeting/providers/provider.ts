import type {
  CalendarDelivery,
  MeetingDelivery,
  WebhookEndpoint,
} from "../../_shared/orchestrator/api.ts";

/** A request whose sender is not known yet. */
export interface Unverified {
  readonly headers: Headers;
  readonly body: Uint8Array;
  readonly secrets: WebhookEndpoint["secrets"];
}

/** What a delivery comes to; null for an event of the provider's that is nothing to us. */
export type ReadDelivery =
  | Omit<MeetingDelivery, "endpoint">
  | Omit<CalendarDelivery, "endpoint">
  | null;

/** One sender of meetings: its lock, and what its bodies mean. */
export interface MeetingProvider {
  /**
   * Checks the sender by the raw bytes.
   *
   * @returns what reads the body, now that its sender is known
   * @throws HttpError 401 `bad_signature`
   */
  verify(
    request: Unverified,
  ): Promise<(body: unknown, options: { readonly now: number }) => ReadDelivery>;
}
