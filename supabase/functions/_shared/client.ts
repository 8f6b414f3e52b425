/**
 * For other edge functions of the team: starts and resumes runs over supabase-js, which the caller
 * brings; this file imports its types only.
 *
 * @example
 * const fleet = createFleetClient(createClient(url, secretKey));
 * const { job_id } = await fleet.startRun({ type: "meeting_ended", org_id, user_id });
 */
import type { SupabaseClient } from "@supabase/supabase-js";
import type { ErrorBody } from "./http/errors.ts";
import type { DecideRequest, StartAnswer, StartRequest } from "./orchestrator/api.ts";
import type { JobStatus } from "./orchestrator/types.ts";

/** An event as `agent-orchestrator` takes it; what has a default may be left out. */
export type RunEvent =
  & Pick<StartRequest, "type" | "org_id" | "user_id">
  & Partial<
    Pick<
      StartRequest,
      "source" | "payload" | "parent_job_id" | "idempotency_key" | "mode" | "delay_minutes"
    >
  >;

/** A decision on a pending approval; `decided_by` names the person where the secret key speaks. */
export type ApprovalData =
  & Pick<DecideRequest, "approval_id" | "decision" | "edits" | "comment">
  & Partial<Pick<DecideRequest, "decided_by">>;

/** What a doorbell says: `due` without `claimed` means another isolate takes the run later. */
export interface DoorbellAnswer {
  readonly claimed: boolean;
  readonly due: boolean;
}

export interface Decided {
  readonly job_id: string;
  readonly status: JobStatus;
}

/** @throws FleetCallError from every call */
export interface FleetClient {
  /** Resolves once the run's rows are committed. A closed gate is an answer (`status`), no error. */
  startRun(event: RunEvent): Promise<StartAnswer>;
  /** Wakes a run; harmless when there is nothing to do. */
  resumeRun(jobId: string): Promise<DoorbellAnswer>;
  /** Decides one approval of a run. */
  resumeRun(jobId: string, approvalData: ApprovalData): Promise<Decided>;
}

/**
 * A refusal by `agent-orchestrator`, or no answer of its own at all: `code` is then `unreachable`
 * (`status` 0) or `bad_answer` (the platform or a proxy spoke).
 */
export class FleetCallError extends Error {
  override readonly name = "FleetCallError";
  readonly status: number;
  /** The stable word that is also in logs and letters. */
  readonly code: string;
  readonly details: readonly unknown[];
  /** Finds the call in the function's log; null without an answer of ours. */
  readonly requestId: string | null;
  constructor(
    message: string,
    options: {
      readonly status: number;
      readonly code: string;
      readonly details?: readonly unknown[];
      readonly requestId?: string;
      readonly cause?: unknown;
    },
  ) {
    super(message, { cause: options.cause });
    this.status = options.status;
    this.code = options.code;
    this.details = options.details ?? [];
    this.requestId = options.requestId ?? null;
  }
}

/** Speaks with the key or the session of the given client; create that with the secret key to act for an organisation. */
export function createFleetClient(supabase: Pick<SupabaseClient, "functions">): FleetClient {
  async function post<Answer>(body: Readonly<Record<string, unknown>>): Promise<Answer> {
    const { data, error, response } = await supabase.functions.invoke<Answer>(
      "agent-orchestrator",
      { body },
    );
    if (error !== null) throw await toCallError(error, response);
    if (typeof data !== "object" || data === null) {
      throw new FleetCallError("The answer of agent-orchestrator is no JSON object", {
        status: response?.status ?? 0,
        code: "bad_answer",
      });
    }
    return data as Answer;
  }

  function resumeRun(jobId: string): Promise<DoorbellAnswer>;
  function resumeRun(jobId: string, approvalData: ApprovalData): Promise<Decided>;
  function resumeRun(jobId: string, approvalData?: ApprovalData): Promise<unknown> {
    return post({ resume_job_id: jobId, approval_data: approvalData });
  }

  return { startRun: (event) => post({ ...event }), resumeRun };
}

async function toCallError(error: unknown, response?: Response): Promise<FleetCallError> {
  if (response === undefined) {
    return new FleetCallError("Nothing answers for agent-orchestrator", {
      status: 0,
      code: "unreachable",
      cause: error,
    });
  }
  const { status } = response;
  const body = await readErrorBody(response);
  if (body === null) {
    const message = `HTTP ${status} from agent-orchestrator`;
    return new FleetCallError(message, { status, code: "bad_answer", cause: error });
  }
  const { code, message, details } = body.error;
  return new FleetCallError(message, {
    status,
    code,
    details,
    requestId: body.request_id,
    cause: error,
  });
}

/** Null when it is not in our error shape. */
async function readErrorBody(response: Response): Promise<ErrorBody | null> {
  try {
    const body = await response.json() as Partial<ErrorBody> | null;
    return typeof body?.error?.code === "string" ? body as ErrorBody : null;
  } catch {
    // Another's error page, or it broke off: the status is all there is to tell.
    return null;
  }
}
