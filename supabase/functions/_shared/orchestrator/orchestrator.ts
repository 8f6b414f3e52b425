import { createAgentDoors, runDueSchedules } from "./agentDoors.ts";
import type { StoredMeeting } from "../ports/recordings.ts";
import type { MeetingDelivery, Orchestrator, OrgScope } from "./api.ts";
import { NotFoundError, ValidationError } from "./core/errors.ts";
import { meetingEnded } from "./core/meetingEnded.ts";
import { decide, type DecideDeps } from "./engine/decide.ts";
import type { EngineDeps } from "./engine/deps.ts";
import type { Drivers } from "./engine/drivers.ts";
import { ingestEmail } from "./engine/ingestEmail.ts";
import { noticeMailboxes } from "./engine/noticeMailboxes.ts";
import type { Starter } from "./engine/startEvent.ts";
import { driveDue } from "./maintenance/driveDue.ts";
import type { AgentStore } from "./store/agents.ts";
import type { EmailStore } from "./store/emails.ts";
import type { MailboxLookup } from "./store/mailboxes.ts";
import type { JobStatus, Json, JsonObject } from "./types.ts";

export interface OrchestratorDeps {
  readonly engine: EngineDeps;
  readonly drivers: Drivers;
  readonly starter: Starter;
  readonly agents: AgentStore;
  readonly decideDeps: DecideDeps;
  readonly emails: EmailStore;
  readonly mailboxes: MailboxLookup;
  readonly background: (work: Promise<unknown>) => void;
}

/** How often a waiting `sync` caller's run is looked at. */
const WAIT_POLL_MS = 150;
const ENDED: readonly JobStatus[] = ["completed", "failed", "cancelled"];

/** What the doors may ask, over the engine of this isolate. */
export function createOrchestrator(deps: OrchestratorDeps): Orchestrator {
  const { engine, drivers, starter, agents } = deps;
  const { store } = engine;
  const newCpu = () => engine.isolate.newCpuBudget();

  const waitForJob: Orchestrator["waitForJob"] = async (jobId, timeoutMs) => {
    const until = engine.ports.clock.now() + timeoutMs;
    for (;;) {
      const job = await store.readJob(jobId, null);
      if (job === null) throw new NotFoundError("job_not_found", "No such run");
      const isOver = ENDED.includes(job.status) || job.status === "waiting_approval";
      if (isOver || engine.ports.clock.now() >= until) {
        const outputs: Record<string, Json> = {};
        for (const step of job.steps) outputs[step.step_id] = (step.output ?? null) as Json;
        return {
          job_id: jobId,
          status: job.status,
          outputs: outputs as JsonObject,
          ...(job.error_code === null ? {} : {
            error: {
              code: job.error_code,
              message: job.error_message ?? "",
              step: job.error_step,
            },
          }),
        };
      }
      await engine.ports.clock.sleep(WAIT_POLL_MS);
    }
  };

  return {
    ...createAgentDoors({ engine, starter, agents, waitForJob }),
    waitForJob,

    start: (request, { drive }) =>
      starter.start(request, { cpu: drive ? newCpu() : null, comparesContent: true }),

    async resume(jobId) {
      if (await drivers.claimOne(jobId, newCpu())) return { claimed: true, due: false };
      const job = await store.readJob(jobId, null);
      const runAfter = job?.status === "queued" ? Date.parse(job.run_after ?? "") : NaN;
      return { claimed: false, due: runAfter <= engine.ports.clock.now() };
    },

    async wakeEvent(eventId) {
      const event = await store.readEvent(eventId);
      if (event === null) return { claimed: false };
      try {
        const answer = await starter.routePending(event, newCpu());
        return { claimed: (answer?.job_ids.length ?? 0) > 0 };
      } catch (error) {
        // Unroutable: the event row keeps its reason, a doorbell has nobody to tell.
        if (error instanceof ValidationError) return { claimed: false };
        throw error;
      }
    },

    async sweep() {
      const counts = await store.sweep();
      if (counts.schedules_due > 0) await runDueSchedules({ agents, engine });
      const claimed = await driveDue({ engine, drivers, starter, background: deps.background });
      return { ...counts, claimed };
    },

    async decide(request, { drive } = { drive: true }) {
      engine.killpoint("KP16");
      const { job_id, status, acts_at, event_id } = await decide(request, deps.decideDeps);
      engine.killpoint("KP17");
      if (event_id !== null) {
        deps.background(engine.invoker.ring({ kind: "event", eventId: event_id }));
      }
      // A yes that can be taken back makes the run due later: the sweep finds it then.
      if (status === "queued" && acts_at === null) {
        engine.killpoint("KP18");
        const isClaimed = drive && await drivers.claimOne(job_id, newCpu());
        const ringing = isClaimed ? null : engine.invoker.ring({ kind: "resume", jobId: job_id });
        if (drive) await ringing;
        else if (ringing !== null) deps.background(ringing);
      }
      return { job_id, status: status as JobStatus, acts_at };
    },

    getJob: (jobId, scope) => store.readJob(jobId, viewerOf(scope)),
    getJobOfApproval: (approvalId, scope) => store.readJobOfApproval(approvalId, viewerOf(scope)),
    listJobs: (filter, scope) =>
      store.listJobs(filter.org_id ?? null, viewerOf(scope), {
        status: filter.status ?? null,
        limit: filter.limit,
      }),
    memberRole: async (userId, orgId) =>
      await store.memberRole(userId, orgId) as "owner" | "admin" | "member" | "readonly" | null,
    getWebhookEndpoint: (endpointId) => store.readWebhookEndpoint(endpointId),
    ingestEmail: (delivery) => ingestEmail(delivery, { emails: deps.emails, starter }),
    listMailboxes: (endpoint, provider, account) =>
      deps.mailboxes.listMailboxes(endpoint.org_id, provider, account),
    readGraphWatches: (endpoint, subscriptionIds) =>
      deps.mailboxes.readGraphWatches(endpoint.id, subscriptionIds),
    noticeMailboxes: (notices) => noticeMailboxes(notices, starter),

    ingestCalendar: ({ endpoint, calendar }) =>
      store.storeCalendarDelivery(endpoint.id, calendar.account_id, calendar.events),

    async ingestMeeting({ endpoint, delivery_id, meeting, recording }) {
      const stored = await store.storeMeeting({
        orgId: endpoint.org_id,
        endpointId: endpoint.id,
        deliveryId: delivery_id,
        meeting: { ...meeting, awaits_recording: recording !== null },
      });
      const source = `webhook:${endpoint.provider}`;
      const event = recording === null
        ? meetingEnded(stored, meeting.transcript.length)
        : meetingRecorded(stored, { endpointId: endpoint.id, recording });
      // Two statements, each harmless to repeat: a provider that saw no answer sends again.
      const answer = await starter.start({
        ...event,
        org_id: endpoint.org_id,
        user_source: event.user_source ?? undefined,
        source,
        mode: "live",
      }, { cpu: null, comparesContent: false });
      return {
        status: answer.status,
        event_id: answer.event_id,
        job_id: answer.job_id,
        meeting_id: event.payload.meeting_id as string,
      };
    },
  };
}

/** A recording to fetch: one run for each that was named, whatever meeting it turns out to be. */
function meetingRecorded(
  stored: StoredMeeting,
  { endpointId, recording }: {
    readonly endpointId: string;
    readonly recording: NonNullable<MeetingDelivery["recording"]>;
  },
) {
  return {
    type: "meeting_recorded",
    payload: {
      meeting_id: stored.delivered_as,
      endpoint_id: endpointId,
      provider: recording.provider,
      recording_id: recording.id,
    },
    idempotency_key: `meeting_recorded:${stored.delivered_as}`,
    user_id: stored.user_id,
    user_source: stored.user_source,
  };
}

function viewerOf(scope: OrgScope): string | null {
  return scope === "all" ? null : scope.userId;
}
