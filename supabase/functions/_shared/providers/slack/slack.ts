import type { Json } from "../../orchestrator/types.ts";
import type { DeliveryMeta, SlackMessage, SlackPort } from "../../ports/delivery.ts";
import type { Carrier, Deliverer } from "../delivery.ts";

/** Slack with one message in hand: null when the organisation connected no workspace. */
export type SlackCarrier = (message: SlackMessage, meta: DeliveryMeta) => Promise<Carrier | null>;

/** Messages go to the deliverer, which owns where they end. */
export function createSlack(deliverer: Deliverer, carrier: SlackCarrier): SlackPort {
  return {
    postMessage: (message, meta) =>
      deliverer.deliver({
        channel: "slack",
        recipients: ["userId" in message.to ? message.to.userId : message.to.channel],
        content: { text: message.text, blocks: message.blocks as readonly Json[] },
        carrier: () => carrier(message, meta),
      }, meta),
  };
}
