/**
 * `Retry-After` (RFC 9110 §10.2.3) in milliseconds: seconds or a date; null when absent, absurd or past.
 *
 * @param now milliseconds since the epoch
 */
export function readRetryAfter(header: string | null, now: number): number | null {
  if (header === null) return null;
  if (/^\d{1,9}$/.test(header.trim())) return Number(header) * 1000;
  const until = Date.parse(header);
  return Number.isFinite(until) && until > now ? until - now : null;
}
