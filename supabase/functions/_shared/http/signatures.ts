import { Webhook } from "standardwebhooks";
import { HttpError } from "./errors.ts";

const FAMILY = ["webhook-id", "webhook-timestamp", "webhook-signature"] as const;

/**
 * Checks a Standard Webhooks signature over the raw bytes with any of the endpoint's active secrets
 * (two while one is rotated). Timestamps may be five minutes off, either way.
 *
 * @returns the delivery id
 * @throws HttpError 401 `bad_signature`; 400 `not_utf8`, since only text can be signed this way
 */
export function verifyStandardWebhook(
  headers: Headers,
  body: Uint8Array,
  secrets: readonly string[],
): string {
  const values = FAMILY.map((name) => headers.get(name));
  // Repeated headers arrive joined by ", ": one signature list is separated by spaces.
  if (values.some((value) => value === null || value.includes(", "))) throw refuse();
  const [id, timestamp, signature] = values as [string, string, string];
  if (!/^\d{10}$/.test(timestamp) || id.length > 200) throw refuse();
  // Replacement characters or a swallowed byte order mark would let another body pass for the signed one.
  const text = decode(body);
  for (const secret of secrets) {
    try {
      new Webhook(secret).verify(text, {
        "webhook-id": id,
        "webhook-timestamp": timestamp,
        "webhook-signature": signature,
      }, { jsonParse: false });
      return id;
    } catch {
      continue;
    }
  }
  throw refuse();
}

function decode(body: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(body);
  } catch {
    throw new HttpError(400, "not_utf8", "The body is not UTF-8");
  }
}

function refuse(): HttpError {
  return new HttpError(
    401,
    "bad_signature",
    "The signature does not match; sign the raw body with the endpoint's secret",
  );
}
