import { createKeyRing } from "../supabase/functions/_shared/providers/connections/keyRing.ts";
import { readEngine } from "../supabase/functions/_shared/providers/llm/llm.ts";
import { ownerUrl, workerUrl } from "./env.ts";
import type { StackKeys } from "./keys.ts";

/** What the gateway and the clock need of the environment (contract.md §1). */
export interface StackSettings {
  readonly workers: number;
  readonly wallClockMs: number;
  readonly sweepIntervalMs: number;
  readonly isSweepOn: boolean;
  readonly wake: "on" | "off" | "duplicate";
  readonly functionDirs: readonly string[];
  /** Another database than the embedded one. */
  readonly databaseUrl: string | null;
  /** Another Deno for the functions than our own. */
  readonly functionsDeno: string | null;
}

const DEFAULT_WALL_CLOCK_MS = 150_000;
const DEFAULT_MARGIN_MS = 30_000;
const DEFAULT_LEASE_MS = 45_000;
/** A developer waits for the sweep: ten times as often as hosted. */
const LOCAL_SWEEP_MS = 1000;
const MIN_LEASE_MS = 1000;

/** Variables that functions get of our own environment: ours, and the providers'. */
const FOR_FUNCTIONS =
  /^(FLEET_|ANTHROPIC_|OPENAI_|SLACK_|RESEND_|GOOGLE_|GMAIL_|GRAPH_|MICROSOFT_|APOLLO_|INSTANTLY_|BRAVE_|FIREFLIES_|MEETINGBAAS_|FATHOM_|OTEL_)/;
/** What Deno itself needs to start and to fetch packages; isolateBoot.ts removes most of it again. */
const FOR_DENO =
  /^(DENO_DIR|HOME|PATH|TMPDIR|NPM_CONFIG_.*|HTTPS?_PROXY|NO_PROXY|DENO_TLS_CA_STORE|DENO_CERT|SSL_CERT_.*|NODE_EXTRA_CA_CERTS)$/i;

/**
 * Reads and checks the settings of the stack itself.
 *
 * @throws Error naming the variable: margin not below wall clock, lease under a second, no value at all, or one
 *   with which no function would boot
 */
export function readStackSettings(env: Readonly<Record<string, string>>): StackSettings {
  const wallClockMs = readNumber(env, "FLEET_WALL_CLOCK_MS", DEFAULT_WALL_CLOCK_MS);
  const marginMs = readNumber(env, "FLEET_SAFETY_MARGIN_MS", DEFAULT_MARGIN_MS);
  if (marginMs >= wallClockMs) {
    throw new Error(
      `Cannot start: FLEET_SAFETY_MARGIN_MS (${marginMs}) must be below FLEET_WALL_CLOCK_MS (${wallClockMs})`,
    );
  }
  const leaseMs = readNumber(env, "FLEET_LEASE_MS", DEFAULT_LEASE_MS);
  if (leaseMs < MIN_LEASE_MS) {
    throw new Error(`Cannot start: FLEET_LEASE_MS (${leaseMs}) must be at least ${MIN_LEASE_MS}`);
  }
  readWord(env, "FLEET_SEND", ["off", "allowlist", "live"]);
  refuseUnreadable("FLEET_LLM", env.FLEET_LLM, readEngine);
  refuseUnreadable("FLEET_TOKEN_KEYS", env.FLEET_TOKEN_KEYS, createKeyRing);
  return {
    workers: Math.max(1, readNumber(env, "FLEET_WORKERS", 2)),
    wallClockMs,
    sweepIntervalMs: Math.max(1, readNumber(env, "FLEET_SWEEP_INTERVAL_MS", LOCAL_SWEEP_MS)),
    isSweepOn: readWord(env, "FLEET_SWEEP", ["on", "off"]) === "on",
    wake: readWord(env, "FLEET_WAKE", ["on", "off", "duplicate"]),
    functionDirs: (env.FLEET_FUNCTIONS_DIR ?? "").split(",").map((dir) => dir.trim())
      .filter((dir) => dir !== ""),
    databaseUrl: env.FLEET_DB_URL ?? null,
    functionsDeno: env.FLEET_FUNCTIONS_DENO ?? null,
  };
}

function readNumber(
  env: Readonly<Record<string, string>>,
  name: string,
  fallback: number,
): number {
  const text = env[name] ?? "";
  const value = text === "" ? fallback : Number(text);
  if (!Number.isFinite(value)) {
    throw new Error(`Cannot start: ${name} is "${text}", expected a number`);
  }
  return value;
}

/** What the functions read by themselves, read once before they start. */
function refuseUnreadable(
  name: string,
  value: string | undefined,
  read: (value: string) => unknown,
): void {
  if (!value) return;
  try {
    read(value);
  } catch (cause) {
    throw new Error(`Cannot start: ${name} cannot be read. ${(cause as Error).message}`, { cause });
  }
}

/** The first word is the default. */
function readWord<Word extends string>(
  env: Readonly<Record<string, string>>,
  name: string,
  words: readonly [Word, ...Word[]],
): Word {
  const text = env[name] ?? "";
  if (text === "") return words[0];
  const word = words.find((one) => one === text);
  if (word === undefined) {
    throw new Error(`Cannot start: ${name} is "${text}", expected ${words.join(" or ")}`);
  }
  return word;
}

export interface IsolatePlaces {
  readonly keys: StackKeys;
  readonly apiPort: number;
  /** Port of the embedded database; null: FLEET_DB_URL names another. */
  readonly dbPort: number | null;
  readonly sinkUrl: string;
  readonly consoleUrl: string;
  readonly sweepIntervalMs: number;
  /** A demo's or a test's stack: an approved effect does not wait half a minute for second thoughts. */
  readonly isThrowAway: boolean;
}

/** The whole environment of an isolate: what the platform sets, then ours and the providers'. */
export function isolateEnv(
  env: Readonly<Record<string, string>>,
  places: IsolatePlaces,
): Readonly<Record<string, string>> {
  const { keys } = places;
  const passedOn = Object.entries(env).filter(([name]) =>
    FOR_FUNCTIONS.test(name) || FOR_DENO.test(name)
  );
  const proxyExceptions = [env.NO_PROXY ?? env.no_proxy, "127.0.0.1", "localhost"];
  const databases = places.dbPort === null
    ? { SUPABASE_DB_URL: env.FLEET_DB_URL }
    : { SUPABASE_DB_URL: ownerUrl(places.dbPort), FLEET_DB_URL: workerUrl(places.dbPort) };
  return {
    ...Object.fromEntries(passedOn),
    // Calls to the gateway, the sink and the test servers never leave the machine.
    NO_PROXY: proxyExceptions.filter((one) => one).join(","),
    SUPABASE_URL: `http://127.0.0.1:${places.apiPort}`,
    ...databases,
    SUPABASE_ANON_KEY: keys.ANON_KEY,
    SUPABASE_SERVICE_ROLE_KEY: keys.SERVICE_ROLE_KEY,
    SUPABASE_PUBLISHABLE_KEYS: JSON.stringify({ default: keys.PUBLISHABLE_KEY }),
    SUPABASE_SECRET_KEYS: JSON.stringify({ default: keys.SECRET_KEY }),
    // Tokens of the local stack are signed with JWT_SECRET; there is no key pair.
    SUPABASE_JWKS: JSON.stringify({ keys: [] }),
    JWT_SECRET: keys.JWT_SECRET,
    FLEET_SINK_URL: places.sinkUrl,
    FLEET_CONSOLE_URL: places.consoleUrl,
    FLEET_TOKEN_KEYS: env.FLEET_TOKEN_KEYS ?? keys.TOKEN_KEYS,
    FLEET_SWEEP_INTERVAL_MS: String(places.sweepIntervalMs),
    ...(env.FLEET_UNDO_MS === undefined && places.isThrowAway ? { FLEET_UNDO_MS: "0" } : {}),
  } as Record<string, string>;
}
