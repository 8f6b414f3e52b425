/**
 * The closed set of error classes and what follows from each (style.md, "Errors").
 * `code` is the stable word that logs, SQL, HTTP answers and dead letters share.
 */
export type FailureKind =
  | "validation"
  | "auth"
  | "not_found"
  | "conflict"
  | "retryable"
  | "timeout"
  | "fatal"
  | "lease_lost"
  | "invariant";

export interface FleetErrorOptions {
  readonly details?: readonly unknown[];
  readonly cause?: unknown;
}

/** Base of every error we throw on purpose. Messages hold no secrets and no message bodies. */
export abstract class FleetError extends Error {
  abstract readonly kind: FailureKind;
  readonly code: string;
  readonly details: readonly unknown[];

  constructor(code: string, message: string, options: FleetErrorOptions = {}) {
    super(message, { cause: options.cause });
    this.name = new.target.name;
    this.code = code;
    this.details = options.details ?? [];
  }
}

/** Input or output breaks its schema: fail, never retry. */
export class ValidationError extends FleetError {
  readonly kind = "validation";
}

/** No, bad or insufficient credential. `status` is 401 or 403. */
export class AuthError extends FleetError {
  readonly kind = "auth";
  readonly status: 401 | 403;
  constructor(code: string, message: string, status: 401 | 403 = 401) {
    super(code, message);
    this.status = status;
  }
}

/** Absent, or another organisation's: the answer is the same. */
export class NotFoundError extends FleetError {
  readonly kind = "not_found";
}

/** Wrong state for what was asked. */
export class ConflictError extends FleetError {
  readonly kind = "conflict";
}

/** May pass later; `retryAfterMs` is the vendor's own wish, when it gave one. */
export class RetryableError extends FleetError {
  readonly kind = "retryable";
  readonly retryAfterMs?: number;
  constructor(
    code: string,
    message: string,
    options: FleetErrorOptions & { retryAfterMs?: number } = {},
  ) {
    super(code, message, options);
    this.retryAfterMs = options.retryAfterMs;
  }
}

/** A time limit of ours ran out; what happened on the other side is unknown. */
export class TimeoutError extends FleetError {
  readonly kind = "timeout";
}

/** Will never pass. */
export class FatalError extends FleetError {
  readonly kind = "fatal";
}

/** Another runner owns the run: stop and write nothing. */
export class LeaseLostError extends FleetError {
  readonly kind = "lease_lost";
}

/** Our bug: fail loudly. */
export class InvariantError extends FleetError {
  readonly kind = "invariant";
}

/** Makes a `switch` over a union total at compile time. */
export function assertNever(value: never): never {
  throw new InvariantError("unreachable", `Unexpected value: ${JSON.stringify(value)}`);
}
