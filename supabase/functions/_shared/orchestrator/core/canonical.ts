import { createHash } from "node:crypto";
import canonicalize from "canonicalize";

/**
 * RFC 8785 text of a JSON value hashed with sha256, lower-case hex. Synchronous: WebCrypto would send
 * these few hundred bytes to another thread and back.
 */
export function canonicalSha256(value: unknown): string {
  return createHash("sha256").update(canonicalize(value) ?? "null", "utf8").digest("hex");
}
