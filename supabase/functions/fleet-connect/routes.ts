import type { ConnectDoor } from "../_shared/connect/compose.ts";
import type { Owner } from "../_shared/connect/connector.ts";
import type { Caller } from "../_shared/http/auth.ts";
import { HttpError } from "../_shared/http/errors.ts";
import { type Incoming, parseWith, type Route } from "../_shared/http/handler.ts";
import { CallbackQuery, ConsentProvider, KeyBody, KeyProvider, StartBody } from "./schema.ts";

export interface RouteDeps extends ConnectDoor {
  /** Where a browser goes once an account is connected; null answers JSON. */
  readonly consoleUrl: string | null;
}

/**
 * `POST <provider>/start`, `/disconnect`, `/key` by a member or admin; `GET <provider>/callback` by a browser that
 * comes back from the vendor: its single-use state is the lock.
 */
export function createRoutes(deps: RouteDeps): readonly Route[] {
  return [
    { method: "POST", auth: "caller", handle: (incoming) => post(incoming, deps) },
    { method: "GET", auth: "oauth_state", handle: (incoming) => callback(incoming, deps) },
  ];
}

async function post(incoming: Incoming, deps: RouteDeps): Promise<Response> {
  const [provider, verb] = incoming.path;
  if (incoming.path.length !== 2) throw unknown();
  switch (verb) {
    case "start": {
      const consent = parseProvider(ConsentProvider, provider);
      const owner = await ownerOf(incoming, { provider: consent, deps });
      return Response.json({ authorize_url: await deps.connector.start(consent, owner) });
    }
    case "disconnect": {
      const known = KeyProvider.safeParse(provider);
      const owner = known.success
        ? await organisationOf(incoming, deps)
        : await ownerOf(incoming, { provider: parseProvider(ConsentProvider, provider), deps });
      const done = await deps.connector.disconnect(
        known.success ? known.data : parseProvider(ConsentProvider, provider),
        owner,
      );
      if (!done) throw new HttpError(404, "not_connected", "No such account is connected");
      return Response.json({ status: "revoked" });
    }
    case "key": {
      const vendor = parseProvider(KeyProvider, provider);
      const { key } = parseWith(KeyBody, incoming.json());
      const { orgId } = await organisationOf(incoming, deps);
      const id = await deps.connector.saveKey(vendor, orgId, key);
      return Response.json({ connection_id: id, status: "active" });
    }
  }
  throw unknown();
}

async function callback(incoming: Incoming, deps: RouteDeps): Promise<Response> {
  const [provider, verb] = incoming.path;
  if (incoming.path.length !== 2 || verb !== "callback") throw unknown();
  const vendor = parseProvider(ConsentProvider, provider);
  const query = incoming.url.searchParams;
  const { state, code, error } = parseWith(CallbackQuery, {
    state: query.get("state") ?? "",
    code: query.get("code"),
    error: query.get("error"),
  });
  const connected = await deps.connector.finish(vendor, { state, code, error });
  if (deps.consoleUrl === null) {
    return Response.json({ connection_id: connected.id, account: connected.account });
  }
  const back = new URL(deps.consoleUrl);
  back.searchParams.set("connected", vendor);
  return new Response(null, { status: 302, headers: { location: back.href } });
}

/** A member connects their own account; one of the organisation is an admin's to connect. */
async function ownerOf(
  incoming: Incoming,
  { provider, deps }: { readonly provider: string; readonly deps: RouteDeps },
): Promise<Owner> {
  if (deps.connector.ownerOf(provider) === "organisation") {
    return await organisationOf(incoming, deps);
  }
  const body = parseWith(StartBody, incoming.json());
  const caller = incoming.caller!;
  const userId = caller.kind === "user" ? caller.userId : body.user_id ?? null;
  if (userId === null) {
    throw new HttpError(400, "invalid_input", "Say whose account it becomes", {
      details: [{ path: "user_id", message: "is required with the secret key" }],
    });
  }
  if (caller.kind === "user" && body.user_id && body.user_id !== caller.userId) throw notYours();
  await requireRole({ kind: "user", userId }, body.org_id, { deps, roles: MEMBERS });
  return { orgId: body.org_id, userId };
}

async function organisationOf(incoming: Incoming, deps: RouteDeps): Promise<Owner> {
  const { org_id } = parseWith(StartBody, incoming.json());
  await requireRole(incoming.caller!, org_id, { deps, roles: ADMINS });
  return { orgId: org_id, userId: null };
}

const ADMINS = ["owner", "admin"];
const MEMBERS = [...ADMINS, "member"];

async function requireRole(
  caller: Caller,
  orgId: string,
  { deps, roles }: { readonly deps: RouteDeps; readonly roles: readonly string[] },
): Promise<void> {
  if (caller.kind === "secret") return;
  const role = await deps.memberRole(caller.userId, orgId);
  if (role === null || !roles.includes(role)) throw notYours();
}

function parseProvider<T extends string>(
  schema: { safeParse(value: unknown): { success: boolean; data?: T } },
  value: string,
): T {
  const parsed = schema.safeParse(value);
  if (!parsed.success) throw unknown();
  return parsed.data!;
}

function unknown(): HttpError {
  return new HttpError(404, "not_found", "No such vendor or verb");
}

function notYours(): HttpError {
  return new HttpError(
    403,
    "not_yours",
    "Members connect their own accounts; admins those of the organisation",
  );
}
