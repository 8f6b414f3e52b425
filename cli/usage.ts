/** The command line itself is wrong: exit code 2. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** Exit codes of every command (contract.md §7). */
export const EXIT = { ok: 0, failed: 1, usage: 2 } as const;

/**
 * A JSON object from an option.
 *
 * @throws UsageError naming `what` when it is none
 */
export function parseObject(text: string, what: string): Readonly<Record<string, unknown>> {
  try {
    const value = JSON.parse(text);
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return value;
  } catch {
    // Said below, for text that is no JSON and for JSON that is no object.
  }
  throw new UsageError(`${what} must be a JSON object`);
}
