import type { JsonObject, StartStatus } from "./types.ts";

/** What the doors of agents may ask: CRM events and schedules become `agent_run` events. */
export interface AgentDoors {
  /**
   * Starts one run for each active trigger of the event, ten an hour and organisation at once and the rest
   * later. Resolves once the events are committed and those that are due are routed.
   *
   * @throws ValidationError `payload_too_large`; RetryableError `database_unavailable`
   */
  fireTriggers(
    request: CrmEvent & { readonly idempotency_key?: string },
  ): Promise<readonly TriggerResult[]>;
  /**
   * Runs one trigger, active or not, as a shadow run: nothing is delivered or handed on. Waits for its end at
   * most `timeoutMs`.
   *
   * @throws NotFoundError `trigger_not_found`
   */
  testTrigger(
    request: CrmEvent & { readonly trigger_id: string },
    timeoutMs: number,
  ): Promise<TriggerTest>;
  /** Turns due schedules into events, each due time once; rings once when there are any. */
  runSchedules(): Promise<ScheduleRound>;
  /** Null when there is no such schedule of an organisation. */
  readSchedule(scheduleId: string): Promise<ScheduleRow | null>;
  /** Runs one schedule now, beside its due times. */
  runScheduleNow(schedule: ScheduleRow, userId: string | null): Promise<{
    readonly status: StartStatus;
    readonly event_id: string | null;
    readonly job_id: string | null;
    readonly message?: string;
  }>;
}

export interface CrmEvent {
  /** One of `TRIGGER_EVENTS`. */
  readonly event: string;
  readonly organization_id: string;
  readonly user_id: string;
  readonly payload: JsonObject;
}

export interface TriggerResult {
  readonly trigger_id: string;
  readonly agent_name: string;
  readonly event_id: string;
  /** `deferred` waits for its hour; a gate's word where one refused the run. */
  readonly status: StartStatus | "deferred";
  readonly job_id: string | null;
  readonly run_after?: string;
}

export type TriggerTest =
  | { readonly status: "limited"; readonly retryAfterMs: number }
  | {
    readonly status: string;
    readonly trigger_id: string;
    readonly agent_name: string;
    readonly job_id: string | null;
    readonly response_text: string | null;
  };

export interface ScheduleRound {
  /** Schedules whose time had come. */
  readonly due: number;
  /** Events they raised: a missed time may raise none, several missed ones several. */
  readonly fired: readonly { readonly schedule_id: string; readonly event_id: string }[];
}

/** A schedule as run-now needs it. */
export interface ScheduleRow {
  readonly id: string;
  readonly org_id: string;
  /** Whose its runs are. */
  readonly user_id: string | null;
  readonly event_type: string;
  readonly payload: JsonObject;
}
