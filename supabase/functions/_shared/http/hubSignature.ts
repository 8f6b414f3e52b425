import { badSignature } from "./signatures.ts";

/** Exactly what HMAC-SHA256 in lower-case hex looks like; anything else is not compared. */
const SIGNATURE = /^(sha256=)?([0-9a-f]{64})$/;

/**
 * Checks `X-Hub-Signature`: HMAC-SHA256 of the raw body in hex, with or without `sha256=`, by any of the active
 * secrets. It signs no time and no id: replays are the caller's to recognise, by what the body names.
 *
 * @returns whether the prefix was there: newer senders always write it
 * @throws HttpError 401 `bad_signature`
 */
export async function verifyHubSignature(
  headers: Headers,
  body: Uint8Array,
  secrets: readonly string[],
): Promise<{ readonly hasPrefix: boolean }> {
  const [, prefix, hex] = SIGNATURE.exec(headers.get("x-hub-signature") ?? "") ?? [];
  if (hex === undefined) throw badSignature();
  const signature = Uint8Array.from(hex.match(/../g)!, (byte) => parseInt(byte, 16));
  let isGood = false;
  // All of them always, each in constant time: the answer's time tells nothing.
  for (const secret of secrets.filter((one) => one !== "")) {
    const key = await crypto.subtle.importKey(
      "raw",
      new TextEncoder().encode(secret),
      { name: "HMAC", hash: "SHA-256" },
      false,
      ["verify"],
    );
    isGood = await crypto.subtle.verify("HMAC", key, signature, body as BufferSource) || isGood;
  }
  if (!isGood) throw badSignature();
  return { hasPrefix: prefix !== undefined };
}
