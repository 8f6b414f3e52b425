import type { z } from "zod";
import type { SkillPorts } from "../../ports/mod.ts";
import type {
  EffectMode,
  FleetEvent,
  FollowupDraft,
  Json,
  JsonObject,
  Proposal,
  Revision,
  StepCost,
  StepInput,
} from "../types.ts";

/** What a skill is given besides its input. Nothing else of the run is reachable from it. */
export interface SkillRun {
  readonly jobId: string;
  readonly stepId: string;
  readonly orgId: string;
  readonly userId: string | null;
  readonly attempt: number;
  /** The step's own engine, from its `input.engine`; null follows organisation and environment. */
  readonly engine?: string | null;
  readonly event: FleetEvent;
  /**
   * Stable over all attempts of this step and phase. Derive one key per effect from it:
   * `effectKey("task:0")`.
   */
  effectKey(suffix?: string): string;
  readonly ports: SkillPorts;
  /** Aborts at the step's timeout, when the lease is lost and when the run is cancelled. */
  readonly signal: AbortSignal;
  /** Adds one model call to the step's cost rows. */
  recordCost(cost: StepCost): void;
  /** A fact for operators that is no failure; kept on the run. No bodies. */
  warn(message: string): void;
}

/** What `run` and `apply` return. */
export interface SkillResult<Output> {
  readonly output: Output;
  /** `code` for plain logic, `rules` for a rules engine that reads text, `<provider>:<model>` for a model. */
  readonly engine: string;
  readonly followups?: readonly FollowupDraft[];
}

interface AdapterBase<Input extends z.ZodType> {
  readonly skill: string;
  readonly effectMode: EffectMode;
  /** CPU of the worst input (a 13,000-word transcript) in a fresh isolate, in milliseconds; tests/conformance/cpu.test.ts holds it. */
  readonly cpuMs: number;
  /** Parses the `StepInput`; unknown keys are dropped. Names exactly what the skill reads. */
  readonly input: Input;
}

/** A skill that acts, or only computes, in one go. */
export interface DirectAdapter<
  Input extends z.ZodType = z.ZodType,
  Output extends z.ZodType = z.ZodType,
> extends AdapterBase<Input> {
  readonly kind: "direct";
  readonly output: Output;
  run(input: z.output<Input>, ctx: SkillRun): Promise<SkillResult<z.output<Output>>>;
}

/** A skill that asks first: `propose` shows, `apply` acts on exactly the approved content. */
export interface TwoPhaseAdapter<
  Input extends z.ZodType = z.ZodType,
  Output extends z.ZodType = z.ZodType,
> extends AdapterBase<Input> {
  readonly kind: "two-phase";
  readonly output: Output;
  /** Validates `proposed` after an approver's edits (a JSON merge patch). */
  readonly proposal: z.ZodType;
  /** No proposals means nothing to ask: `output` then ends the step. */
  propose(
    input: z.output<Input>,
    ctx: SkillRun,
  ): Promise<{
    readonly proposals: readonly Proposal[];
    readonly output?: z.output<Output>;
    readonly engine: string;
  }>;
  /**
   * Proposes one content anew by what its approver said. The preview says honestly what was not applied. Left out: the
   * approver can edit and reject only.
   */
  revise?(
    revision: Revision,
    ctx: SkillRun,
  ): Promise<{ readonly proposal: Proposal; readonly engine: string }>;
  /** Called once per approved proposal. `content` already passed `proposal`. */
  apply(
    content: JsonObject,
    ctx: SkillRun & { readonly ordinal: number; readonly decidedBy: string | null },
  ): Promise<SkillResult<z.output<Output>>>;
}

// The registry holds adapters of every schema; the two type parameters only matter inside a file.
// deno-lint-ignore no-explicit-any
export type SkillAdapter = DirectAdapter<any, any> | TwoPhaseAdapter<any, any>;

/**
 * Declares a skill that runs in one phase. One skill per file, default shape:
 * input schema, output schema, pure functions, then the adapter.
 */
export function defineAdapter<Input extends z.ZodType, Output extends z.ZodType>(
  adapter: Omit<DirectAdapter<Input, Output>, "kind">,
): DirectAdapter<Input, Output> {
  return { ...adapter, kind: "direct" };
}

/** Declares a skill that needs a person between `propose` and `apply`. */
export function defineTwoPhaseAdapter<Input extends z.ZodType, Output extends z.ZodType>(
  adapter: Omit<TwoPhaseAdapter<Input, Output>, "kind">,
): TwoPhaseAdapter<Input, Output> {
  return { ...adapter, kind: "two-phase" };
}

export type { Json, JsonObject, StepInput };
