import { FatalError, FleetError, RetryableError } from "../orchestrator/core/errors.ts";
import type { JsonObject } from "../orchestrator/types.ts";
import type { DeliveryMeta, DeliveryResult } from "../ports/delivery.ts";
import {
  type DeliveryChannel,
  type DeliveryStore,
  type OpenedDelivery,
  SEND_MODES,
  type SendMode,
} from "../ports/deliveries.ts";
import type { IdsPort } from "../ports/ids.ts";

/** A vendor, opened with the sender's credential, with one message in hand. */
export interface Carrier {
  /** In words: "Slack". */
  readonly name: string;
  /** `keyed`: the vendor knows our key; `reconcile`: we look before we repeat. */
  readonly effectMode: "keyed" | "reconcile";
  /**
   * Asked before a repeated attempt: the reference under which an earlier one arrived, or null when none did.
   *
   * @throws FatalError `effect_unknown` when that cannot be told any more: a person has to look
   */
  find(earlier: { readonly ageMs: number }): Promise<string | null>;
  /** @returns the vendor's reference */
  send(): Promise<string>;
}

export interface Delivery {
  readonly channel: DeliveryChannel;
  /** Mail addresses, a member's id, or a channel: what `FLEET_SEND_ALLOW` lists. */
  readonly recipients: readonly string[];
  /** As it is stored. */
  readonly content: JsonObject;
  /** As it leaves, where it holds what must not be stored. */
  readonly outgoing?: JsonObject;
  /** Null when the sender connected no vendor for this channel. Asked only when sending is allowed. */
  carrier(): Promise<Carrier | null>;
}

export interface DelivererOptions {
  readonly store: DeliveryStore;
  /** The embedded stack's sink; null anywhere else. */
  readonly sinkUrl: string | null;
  readonly sendMode: SendMode;
  readonly allow: readonly string[];
  readonly fetch: typeof fetch;
  readonly ids: IdsPort;
  /** Stops the process at a named point in crash tests. */
  readonly killpoint?: (name: string) => void;
}

export interface Deliverer {
  deliver(delivery: Delivery, meta: DeliveryMeta): Promise<DeliveryResult>;
}

/**
 * The one place that decides whether something leaves the house. The row is stored first; what `FLEET_SEND`
 * and the organisation allow goes to the sender's vendor. The rest, and what no vendor carries, goes to the
 * embedded stack's sink; anywhere else it is withheld, never pretended.
 */
export function createDeliverer(options: DelivererOptions): Deliverer {
  return {
    async deliver(delivery, meta) {
      const opened = await options.store.open({
        id: options.ids.uuid(),
        orgId: meta.orgId,
        jobId: meta.jobId,
        stepId: meta.stepId,
        channel: delivery.channel,
        recipient: delivery.recipients.join(", "),
        content: delivery.content,
        effectKey: meta.effectKey,
      });
      const answer = (
        status: "sent" | "withheld",
        ref: string | null,
        via: string,
      ): DeliveryResult => ({ status, delivery_id: opened.id, provider_ref: ref, via });
      if (opened.status === "sent") {
        return answer("sent", opened.provider_ref, "an earlier attempt");
      }
      const held = holdBack(options, opened.send_mode, delivery.recipients);
      const staysHere = held !== null && options.sinkUrl === null;
      // What is withheld anyway waits for nothing.
      if (opened.wait_ms > 0 && !staysHere) {
        throw new RetryableError(
          "delivery_deferred",
          "Quiet hours or the hourly cap hold the message back; it is sent once they pass",
          { retryAfterMs: opened.wait_ms },
        );
      }
      const carrier = held === null ? await delivery.carrier() : null;
      if (carrier === null && options.sinkUrl === null) {
        await options.store.settle(opened.id, "withheld", null);
        const why = held ?? "no account is connected for this channel";
        return answer("withheld", null, `withheld: ${why}`);
      }
      try {
        const ref = carrier === null
          ? await postToSink(options.sinkUrl!, delivery, { meta, fetch: options.fetch })
          : await carry(carrier, opened);
        options.killpoint?.("KP15");
        await options.store.settle(opened.id, "sent", ref);
        return answer("sent", ref, carrier?.name ?? "embedded sink");
      } catch (error) {
        // What may pass later, or was only cut short, stays pending: the next attempt looks for it first.
        if (error instanceof FatalError) {
          const status = error.code === "effect_unknown" ? "unknown" : "failed";
          await options.store.settle(opened.id, status, null);
        }
        throw error;
      }
    },
  };
}

async function carry(carrier: Carrier, opened: OpenedDelivery): Promise<string> {
  const arrived = opened.is_first ? null : await carrier.find({ ageMs: opened.age_ms });
  return arrived ?? await carrier.send();
}

/** Why this must not go out, in words; null when it may. */
function holdBack(
  options: Pick<DelivererOptions, "sendMode" | "allow">,
  ofOrg: SendMode | null,
  recipients: readonly string[],
): string | null {
  // An organisation may lower the project's level, never raise it.
  const level = Math.min(
    SEND_MODES.indexOf(options.sendMode),
    ofOrg === null ? SEND_MODES.length : SEND_MODES.indexOf(ofOrg),
  );
  if (SEND_MODES[level] === "live") return null;
  if (SEND_MODES[level] === "off") {
    return options.sendMode === "off" ? "FLEET_SEND is off" : "the organisation's sending is off";
  }
  const allowed = new Set(options.allow.map((entry) => entry.toLowerCase()));
  const isListed = recipients.length > 0 &&
    recipients.every((recipient) => allowed.has(recipient.toLowerCase()));
  return isListed ? null : "the recipient is not in FLEET_SEND_ALLOW";
}

async function postToSink(
  url: string,
  delivery: Delivery,
  context: { readonly meta: DeliveryMeta; readonly fetch: typeof fetch },
): Promise<string> {
  const { meta } = context;
  let response: Response;
  try {
    response = await context.fetch(url, {
      method: "POST",
      headers: { "content-type": "application/json" },
      signal: meta.signal,
      body: JSON.stringify({
        effect_key: meta.effectKey,
        port: delivery.channel,
        org_id: meta.orgId,
        recipient: delivery.recipients.join(", "),
        content: delivery.outgoing ?? delivery.content,
      }),
    });
  } catch (cause) {
    meta.signal.throwIfAborted();
    if (cause instanceof FleetError) throw cause;
    throw new RetryableError(`${delivery.channel}_unavailable`, "The sink did not answer", {
      cause,
    });
  }
  if (response.status >= 500) {
    await response.body?.cancel();
    throw new RetryableError(
      `${delivery.channel}_unavailable`,
      `The sink answered ${response.status}`,
    );
  }
  if (!response.ok) {
    await response.body?.cancel();
    throw new FatalError(`${delivery.channel}_refused`, `The sink answered ${response.status}`);
  }
  const { ref } = await response.json() as { ref: string };
  return ref;
}
