import type { Orchestrator } from "../_shared/orchestrator/api.ts";
import { createBodyGate, parseJson } from "../_shared/http/body.ts";
import { HttpError } from "../_shared/http/errors.ts";
import { type Incoming, parseWith, type Route } from "../_shared/http/handler.ts";
import { verifyStandardWebhook } from "../_shared/http/signatures.ts";
import { toMeeting } from "./parse.ts";
import { GenericMeeting } from "./schema.ts";

/** A long transcript with timestamps; other doors take 1 MiB. */
const MAX_BODY_BYTES = 8 * 1024 * 1024;
const LARGE_BODY_BYTES = 1024 * 1024;
/** Four large bodies fit an isolate's memory beside the parsed ones. */
const MAX_LARGE_AT_ONCE = 4;
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** `POST /webhook-meeting/<endpoint_id>`: verify the raw bytes, parse, store, accept, answer. */
export function createRoutes(orchestrator: () => Orchestrator): readonly Route[] {
  async function handle(incoming: Incoming): Promise<Response> {
    const [endpointId] = incoming.path;
    const endpoint = incoming.path.length === 1 && UUID.test(endpointId)
      ? await orchestrator().getWebhookEndpoint(endpointId)
      : null;
    // A stranger learns nothing from trying ids: an unknown endpoint answers as a bad signature does.
    if (endpoint === null || endpoint.provider !== "generic") {
      verifyStandardWebhook(incoming.request.headers, incoming.body, []);
      throw new HttpError(401, "bad_signature", "The signature does not match");
    }
    if (endpoint.secrets.length === 0) {
      throw new HttpError(503, "not_configured", "The endpoint has no secret", {
        headers: { "retry-after": "60" },
      });
    }
    const deliveryId = verifyStandardWebhook(
      incoming.request.headers,
      incoming.body,
      endpoint.secrets,
    );
    const meeting = toMeeting(parseWith(GenericMeeting, parseJson(incoming.body)));
    const answer = await orchestrator().ingestMeeting({
      endpoint,
      delivery_id: deliveryId,
      meeting,
    });
    return Response.json(answer, { status: answer.status === "queued" ? 202 : 200 });
  }

  return [{
    method: "POST",
    auth: "webhook",
    maxBodyBytes: MAX_BODY_BYTES,
    largeBodies: createBodyGate(LARGE_BODY_BYTES, MAX_LARGE_AT_ONCE),
    handle,
  }];
}
