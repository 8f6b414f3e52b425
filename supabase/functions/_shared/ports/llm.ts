import type { z } from "zod";
import type { StepCost } from "../orchestrator/types.ts";

/**
 * Language models. Which engine a step uses is decided here: its own `input.engine`, the organisation's
 * (`fleet_org_settings.llm`), `FLEET_LLM`; `llm_policy: none` keeps an organisation's text from every model.
 */
export interface LlmPort {
  /**
   * @returns null when the rules engine is to be used: none other is configured, or a model failed where skill and
   *   organisation both allow rules to take over (the run is warned)
   * @throws RetryableError `llm_unavailable`, `llm_rate_limited`, `llm_bad_answer`, `budget_exceeded` (the step waits);
   *   FatalError `model_refused`, `llm_refused`, `llm_not_configured`, `model_unpriced`, `answer_too_large`
   */
  ask<T extends z.ZodType>(
    question: LlmQuestion<T>,
    asker: LlmAsker,
  ): Promise<LlmAnswer<z.output<T>> | null>;
  /** Whether `ask` would ask a model: for a skill that would otherwise read its material for nothing. */
  isModelSet(asker: LlmAsker): Promise<boolean>;
}

/** A prompt is a file with a version: a change of words is a new version. */
export interface Prompt {
  readonly id: string;
  readonly version: number;
  /** The instructions. What people said or wrote is never part of them. */
  readonly system: string;
}

export interface LlmQuestion<T extends z.ZodType> {
  readonly prompt: Prompt;
  /** Material, not orders: transcripts and mails of strangers. */
  readonly material: string;
  readonly answer: T;
  readonly maxOutputTokens: number;
  /** True where rules may take over when the model fails: nothing leaves the house or is written by this step. */
  readonly mayDegrade: boolean;
}

export interface LlmAnswer<T> {
  readonly value: T;
  /** `<provider>:<model>`, what the step records. */
  readonly engine: string;
}

/** Who asks; a `SkillRun` is one. */
export interface LlmAsker {
  readonly orgId: string;
  readonly userId: string | null;
  readonly jobId: string;
  readonly stepId: string;
  readonly attempt: number;
  /** The step's own wish. */
  readonly engine?: string | null;
  readonly signal: AbortSignal;
  recordCost(cost: StepCost): void;
  warn(message: string): void;
}
