import { z } from "zod";
import { InvariantError } from "./core/errors.ts";

const Milliseconds = z.coerce.number().int().min(0);
const Optional = z.string().transform((text) => (text === "" ? undefined : text)).optional();

/** Environment of a function isolate (contract.md §1). Numbers are milliseconds unless named otherwise. */
const Environment = z.object({
  SUPABASE_URL: z.string().min(1),
  SUPABASE_DB_URL: Optional,
  FLEET_DB_URL: Optional,
  SUPABASE_SECRET_KEYS: Optional,
  SUPABASE_SERVICE_ROLE_KEY: Optional,
  FLEET_WALL_CLOCK_MS: Milliseconds.default(150_000),
  FLEET_SAFETY_MARGIN_MS: Milliseconds.default(30_000),
  FLEET_CPU_MS: Milliseconds.default(1200),
  FLEET_LEASE_MS: Milliseconds.default(45_000),
  FLEET_MAX_RUNS: z.coerce.number().int().min(1).default(32),
  FLEET_RETRY_BASE_MS: Milliseconds.default(1000),
  FLEET_SWEEP_INTERVAL_MS: Milliseconds.default(10_000),
  FLEET_UNDO_MS: Milliseconds.default(30_000),
  FLEET_CONSOLE_URL: Optional,
  FLEET_SWEEP: z.enum(["on", "off"]).default("on"),
  FLEET_REGION: Optional,
  FLEET_SEND: z.enum(["off", "allowlist", "live"]).default("off"),
  FLEET_SEND_ALLOW: Optional,
  FLEET_SINK_URL: Optional,
  FLEET_LLM: Optional,
  FLEET_TOKEN_KEYS: Optional,
  FLEET_KILLPOINTS: Optional,
});

export interface Settings {
  readonly databaseUrl: string;
  readonly functionsUrl: string;
  readonly secretKey: string;
  readonly legacyServiceKey: string | null;
  readonly wallClockMs: number;
  readonly safetyMarginMs: number;
  readonly cpuMs: number;
  readonly leaseMs: number;
  readonly maxRuns: number;
  readonly retryScale: number;
  readonly sweepIntervalMs: number;
  /** How long a yes to something external can be taken back, where the organisation says nothing. */
  readonly undoMs: number;
  /** Where links in messages point; null: none. */
  readonly consoleUrl: string | null;
  readonly sweepsWhenLate: boolean;
  readonly region: string | null;
  readonly sendMode: "off" | "allowlist" | "live";
  readonly sendAllow: readonly string[];
  readonly sinkUrl: string | null;
  /** `rules`, `anthropic:<model>`, `openai:<model>` or `recorded:<directory>`. */
  readonly llm: string;
  readonly killpoints: string | undefined;
  /** Key ring of stored credentials; null: none can be stored or opened. */
  readonly tokenKeys: string | null;
  /** All of it: providers/vendors.ts reads the vendors' own variables. */
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/**
 * Reads and checks the environment once per isolate.
 *
 * @throws InvariantError `invalid_settings`, naming the variables
 */
export function readSettings(env: Readonly<Record<string, string | undefined>>): Settings {
  const parsed = Environment.safeParse(env);
  if (!parsed.success) {
    throw refuse(parsed.error.issues.map((i) => `${i.path.join(".")}: ${i.message}`).join("; "));
  }
  const e = parsed.data;
  const databaseUrl = e.FLEET_DB_URL ?? e.SUPABASE_DB_URL;
  const secretKey = firstSecret(e.SUPABASE_SECRET_KEYS) ?? e.SUPABASE_SERVICE_ROLE_KEY;
  if (databaseUrl === undefined) throw refuse("FLEET_DB_URL or SUPABASE_DB_URL is required");
  if (secretKey === undefined) {
    throw refuse("SUPABASE_SECRET_KEYS or SUPABASE_SERVICE_ROLE_KEY is required");
  }
  if (e.FLEET_SAFETY_MARGIN_MS >= e.FLEET_WALL_CLOCK_MS) {
    throw refuse("FLEET_SAFETY_MARGIN_MS must be below FLEET_WALL_CLOCK_MS");
  }
  if (e.FLEET_LEASE_MS < 1000) throw refuse("FLEET_LEASE_MS must be at least 1000");
  return {
    databaseUrl,
    functionsUrl: `${e.SUPABASE_URL}/functions/v1`,
    secretKey,
    legacyServiceKey: e.SUPABASE_SERVICE_ROLE_KEY ?? null,
    wallClockMs: e.FLEET_WALL_CLOCK_MS,
    safetyMarginMs: e.FLEET_SAFETY_MARGIN_MS,
    cpuMs: e.FLEET_CPU_MS,
    leaseMs: e.FLEET_LEASE_MS,
    maxRuns: e.FLEET_MAX_RUNS,
    retryScale: e.FLEET_RETRY_BASE_MS / 1000,
    sweepIntervalMs: e.FLEET_SWEEP_INTERVAL_MS,
    undoMs: e.FLEET_UNDO_MS,
    consoleUrl: e.FLEET_CONSOLE_URL ?? null,
    sweepsWhenLate: e.FLEET_SWEEP === "on",
    region: e.FLEET_REGION ?? null,
    sendMode: e.FLEET_SEND,
    sendAllow: (e.FLEET_SEND_ALLOW ?? "").split(",").map((a) => a.trim()).filter((a) => a !== ""),
    sinkUrl: e.FLEET_SINK_URL ?? null,
    llm: e.FLEET_LLM ?? "rules",
    killpoints: e.FLEET_KILLPOINTS,
    tokenKeys: e.FLEET_TOKEN_KEYS ?? null,
    environment: env,
  };
}

/** New keys come as JSON `{name: key}`; the one called `default` is ours to use. */
function firstSecret(json: string | undefined): string | undefined {
  if (json === undefined) return undefined;
  const keys = z.record(z.string(), z.string()).safeParse(JSON.parse(json));
  return keys.success ? keys.data.default ?? Object.values(keys.data)[0] : undefined;
}

function refuse(reason: string): InvariantError {
  return new InvariantError("invalid_settings", `Cannot boot: ${reason}`);
}
