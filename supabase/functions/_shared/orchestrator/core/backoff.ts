import type { RetryPolicy } from "../types.ts";

/** A vendor may ask for more than we are willing to wait: one hour. */
const RETRY_AFTER_CAP_MS = 3_600_000;

/**
 * Wait before attempt `attempt + 1`, in milliseconds: `base · factor^(attempt-1)`, capped, with full
 * jitter where the policy asks for it. A vendor's `Retry-After` is a lower bound, capped at one hour.
 *
 * @param attempt the attempt that just failed, from 1
 * @param random uniform in [0, 1)
 * @example backoffMs({ max_retries: 2, base_ms: 1000, factor: 2, max_ms: 4000, jitter: "none" }, 2, 0) // 2000
 */
export function backoffMs(
  policy: RetryPolicy,
  attempt: number,
  random: number,
  retryAfterMs = 0,
): number {
  const full = Math.min(policy.base_ms * policy.factor ** (attempt - 1), policy.max_ms);
  const wait = policy.jitter === "full" ? full * random : full;
  const asked = Number.isFinite(retryAfterMs) ? Math.max(0, retryAfterMs) : 0;
  return Math.round(Math.max(wait, Math.min(asked, RETRY_AFTER_CAP_MS)));
}
