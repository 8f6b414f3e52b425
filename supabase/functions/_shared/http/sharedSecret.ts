import { isOneOf } from "./auth.ts";
import { badSignature } from "./signatures.ts";

/** Shorter ones can be guessed; such a secret opens nothing. */
const MIN_LENGTH = 8;

/**
 * Checks a secret that a sender repeats in a header, in constant time. It proves the sender and nothing about the
 * body: no time, no id, no word of it is signed, so nothing may be done by what the body says alone.
 *
 * @throws HttpError 401 `bad_signature`
 */
export async function verifySharedSecret(
  headers: Headers,
  name: string,
  secrets: readonly string[],
): Promise<void> {
  const given = headers.get(name) ?? "";
  const usable = secrets.filter((secret) => secret.length >= MIN_LENGTH);
  if (!await isOneOf(given, usable)) throw badSignature();
}
