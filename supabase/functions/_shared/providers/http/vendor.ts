import { z } from "zod";
import { FatalError, FleetError, RetryableError } from "../../orchestrator/core/errors.ts";
import type { ClockPort } from "../../ports/clock.ts";
import type { ConnectionProvider, ConnectionsPort, Credential } from "../../ports/connections.ts";
import { readLimited } from "./readLimited.ts";
import { readRetryAfter } from "./retryAfter.ts";

/** A vendor's HTTP API, entered with the credential of whoever asks. */
export interface VendorOptions {
  /** In words, for people: "Slack". */
  readonly name: string;
  readonly provider: ConnectionProvider;
  /** First part of error codes: `mail` gives `mail_unavailable`, `mail_rate_limited`, `mail_refused`. */
  readonly area: string;
  readonly baseUrl: string;
  readonly authorize: (credential: Credential) => Readonly<Record<string, string>>;
  readonly connections: ConnectionsPort;
  readonly clock: Pick<ClockPort, "now">;
  readonly fetch: typeof fetch;
  /** For one answer; 20 s unless told. */
  readonly timeoutMs?: number;
}

export interface Asker {
  readonly orgId: string;
  readonly userId: string | null;
  readonly signal: AbortSignal;
}

export interface VendorRequest {
  readonly method: "GET" | "POST" | "PATCH" | "DELETE";
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON. */
  readonly body?: unknown;
  /** Answers below 500 that the caller reads itself; any other that is not 2xx is a refusal. */
  readonly accept?: readonly number[];
}

/** A vendor opened with one credential. */
export interface VendorSession {
  readonly credential: Credential;
  /**
   * @returns status and the parsed body; null for an empty one
   * @throws RetryableError `<area>_unavailable`, `<area>_rate_limited`, `reconnect_required`;
   *   FatalError `<area>_refused`, `answer_too_large`
   */
  call(request: VendorRequest): Promise<{ readonly status: number; readonly body: unknown }>;
  /** `call` whose answer must have this shape. @throws FatalError `<area>_bad_answer` besides */
  read<T extends z.ZodType>(schema: T, request: VendorRequest): Promise<z.output<T>>;
  /** The vendor says inside a good answer that the credential does not hold. @returns what to throw */
  refuse(reason: string): Promise<Error>;
}

export interface Vendor {
  readonly name: string;
  /** Null when nobody connected this vendor. @throws as `ConnectionsPort.find` */
  open(asker: Asker): Promise<VendorSession | null>;
}

const TIMEOUT_MS = 20_000;
const MAX_ANSWER_BYTES = 4 * 1024 * 1024;

export function createVendor(options: VendorOptions): Vendor {
  const { name, area, provider, connections } = options;

  async function send(
    request: VendorRequest,
    { credential, signal }: { readonly credential: Credential; readonly signal: AbortSignal },
  ): Promise<Response> {
    const url = new URL(`${options.baseUrl.replace(/\/$/, "")}${request.path}`);
    for (const [key, value] of Object.entries(request.query ?? {})) {
      url.searchParams.set(key, value);
    }
    try {
      return await options.fetch(url, {
        method: request.method,
        // A vendor that sends us elsewhere would be sent the credential there as well.
        redirect: "error",
        signal: AbortSignal.any([signal, AbortSignal.timeout(options.timeoutMs ?? TIMEOUT_MS)]),
        headers: {
          accept: "application/json",
          ...(request.body === undefined
            ? {}
            : { "content-type": "application/json; charset=utf-8" }),
          ...options.authorize(credential),
          ...request.headers,
        },
        body: request.body === undefined ? undefined : JSON.stringify(request.body),
      });
    } catch (cause) {
      signal.throwIfAborted();
      throw unavailable("did not answer", cause);
    }
  }

  async function readBody(response: Response, signal: AbortSignal): Promise<unknown> {
    let text: string;
    try {
      text = await readLimited(response, MAX_ANSWER_BYTES);
    } catch (cause) {
      signal.throwIfAborted();
      if (cause instanceof FleetError) throw cause;
      throw unavailable("broke off its answer", cause);
    }
    if (text === "") return null;
    try {
      return JSON.parse(text);
    } catch {
      // Some refusals are plain text; what was meant to be JSON is refused by its reader.
      return text.slice(0, 200);
    }
  }

  function unavailable(how: string, cause?: unknown, retryAfterMs?: number): RetryableError {
    return new RetryableError(`${area}_unavailable`, `${name} ${how}`, { cause, retryAfterMs });
  }

  function waitOf(response: Response): number | undefined {
    return readRetryAfter(response.headers.get("retry-after"), options.clock.now()) ?? undefined;
  }

  async function call(request: VendorRequest, asker: Asker, credential: Credential) {
    const response = await send(request, { credential, signal: asker.signal });
    const { status } = response;
    if (status === 429) {
      await response.body?.cancel();
      throw new RetryableError(`${area}_rate_limited`, `${name} asks to be called later`, {
        retryAfterMs: waitOf(response),
      });
    }
    if (status >= 500 || status === 408) {
      await response.body?.cancel();
      throw unavailable(`answered ${status}`, undefined, waitOf(response));
    }
    const body = await readBody(response, asker.signal);
    if (status === 403 && isQuota(body)) {
      throw new RetryableError(`${area}_rate_limited`, `${name} asks to be called later`, {
        retryAfterMs: waitOf(response),
      });
    }
    if (status === 401) {
      throw await connections.refuse(credential, { provider, reason: "refused_by_vendor" });
    }
    if (!response.ok && !request.accept?.includes(status)) {
      throw new FatalError(`${area}_refused`, `${name} answered ${status}${reasonIn(body)}`);
    }
    return { status, body };
  }

  return {
    name,
    async open(asker) {
      const credential = await connections.find(provider, asker);
      if (credential === null) return null;
      return {
        credential,
        call: (request) => call(request, asker, credential),
        async read(schema, request) {
          const parsed = schema.safeParse((await call(request, asker, credential)).body);
          if (parsed.success) return parsed.data;
          throw new FatalError(`${area}_bad_answer`, `${name} answered in an unknown shape`, {
            details: parsed.error.issues.map(({ path }) => path.join(".")),
          });
        },
        refuse: (reason) => connections.refuse(credential, { provider, reason }),
      };
    },
  };
}

/** Google's older APIs answer 403 for a rate that is too high, and say so in `error.errors` alone. */
const QUOTA_REASONS: ReadonlySet<string> = new Set([
  "rateLimitExceeded",
  "userRateLimitExceeded",
  "quotaExceeded",
]);
const Refusal = z.object({
  error: z.object({ errors: z.array(z.object({ reason: z.string().catch("") })) }),
});

function isQuota(body: unknown): boolean {
  const refusal = Refusal.safeParse(body);
  return refusal.success &&
    refusal.data.error.errors.some(({ reason }) => QUOTA_REASONS.has(reason));
}

/** What error words are made of; a digit in one may be a credential's, repeated by the vendor. */
const ERROR_WORD = /^[A-Za-z]{1,40}(?:[_.-][A-Za-z]{1,40}){0,7}$/;

/** ` (word)` where a vendor's error is one, else nothing. */
export function errorWord(word: unknown): string {
  return typeof word === "string" && ERROR_WORD.test(word) ? ` (${word})` : "";
}

/** The vendor's own error word, never its text: that may repeat what we sent. */
function reasonIn(body: unknown): string {
  const error = (body as { error?: unknown } | null)?.error ?? body;
  const fields = error as { code?: unknown; status?: unknown; name?: unknown } | string | null;
  const word = typeof fields === "string" ? fields : fields?.status ?? fields?.code ?? fields?.name;
  return errorWord(word);
}
