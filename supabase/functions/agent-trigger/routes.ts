import type { Orchestrator } from "../_shared/orchestrator/api.ts";
import type { CrmEvent, TriggerResult } from "../_shared/orchestrator/agentApi.ts";
import type { JsonObject } from "../_shared/orchestrator/types.ts";
import { HttpError } from "../_shared/http/errors.ts";
import { type Incoming, parseWith, type Route } from "../_shared/http/handler.ts";
import { requireSelf } from "../_shared/http/members.ts";
import { TriggerBody } from "./schema.ts";

/** An isolate's answer must come within the platform's idle limit. */
const TEST_LIMIT_MS = 100_000;

/** `POST /agent-trigger`: a CRM event starts the agents whose triggers wait for it. */
export function createRoutes(orchestrator: () => Orchestrator): readonly Route[] {
  return [{
    method: "POST",
    auth: "caller",
    handle: (incoming) => post(incoming, orchestrator()),
  }];
}

async function post(incoming: Incoming, orchestrator: Orchestrator): Promise<Response> {
  const { trigger_id, idempotency_key, ...body } = parseWith(TriggerBody, incoming.json());
  const event: CrmEvent = { ...body, payload: body.payload as JsonObject };
  await requireSelf(incoming.caller!, {
    orgId: event.organization_id,
    userId: event.user_id,
    memberRole: orchestrator.memberRole,
  });
  if (trigger_id !== undefined) return await test({ ...event, trigger_id }, orchestrator);
  const results = await orchestrator.fireTriggers({ ...event, idempotency_key });
  const count = (status: string) => results.filter((one) => one.status === status).length;
  const executed = count("queued"), deferred = count("deferred");
  return Response.json({
    mode: "live",
    status: statusOf(results, executed + deferred),
    event: event.event,
    executed,
    deferred,
    results,
  }, { status: executed + deferred > 0 ? 202 : 200 });
}

function statusOf(results: readonly TriggerResult[], kept: number): string {
  if (kept > 0) return "queued";
  // All of them repeats, or refused by one gate.
  return results.length === 0 ? "no_triggers" : results[0].status;
}

async function test(
  event: CrmEvent & { readonly trigger_id: string },
  orchestrator: Orchestrator,
): Promise<Response> {
  const result = await orchestrator.testTrigger(event, TEST_LIMIT_MS);
  if ("retryAfterMs" in result) {
    throw new HttpError(
      429,
      "trigger_limit",
      "Ten agent runs have started within the hour; test again later",
      { headers: { "retry-after": String(Math.ceil(result.retryAfterMs / 1000)) } },
    );
  }
  const success = result.status === "completed";
  return Response.json({
    mode: "test",
    status: result.status,
    event: event.event,
    executed: success ? 1 : 0,
    failed: result.status === "failed" ? 1 : 0,
    results: [{ ...result, success }],
  });
}
