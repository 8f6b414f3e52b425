import type { ApprovalDoor } from "../_shared/approvals/compose.ts";
import { parseJson } from "../_shared/http/body.ts";
import { HttpError } from "../_shared/http/errors.ts";
import { type Incoming, parseWith, type Route } from "../_shared/http/handler.ts";
import { verifySlackRequest } from "../_shared/http/slackSignature.ts";
import { readPointer } from "../_shared/orchestrator/core/approvalActions.ts";
import { ACTION_HANDLERS, explain, MODAL_HANDLERS, type Person } from "./handlers.ts";
import { buildNotice } from "./modals.ts";
import {
  BlockActions,
  type Pressed,
  type Submission,
  UrlVerification,
  ViewSubmission,
} from "./schema.ts";

export interface RouteDeps extends ApprovalDoor {
  readonly signingSecret: string | null;
}

/**
 * `POST slack-interactivity`: buttons and forms. Refusals answer 200 with words: Slack shows its users a warning sign for
 * anything else, and would send the request again.
 */
export function createRoutes(deps: RouteDeps): readonly Route[] {
  return [{
    method: "POST",
    auth: "slack",
    media: "any",
    handle: (incoming) => handle(incoming, deps),
  }];
}

async function handle(incoming: Incoming, deps: RouteDeps): Promise<Response> {
  if (deps.signingSecret === null) {
    throw new HttpError(503, "not_configured", "SLACK_SIGNING_SECRET is not set", {
      headers: { "retry-after": "60" },
    });
  }
  await verifySlackRequest(incoming.request.headers, incoming.body, {
    secret: deps.signingSecret,
    nowMs: deps.now(),
  });
  const type = incoming.request.headers.get("content-type")?.split(";")[0].trim().toLowerCase();
  if (type === "application/json") {
    const { challenge } = parseWith(UrlVerification, incoming.json());
    return Response.json({ challenge });
  }
  if (type !== "application/x-www-form-urlencoded") {
    throw new HttpError(415, "not_form", "Send content-type: application/x-www-form-urlencoded");
  }
  const form = new URLSearchParams(new TextDecoder().decode(incoming.body));
  if (form.get("ssl_check") === "1") return new Response(null, { status: 200 });
  const payloads = form.getAll("payload");
  if (payloads.length !== 1) {
    throw new HttpError(400, "invalid_input", "Send one payload, as Slack's interactivity does");
  }
  const payload = parseJson(new TextEncoder().encode(payloads[0]));
  switch ((payload as { type?: unknown } | null)?.type) {
    case "block_actions":
      return await press(parseWith(BlockActions, payload), deps);
    case "view_submission":
      return await submit(parseWith(ViewSubmission, payload), deps);
  }
  // Shortcuts, closed forms and what Slack adds later: heard, and nothing to do.
  return Response.json({ ok: true });
}

async function press(payload: Pressed, deps: RouteDeps): Promise<Response> {
  const [action] = payload.actions;
  const handler = Object.hasOwn(ACTION_HANDLERS, action.action_id)
    ? ACTION_HANDLERS[action.action_id as keyof typeof ACTION_HANDLERS]
    : null;
  if (handler === null) {
    return refuse("unknown_action", "Nothing of ours answers this button.", payload, deps);
  }
  const person = await findPerson(payload, action.value ?? "", deps);
  if ("code" in person) return refuse(person.code, person.message, payload, deps);
  let said: string | null;
  try {
    said = await handler({ ...person, triggerId: payload.trigger_id }, deps);
  } catch (error) {
    said = await explain(error, person, deps);
    const { code } = error as { code: string };
    return refuse(code, said, payload, deps);
  }
  if (said !== null) deps.background(deps.slack.whisper(payload.response_url, said));
  return Response.json({ ok: true });
}

async function submit(payload: Submission, deps: RouteDeps): Promise<Response> {
  const { callback_id, private_metadata } = payload.view;
  const person = Object.hasOwn(MODAL_HANDLERS, callback_id)
    ? await findPerson(payload, private_metadata, deps)
    : { code: "unknown_form", message: "Nothing of ours answers this form." };
  if ("code" in person) {
    return Response.json({ response_action: "update", view: buildNotice(person.message) });
  }
  const handler = MODAL_HANDLERS[callback_id as keyof typeof MODAL_HANDLERS];
  return Response.json(await handler(person, payload, deps));
}

function refuse(
  code: string,
  message: string,
  payload: Pressed,
  deps: RouteDeps,
): Response {
  deps.background(deps.slack.whisper(payload.response_url, message));
  return Response.json({ ok: false, error: { code, message } });
}

interface Stranger {
  readonly code: string;
  readonly message: string;
}

/**
 * The organisation is the one that connected this workspace, the person the member linked to this Slack user; nothing
 * else in the payload says who somebody is. Whoever is refused leaves a note.
 */
async function findPerson(
  payload: Pick<Pressed, "team" | "user">,
  pointerText: string,
  deps: RouteDeps,
): Promise<Person | Stranger> {
  const pointer = readPointer(pointerText);
  const teamId = payload.team?.id ?? payload.user.team_id;
  const unknown = { code: "approval_not_found", message: "There is no such approval here." };
  if (pointer === null || teamId === undefined) return unknown;
  const { approvalId } = pointer;
  const { org_id, user_id } = await deps.approvals.findSlackPerson(
    approvalId,
    teamId,
    payload.user.id,
  );
  const approval = org_id === null ? null : await deps.approvals.read(approvalId, org_id);
  const refusal: Stranger | null = org_id === null || approval === null
    ? unknown
    : user_id === null
    ? {
      code: "unknown_person",
      message: "Your Slack account is linked to no member of this organisation.",
    }
    : null;
  if (refusal === null) return { pointer, orgId: org_id!, userId: user_id!, approval: approval! };
  await deps.noteRefusedAnswer({
    orgId: org_id,
    approvalId,
    via: "slack",
    actor: `${teamId}/${payload.user.id}`,
    code: org_id === null ? "unknown_workspace" : refusal.code,
  });
  return refusal;
}
