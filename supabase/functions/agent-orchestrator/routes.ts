import type { Orchestrator, OrgScope } from "../_shared/orchestrator/api.ts";
import { isOverEventSize } from "../_shared/orchestrator/core/eventLimits.ts";
import type { JsonObject } from "../_shared/orchestrator/types.ts";
import type { Caller } from "../_shared/http/auth.ts";
import { HttpError } from "../_shared/http/errors.ts";
import { type Incoming, parseWith, type Route } from "../_shared/http/handler.ts";
import { requireSelf } from "../_shared/http/members.ts";
import type { ClockPort } from "../_shared/ports/clock.ts";
import { EventBody, ResumeBody, StartBody, StatusQuery, SweepBody } from "./schema.ts";
import { watchJob } from "./watch.ts";

const SYNC_LIMIT_MS = 100_000;

export interface RouteDeps {
  readonly orchestrator: () => Orchestrator;
  readonly clock: ClockPort;
}

/** Start, resume, doorbells, sweep, status and watch. */
export function createRoutes(deps: RouteDeps): readonly Route[] {
  return [
    { method: "POST", auth: "caller", handle: (incoming) => post(incoming, deps) },
    { method: "GET", auth: "caller", handle: (incoming) => get(incoming, deps) },
  ];
}

async function post(incoming: Incoming, deps: RouteDeps): Promise<Response> {
  const body = incoming.json();
  if (typeof body !== "object" || body === null || Array.isArray(body)) {
    throw new HttpError(400, "invalid_input", "The body must be a JSON object");
  }
  const caller = incoming.caller!;
  if ("resume_job_id" in body) return await resume(body, caller, deps);
  if ("event_id" in body) return await wakeEvent(body, caller, deps);
  if ("action" in body) return await sweep(body, caller, deps);
  return await start(body, caller, deps);
}

async function start(body: unknown, caller: Caller, deps: RouteDeps): Promise<Response> {
  const { sync, ...request } = parseWith(StartBody, body);
  if (isOverEventSize(request.payload)) {
    throw new HttpError(
      413,
      "payload_too_large",
      "An event's payload stays under 64 KiB; store bodies in their own table",
    );
  }
  const orchestrator = deps.orchestrator();
  await requireSelf(caller, {
    orgId: request.org_id,
    userId: request.user_id,
    memberRole: orchestrator.memberRole,
  });
  const answer = await orchestrator.start({ ...request, payload: request.payload as JsonObject }, {
    drive: true,
  });
  if (answer.status !== "queued") return Response.json(answer, { status: 200 });
  if (!sync) return Response.json(answer, { status: 202 });
  const outcome = await orchestrator.waitForJob(answer.job_id!, SYNC_LIMIT_MS);
  return Response.json({ event_id: answer.event_id, ...outcome });
}

async function resume(body: unknown, caller: Caller, deps: RouteDeps): Promise<Response> {
  const { resume_job_id, approval_data } = parseWith(ResumeBody, body);
  const orchestrator = deps.orchestrator();
  if (approval_data === undefined) {
    requireSecret(caller);
    return Response.json(await orchestrator.resume(resume_job_id), { status: 202 });
  }
  const { decided_by, ...decision } = approval_data;
  // Absent and foreign are one answer.
  const job = await orchestrator.getJob(resume_job_id, scopeOf(caller));
  if (job === null) throw new HttpError(404, "job_not_found", "No such run");
  const decider = caller.kind === "user" ? caller.userId : decided_by;
  if (decider === undefined) {
    throw new HttpError(
      400,
      "invalid_input",
      "With the secret key, decided_by names the deciding user",
      {
        details: [{ path: "approval_data.decided_by", message: "Required" }],
      },
    );
  }
  if (caller.kind === "user" && decided_by !== undefined && decided_by !== caller.userId) {
    throw new HttpError(403, "not_yours", "A user decides as themselves");
  }
  return Response.json(
    await orchestrator.decide({
      ...decision,
      edits: decision.edits as JsonObject | undefined,
      job_id: resume_job_id,
      decided_by: decider,
    }),
  );
}

async function wakeEvent(body: unknown, caller: Caller, deps: RouteDeps): Promise<Response> {
  requireSecret(caller);
  const { event_id } = parseWith(EventBody, body);
  return Response.json(await deps.orchestrator().wakeEvent(event_id), { status: 202 });
}

async function sweep(body: unknown, caller: Caller, deps: RouteDeps): Promise<Response> {
  requireSecret(caller);
  parseWith(SweepBody, body);
  return Response.json(await deps.orchestrator().sweep());
}

function requireSecret(caller: Caller): void {
  if (caller.kind !== "secret") {
    throw new HttpError(403, "secret_key_required", "Only the project's secret key may do this");
  }
}

async function get(incoming: Incoming, deps: RouteDeps): Promise<Response> {
  const query = parseWith(StatusQuery, Object.fromEntries(incoming.url.searchParams));
  const orchestrator = deps.orchestrator();
  const scope = scopeOf(incoming.caller!);
  if (query.job_id === undefined && query.approval_id === undefined) {
    if (query.org_id === undefined && scope !== "all") {
      throw new HttpError(400, "invalid_input", "Name a job_id, or an org_id to list its runs", {
        details: [{ path: "org_id", message: "Required" }],
      });
    }
    const jobs = await orchestrator.listJobs({
      org_id: query.org_id,
      status: query.status,
      limit: query.limit,
    }, scope);
    return Response.json({ jobs });
  }
  const job = query.job_id !== undefined
    ? await orchestrator.getJob(query.job_id, scope)
    : await orchestrator.getJobOfApproval(query.approval_id!, scope);
  if (job === null) {
    throw query.job_id !== undefined
      ? new HttpError(404, "job_not_found", "No such run")
      : new HttpError(404, "approval_not_found", "No such approval");
  }
  if (query.watch === "0") return Response.json(job);
  return watchJob(job, { ...deps, scope, signal: incoming.request.signal });
}

function scopeOf(caller: Caller): OrgScope {
  return caller.kind === "secret" ? "all" : { userId: caller.userId };
}
