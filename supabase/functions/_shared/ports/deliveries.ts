import type { JsonObject } from "../orchestrator/types.ts";

export type DeliveryChannel = "slack" | "slack_update" | "mail" | "calendar";
export type DeliveryState = "pending" | "sent" | "withheld" | "unknown" | "failed";
/** `FLEET_SEND`, from nothing to everything. */
export const SEND_MODES = ["off", "allowlist", "live"] as const;
export type SendMode = typeof SEND_MODES[number];

export interface OpenedDelivery {
  readonly id: string;
  readonly status: DeliveryState;
  readonly provider_ref: string | null;
  /** How long quiet hours or the hourly cap hold it back; 0 when it may go. */
  readonly wait_ms: number;
  /** False: an attempt before this one opened the row, and may have got through. */
  readonly is_first: boolean;
  /** Since the first attempt, by the database's clock. */
  readonly age_ms: number;
  /** The organisation's own level; null follows the project's. */
  readonly send_mode: SendMode | null;
}

/** Rows of `fleet_deliveries`; implemented by orchestrator/store/deliveries.ts. */
export interface DeliveryStore {
  /** Opens the row before the attempt; a repeated effect key answers the row that is there. */
  open(draft: {
    readonly id: string;
    readonly orgId: string;
    readonly jobId: string;
    readonly stepId: string;
    readonly channel: string;
    readonly recipient: string;
    readonly content: JsonObject;
    readonly effectKey: string;
  }): Promise<OpenedDelivery>;
  settle(
    id: string,
    status: Exclude<DeliveryState, "pending">,
    providerRef: string | null,
  ): Promise<void>;
}
