import canonicalize from "canonicalize";

/** RFC 8785 text of a JSON value hashed with sha256, lower-case hex. */
export async function canonicalSha256(value: unknown): Promise<string> {
  const bytes = new TextEncoder().encode(canonicalize(value) ?? "null");
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
