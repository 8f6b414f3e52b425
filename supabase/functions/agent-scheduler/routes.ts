import type { Orchestrator } from "../_shared/orchestrator/api.ts";
import type { Caller } from "../_shared/http/auth.ts";
import { HttpError } from "../_shared/http/errors.ts";
import { type Incoming, parseWith, type Route } from "../_shared/http/handler.ts";
import { SchedulerBody } from "./schema.ts";

/** `POST /agent-scheduler`: due schedules become events, or one runs now. */
export function createRoutes(orchestrator: () => Orchestrator): readonly Route[] {
  return [{
    method: "POST",
    auth: "caller",
    handle: (incoming) => post(incoming, orchestrator()),
  }];
}

async function post(incoming: Incoming, orchestrator: Orchestrator): Promise<Response> {
  const { schedule_id } = parseWith(SchedulerBody, incoming.json());
  const caller = incoming.caller!;
  if (schedule_id !== undefined) return await runNow(schedule_id, caller, orchestrator);
  if (caller.kind !== "secret") {
    throw new HttpError(
      403,
      "secret_key_required",
      "Only the project's secret key may run all due schedules; name a schedule_id",
    );
  }
  const { due, fired } = await orchestrator.runSchedules();
  return Response.json({ status: "ran", due, executed: fired.length, results: fired });
}

async function runNow(
  scheduleId: string,
  caller: Caller,
  orchestrator: Orchestrator,
): Promise<Response> {
  const schedule = await orchestrator.readSchedule(scheduleId);
  const role = schedule === null || caller.kind === "secret"
    ? null
    : await orchestrator.memberRole(caller.userId, schedule.org_id);
  // Absent and foreign are one answer.
  if (schedule === null || (caller.kind === "user" && role === null)) {
    throw new HttpError(404, "schedule_not_found", "No such schedule");
  }
  if (caller.kind === "user" && role !== "admin" && role !== "owner") {
    throw new HttpError(403, "not_yours", "Only an admin or owner may run a schedule now");
  }
  const { status, event_id, job_id, message } = await orchestrator.runScheduleNow(
    schedule,
    caller.kind === "user" ? caller.userId : null,
  );
  return Response.json(
    { status, event_id, job_id, schedule_id: scheduleId, ...(message && { message }) },
    { status: status === "queued" ? 202 : 200 },
  );
}
