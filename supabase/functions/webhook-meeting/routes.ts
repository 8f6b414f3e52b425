import type { Orchestrator } from "../_shared/orchestrator/api.ts";
import { createBodyGate } from "../_shared/http/body.ts";
import { HttpError } from "../_shared/http/errors.ts";
import type { Incoming, Route } from "../_shared/http/handler.ts";
import { badSignature, verifyStandardWebhook } from "../_shared/http/signatures.ts";
import { MEETING_PROVIDERS } from "./providers/index.ts";

/** A long transcript with timestamps; other doors take 1 MiB. */
const MAX_BODY_BYTES = 8 * 1024 * 1024;
const LARGE_BODY_BYTES = 1024 * 1024;
/** Four large bodies fit an isolate's memory beside the parsed ones. */
const MAX_LARGE_AT_ONCE = 4;
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
/** An event of the provider's that is nothing to us: it need not be sent again, and nothing is kept. */
const IGNORED = { status: "ignored", event_id: null, job_id: null, meeting_id: null };

/** `POST /webhook-meeting/<endpoint_id>`: verify the raw bytes, parse, store, accept, answer. */
export function createRoutes(deps: {
  readonly orchestrator: () => Orchestrator;
  readonly now: () => number;
}): readonly Route[] {
  async function handle(incoming: Incoming): Promise<Response> {
    const { body, request: { headers } } = incoming;
    const [endpointId] = incoming.path;
    const endpoint = incoming.path.length === 1 && UUID.test(endpointId)
      ? await deps.orchestrator().getWebhookEndpoint(endpointId)
      : null;
    const provider = MEETING_PROVIDERS.get(endpoint?.provider ?? "");
    // A stranger learns nothing from trying ids: an unknown endpoint answers as a bad signature does.
    if (endpoint === null || provider === undefined) {
      verifyStandardWebhook(headers, body, []);
      throw badSignature();
    }
    if (endpoint.secrets.length === 0) {
      throw new HttpError(503, "not_configured", "The endpoint has no secret", {
        headers: { "retry-after": "60" },
      });
    }
    const read = await provider.verify({ headers, body, secrets: endpoint.secrets });
    const delivery = read(incoming.json(), { now: deps.now() });
    if (delivery === null) return Response.json(IGNORED);
    if ("calendar" in delivery) {
      const counts = await deps.orchestrator().ingestCalendar({ endpoint, ...delivery });
      return Response.json(counts === null ? IGNORED : { ...IGNORED, status: "stored", counts });
    }
    const answer = await deps.orchestrator().ingestMeeting({ endpoint, ...delivery });
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
