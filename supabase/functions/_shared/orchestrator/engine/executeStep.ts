import { z } from "zod";
import {
  FatalError,
  FleetError,
  RetryableError,
  TimeoutError,
  ValidationError,
} from "../core/errors.ts";
import type { StepStart } from "../core/plan.ts";
import type { AttemptFailure } from "../core/retry.ts";
import { visibleOutputs } from "../core/runState.ts";
import { toStorable } from "../core/storable.ts";
import type { SkillRun } from "../adapters/defineAdapter.ts";
import type { ApprovalRow, FollowupDraft, Json, JsonObject, Proposal, StepCost } from "../types.ts";
import type { ActiveRun } from "./activeRun.ts";
import { callFunction } from "./callFunction.ts";
import type { EngineDeps, SkillImplementation } from "./deps.ts";
import { needsContext, provideContext } from "./provideContext.ts";
import { shadowPorts } from "./shadowPorts.ts";

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

export interface HashedProposal extends Proposal {
  readonly sha256: string;
}

/** What a phase of a skill answered, before it is wrapped into an outcome. */
export interface PhaseResult {
  readonly engine: string;
  readonly output: Json;
  readonly followups: readonly FollowupDraft[];
  /** Set when the skill asks instead of acting. */
  readonly proposals?: readonly Proposal[];
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
        return { ...p, proposed, sha256: deps.rules.hashContent(proposed) };
      });
      return { ...base(), kind: "proposed", engine: result.engine, proposals };
    }
    return {
      ...base(),
      kind: "completed",
      engine: result.engine,
      output,
      followups: result.followups,
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

interface PhaseOptions {
  readonly deps: EngineDeps;
  readonly implementation: SkillImplementation;
  readonly signal: AbortSignal;
  readonly costs: StepCost[];
  readonly warnings: string[];
}

async function runPhase(
  run: ActiveRun,
  start: StepStart,
  options: PhaseOptions,
): Promise<PhaseResult> {
  const { deps, implementation } = options;
  const { step } = start;
  const context = needsContext(step)
    ? await provideContext(run, deps, options.warnings)
    : run.contextNow;
  const outputs = visibleOutputs(run.state, step.id) as JsonObject;
  const params = step.input === null
    ? {}
    : deps.rules.resolveInput(step.input, { event: run.event, outputs, context });
  const input = { payload: run.event.payload, outputs, context, params };
  const mustAsk = start.approved === null && run.mode === "live" &&
    (step.requires_approval || deps.skills.hasApprovalFloor(step.skill));

  if (implementation.kind === "function") {
    if (run.mode === "shadow" && deps.skills.effectModeOf(step.skill) !== "pure") {
      return { engine: "code", output: { shadow: "not called" }, followups: [] };
    }
    const answers = await eachApproved(
      start,
      (approved) =>
        callFunction(run, start, {
          ...options,
          functionName: implementation.functionName,
          input,
          approved,
        }),
    );
    return mustAsk && answers.proposals === undefined
      ? { ...answers, proposals: [askAboutOutput(step.skill, answers.output)] }
      : answers;
  }

  const { adapter } = implementation;
  const parsed = adapter.input.safeParse(input);
  if (!parsed.success) throw invalid("invalid_input", step.skill, parsed.error);
  const skillRun = (phase: string) => toSkillRun(run, start, { ...options, phase });

  if (adapter.kind === "direct") {
    if (mustAsk) {
      // A skill without `propose` is approved on its mapped input.
      return {
        engine: "code",
        output: null,
        followups: [],
        proposals: [{ action_type: step.skill, preview: `Run ${step.skill}`, proposed: params }],
      };
    }
    const approvedInput = start.approved === null
      ? parsed.data
      : adapter.input.parse({ ...input, params: start.approved[0].proposed });
    const result = await adapter.run(approvedInput, skillRun("run"));
    return {
      engine: result.engine,
      output: checked(adapter.output, result.output, step.skill),
      followups: result.followups ?? [],
    };
  }

  if (start.approved === null) {
    const asked = await adapter.propose(parsed.data, skillRun("propose"));
    if (asked.proposals.length === 0) {
      return {
        engine: asked.engine,
        output: checked(adapter.output, asked.output ?? null, step.skill),
        followups: [],
      };
    }
    if (run.mode === "live") {
      return { engine: asked.engine, output: null, followups: [], proposals: asked.proposals };
    }
    // Shadow: approvals count as approved without asking.
    return applyAll(
      asked.proposals.map((p) => ({ proposed: p.proposed, decided_by: null })),
      asked.engine,
    );
  }
  return await applyAll(start.approved, "code");

  async function applyAll(
    approved: readonly Pick<ApprovalRow, "proposed" | "decided_by">[],
    engine: string,
  ): Promise<PhaseResult> {
    if (adapter.kind !== "two-phase") {
      throw new FatalError("not_two_phase", `Skill "${step.skill}" cannot apply`);
    }
    const outputs: Json[] = [];
    const followups: FollowupDraft[] = [];
    for (const [ordinal, one] of approved.entries()) {
      const content = adapter.proposal.parse(one.proposed) as JsonObject;
      const result = await adapter.apply(content, {
        ...skillRun(`apply:${ordinal}`),
        ordinal,
        decidedBy: one.decided_by,
      });
      outputs.push(checked(adapter.output, result.output, step.skill));
      followups.push(...(result.followups ?? []));
      engine = result.engine;
    }
    return { engine, output: outputs.length === 1 ? outputs[0] : { applied: outputs }, followups };
  }
}

/** A function step acts once per approved content; without approvals it just runs. */
async function eachApproved(
  start: StepStart,
  act: (approved: ApprovalRow | null) => Promise<PhaseResult>,
): Promise<PhaseResult> {
  if (start.approved === null) return act(null);
  const results: PhaseResult[] = [];
  for (const approved of start.approved) results.push(await act(approved));
  return results.length === 1 ? results[0] : {
    engine: "code",
    output: { applied: results.map((r) => r.output) },
    followups: results.flatMap((r) => r.followups),
  };
}

function askAboutOutput(skill: string, output: Json): Proposal {
  const proposed = typeof output === "object" && output !== null && !Array.isArray(output)
    ? output as JsonObject
    : { result: output };
  return { action_type: skill, preview: `Approve the result of ${skill}`, proposed };
}

function toSkillRun(
  run: ActiveRun,
  start: StepStart,
  options: PhaseOptions & { readonly phase: string },
): SkillRun {
  const { deps, costs, warnings, phase } = options;
  const base = `${run.jobId}:${start.step.id}:${phase}`;
  return {
    jobId: run.jobId,
    stepId: start.step.id,
    orgId: run.orgId,
    userId: run.userId,
    attempt: start.attempt,
    event: run.event,
    effectKey: (suffix) => (suffix === undefined ? base : `${base}:${suffix}`),
    ports: run.mode === "shadow" ? shadowPorts(deps.ports, warnings) : deps.ports,
    signal: options.signal,
    recordCost: (cost) => costs.push(cost),
    warn: (message) => warnings.push(message),
  };
}

function checked(schema: z.ZodType, output: unknown, skill: string): Json {
  const parsed = schema.safeParse(output);
  if (!parsed.success) throw invalid("bad_output", skill, parsed.error);
  return parsed.data as Json;
}

function invalid(code: string, skill: string, error: z.ZodError): ValidationError {
  const first = error.issues[0];
  return new ValidationError(
    code,
    `Skill "${skill}": ${first.path.join(".") || "value"}: ${first.message}`,
    {
      details: error.issues.map((issue) => ({
        path: issue.path.join("."),
        message: issue.message,
      })),
    },
  );
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
