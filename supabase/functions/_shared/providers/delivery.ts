import { FatalError, FleetError, RetryableError } from "../orchestrator/core/errors.ts";
import type { JsonObject } from "../orchestrator/types.ts";
import type { DeliveryMeta, DeliveryResult } from "../ports/delivery.ts";
import type { IdsPort } from "../ports/ids.ts";

export type DeliveryChannel = "slack" | "mail" | "calendar";
export type DeliveryState = "pending" | "sent" | "withheld" | "unknown" | "failed";

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
  }): Promise<
    { readonly id: string; readonly status: DeliveryState; readonly provider_ref: string | null }
  >;
  settle(
    id: string,
    status: Exclude<DeliveryState, "pending">,
    providerRef: string | null,
  ): Promise<void>;
}

export interface Delivery {
  readonly channel: DeliveryChannel;
  readonly recipient: string;
  readonly content: JsonObject;
}

export interface DelivererOptions {
  readonly store: DeliveryStore;
  /** The embedded stack's sink; null anywhere else. */
  readonly sinkUrl: string | null;
  readonly sendMode: "off" | "allowlist" | "live";
  readonly allow: readonly string[];
  readonly fetch: typeof fetch;
  readonly ids: IdsPort;
}

export interface Deliverer {
  deliver(delivery: Delivery, meta: DeliveryMeta): Promise<DeliveryResult>;
}

/**
 * The one place that decides whether something leaves the house. The row is stored first; then, with
 * sending off, the embedded stack delivers to its sink and anything else is withheld. Vendors arrive
 * with later providers: until then an allowed live delivery is withheld as well, never pretended.
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
        recipient: delivery.recipient,
        content: delivery.content,
        effectKey: meta.effectKey,
      });
      const answer = (
        status: "sent" | "withheld",
        ref: string | null,
        via: string,
      ): DeliveryResult => ({
        status,
        delivery_id: opened.id,
        provider_ref: ref,
        via,
      });
      if (opened.status === "sent") {
        return answer("sent", opened.provider_ref, "an earlier attempt");
      }
      if (options.sinkUrl === null) {
        await options.store.settle(opened.id, "withheld", null);
        return answer("withheld", null, reasonOf(options, delivery.recipient));
      }
      try {
        const ref = await postToSink(options.sinkUrl, delivery, { meta, fetch: options.fetch });
        await options.store.settle(opened.id, "sent", ref);
        return answer("sent", ref, "embedded sink");
      } catch (error) {
        if (!(error instanceof RetryableError)) {
          await options.store.settle(opened.id, "failed", null);
        }
        throw error;
      }
    },
  };
}

function reasonOf(options: DelivererOptions, recipient: string): string {
  if (options.sendMode === "off") return "withheld: FLEET_SEND is off";
  if (options.sendMode === "allowlist" && !options.allow.includes(recipient)) {
    return "withheld: the recipient is not in FLEET_SEND_ALLOW";
  }
  return "withheld: no provider is configured for this channel";
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
        recipient: delivery.recipient,
        content: delivery.content,
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
