import type { ApprovalDoor } from "../_shared/approvals/compose.ts";
import { HttpError } from "../_shared/http/errors.ts";
import { type Incoming, parseWith, type Route } from "../_shared/http/handler.ts";
import { showContent } from "../_shared/orchestrator/core/approvalContent.ts";
import { FleetError } from "../_shared/orchestrator/core/errors.ts";
import type { JsonObject } from "../_shared/orchestrator/types.ts";
import type { ApprovalLink } from "../_shared/ports/approvals.ts";
import { hashToken, parseToken } from "../_shared/providers/approvals.ts";
import { AnswerBody } from "./schema.ts";

export interface RouteDeps extends ApprovalDoor {
  /** Where browsers may send answers from; null: none may. */
  readonly consoleOrigin: string | null;
}

/** The address holds the token: no cache keeps it, no page it leads to learns it. */
export const HEADERS = { "referrer-policy": "no-referrer", "cache-control": "no-store" };

/** Refusals that are no guess: a link that was used, a question that somebody answered. */
const NO_FAILURE = new Set(["already_decided", "not_waiting", "link_used", "too_late_to_undo"]);

/** `GET <token>` shows and changes nothing, whoever asks how often; `POST <token>` decides once. */
export function createRoutes(deps: RouteDeps): readonly Route[] {
  return [
    { method: "GET", auth: "approval_token", handle: (incoming) => show(incoming, deps) },
    { method: "POST", auth: "approval_token", handle: (incoming) => answer(incoming, deps) },
  ];
}

async function show(incoming: Incoming, deps: RouteDeps): Promise<Response> {
  const { link } = await openLink(incoming, deps);
  const { approval } = link;
  const { recipients, fields, hidden } = showContent(approval.proposed);
  const decider = approval.decided_by === null
    ? null
    : await deps.memberOf(approval.org_id, approval.decided_by);
  return Response.json({
    approval_id: approval.id,
    job_id: approval.job_id,
    action_type: approval.action_type,
    preview: approval.preview,
    proposed: approval.proposed,
    content_sha256: approval.content_sha256,
    recipients,
    fields,
    hidden_characters: hidden,
    engine: approval.engine,
    status: approval.status === "pending" && approval.is_over ? "expired" : approval.status,
    expires_at: approval.expires_at,
    decided_at: approval.decided_at,
    decided_by_name: decider?.name ?? null,
    acts_at: approval.acts_at,
    can_undo: approval.is_undoable,
    can_revise: approval.can_revise && approval.round < 3,
    link: { expires_at: link.expires_at, is_used: link.used_at !== null },
  });
}

async function answer(incoming: Incoming, deps: RouteDeps): Promise<Response> {
  const origin = incoming.request.headers.get("origin");
  if (origin !== null && origin !== deps.consoleOrigin) {
    throw new HttpError(403, "foreign_origin", "Answers come from the console or from no browser");
  }
  const { link, tokenSha256 } = await openLink(incoming, deps);
  if (link.is_blocked) {
    throw new HttpError(
      429,
      "too_many_failures",
      "Too many refused answers; try again in an hour",
      {
        headers: { "retry-after": "3600" },
      },
    );
  }
  try {
    const { decision, edits, comment } = parseWith(AnswerBody, incoming.json());
    const { job_id, status, acts_at } = await deps.orchestrator.decide({
      decision,
      job_id: link.approval.job_id,
      approval_id: link.approval.id,
      decided_by: link.user_id,
      via: "link",
      token_sha256: tokenSha256,
      ...(edits === undefined ? {} : { edits: edits as JsonObject }),
      ...(comment === undefined ? {} : { comment }),
    }, { drive: false });
    return Response.json({ job_id, status, acts_at });
  } catch (error) {
    const { code } = error as { code?: string };
    const isRefusal = error instanceof HttpError || (error instanceof FleetError &&
      ["validation", "conflict", "auth", "not_found"].includes(error.kind));
    if (isRefusal && !NO_FAILURE.has(code ?? "")) await deps.approvals.noteLinkFailure(tokenSha256);
    throw error;
  }
}

/** @throws HttpError 404 `link_not_found` for unknown and foreign alike, 409 `token_expired` */
async function openLink(
  incoming: Incoming,
  deps: RouteDeps,
): Promise<{ readonly link: ApprovalLink; readonly tokenSha256: string }> {
  const token = incoming.path.length === 1 ? parseToken(incoming.path[0]) : null;
  const tokenSha256 = token === null ? null : await hashToken(token);
  const link = tokenSha256 === null ? null : await deps.approvals.openLink(tokenSha256);
  // Whoever left the organisation has a link to nothing.
  const isMember = link !== null &&
    await deps.orchestrator.memberRole(link.user_id, link.approval.org_id) !== null;
  if (link === null || !isMember) {
    throw new HttpError(404, "link_not_found", "No such link; ask for a new message");
  }
  if (link.is_expired) {
    throw new HttpError(
      409,
      "token_expired",
      "The link has expired; the newest message has another one",
    );
  }
  return { link, tokenSha256: tokenSha256! };
}
