import { z } from "zod";
import {
  FatalError,
  FleetError,
  RetryableError,
  TimeoutError,
  ValidationError,
} from "../core/errors.ts";
import { isOverEventSize, MAX_DELAY_MINUTES } from "../core/eventLimits.ts";
import type { StepStart } from "../core/plan.ts";
import type { AttemptFailure } from "../core/retry.ts";
import { toStorable, toStorableText } from "../core/storable.ts";
import type { FollowupDraft, Json, JsonObject, StepCost } from "../types.ts";
import type { ActiveRun } from "./activeRun.ts";
import type { EngineDeps } from "./deps.ts";
import { invalid, type ProposedContent } from "./phaseResult.ts";
import { runPhase } from "./runPhase.ts";

/** What one attempt came to. */
export type StepOutcome =
  & {
    readonly stepId: string;
    readonly attempt: number;
    readonly engine: string | null;
    readonly costs: readonly StepCost[];
    readonly warnings: readonly string[];
    readonly durationMs: number;
  }
  & (
    | {
      readonly kind: "completed";
      readonly output: Json;
      readonly followups: readonly FollowupDraft[];
    }
    | { readonly kind: "proposed"; readonly proposals: readonly HashedProposal[] }
    | { readonly kind: "failed"; readonly failure: AttemptFailure }
    /** The run ended or moved to another isolate meanwhile: nothing to record. */
    | { readonly kind: "aborted" }
  );

export interface HashedProposal extends ProposedContent {
  readonly sha256: string;
}

/**
 * Runs one attempt of one step: builds its input, calls the skill under the step's time limit, checks
 * that the answer can be stored. Never throws; whatever happens is an outcome.
 *
 * @param limitMs effective timeout: the step's own, or the time the isolate has left
 */
export async function executeStep(
  run: ActiveRun,
  start: StepStart,
  options: { readonly deps: EngineDeps; readonly limitMs: number },
): Promise<StepOutcome> {
  const { deps, limitMs } = options;
  const { step } = start;
  const startedAt = deps.ports.clock.now();
  const costs: StepCost[] = [];
  const warnings: string[] = [];
  const limit = new AbortController();
  const { signal } = limit;
  const stopTimer = deps.ports.clock.after(
    limitMs,
    () => limit.abort(new TimeoutError("step_timeout", `Step "${step.id}" ran over ${limitMs} ms`)),
  );
  // Not AbortSignal.any: it costs more than all else here (measured by the benchmark's W4).
  const endWithRun = () => limit.abort(run.abort.signal.reason);
  if (run.abort.signal.aborted) endWithRun();
  else run.abort.signal.addEventListener("abort", endWithRun, { once: true });
  const base = () => ({
    stepId: step.id,
    attempt: start.attempt,
    costs,
    warnings,
    durationMs: Math.max(0, Math.round(deps.ports.clock.now() - startedAt)),
  });

  try {
    const implementation = deps.skills.implementationOf(step);
    if (implementation === null) {
      throw new FatalError("skill_not_available", `Nothing implements skill "${step.skill}"`);
    }
    deps.killpoint("KP06");
    const phase = runPhase(run, start, {
      deps,
      implementation,
      signal,
      costs,
      warnings,
    });
    // A skill that ignores its signal must not hold the run.
    const result = await Promise.race([phase, rejectOnAbort(signal)]);
    deps.killpoint("KP08");
    deps.killpoint(`KP08:${step.id}`);
    const output = toStorable(result.output, `output of step "${step.id}"`) as Json;
    if (result.proposals !== undefined && result.proposals.length > 0) {
      const proposals = result.proposals.map((p) => {
        const proposed = toStorable(p.proposed, `proposal of step "${step.id}"`) as JsonObject;
        return {
          ...p,
          action_type: toStorableText(p.action_type, 100),
          preview: toStorableText(p.preview, 4000),
          proposed,
          sha256: deps.rules.hashContent(proposed),
        };
      });
      return { ...base(), kind: "proposed", engine: result.engine, proposals };
    }
    return {
      ...base(),
      kind: "completed",
      engine: result.engine,
      output,
      followups: result.followups.map((followup) => storableFollowup(followup, step.id)),
    };
  } catch (error) {
    if (run.abort.signal.aborted) return { ...base(), kind: "aborted", engine: null };
    if (!(error instanceof FleetError)) {
      deps.ports.log.error("skill_threw", {
        job_id: run.jobId,
        step_id: step.id,
        attempt: start.attempt,
        at: framesOf(error),
      });
    }
    return { ...base(), kind: "failed", engine: null, failure: toFailure(error) };
  } finally {
    stopTimer();
    run.abort.signal.removeEventListener("abort", endWithRun);
  }
}

/**
 * An event that a skill asks for, checked like one that is started from outside.
 *
 * @throws ValidationError `bad_output`
 */
function storableFollowup(followup: FollowupDraft, stepId: string): FollowupDraft {
  const what = `follow-up of step "${stepId}"`;
  const payload = toStorable(followup.payload, what) as JsonObject;
  const delay = followup.delay_minutes ?? 0;
  if (isOverEventSize(payload)) {
    throw new ValidationError("bad_output", `Cannot start the ${what}: its payload is over 64 KiB`);
  }
  if (!(delay >= 0 && delay <= MAX_DELAY_MINUTES)) {
    throw new ValidationError("bad_output", `Cannot delay the ${what} by ${delay} minutes`);
  }
  return { ...followup, type: toStorableText(followup.type, 100), payload };
}

function rejectOnAbort(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) return reject(signal.reason);
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  });
}

/** Only declared errors say what may pass later; anything else thrown is a bug and not tried again. */
function toFailure(error: unknown): AttemptFailure {
  if (error instanceof FleetError) {
    return {
      kind: error.kind,
      code: error.code,
      message: error.message.slice(0, 1000),
      retryAfterMs: error instanceof RetryableError ? error.retryAfterMs : undefined,
      isRefusal: error instanceof RetryableError && error.details.includes("refused"),
    };
  }
  if (error instanceof z.ZodError) return toFailure(invalid("bad_output", "unknown", error));
  const name = error instanceof Error ? error.name : typeof error;
  return {
    kind: "fatal",
    code: "unexpected_error",
    message: `Skill threw ${name}`.slice(0, 1000),
    isRefusal: false,
  };
}

/** Where an error was thrown. Its message stays out: it may quote what the skill read. */
function framesOf(error: unknown): string {
  const stack = error instanceof Error ? error.stack ?? "" : "";
  return stack.split("\n").filter((line) => /^\s+at /.test(line)).slice(0, 5)
    .map((line) => line.trim().replace(/file:\/\/\S*\/functions\//, "")).join(" < ");
}
