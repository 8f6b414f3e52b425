import { join } from "@std/path";
import { exportJWK, generateKeyPair, type JWTPayload, SignJWT } from "jose";
import type { FunctionHandler } from "../../supabase/functions/_shared/http/handler.ts";
import { freshDatabase, type TestDatabase } from "./database.ts";

const FUNCTIONS = new URL("../../supabase/functions/", import.meta.url).pathname;

/** A function of ours with its unmodified `index.ts`, served in this process. */
export interface Door {
  readonly name: string;
  readonly handler: FunctionHandler;
}

/** Every function there is, on a database of its own, with a count of what went out. */
export interface Doors extends AsyncDisposable {
  readonly db: TestDatabase;
  readonly doors: readonly Door[];
  /** Addresses that the functions called, in order; Google's certificates alone are answered, all else is 503. */
  readonly outbound: string[];
  call(path: string, init?: RequestInit): Promise<Response>;
  /** Rows of every table by name; functions and seeds included. */
  countRows(): Promise<Readonly<Record<string, number>>>;
  /** A token of the project's auth server; claims may be replaced. */
  token(claims?: JWTPayload): Promise<string>;
}

const randomKey = () => crypto.randomUUID().replaceAll("-", "");
const JWT_SECRET = `jwt-secret-of-the-tests-${randomKey()}`;
const ISSUER = "http://edge.test/auth/v1";
const encode = (text: string) => new TextEncoder().encode(text);

async function legacyKey(role: string): Promise<string> {
  return await new SignJWT({ role, iss: "supabase", ref: "test" })
    .setProtectedHeader({ alg: "HS256", typ: "JWT" }).sign(encode(JWT_SECRET));
}

/** Keys of the project that the doors serve; nothing of them is valid anywhere else. */
export const KEYS = {
  secret: `sb_secret_${randomKey()}`,
  publishable: `sb_publishable_${randomKey()}`,
  anon: await legacyKey("anon"),
  service: await legacyKey("service_role"),
  jwtSecret: JWT_SECRET,
  slackSigning: randomKey(),
  console: "https://console.fleet.example",
} as const;

/** The key pair of the project, `kid` k1. */
export const signing = await generateKeyPair("ES256", { extractable: true });

const GOOGLE_CERTS = "http://certs.test/keys";
const GOOGLE_ACCOUNT = "pubsub@fleet-test.iam.gserviceaccount.com";
const googleKeys = await generateKeyPair("RS256", { extractable: true });

/** The token that Pub/Sub sends to an address of `webhook-email`. */
export async function signGooglePush(endpointId: string): Promise<string> {
  return await new SignJWT({ email: GOOGLE_ACCOUNT, email_verified: true })
    .setProtectedHeader({ alg: "RS256", kid: "google-1", typ: "JWT" })
    .setIssuer("https://accounts.google.com").setIssuedAt().setExpirationTime("1h")
    .setAudience(`http://edge.test/functions/v1/webhook-email/${endpointId}`)
    .sign(googleKeys.privateKey);
}

/** The names of all functions: the folders with an `index.ts`. */
export function listFunctions(): readonly string[] {
  return [...Deno.readDirSync(FUNCTIONS)]
    .filter((entry) => entry.isDirectory && !entry.name.startsWith("_"))
    .map((entry) => entry.name).sort();
}

/** The whole environment of an isolate, as isolateEnv() and an operator set it. */
async function environment(db: TestDatabase): Promise<Readonly<Record<string, string>>> {
  const jwk = { ...await exportJWK(signing.publicKey), kid: "k1", alg: "ES256", use: "sig" };
  const client = { CLIENT_ID: "client", CLIENT_SECRET: randomKey() };
  const clients = ["GOOGLE", "MICROSOFT", "SLACK"].flatMap((prefix) =>
    Object.entries(client).map(([name, value]) => [`${prefix}_${name}`, value])
  );
  return {
    SUPABASE_URL: "http://edge.test",
    SUPABASE_DB_URL: db.ownerUrl,
    FLEET_DB_URL: db.workerUrl,
    SUPABASE_ANON_KEY: KEYS.anon,
    SUPABASE_SERVICE_ROLE_KEY: KEYS.service,
    SUPABASE_PUBLISHABLE_KEYS: JSON.stringify({ default: KEYS.publishable }),
    SUPABASE_SECRET_KEYS: JSON.stringify({ default: KEYS.secret }),
    SUPABASE_JWKS: JSON.stringify({ keys: [jwk] }),
    JWT_SECRET: KEYS.jwtSecret,
    FLEET_TOKEN_KEYS: JSON.stringify({ k1: btoa("k".repeat(32)) }),
    FLEET_CONSOLE_URL: KEYS.console,
    FLEET_SWEEP: "off",
    GOOGLE_CERTS_URL: GOOGLE_CERTS,
    GMAIL_PUSH_SERVICE_ACCOUNT: GOOGLE_ACCOUNT,
    SLACK_SIGNING_SECRET: KEYS.slackSigning,
    SLACK_BOT_TOKEN: `xoxb-${randomKey()}`,
    ...Object.fromEntries(clients),
  };
}

/**
 * Boots every function of supabase/functions in this process, once: their modules keep their wiring. What they
 * fetch is noted instead of sent.
 */
export async function openDoors(): Promise<Doors> {
  const db = await freshDatabase();
  const outbound: string[] = [];
  const realFetch = globalThis.fetch;
  const googleJwk = { ...await exportJWK(googleKeys.publicKey), kid: "google-1", alg: "RS256" };
  globalThis.fetch = (input) => {
    const url = input instanceof Request ? input.url : String(input);
    if (url === GOOGLE_CERTS) return Promise.resolve(Response.json({ keys: [googleJwk] }));
    outbound.push(url);
    return Promise.resolve(new Response("{}", { status: 503 }));
  };
  const before = Deno.env.toObject();
  for (const [name, value] of Object.entries(await environment(db))) Deno.env.set(name, value);
  const doors: Door[] = [];
  try {
    for (const name of listFunctions()) doors.push({ name, handler: await boot(name) });
  } finally {
    for (const name of Object.keys(Deno.env.toObject())) {
      if (before[name] === undefined) Deno.env.delete(name);
      else Deno.env.set(name, before[name]);
    }
  }
  const byName = new Map(doors.map((door) => [door.name, door.handler]));
  return {
    db,
    doors,
    outbound,
    call: (path, init) => {
      const url = new URL(`http://edge.test/${path}`);
      const handler = byName.get(url.pathname.split("/")[1]);
      if (handler === undefined) throw new Error(`No function serves ${url.pathname}`);
      return handler(new Request(url, init));
    },
    countRows: () => countRows(db),
    token: (claims) =>
      new SignJWT({
        role: "authenticated",
        aud: "authenticated",
        iss: ISSUER,
        exp: Math.floor(Date.now() / 1000) + 3600,
        ...claims,
      }).setProtectedHeader({ alg: "HS256" }).sign(encode(KEYS.jwtSecret)),
    [Symbol.asyncDispose]: async () => {
      globalThis.fetch = realFetch;
      await db.drop();
    },
  };
}

/** Loads an `index.ts` and takes what it serves. */
async function boot(name: string): Promise<FunctionHandler> {
  let served: FunctionHandler | null = null;
  const original = Object.getOwnPropertyDescriptor(Deno, "serve")!;
  Object.defineProperty(Deno, "serve", {
    configurable: true,
    value: (handler: FunctionHandler) => void (served = handler),
  });
  try {
    await import(`file://${join(FUNCTIONS, name, "index.ts")}`);
  } finally {
    Object.defineProperty(Deno, "serve", original);
  }
  const handler = served as FunctionHandler | null;
  if (handler === null || !Array.isArray(handler.routes)) {
    throw new Error(`Function "${name}" serves no defineFunction()`);
  }
  return handler;
}

async function countRows(db: TestDatabase): Promise<Readonly<Record<string, number>>> {
  const tables = await db.sql`
    select c.oid::regclass::text as name from pg_catalog.pg_class c
    where c.relnamespace in ('public'::regnamespace, 'fleet'::regnamespace, 'fleet_crm'::regnamespace)
      and c.relkind in ('r', 'p') order by 1`;
  const query = tables.map(({ name }) =>
    `select '${name}' as name, count(*)::integer as count from ${name}`
  ).join(" union all ");
  const rows = await db.sql.unsafe(query);
  return Object.fromEntries(rows.map((row) => [row.name, row.count]));
}
