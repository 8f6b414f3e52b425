import type { z } from "zod";
import type { SkillRun } from "../adapters/defineAdapter.ts";
import { FatalError } from "../core/errors.ts";
import type { StepStart } from "../core/plan.ts";
import { visibleOutputs } from "../core/runState.ts";
import type { ApprovalRow, FollowupDraft, Json, JsonObject, Proposal, StepCost } from "../types.ts";
import type { ActiveRun } from "./activeRun.ts";
import { callFunction } from "./callFunction.ts";
import { checkApproved } from "./checkApproved.ts";
import type { EngineDeps, SkillImplementation } from "./deps.ts";
import { invalid, type PhaseResult } from "./phaseResult.ts";
import { contextForFunction, needsContext, provideContext } from "./provideContext.ts";
import { reviseEach } from "./reviseEach.ts";
import { shadowPorts } from "./shadowPorts.ts";

export interface PhaseOptions {
  readonly deps: EngineDeps;
  readonly implementation: SkillImplementation;
  readonly signal: AbortSignal;
  readonly costs: StepCost[];
  readonly warnings: string[];
}

/**
 * Calls a skill in the phase it is due: it acts, asks, or acts on exactly what was approved.
 *
 * @throws FleetError what the skill says; ValidationError `invalid_input`, `bad_output`
 */
export async function runPhase(
  run: ActiveRun,
  start: StepStart,
  options: PhaseOptions,
): Promise<PhaseResult> {
  const { deps, implementation } = options;
  const { step } = start;
  await checkApproved(start.approved ?? [], deps);
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
    const { functionName } = implementation;
    const forFunction = await contextForFunction(run, step, { ...options, context });
    const call = {
      ...options,
      functionName,
      input: { ...input, context: forFunction },
      approved: null,
    };
    if (start.revised !== null) {
      return await reviseEach(start.revised, async (revision) => {
        const answer = await callFunction(run, start, { ...call, revision });
        const [proposal] = answer.proposals ?? [askAboutOutput(step.skill, answer.output)];
        return { proposal, engine: answer.engine };
      });
    }
    const answers = await eachApproved(
      start,
      (approved) => callFunction(run, start, { ...call, approved }),
    );
    return mustAsk && answers.proposals === undefined
      ? { ...answers, proposals: [askAboutOutput(step.skill, answers.output)] }
      : answers;
  }

  const { adapter } = implementation;
  const parsed = adapter.input.safeParse(input);
  if (!parsed.success) throw invalid("invalid_input", step.skill, parsed.error);
  const engine = typeof params.engine === "string" ? params.engine : null;
  const skillRun = (phase: string) => toSkillRun(run, start, { ...options, phase, engine });

  if (start.revised !== null) {
    return await reviseEach(start.revised, (revision, approval) => {
      if (adapter.kind !== "two-phase" || adapter.revise === undefined) {
        throw new FatalError("cannot_revise", `Skill "${step.skill}" cannot propose again`);
      }
      return adapter.revise(revision, skillRun(`revise:${approval.id}`));
    });
  }

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
  options: PhaseOptions & { readonly phase: string; readonly engine: string | null },
): SkillRun {
  const { deps, costs, warnings, phase, engine } = options;
  const base = `${run.jobId}:${start.step.id}:${phase}`;
  return {
    jobId: run.jobId,
    stepId: start.step.id,
    orgId: run.orgId,
    userId: run.userId,
    attempt: start.attempt,
    engine,
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
