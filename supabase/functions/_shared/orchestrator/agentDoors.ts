import type { AgentDoors, CrmEvent, ScheduleRound, TriggerResult } from "./agentApi.ts";
import type { JobOutcome, StartAnswer } from "./api.ts";
import { RetryableError, ValidationError } from "./core/errors.ts";
import { isOverEventSize } from "./core/eventLimits.ts";
import { planSchedule, type SchedulePlan } from "./core/schedule.ts";
import type { EngineDeps } from "./engine/deps.ts";
import type { Starter } from "./engine/startEvent.ts";
import type { AgentStore, DueSchedule, FiredTrigger } from "./store/agents.ts";

export interface AgentDoorsDeps {
  readonly engine: EngineDeps;
  readonly starter: Starter;
  readonly agents: AgentStore;
  waitForJob(jobId: string, timeoutMs: number): Promise<JobOutcome>;
}

const SCHEDULES_A_ROUND = 100;
/** Ids and a prompt go along with what was announced. */
const ROOM_FOR_OURS = 16_000;

/** Triggers and schedules over the engine: SQL decides and commits, what is due is routed here at once. */
export function createAgentDoors(deps: AgentDoorsDeps): AgentDoors {
  const { engine, starter, agents } = deps;

  /** Unclaimed, so that the door answers; a lost bell costs a sweep interval. */
  async function route(fired: FiredTrigger): Promise<Pick<StartAnswer, "status" | "job_id">> {
    try {
      const event = await engine.store.readEvent(fired.event_id);
      const answer = event === null ? null : await starter.routePending(event, null);
      return answer ?? { status: "queued", job_id: null };
    } catch (error) {
      // The event is committed: what passes is the sweep's, what does not is on its row.
      if (error instanceof RetryableError) return { status: "queued", job_id: null };
      if (error instanceof ValidationError) return { status: "unrouted", job_id: null };
      throw error;
    }
  }

  return {
    async fireTriggers(request) {
      refuseLarge(request);
      const results: TriggerResult[] = [];
      for (const fired of await agents.fireTriggers(request, request.idempotency_key ?? null)) {
        const { status, job_id } = fired.status === "queued"
          ? await route(fired)
          : { status: fired.status, job_id: null };
        results.push({ ...fired, status, job_id });
      }
      return results;
    },

    async testTrigger(request, timeoutMs) {
      refuseLarge(request);
      const fired = await agents.testTrigger(request, request.trigger_id);
      if (fired.status === "limited") {
        return { status: "limited", retryAfterMs: fired.retry_after_ms };
      }
      const { trigger_id, agent_name } = fired;
      const { status, job_id } = await route(fired);
      if (job_id === null) return { status, trigger_id, agent_name, job_id, response_text: null };
      const outcome = await deps.waitForJob(job_id, timeoutMs);
      const output = outcome.outputs?.["run-specialist-agent"] as
        | { readonly response_text?: string }
        | null
        | undefined;
      return {
        status: outcome.status,
        trigger_id,
        agent_name,
        job_id,
        response_text: output?.response_text ?? null,
      };
    },

    async runSchedules() {
      const round = await runDueSchedules(deps);
      // The sweep's isolate drives what it finds; a door only says that there is something.
      if (round.fired.length > 0) await engine.invoker.ring({ kind: "sweep" });
      return round;
    },
    readSchedule: (scheduleId) => agents.readSchedule(scheduleId),

    runScheduleNow: (schedule, userId) =>
      starter.start({
        type: schedule.event_type,
        org_id: schedule.org_id,
        user_id: userId ?? schedule.user_id,
        user_source: "schedule",
        source: "schedule:now",
        payload: schedule.payload,
        mode: "live",
      }, { cpu: null, comparesContent: false }),
  };
}

/**
 * Due schedules become events. Two rounds at once, or one that broke off, make each due time once: a schedule
 * moves on from exactly the time that was read, in the statement that inserts its events.
 */
export async function runDueSchedules(
  { agents, engine }: Pick<AgentDoorsDeps, "agents" | "engine">,
): Promise<ScheduleRound> {
  const fired: { schedule_id: string; event_id: string }[] = [];
  const { now_ms, schedules } = await agents.listDueSchedules(SCHEDULES_A_ROUND);
  for (const schedule of schedules) {
    const { problem, ...plan } = planOf(schedule, now_ms);
    if (problem !== null) {
      engine.ports.log.warn("schedule_unreadable", { schedule_id: schedule.id });
    }
    try {
      const events = await agents.advanceSchedule({
        id: schedule.id,
        from: schedule,
        ...plan,
        problem,
      });
      for (const event_id of events) fired.push({ schedule_id: schedule.id, event_id });
    } catch (error) {
      // It is still due: the next round tries again. Neither the others nor the sweep wait for it.
      const { code } = error as { code?: string };
      engine.ports.log.error("schedule_not_moved", { schedule_id: schedule.id, code });
    }
  }
  return { due: schedules.length, fired };
}

/** What was saved and cannot be read here switches itself off and says why. */
function planOf(
  schedule: DueSchedule,
  nowMs: number,
): SchedulePlan & { readonly problem: string | null } {
  try {
    return { ...planSchedule(schedule, nowMs), problem: null };
  } catch (error) {
    return { due: [], next: null, problem: (error as Error).message.slice(0, 300) };
  }
}

function refuseLarge(request: CrmEvent): void {
  if (isOverEventSize({ ...request.payload, room: " ".repeat(ROOM_FOR_OURS) })) {
    throw new ValidationError(
      "payload_too_large",
      "A CRM event's payload stays under 48 KiB; store bodies in their own table",
    );
  }
}
