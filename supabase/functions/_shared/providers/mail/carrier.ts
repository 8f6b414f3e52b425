import type { DeliveryMeta, OutgoingMail } from "../../ports/delivery.ts";
import type { Carrier } from "../delivery.ts";

/** A mail with what providers need of its sender and its effect key. */
export interface Letter {
  readonly mail: OutgoingMail;
  readonly from: { readonly name: string; readonly email: string };
  /** Our own Message-ID, made of the effect key; with angle brackets. */
  readonly messageId: string;
}

/** A mail vendor: null when the sender did not connect it. */
export type MailCarrier = (letter: Letter, meta: DeliveryMeta) => Promise<Carrier | null>;
