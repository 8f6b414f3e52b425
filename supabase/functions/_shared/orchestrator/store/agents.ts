import type postgres from "postgres";
import type { CrmEvent, ScheduleRow } from "../agentApi.ts";
import type { ScheduleTimes } from "../core/schedule.ts";
import type { TriggerHandoff } from "../core/triggerHandoff.ts";
import { callOne, type SqlDeps } from "./call.ts";

export interface FiredTrigger {
  readonly trigger_id: string;
  readonly agent_name: string;
  readonly event_id: string;
  readonly status: "queued" | "deferred" | "duplicate";
  readonly run_after?: string;
}

export interface DueSchedule extends ScheduleTimes {
  readonly id: string;
}

/** Triggers and schedules; every call is one function of schema `fleet`. */
export interface AgentStore {
  fireTriggers(event: CrmEvent, key: string | null): Promise<readonly FiredTrigger[]>;
  testTrigger(event: CrmEvent, triggerId: string): Promise<
    | FiredTrigger
    | { readonly status: "limited"; readonly retry_after_ms: number }
  >;
  readTriggerHandoff(orgId: string, triggerId: string): Promise<TriggerHandoff | null>;
  listDueSchedules(limit: number): Promise<{
    /** By the database's clock. */
    readonly now_ms: number;
    readonly schedules: readonly DueSchedule[];
  }>;
  /** Moves a schedule on, unless somebody else did. `problem` switches it off. */
  advanceSchedule(advance: {
    readonly id: string;
    /** As it was read: its time, its expression and its zone. */
    readonly from: ScheduleTimes;
    readonly due: readonly string[];
    readonly next: string | null;
    readonly problem: string | null;
  }): Promise<readonly string[]>;
  readSchedule(scheduleId: string): Promise<ScheduleRow | null>;
}

export function createAgentStore(deps: SqlDeps): AgentStore {
  const json = (value: unknown) => deps.sql.json(value as postgres.JSONValue);
  const words = (event: CrmEvent) =>
    json({ event: event.event, user_id: event.user_id, payload: event.payload });
  return {
    fireTriggers: (event, key) =>
      callOne(
        deps,
        "fire the triggers",
        (sql) =>
          sql`select fleet.fire_triggers(${event.organization_id}::uuid, ${
            words(event)
          }::jsonb, ${key}) as value`,
      ),
    testTrigger: (event, triggerId) =>
      callOne(
        deps,
        "test the trigger",
        (sql) =>
          sql`select fleet.test_trigger(${event.organization_id}::uuid, ${triggerId}::uuid, ${
            words(event)
          }::jsonb) as value`,
      ),
    readTriggerHandoff: (orgId, triggerId) =>
      callOne(
        deps,
        "read the trigger",
        (sql) =>
          sql`select fleet.read_trigger_handoff(${orgId}::uuid, ${triggerId}::uuid) as value`,
      ),
    listDueSchedules: (limit) =>
      callOne(
        deps,
        "list due schedules",
        (sql) => sql`select fleet.list_due_schedules(${limit}::integer) as value`,
      ),
    advanceSchedule: (a) =>
      callOne(
        deps,
        "move the schedule on",
        (sql) =>
          sql`select to_jsonb(fleet.advance_schedule(${a.id}::uuid, ${a.from.next_run_at}::timestamptz,
            ${a.from.cron_expression}, ${a.from.timezone}, ${a
            .due as string[]}::timestamptz[], ${a.next}::timestamptz, ${a.problem})) as value`,
      ),
    readSchedule: (scheduleId) =>
      callOne(
        deps,
        "read the schedule",
        (sql) => sql`select fleet.read_schedule(${scheduleId}::uuid) as value`,
      ),
  };
}
