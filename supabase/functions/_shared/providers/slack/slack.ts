import type { Json, JsonObject } from "../../orchestrator/types.ts";
import {
  type DeliveryMeta,
  SECRET_URL,
  type SlackMessage,
  type SlackPort,
} from "../../ports/delivery.ts";
import type { Carrier, Deliverer } from "../delivery.ts";

/** A message that takes the place of one that was posted. */
export interface PlacedMessage extends SlackMessage {
  readonly replaces?: { readonly ref: string; readonly effectKey: string };
}

/** Slack with one message in hand: null when the organisation connected no workspace. */
export type SlackCarrier = (
  message: PlacedMessage,
  meta: DeliveryMeta,
) => Promise<Carrier | null>;

/** Messages go to the deliverer, which owns where they end. */
export function createSlack(deliverer: Deliverer, carrier: SlackCarrier): SlackPort {
  const deliver = (message: PlacedMessage, meta: DeliveryMeta) => {
    const outgoing = revealed(message);
    return deliverer.deliver({
      channel: message.replaces === undefined ? "slack" : "slack_update",
      recipients: ["userId" in message.to ? message.to.userId : message.to.channel],
      content: contentOf(message),
      outgoing: contentOf(outgoing),
      carrier: () => carrier(outgoing, meta),
    }, meta);
  };
  return {
    postMessage: deliver,
    updateMessage: (message, posted, meta) => deliver({ ...message, replaces: posted }, meta),
  };
}

function contentOf({ text, blocks, replaces }: PlacedMessage): JsonObject {
  return {
    text,
    blocks: blocks as readonly Json[],
    ...(replaces === undefined ? {} : { replaces: replaces.effectKey }),
  };
}

/** Puts the secret address in, or takes its buttons out. Nothing that people wrote lies under `url`. */
function revealed(message: PlacedMessage): PlacedMessage {
  const { secretUrl } = message;
  if (secretUrl === undefined) return message;
  const reveal = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.filter((one) => !isHollow(one, secretUrl)).map(reveal);
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(
      Object.entries(value).map(([key, inner]) => [
        key,
        key === "url" && inner === SECRET_URL ? secretUrl : reveal(inner),
      ]),
    );
  };
  return { ...message, blocks: reveal(message.blocks) as readonly unknown[] };
}

/** A button to nowhere. */
function isHollow(value: unknown, secretUrl: string | null): boolean {
  return secretUrl === null && (value as { url?: unknown } | null)?.url === SECRET_URL;
}
