import { z } from "zod";
import { FatalError, RetryableError } from "../core/errors.ts";
import { EVENT_TYPE, MAX_DELAY_MINUTES } from "../core/eventLimits.ts";
import type { StepStart } from "../core/plan.ts";
import type {
  ApprovalRow,
  FollowupDraft,
  Json,
  JsonObject,
  Proposal,
  Revision,
  StepInput,
} from "../types.ts";
import type { ActiveRun } from "./activeRun.ts";
import type { EngineDeps } from "./deps.ts";
import { invalid, type PhaseResult } from "./phaseResult.ts";

/** Statuses that may pass later (contract.md §3); with these three the function certainly did not act. */
const REFUSED = new Set([425, 429, 503]);

const Followup = z.object({
  type: z.string().regex(EVENT_TYPE, "must be a lower-case event type"),
  payload: z.record(z.string(), z.unknown()).default({}),
  delay_minutes: z.number().min(0).max(MAX_DELAY_MINUTES).optional(),
});

const Answer = z.object({
  pending_approval: z.record(z.string(), z.unknown()).optional(),
  queued_followups: z.array(Followup).max(100).optional(),
}).loose();

/**
 * Runs a step that another edge function implements. The idempotency key is the same for all attempts
 * of a phase.
 *
 * @throws RetryableError `function_unavailable` for 408, 425, 429 and 5xx
 * @throws FatalError `function_refused` for any other 4xx, `asked_again` for a question in the apply phase
 * @throws ValidationError `bad_output` for a question or follow-ups of another shape
 */
export async function callFunction(
  run: ActiveRun,
  start: StepStart,
  options: {
    readonly deps: EngineDeps;
    readonly functionName: string;
    readonly input: StepInput;
    readonly approved: ApprovalRow | null;
    readonly revision?: Revision;
    readonly signal: AbortSignal;
  },
): Promise<PhaseResult> {
  const { approved, input, revision } = options;
  const phase = approved === null ? "run" : "apply";
  const idempotencyKey = `${run.jobId}:${start.step.id}:${phase}` +
    (approved !== null && approved.ordinal > 0 ? `:${approved.ordinal}` : "") +
    // Another question than the first: an answer kept for the first must not come back.
    (revision === undefined ? "" : `:revision:${revision.round}`);
  const answering = options.deps.invoker.callFunction({
    functionName: options.functionName,
    idempotencyKey,
    signal: options.signal,
    body: {
      idempotency_key: idempotencyKey,
      phase,
      ...(approved === null ? {} : {
        approval: {
          content: approved.proposed,
          content_sha256: approved.content_sha256,
          decided_by: approved.decided_by,
        },
      }),
      ...(revision === undefined ? {} : { revision }),
      job_id: run.jobId,
      step_id: start.step.id,
      attempt: start.attempt,
      org_id: run.orgId,
      user_id: run.userId,
      event: run.event,
      context: input.context,
      outputs: input.outputs,
      params: input.params,
    },
  });
  options.deps.killpoint("KP07");
  const answer = await answering;
  if (answer.status < 200 || answer.status > 299) throw toError(options.functionName, answer);
  const result = toResult(options.functionName, answer.body);
  if (approved !== null && result.proposals !== undefined) {
    throw new FatalError(
      "asked_again",
      `Function "${options.functionName}" asked for approval while it was to apply what was approved`,
    );
  }
  return result;
}

function toError(name: string, answer: { status: number; retryAfterMs: number | null }): Error {
  const { status } = answer;
  if (status === 408 || REFUSED.has(status) || status >= 500) {
    return new RetryableError("function_unavailable", `Function "${name}" answered ${status}`, {
      retryAfterMs: answer.retryAfterMs ?? undefined,
      details: REFUSED.has(status) ? ["refused"] : [],
    });
  }
  return new FatalError("function_refused", `Function "${name}" answered ${status}`);
}

function toResult(name: string, body: unknown): PhaseResult {
  if (typeof body !== "object" || body === null || Array.isArray(body)) {
    return { engine: "code", output: body as Json, followups: [] };
  }
  const parsed = Answer.safeParse(body);
  if (!parsed.success) throw invalid("bad_output", name, parsed.error);
  const { pending_approval: asked, queued_followups: queued, ...rest } = parsed.data;
  const followups = (queued ?? []) as readonly FollowupDraft[];
  if (asked === undefined) return { engine: "code", output: rest as Json, followups };
  return { engine: "code", output: null, followups, proposals: [toProposal(asked as JsonObject)] };
}

function toProposal(asked: JsonObject): Proposal {
  const { action_type, preview, proposed, ...rest } = asked;
  return {
    action_type: typeof action_type === "string" ? action_type : "function_approval",
    preview: typeof preview === "string" ? preview : "A function asks for approval",
    proposed: typeof proposed === "object" && proposed !== null && !Array.isArray(proposed)
      ? proposed as JsonObject
      : rest,
  };
}
