import {
  AuthError,
  ConflictError,
  FatalError,
  FleetError,
  InvariantError,
  NotFoundError,
  RetryableError,
  ValidationError,
} from "../orchestrator/core/errors.ts";

/** Missing table, column, function or schema: the only errors that mean "absent" (design.md, Fallback). */
const ABSENT = new Set(["42P01", "42703", "42883", "3F000"]);
const RETRY_AT_ONCE = new Set(["40001", "40P01", "55P03"]);
/** Class 08 connection, 53 resources, 57 operator intervention, 58 system. */
const PASSING_CLASSES = ["08", "53", "57", "58"];
const CLIENT_SIDE = new Set([
  "CONNECTION_CLOSED",
  "CONNECTION_ENDED",
  "CONNECTION_DESTROYED",
  "CONNECT_TIMEOUT",
  "ECONNREFUSED",
  "ECONNRESET",
  "EPIPE",
  "ETIMEDOUT",
  "DATABASE_TIMEOUT",
]);

export function sqlStateOf(error: unknown): string | null {
  if (typeof error !== "object" || error === null) return null;
  const code = (error as { code?: unknown }).code;
  return typeof code === "string" ? code : null;
}

/** Whether the error says that an optional object (routes, resolvers) is not there. */
export function isAbsence(error: unknown): boolean {
  const state = sqlStateOf(error);
  return state !== null && ABSENT.has(state);
}

/** How a failing statement is to be treated by whoever can repeat it. */
export type SqlFailure = "repeat_now" | "unknown" | "data";

/**
 * `repeat_now`: rolled back for certain, safe to repeat at once. `unknown`: it may have committed;
 * repeat with the same operation id. `data`: it will fail again.
 */
export function classifySqlFailure(error: unknown): SqlFailure {
  const state = sqlStateOf(error);
  if (state === null) return "unknown";
  if (RETRY_AT_ONCE.has(state)) return "repeat_now";
  if (CLIENT_SIDE.has(state) || PASSING_CLASSES.some((c) => state.startsWith(c))) return "unknown";
  return "data";
}

/**
 * Turns what the database raised into one of our errors. SQL refuses with `ZF<status>` and the message
 * `code: sentence` (migration 000100, fleet.refuse); everything else is either passing or our bug.
 */
export function toFleetError(error: unknown, action: string): FleetError {
  if (error instanceof FleetError) return error;
  const state = sqlStateOf(error);
  const refusal = state?.startsWith("ZF") ? parseRefusal(error) : null;
  if (refusal !== null) {
    switch (state) {
      case "ZF403":
        return new AuthError(refusal.code, refusal.message, 403);
      case "ZF404":
        return new NotFoundError(refusal.code, refusal.message);
      case "ZF409":
        return new ConflictError(refusal.code, refusal.message, { details: detailsOf(error) });
      case "ZF501":
        return new FatalError(refusal.code, refusal.message);
      default:
        return new ValidationError(refusal.code, refusal.message);
    }
  }
  if (classifySqlFailure(error) !== "data") {
    return new RetryableError(
      "database_unavailable",
      `Cannot ${action}: the database did not answer`,
      {
        cause: error,
        retryAfterMs: 1000,
      },
    );
  }
  return new InvariantError("database_error", `Cannot ${action}: SQLSTATE ${state ?? "unknown"}`, {
    cause: error,
  });
}

/** `fleet.refuse` puts its details, a JSON list, into the error's detail. */
function detailsOf(error: unknown): readonly unknown[] {
  const { detail } = error as { detail?: unknown };
  try {
    const parsed = typeof detail === "string" ? JSON.parse(detail) : [];
    return Array.isArray(parsed) ? parsed : [];
  } catch {
    // The detail of an error that is not ours: for people, not for callers.
    return [];
  }
}

function parseRefusal(error: unknown): { code: string; message: string } | null {
  const text = (error as Error).message;
  const split = text.indexOf(": ");
  return split > 0 ? { code: text.slice(0, split), message: text.slice(split + 2) } : null;
}
