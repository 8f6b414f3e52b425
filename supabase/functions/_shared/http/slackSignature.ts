import { HttpError } from "./errors.ts";

/** Slack's own limit, which we keep in both directions. */
const TOLERANCE_S = 300;

/**
 * Checks a Slack request (v0): HMAC-SHA256 of `v0:<timestamp>:<raw body>` under the app's signing secret, five minutes
 * off at most, either way. Compared by the platform's own constant-time check.
 *
 * @throws HttpError 401 `bad_signature`
 */
export async function verifySlackRequest(
  headers: Headers,
  body: Uint8Array,
  options: { readonly secret: string; readonly nowMs: number },
): Promise<void> {
  const timestamp = headers.get("x-slack-request-timestamp") ?? "";
  const signature = headers.get("x-slack-signature") ?? "";
  // Repeated headers arrive joined by ", " and match neither pattern.
  if (!/^\d{10}$/.test(timestamp) || !/^v0=[0-9a-f]{64}$/.test(signature)) throw refuse();
  if (Math.abs(options.nowMs / 1000 - Number(timestamp)) > TOLERANCE_S) throw refuse();
  const head = new TextEncoder().encode(`v0:${timestamp}:`);
  const signed = new Uint8Array(head.length + body.length);
  signed.set(head);
  signed.set(body, head.length);
  const key = await crypto.subtle.importKey(
    "raw",
    new TextEncoder().encode(options.secret),
    { name: "HMAC", hash: "SHA-256" },
    false,
    ["verify"],
  );
  const given = Uint8Array.from(signature.slice(3).match(/../g)!, (hex) => parseInt(hex, 16));
  if (!await crypto.subtle.verify("HMAC", key, given, signed)) throw refuse();
}

function refuse(): HttpError {
  return new HttpError(
    401,
    "bad_signature",
    "The signature does not match; requests must come from Slack, signed with SLACK_SIGNING_SECRET",
  );
}
