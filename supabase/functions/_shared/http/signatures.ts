import { Webhook } from "standardwebhooks";
import { HttpError } from "./errors.ts";

/**
 * Standard Webhooks and its elder, Svix: one scheme, two families of headers. Other schemes have files of their own
 * beside this one (hubSignature.ts, sharedSecret.ts, …).
 */
const FAMILIES = {
  webhook: ["webhook-id", "webhook-timestamp", "webhook-signature"],
  svix: ["svix-id", "svix-timestamp", "svix-signature"],
} as const;

export type HeaderFamily = keyof typeof FAMILIES;

/**
 * Checks a Standard Webhooks signature over the raw bytes with any of the endpoint's active secrets
 * (two while one is rotated; with or without `whsec_`). Timestamps may be five minutes off, either way. Only headers
 * of the sender's family count: those of the other are as good as absent.
 *
 * @returns the delivery id
 * @throws HttpError 401 `bad_signature`; 400 `not_utf8`, since only text can be signed this way
 */
export function verifyStandardWebhook(
  headers: Headers,
  body: Uint8Array,
  secrets: readonly string[],
  family: HeaderFamily = "webhook",
): string {
  const values = FAMILIES[family].map((name) => headers.get(name));
  // Repeated headers arrive joined by ", ": one signature list is separated by spaces.
  if (values.some((value) => value === null || value.includes(", "))) throw badSignature();
  const [id, timestamp, signature] = values as [string, string, string];
  if (!/^\d{10}$/.test(timestamp) || !/^[\x21-\x7e]{1,200}$/.test(id)) throw badSignature();
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
  throw badSignature();
}

/** The one answer of every scheme, and of an endpoint that nobody knows: nothing is told apart. */
export function badSignature(): HttpError {
  return new HttpError(
    401,
    "bad_signature",
    "The signature does not match; sign the raw body with the endpoint's secret",
  );
}

function decode(body: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(body);
  } catch {
    throw new HttpError(400, "not_utf8", "The body is not UTF-8");
  }
}
