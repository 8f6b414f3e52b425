import { z } from "zod";
import type { LogPort } from "../ports/log.ts";
import { type AuthClass, authenticate, type AuthSettings, type Caller, OWN_LOCKS } from "./auth.ts";
import { type BodyGate, type BodySlot, MAX_BODY_BYTES, parseJson, readBody } from "./body.ts";
import { HttpError, toErrorResponse } from "./errors.ts";

/** A request that passed the door: authenticated, read, parsed. */
export interface Incoming {
  readonly request: Request;
  readonly url: URL;
  readonly requestId: string;
  /** Parts of the path behind the function's name. */
  readonly path: readonly string[];
  /** Null on routes with a lock of their own. */
  readonly caller: Caller | null;
  readonly body: Uint8Array;
  /** The body as JSON; parsed once, on first use. */
  json(): unknown;
}

export interface Route {
  readonly method: "GET" | "POST";
  /** Must be declared: a function with a route without one does not boot. */
  readonly auth: AuthClass;
  readonly maxBodyBytes?: number;
  /** Media type of the body; JSON unless the sender is a vendor that decides otherwise. */
  readonly media?: "json" | "form" | "any";
  /** Bounds the large bodies held at once; the place is kept until the answer. */
  readonly largeBodies?: BodyGate;
  handle(incoming: Incoming): Promise<Response>;
}

export interface FunctionOptions {
  readonly name: string;
  readonly routes: readonly Route[];
  readonly auth: AuthSettings;
  readonly log: LogPort;
  /** The only CORS origin, where the console lives; null means none. */
  readonly corsOrigin: string | null;
  readonly newRequestId: () => string;
  /** Set on every answer, refusals too. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** A function as the platform serves it. Its routes lie open, so that tests try every lock there is. */
export interface FunctionHandler {
  (request: Request): Promise<Response>;
  readonly routes: readonly Route[];
}

const AUTH_CLASSES: readonly string[] = ["secret", "caller", ...OWN_LOCKS];
const MEDIA_TYPES = { json: "application/json", form: "application/x-www-form-urlencoded" };

/**
 * Wraps a function: method, media type, authentication, body, error shape and CORS in one place.
 *
 * @throws Error at boot when a route declares no auth class
 */
export function defineFunction(options: FunctionOptions): FunctionHandler {
  const byMethod = new Map(options.routes.map((route) => [route.method as string, route]));
  for (const route of options.routes) {
    if (!AUTH_CLASSES.includes(route.auth)) {
      throw new Error(`Function "${options.name}": route ${route.method} declares no auth class`);
    }
  }

  const answer = async (request: Request): Promise<Response> => {
    const requestId = options.newRequestId();
    const cors = corsHeaders(request, options.corsOrigin);
    if (request.method === "OPTIONS") return new Response(null, { status: 204, headers: cors });
    let response: Response;
    try {
      response = await handle(request, requestId);
    } catch (error) {
      response = toErrorResponse(error, requestId);
      if (response.status >= 500) {
        const { name, code } = error as { name?: string; code?: string };
        options.log.error("request_failed", {
          function: options.name,
          request_id: requestId,
          status: response.status,
          name,
          code,
        });
      }
    }
    for (
      const [name, value] of Object.entries({
        ...options.headers,
        ...cors,
        "x-request-id": requestId,
      })
    ) {
      response.headers.set(name, value);
    }
    return response;
  };
  return Object.assign(answer, { routes: options.routes });

  async function handle(request: Request, requestId: string): Promise<Response> {
    const route = byMethod.get(request.method);
    if (route === undefined) {
      await request.body?.cancel();
      throw new HttpError(405, "method_not_allowed", `Use ${[...byMethod.keys()].join(" or ")}`, {
        headers: { allow: [...byMethod.keys()].join(", ") },
      });
    }
    const slot = route.largeBodies?.open();
    try {
      return await handleBody(request, requestId, { route, slot });
    } finally {
      slot?.release();
    }
  }

  async function handleBody(
    request: Request,
    requestId: string,
    { route, slot }: { readonly route: Route; readonly slot: BodySlot | undefined },
  ): Promise<Response> {
    // The body is read before anything is answered; it is parsed only for known callers.
    const body = request.method === "POST"
      ? await readBody(request, route.maxBodyBytes ?? MAX_BODY_BYTES, slot).then(
        (bytes) => ({ bytes }),
        (error) => ({ error }),
      )
      : { bytes: new Uint8Array() };
    const caller = route.auth === "secret" || route.auth === "caller"
      ? await authenticate(request.headers, route.auth, options.auth)
      : null;
    if ("error" in body) throw body.error;
    const { media = "json" } = route;
    if (request.method === "POST" && media !== "any") {
      const type = request.headers.get("content-type")?.split(";")[0].trim().toLowerCase();
      if (type !== MEDIA_TYPES[media]) {
        throw new HttpError(415, `not_${media}`, `Send content-type: ${MEDIA_TYPES[media]}`);
      }
    }
    const url = new URL(request.url);
    let parsed: { readonly value: unknown } | null = null;
    return await route.handle({
      request,
      url,
      requestId,
      path: url.pathname.split("/").filter((part) => part !== "").slice(1),
      caller,
      body: body.bytes,
      json: () => (parsed ??= { value: parseJson(body.bytes) }).value,
    });
  }
}

/** Parses a value by a schema; what is wrong is named by path. */
export function parseWith<T extends z.ZodType>(schema: T, value: unknown): z.output<T> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new HttpError(400, "invalid_input", "The request is not valid; details name each field", {
    details: parsed.error.issues.map((issue) => ({
      path: issue.path.join("."),
      message: issue.message,
    })),
  });
}

function corsHeaders(request: Request, origin: string | null): Record<string, string> {
  if (origin === null || request.headers.get("origin") !== origin) return { vary: "Origin" };
  return {
    "access-control-allow-origin": origin,
    "access-control-allow-methods": "GET, POST, OPTIONS",
    "access-control-allow-headers":
      "authorization, apikey, content-type, idempotency-key, x-client-info",
    vary: "Origin",
  };
}
