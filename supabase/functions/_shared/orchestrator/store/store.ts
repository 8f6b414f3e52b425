import type postgres from "postgres";
import { callOne, type SqlDeps } from "./call.ts";
import type { StoredMeeting } from "../../ports/recordings.ts";
import type { ClaimedJob, PendingEvent, Store } from "./types.ts";

/** jsonb parameters: postgres.js types its own JSON narrower than our readonly one. */
function json(deps: SqlDeps, value: unknown): postgres.Parameter {
  return deps.sql.json(value as postgres.JSONValue);
}

/** The Postgres store: every call is one function of schema `fleet` (migrations 000500 to 000700). */
export function createStore(deps: SqlDeps): Store {
  return {
    claimJobs: (r) =>
      callOne<readonly ClaimedJob[]>(
        deps,
        "claim runs",
        (sql) =>
          sql`select fleet.claim_jobs(${r.worker}::uuid, ${r.leaseMs}::bigint, ${r.limit}::integer,
          ${r.active}::integer, ${r.fitMs}::bigint, ${r.jobId}::uuid) as value`,
      ),

    extendLeases: (leases) =>
      callOne<readonly string[]>(
        deps,
        "extend leases",
        (sql) => sql`select to_jsonb(fleet.extend_leases(${json(deps, leases)}::jsonb)) as value`,
      ),

    saveSnapshot: async (orgId, hash, sequenceKey, steps) => {
      await callOne(
        deps,
        "save the definition",
        (sql) =>
          sql`select fleet.save_snapshot(${orgId}::uuid, ${hash}, ${sequenceKey},
          ${json(deps, steps)}::jsonb)::text as value`,
      );
    },

    readSnapshot: (orgId, hash) =>
      callOne(
        deps,
        "read the pinned definition",
        (sql) => sql`select fleet.read_snapshot(${orgId}::uuid, ${hash}) as value`,
      ),

    readEvent: (eventId) =>
      callOne<PendingEvent | null>(
        deps,
        "read the event",
        (sql) => sql`select fleet.read_event(${eventId}::uuid) as value`,
      ),

    listDueEvents: (limit) =>
      callOne<readonly string[]>(
        deps,
        "list due events",
        (sql) =>
          sql`select coalesce(jsonb_agg(id), '[]') as value
          from fleet.list_due_events(${limit}::integer) as id`,
      ),

    readJob: (jobId, viewer) =>
      callOne(
        deps,
        "read the run",
        (sql) => sql`select fleet.read_job(${jobId}::uuid, ${viewer}::uuid) as value`,
      ),

    readJobOfApproval: (approvalId, viewer) =>
      callOne(
        deps,
        "read the approval's run",
        (sql) =>
          sql`select fleet.read_job_of_approval(${approvalId}::uuid, ${viewer}::uuid) as value`,
      ),

    listJobs: (orgId, viewer, filter) =>
      callOne(
        deps,
        "list runs",
        (sql) =>
          sql`select fleet.list_jobs(${orgId}::uuid, ${viewer}::uuid, ${filter.status}::text,
          ${filter.limit}::integer) as value`,
      ),

    readApprovals: (jobId) =>
      callOne(
        deps,
        "read approvals",
        (sql) => sql`select fleet.read_approvals(${jobId}::uuid) as value`,
      ),

    decideApproval: (d) =>
      callOne(
        deps,
        "decide the approval",
        (sql) =>
          sql`select fleet.decide_approval(${d.approvalId}::uuid, ${d.decision}, ${d.decidedBy}::uuid,
          ${d.proposed === null ? null : json(deps, d.proposed)}::jsonb, ${d.contentSha256}::text,
          ${json(deps, d.note)}::jsonb, ${json(deps, d.options)}::jsonb) as value`,
      ),

    undoDecision: (u) =>
      callOne(
        deps,
        "take the answer back",
        (sql) =>
          sql`select fleet.undo_decision(${u.approvalId}::uuid, ${u.userId}::uuid, ${u.tokenSha256}::text) as value`,
      ),

    readApprovers: (ids) =>
      callOne(
        deps,
        "read the approvers",
        (sql) => sql`select fleet.read_approvers(${[...ids]}::uuid[]) as value`,
      ),

    noteRefusedAnswer: async (r) => {
      await callOne(
        deps,
        "note the refusal",
        (sql) =>
          sql`select fleet.note_refused_answer(${r.orgId}::uuid, ${r.approvalId}::uuid, ${r.via}, ${r.actor},
          ${r.code})::text as value`,
      );
    },

    cancelJob: async (jobId, reason) => {
      await callOne(
        deps,
        "cancel the run",
        (sql) => sql`select fleet.cancel_job(${jobId}::uuid, ${reason}) as value`,
      );
    },

    retryJob: async (jobId) => {
      await callOne(
        deps,
        "retry the run",
        (sql) => sql`select fleet.retry_job(${jobId}::uuid) as value`,
      );
    },

    sweep: () => callOne(deps, "sweep", (sql) => sql`select fleet.sweep(false) as value`),

    memberRole: (userId, orgId) =>
      callOne<string | null>(
        deps,
        "read the role",
        (sql) => sql`select fleet.member_role(${userId}::uuid, ${orgId}::uuid) as value`,
      ),

    readWebhookEndpoint: (endpointId) =>
      callOne(
        deps,
        "read the endpoint",
        (sql) => sql`select fleet.read_webhook_endpoint(${endpointId}::uuid) as value`,
      ),

    deferEvent: async (eventId, delayMs, reason) => {
      await callOne(
        deps,
        "put the event off",
        (sql) =>
          sql`select fleet.defer_event(${eventId}::uuid, ${delayMs}::bigint, ${reason})::text as value`,
      );
    },
    storeCalendarDelivery: (endpointId, accountId, events) =>
      callOne(
        deps,
        "store the calendar events",
        (sql) =>
          sql`select fleet.store_calendar_delivery(${endpointId}::uuid, ${accountId},
          ${json(deps, events)}::jsonb) as value`,
      ),

    storeMeeting: (c) =>
      callOne<StoredMeeting>(
        deps,
        "store the meeting",
        (sql) =>
          sql`select fleet_crm.store_meeting(${c.orgId}::uuid, ${c.endpointId}::uuid, ${c.deliveryId},
          ${json(deps, c.meeting)}::jsonb) as value`,
      ),
  };
}
