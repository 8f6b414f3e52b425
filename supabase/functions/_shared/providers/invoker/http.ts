import { FatalError, RetryableError } from "../../orchestrator/core/errors.ts";
import type {
  Doorbell,
  FunctionAnswer,
  FunctionCall,
  InvokerPort,
  LogPort,
} from "../../ports/mod.ts";
import { readRetryAfter } from "../http/retryAfter.ts";

export interface HttpInvokerOptions {
  /** Milliseconds since the epoch: a `Retry-After` may be a date. */
  readonly now: () => number;
  /** `https://<ref>.supabase.co/functions/v1` or the local gateway's. */
  readonly functionsUrl: string;
  readonly secretKey: string;
  /** Sent as Bearer too while a legacy service key exists, so that `verify_jwt = true` functions accept it. */
  readonly legacyServiceKey: string | null;
  /** Keeps our calls beside the database (FLEET_REGION). */
  readonly region: string | null;
  readonly fetch: typeof fetch;
  readonly log: LogPort;
}

/** A name, never a path: anything else could leave the functions folder with the secret key attached. */
const FUNCTION_NAME = /^[a-z][a-z0-9-]{0,62}$/;
/** A bell that is not taken in this time is given up; the sweep does its work. */
const BELL_TIMEOUT_MS = 10_000;
/** Answers are outputs; far above their limit there is nothing to learn from reading on. */
const MAX_ANSWER_BYTES = 1024 * 1024;

/** Calls edge functions of this project over HTTP. */
export function createHttpInvoker(options: HttpInvokerOptions): InvokerPort {
  const headers: Record<string, string> = {
    "content-type": "application/json",
    apikey: options.secretKey,
    ...(options.legacyServiceKey === null
      ? {}
      : { authorization: `Bearer ${options.legacyServiceKey}` }),
    ...(options.region === null ? {} : { "x-region": options.region }),
  };
  return {
    async ring(bell) {
      try {
        const response = await options.fetch(`${options.functionsUrl}/agent-orchestrator`, {
          method: "POST",
          headers,
          body: JSON.stringify(bellBody(bell)),
          signal: AbortSignal.timeout(BELL_TIMEOUT_MS),
          // The secret key goes nowhere but where it was sent.
          redirect: "error",
        });
        await response.body?.cancel();
      } catch (error) {
        // The row it points at is committed: a lost bell is found by the sweep.
        options.log.warn("bell_lost", { kind: bell.kind, reason: (error as Error).name });
      }
    },
    async callFunction(call) {
      if (!FUNCTION_NAME.test(call.functionName)) {
        throw new FatalError(
          "invalid_function_name",
          `Cannot call function "${call.functionName}"`,
        );
      }
      return await post(call, headers, options);
    },
  };
}

function bellBody(bell: Doorbell): unknown {
  switch (bell.kind) {
    case "resume":
      return { resume_job_id: bell.jobId };
    case "event":
      return { event_id: bell.eventId };
    case "sweep":
      return { action: "sweep" };
  }
}

async function post(
  call: FunctionCall,
  headers: Readonly<Record<string, string>>,
  options: HttpInvokerOptions,
): Promise<FunctionAnswer> {
  let response: Response;
  try {
    response = await options.fetch(`${options.functionsUrl}/${call.functionName}`, {
      method: "POST",
      headers: { ...headers, "idempotency-key": call.idempotencyKey },
      body: JSON.stringify(call.body),
      signal: call.signal,
      redirect: "error",
    });
  } catch (cause) {
    call.signal.throwIfAborted();
    throw new RetryableError(
      "function_unavailable",
      `Function "${call.functionName}" did not answer`,
      {
        cause,
      },
    );
  }
  return {
    status: response.status,
    retryAfterMs: readRetryAfter(response.headers.get("retry-after"), options.now()),
    body: await readJson(response, call),
  };
}

async function readJson(response: Response, call: FunctionCall): Promise<unknown> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  try {
    for await (const chunk of response.body ?? []) {
      size += chunk.byteLength;
      if (size > MAX_ANSWER_BYTES) {
        throw new FatalError("bad_output", `Function "${call.functionName}" answered over 1 MiB`);
      }
      chunks.push(chunk);
    }
  } catch (cause) {
    if (cause instanceof FatalError) throw cause;
    call.signal.throwIfAborted();
    throw new RetryableError("function_unavailable", `Function "${call.functionName}" broke off`, {
      cause,
    });
  }
  const text = new TextDecoder().decode(concat(chunks, size));
  if (text === "") return null;
  try {
    return JSON.parse(text);
  } catch {
    // Not JSON: a success without a readable answer is the function's bug, an error needs no body.
    if (response.ok) {
      throw new FatalError("bad_output", `Function "${call.functionName}" did not answer JSON`);
    }
    return null;
  }
}

function concat(chunks: readonly Uint8Array[], size: number): Uint8Array {
  const whole = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.byteLength;
  }
  return whole;
}
