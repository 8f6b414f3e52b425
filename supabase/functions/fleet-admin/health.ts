import type { AdminDeps } from "../_shared/admin/compose.ts";
import type { Incoming } from "../_shared/http/handler.ts";
import { describeHealth } from "../_shared/orchestrator/core/health.ts";
import { notFound } from "./errors.ts";

/** How soon a monitor may look again. */
const RETRY_AFTER_S = "60";

/**
 * `GET /fleet-admin/health`: 200 `{status: "ok", reasons: [], warnings}`, or 503 with the reasons, also in the shape
 * of every other error.
 */
export async function getHealth(incoming: Incoming, deps: AdminDeps): Promise<Response> {
  if (incoming.path.length !== 1) throw notFound();
  const caller = incoming.caller!;
  const health = describeHealth(
    await deps.readHealth(caller.kind === "user" ? caller.userId : null),
  );
  if (health.status === "ok") return Response.json(health);
  return Response.json({
    ...health,
    error: {
      code: "unhealthy",
      message: "Something is stuck, given up or silent; details name each reason",
      details: health.reasons,
    },
    request_id: incoming.requestId,
  }, { status: 503, headers: { "retry-after": RETRY_AFTER_S } });
}
