import { AuthError, FleetError } from "../orchestrator/core/errors.ts";

/** Answers in the contract's error shape; never a stack, SQL or another tenant's word. */
export interface ErrorBody {
  readonly error: {
    readonly code: string;
    readonly message: string;
    /** Empty when there is nothing to name. */
    readonly details: readonly unknown[];
  };
  readonly request_id: string;
}

/** A refusal of the door itself, before any use case. */
export class HttpError extends Error {
  readonly status: number;
  readonly code: string;
  readonly details: readonly unknown[];
  readonly headers: Readonly<Record<string, string>>;
  constructor(
    status: number,
    code: string,
    message: string,
    options: {
      readonly details?: readonly unknown[];
      readonly headers?: Readonly<Record<string, string>>;
    } = {},
  ) {
    super(message);
    this.status = status;
    this.code = code;
    this.details = options.details ?? [];
    this.headers = options.headers ?? {};
  }
}

/** Understood but refused: these validation codes are 422, all others 400. */
const UNPROCESSABLE = new Set(["no_route", "invalid_definition", "unroutable"]);
const TOO_LARGE = new Set(["payload_too_large"]);

/** Maps any thrown value to a status and a body; what is not ours becomes a bare 500. */
export function toErrorResponse(error: unknown, requestId: string): Response {
  const { status, code, message, details, headers } = describe(error);
  const body: ErrorBody = {
    error: { code, message, details },
    request_id: requestId,
  };
  return Response.json(body, { status, headers });
}

interface Described {
  readonly status: number;
  readonly code: string;
  readonly message: string;
  readonly details: readonly unknown[];
  readonly headers: Readonly<Record<string, string>>;
}

function describe(error: unknown): Described {
  if (error instanceof HttpError) return error;
  if (error instanceof FleetError) {
    const { code, message, details } = error;
    const answer = (status: number, headers: Record<string, string> = {}) => ({
      status,
      code,
      message,
      details,
      headers,
    });
    switch (error.kind) {
      case "validation":
        return answer(UNPROCESSABLE.has(code) ? 422 : TOO_LARGE.has(code) ? 413 : 400);
      case "auth":
        return answer((error as AuthError).status);
      case "not_found":
        return answer(404);
      case "conflict":
        return answer(409);
      case "retryable":
      case "timeout":
        return answer(503, { "retry-after": "1" });
      default:
        break;
    }
  }
  return {
    status: 500,
    code: "internal_error",
    message: "Something failed on our side; the request id finds it in the logs",
    details: [],
    headers: {},
  };
}
