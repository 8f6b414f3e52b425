import assert from "node:assert/strict";
import { backoffMs } from "../../../../supabase/functions/_shared/orchestrator/core/backoff.ts";
import { decideRetry } from "../../../../supabase/functions/_shared/orchestrator/core/retry.ts";
import type { RetryPolicy } from "../../../../supabase/functions/_shared/orchestrator/types.ts";

const POLICY: RetryPolicy = {
  max_retries: 2,
  base_ms: 1000,
  factor: 2,
  max_ms: 4000,
  jitter: "none",
};
const transient = {
  kind: "retryable",
  code: "x_unavailable",
  message: "m",
  isRefusal: false,
} as const;

Deno.test("backoffMs() waits 1 s, 2 s, 4 s and then no more than the cap", () => {
  assert.deepEqual([1, 2, 3, 4].map((n) => backoffMs(POLICY, n, 0)), [1000, 2000, 4000, 4000]);
});

for (
  const [asked, expected] of [[37_000, 37_000], [500, 1000], [1e12, 3_600_000], [-5, 1000], [
    NaN,
    1000,
  ]] as const
) {
  Deno.test(`backoffMs() honours Retry-After ${asked} ms as ${expected} ms`, () => {
    assert.equal(backoffMs(POLICY, 1, 0, asked), expected);
  });
}

Deno.test("backoffMs() spreads over the whole wait with full jitter", () => {
  const policy = { ...POLICY, jitter: "full" } as const;
  assert.deepEqual([0, 0.5].map((r) => backoffMs(policy, 1, r)), [0, 500]);
});

Deno.test("decideRetry() defers without end, an hour at a time", () => {
  for (const code of ["budget_exceeded", "delivery_deferred"]) {
    const failure = { ...transient, code, retryAfterMs: 86_400_000 }, attempts = 50;
    assert.deepEqual(decideRetry(failure, { policy: POLICY, effectMode: "pure", attempts }, 0), {
      do: "retry",
      waitMs: 3_600_000,
    });
  }
});

Deno.test("decideRetry() asks a person where a carrier cannot tell what an earlier attempt did", () => {
  const failure = { ...transient, kind: "fatal", code: "effect_unknown" } as const;
  for (const effectMode of ["keyed", "reconcile"] as const) {
    assert.deepEqual(decideRetry(failure, { policy: POLICY, effectMode, attempts: 2 }, 0), {
      do: "ask_person",
    });
  }
});

Deno.test("decideRetry() allows three attempts in all", () => {
  const decisions = [1, 2, 3].map((attempts) =>
    decideRetry(transient, { policy: POLICY, effectMode: "keyed", attempts }, 0).do
  );
  assert.deepEqual(decisions, ["retry", "retry", "fail"]);
});

Deno.test("decideRetry() judges by class: a permanent error that mentions 503 gets one attempt (fault 54)", () => {
  const failure = {
    kind: "fatal",
    code: "refused",
    message: "invoice 503 timeout 429",
    isRefusal: false,
  } as const;
  assert.deepEqual(decideRetry(failure, { policy: POLICY, effectMode: "pure", attempts: 1 }, 0), {
    do: "fail",
    code: "refused",
    isTransient: false,
  });
});

Deno.test("decideRetry() never repeats an unanswered at_most_once effect", () => {
  const failure = {
    kind: "timeout",
    code: "step_timeout",
    message: "m",
    isRefusal: false,
  } as const;
  assert.equal(
    decideRetry(failure, { policy: POLICY, effectMode: "at_most_once", attempts: 1 }, 0).do,
    "ask_person",
  );
});

Deno.test("decideRetry() repeats an at_most_once effect that was certainly refused", () => {
  assert.equal(
    decideRetry({ ...transient, isRefusal: true }, {
      policy: POLICY,
      effectMode: "at_most_once",
      attempts: 1,
    }, 0).do,
    "retry",
  );
});
