import type { EffectMode, RetryPolicy } from "../types.ts";
import { backoffMs } from "./backoff.ts";
import type { FailureKind } from "./errors.ts";
import { EFFECT_UNKNOWN } from "./runState.ts";

/** A failed attempt, reduced to what decides its fate. */
export interface AttemptFailure {
  readonly kind: FailureKind;
  readonly code: string;
  readonly message: string;
  readonly retryAfterMs?: number;
  /** The other side certainly did nothing (refused before acting). */
  readonly isRefusal: boolean;
}

/** A step that waits for money or for the morning looks again this often: settings may have changed. */
const LONGEST_LOOK_MS = 3_600_000;
/** What only time or a person ends: such a step is deferred, never given up. */
const DEFERRALS: ReadonlySet<string> = new Set(["budget_exceeded", "delivery_deferred"]);

export type RetryDecision =
  | { readonly do: "retry"; readonly waitMs: number }
  | { readonly do: "fail"; readonly code: string; readonly isTransient: boolean }
  /** Nobody knows whether the effect happened: ask a person, never try again alone. */
  | { readonly do: "ask_person" };

/**
 * The one place that decides whether a failed attempt is tried again. By error class, never by
 * substring; an unanswered `at_most_once` effect is never repeated.
 */
export function decideRetry(
  failure: AttemptFailure,
  step: {
    readonly policy: RetryPolicy;
    readonly effectMode: EffectMode;
    /** Attempts so far, this one included. */
    readonly attempts: number;
  },
  random: number,
): RetryDecision {
  if (failure.kind === "retryable" && DEFERRALS.has(failure.code)) {
    return {
      do: "retry",
      waitMs: Math.min(failure.retryAfterMs ?? LONGEST_LOOK_MS, LONGEST_LOOK_MS),
    };
  }
  // A carrier that can no longer tell whether an earlier attempt got through says so itself.
  if (failure.code === EFFECT_UNKNOWN) return { do: "ask_person" };
  const isTransient = failure.kind === "retryable" || failure.kind === "timeout";
  if (isTransient && step.effectMode === "at_most_once" && !failure.isRefusal) {
    return { do: "ask_person" };
  }
  if (!isTransient) return { do: "fail", code: failure.code, isTransient: false };
  if (step.attempts > step.policy.max_retries) {
    return { do: "fail", code: failure.code, isTransient: true };
  }
  return {
    do: "retry",
    waitMs: backoffMs(step.policy, step.attempts, random, failure.retryAfterMs),
  };
}
