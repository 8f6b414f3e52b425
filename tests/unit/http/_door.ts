import type { AuthSettings } from "../../../supabase/functions/_shared/http/auth.ts";
import {
  defineFunction,
  type Incoming,
  type Route,
} from "../../../supabase/functions/_shared/http/handler.ts";

export const SECRET_KEY = "sb_secret_unit_test";
export const REQUEST_ID = "00000000-0000-7000-8000-000000000001";

/** A project with one secret key and nothing else. */
export const SETTINGS: AuthSettings = {
  secretKeys: [SECRET_KEY],
  legacyServiceKey: null,
  jwtSecret: null,
  jwks: null,
  issuer: "http://127.0.0.1:54321/auth/v1",
};

export interface Door {
  readonly answer: (request: Request) => Promise<Response>;
  /** Log lines of level error. */
  readonly errors: { readonly message: string; readonly fields: unknown }[];
}

/** A function of the given routes; by default one POST that answers its parsed body. */
export function createDoor(
  routes: readonly Route[] = [echo()],
  more: { readonly auth?: AuthSettings; readonly corsOrigin?: string } = {},
): Door {
  const errors: Door["errors"] = [];
  const answer = defineFunction({
    name: "unit",
    routes,
    auth: more.auth ?? SETTINGS,
    log: {
      info: () => {},
      warn: () => {},
      error: (message, fields) => errors.push({ message, fields }),
    },
    corsOrigin: more.corsOrigin ?? null,
    newRequestId: () => REQUEST_ID,
  });
  return { answer, errors };
}

export function echo(overrides: Partial<Route> = {}): Route {
  return {
    method: "POST",
    auth: "secret",
    handle: (incoming: Incoming) => Promise.resolve(Response.json({ got: incoming.json() })),
    ...overrides,
  };
}

/** An authorised POST of JSON; any part may be replaced, a null header left out. */
export function post(
  body: BodyInit | null,
  headers: Readonly<Record<string, string | null>> = {},
): Request {
  const all = { apikey: SECRET_KEY, "content-type": "application/json", ...headers };
  return new Request("http://edge.test/unit", {
    method: "POST",
    headers: Object.entries(all).filter((h): h is [string, string] => h[1] !== null),
    body,
  });
}
