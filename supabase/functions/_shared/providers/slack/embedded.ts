import type { Json } from "../../orchestrator/types.ts";
import type { SlackPort } from "../../ports/delivery.ts";
import type { Deliverer } from "../delivery.ts";

/** Slack without Slack: messages go to the deliverer, which owns where they end. */
export function createEmbeddedSlack(deliverer: Deliverer): SlackPort {
  return {
    postMessage: (message, meta) =>
      deliverer.deliver({
        channel: "slack",
        recipient: "userId" in message.to ? message.to.userId : message.to.channel,
        content: { text: message.text, blocks: message.blocks as readonly Json[] },
      }, meta),
  };
}
