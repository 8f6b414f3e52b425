import type { NoticeAnswer, Orchestrator, WebhookEndpoint } from "../_shared/orchestrator/api.ts";
import { parseJson } from "../_shared/http/body.ts";
import { HttpError } from "../_shared/http/errors.ts";
import { answerHandshake, judgeNotices, readNotices } from "../_shared/http/graphNotice.ts";
import { type Incoming, parseWith, type Route } from "../_shared/http/handler.ts";
import { verifyStandardWebhook } from "../_shared/http/signatures.ts";
import type { ClockPort } from "../_shared/ports/clock.ts";
import { gmailNotices, readGmailPush } from "./gmail.ts";
import { graphNotices } from "./microsoft.ts";
import { toEmail } from "./parse.ts";
import { GenericMail } from "./schema.ts";

export interface RouteDeps {
  readonly orchestrator: () => Orchestrator;
  /** @throws HttpError for a push that is not Google's, for this address, by our account */
  readonly verifyGoogle: (headers: Headers, endpointUrl: string) => Promise<void>;
  readonly clock: Pick<ClockPort, "now">;
  /** `…/functions/v1/webhook-email`, as vendors were told it. */
  readonly baseUrl: string;
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** `POST /webhook-email/<endpoint_id>`: verify by the endpoint's own scheme, store or accept, answer. */
export function createRoutes(deps: RouteDeps): readonly Route[] {
  const { orchestrator } = deps;

  async function handle(incoming: Incoming): Promise<Response> {
    const [endpointId] = incoming.path;
    const endpoint = incoming.path.length === 1 && UUID.test(endpointId)
      ? await orchestrator().getWebhookEndpoint(endpointId)
      : null;
    switch (endpoint?.provider) {
      case "generic":
      case "generic-email":
        return await takeGeneric(incoming, endpoint);
      case "gmail":
        return await takeGmail(incoming, endpoint);
      case "microsoft":
        return await takeMicrosoft(incoming, endpoint);
    }
    // A stranger learns nothing from trying ids: an unknown endpoint answers as a bad signature does.
    verifyStandardWebhook(incoming.request.headers, incoming.body, []);
    throw new HttpError(401, "bad_signature", "The signature does not match");
  }

  async function takeGeneric(incoming: Incoming, endpoint: WebhookEndpoint): Promise<Response> {
    if (endpoint.secrets.length === 0) {
      throw new HttpError(503, "not_configured", "The endpoint has no secret", {
        headers: { "retry-after": "60" },
      });
    }
    const { headers } = incoming.request;
    const deliveryId = verifyStandardWebhook(headers, incoming.body, endpoint.secrets);
    requireJson(headers);
    const email = toEmail(parseWith(GenericMail, parseJson(incoming.body)));
    const answer = await orchestrator().ingestEmail({ endpoint, delivery_id: deliveryId, email });
    return Response.json(answer, { status: answer.status === "queued" ? 202 : 200 });
  }

  /** A push names a mailbox and a position; which mailbox counts is said by our own rows. */
  async function takeGmail(incoming: Incoming, endpoint: WebhookEndpoint): Promise<Response> {
    await deps.verifyGoogle(incoming.request.headers, `${deps.baseUrl}/${endpoint.id}`);
    const notice = readGmailPush(incoming.body);
    const mailboxes = await orchestrator().listMailboxes(endpoint, "google", notice.account);
    // Verified, and nobody's here: an answer that is no 2xx would bring it again for days.
    if (mailboxes.length === 0) return Response.json({ status: "ignored", reason: "no_mailbox" });
    return answerNotice(
      await orchestrator().noticeMailboxes(gmailNotices(endpoint, notice, mailboxes)),
    );
  }

  /** Good items are taken, bad ones dropped; a batch without a good one is a stranger's. */
  async function takeMicrosoft(incoming: Incoming, endpoint: WebhookEndpoint): Promise<Response> {
    const handshake = answerHandshake(incoming.url);
    if (handshake !== null) return handshake;
    const notices = readNotices(parseJson(incoming.body));
    const ids = [...new Set(notices.map(({ subscriptionId }) => subscriptionId))];
    const watches = await orchestrator().readGraphWatches(endpoint, ids);
    const good = await judgeNotices(notices, watches);
    if (good.length === 0) {
      throw new HttpError(401, "bad_client_state", "No notice carries its subscription's secret");
    }
    return answerNotice(
      await orchestrator().noticeMailboxes(graphNotices(endpoint, good, deps.clock.now())),
    );
  }

  // Graph's handshake is plain text and Pub/Sub names no media type: each scheme asks for its own.
  return [{ method: "POST", auth: "webhook", media: "any", handle }];
}

function answerNotice(answer: NoticeAnswer): Response {
  return Response.json(answer, { status: answer.status === "queued" ? 202 : 200 });
}

function requireJson(headers: Headers): void {
  const type = headers.get("content-type")?.split(";")[0].trim().toLowerCase();
  if (type !== "application/json") {
    throw new HttpError(415, "not_json", "Send content-type: application/json");
  }
}
