import type { Orchestrator, WebhookEndpoint } from "../_shared/orchestrator/api.ts";
import { parseJson } from "../_shared/http/body.ts";
import { HttpError } from "../_shared/http/errors.ts";
import { type Incoming, parseWith, type Route } from "../_shared/http/handler.ts";
import { verifyStandardWebhook } from "../_shared/http/signatures.ts";
import { toEmail } from "./parse.ts";
import { GenericMail } from "./schema.ts";

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** `POST /webhook-email/<endpoint_id>`: verify the raw bytes, parse, store, accept, answer. */
export function createRoutes(orchestrator: () => Orchestrator): readonly Route[] {
  async function handle(incoming: Incoming): Promise<Response> {
    const [endpointId] = incoming.path;
    const endpoint = incoming.path.length === 1 && UUID.test(endpointId)
      ? await orchestrator().getWebhookEndpoint(endpointId)
      : null;
    switch (endpoint?.provider) {
      case "generic":
      case "generic-email":
        return await takeGeneric(incoming, endpoint);
    }
    // A stranger learns nothing from trying ids: an unknown endpoint answers as a bad signature does.
    verifyStandardWebhook(incoming.request.headers, incoming.body, []);
    throw new HttpError(401, "bad_signature", "The signature does not match");
  }

  async function takeGeneric(incoming: Incoming, endpoint: WebhookEndpoint): Promise<Response> {
    if (endpoint.secrets.length === 0) throw notConfigured("The endpoint has no secret");
    const deliveryId = verifyStandardWebhook(
      incoming.request.headers,
      incoming.body,
      endpoint.secrets,
    );
    const email = toEmail(parseWith(GenericMail, parseJson(incoming.body)));
    const answer = await orchestrator().ingestEmail({ endpoint, delivery_id: deliveryId, email });
    return Response.json(answer, { status: answer.status === "queued" ? 202 : 200 });
  }

  return [{ method: "POST", auth: "webhook", handle }];
}

function notConfigured(what: string): HttpError {
  return new HttpError(503, "not_configured", what, { headers: { "retry-after": "60" } });
}
