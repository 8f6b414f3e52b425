/** Calls to edge functions of this project. */
export interface InvokerPort {
  /**
   * A doorbell: says that something is due, may be lost, never throws and is never retried. The row
   * it points at was committed before.
   */
  ring(bell: Doorbell): Promise<void>;
  /** POSTs a function step and returns its answer whatever the status. */
  callFunction(call: FunctionCall): Promise<FunctionAnswer>;
}

export type Doorbell =
  | { readonly kind: "resume"; readonly jobId: string }
  | { readonly kind: "event"; readonly eventId: string }
  | { readonly kind: "sweep" };

export interface FunctionCall {
  readonly functionName: string;
  readonly idempotencyKey: string;
  readonly body: unknown;
  readonly signal: AbortSignal;
}

export interface FunctionAnswer {
  readonly status: number;
  readonly retryAfterMs: number | null;
  /** Parsed JSON, or null when the answer was not JSON. */
  readonly body: unknown;
}
